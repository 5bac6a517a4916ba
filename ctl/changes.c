/* See changes.h. */
#include "ctl/changes.h"

#include <string.h>

#include "ctl/exit_code.h"
#include "ctl/protocol.h"
#include "ctl/text.h"

/* How a change is told: as text at once, and gathered as JSON. */
typedef struct Report {
        bool silent; /* JSON only */
        bool colours;
        Changes *changes;
        json_t *list, *warnings;
} Report;

static void say_change(const Report *p, const char *service, const char *change) {
        bool added = strcmp(change, "added") == 0, removed = strcmp(change, "removed") == 0;
        Colour c = added ? COLOUR_GREEN : removed ? COLOUR_RED : COLOUR_YELLOW;

        (void) printf("%s%s%s: %s\n", text_colour(c, p->colours), service, text_colour_end(c, p->colours),
                strcmp(change, "changed-restart") == 0 ? "changed, takes effect at the next start" : change);
}

static void say_key(const char *key, const char *old, const char *new, bool needs_restart) {
        (void) printf("  %s: ", key);
        text_put(stdout, *old ? old : "(not set)", strlen(*old ? old : "(not set)"));
        (void) fputs(" -> ", stdout);
        text_put(stdout, *new ? new : "(not set)", strlen(*new ? new : "(not set)"));
        (void) puts(needs_restart ? "  (needs a restart)" : "  (at once)");
}

static int read_keys(sd_bus_message *m, const Report *p, json_t *keys) {
        const char *key, *old, *new;
        int needs_restart;

        int r = sd_bus_message_enter_container(m, 'a', "(sssb)");
        while (r >= 0 && (r = sd_bus_message_read(m, "(sssb)", &key, &old, &new, &needs_restart)) > 0) {
                if (!p->silent)
                        say_key(key, old, new, needs_restart);
                (void) json_array_append_new(keys, json_pack("{s:s, s:o, s:o, s:b}", "key", key, "old", json_text(old), "new",
                                                           json_text(new), "needs_restart", needs_restart));
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_change(sd_bus_message *m, const Report *p) {
        const char *service, *change;

        int r = sd_bus_message_read(m, "ss", &service, &change);
        if (r < 0)
                return r;
        p->changes->n++;
        p->changes->wants_restart |= strcmp(change, "changed-restart") == 0;
        if (!p->silent)
                say_change(p, service, change);
        json_t *keys = json_array();
        r = read_keys(m, p, keys);
        (void) json_array_append_new(p->list, json_pack("{s:s, s:s, s:o}", "service", service, "change", change, "keys", keys));
        return r;
}

static int read_changes(sd_bus_message *m, const Report *p) {
        int r = sd_bus_message_enter_container(m, 'a', "(ssa(sssb))");

        while (r >= 0 && (r = sd_bus_message_enter_container(m, 'r', "ssa(sssb)")) > 0)
                if ((r = read_change(m, p)) >= 0)
                        r = sd_bus_message_exit_container(m);
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_warnings(sd_bus_message *m, const Report *p) {
        const char *line;

        int r = sd_bus_message_enter_container(m, 'a', "s");
        while (r >= 0 && (r = sd_bus_message_read(m, "s", &line)) > 0) {
                if (!p->silent)
                        say_error("%s", line);
                (void) json_array_append_new(p->warnings, json_text(line));
        }
        return r;
}

static int read_reply(sd_bus_message *m, const Options *o, Changes *ret) {
        Report p = { .silent = option_given(o, OPTION_JSON), .colours = text_wants_colour(stdout), .changes = ret,
                .list = json_array(), .warnings = json_array() };
        int r = read_changes(m, &p);

        if (r >= 0)
                r = read_warnings(m, &p);
        ret->json = json_pack("{s:o, s:o}", "changes", p.list, "warnings", p.warnings);
        return r < 0 ? client_say_bad_reply(r) : EXIT_OK;
}

/* The diagnostics come as one text, one per line. */
static int say_refused(const sd_bus_error *e, const char *consequence) {
        say_error("the configuration has errors; %s:", consequence);
        (void) fprintf(stderr, "%s\nCorrect them, test with `supctl check`, then reload again.\n", e->message ?: "");
        return EXIT_FAILED;
}

int changes_get(Client *c, const Options *o, const char *method, const char *consequence, Changes *ret) {
        _cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;

        *ret = (Changes){ 0 };
        int r = client_try(c, &e, &reply, method, NULL, NULL);
        if (r >= 0)
                return read_reply(reply, o, ret);
        return sd_bus_error_has_name(&e, SUPD_ERROR_CONFIG_INVALID) ? say_refused(&e, consequence) :
                                                                      client_say_failure(c, r, &e);
}

void changes_done(Changes *c) {
        json_decref(c->json);
        *c = (Changes){ 0 };
}
