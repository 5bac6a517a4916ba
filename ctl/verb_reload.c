/* reload: the configuration, and what changed by it; or the reload_signal of named services. */
#include <string.h>

#include "ctl/client.h"
#include "ctl/json.h"
#include "ctl/protocol.h"
#include "ctl/signalled.h"
#include "ctl/text.h"
#include "ctl/verbs.h"

/* How a change is told: as text at once, or gathered as JSON. */
typedef struct Report {
        bool json;
        bool colours;
        size_t n_changes;
        bool wants_restart; /* somebody runs with an older configuration now */
        json_t *changes, *warnings;
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
        (void) puts(needs_restart ? "  (needs a restart)" : "");
}

static int read_keys(sd_bus_message *m, const Report *p, json_t *keys) {
        const char *key, *old, *new;
        int needs_restart;

        int r = sd_bus_message_enter_container(m, 'a', "(sssb)");
        while (r >= 0 && (r = sd_bus_message_read(m, "(sssb)", &key, &old, &new, &needs_restart)) > 0) {
                if (!p->json)
                        say_key(key, old, new, needs_restart);
                else
                        (void) json_array_append_new(keys, json_pack("{s:s, s:o, s:o, s:b}", "key", key, "old", json_text(old),
                                                                   "new", json_text(new), "needs_restart", needs_restart));
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_change(sd_bus_message *m, Report *p) {
        const char *service, *change;

        int r = sd_bus_message_read(m, "ss", &service, &change);
        if (r < 0)
                return r;
        p->n_changes++;
        p->wants_restart |= strcmp(change, "changed-restart") == 0;
        if (!p->json)
                say_change(p, service, change);
        json_t *keys = json_array();
        r = read_keys(m, p, keys);
        (void) json_array_append_new(
                p->changes, json_pack("{s:s, s:s, s:o}", "service", service, "change", change, "keys", keys));
        return r;
}

static int read_changes(sd_bus_message *m, Report *p) {
        int r = sd_bus_message_enter_container(m, 'a', "(ssa(sssb))");

        while (r >= 0 && (r = sd_bus_message_enter_container(m, 'r', "ssa(sssb)")) > 0)
                if ((r = read_change(m, p)) >= 0)
                        r = sd_bus_message_exit_container(m);
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_warnings(sd_bus_message *m, Report *p) {
        const char *line;

        int r = sd_bus_message_enter_container(m, 'a', "s");
        while (r >= 0 && (r = sd_bus_message_read(m, "s", &line)) > 0) {
                if (!p->json)
                        say_error("%s", line);
                (void) json_array_append_new(p->warnings, json_text(line));
        }
        return r;
}

static int print_report(sd_bus_message *reply, const Options *o) {
        Report p = { .json = option_given(o, OPTION_JSON), .colours = text_wants_colour(stdout), .changes = json_array(),
                .warnings = json_array() };
        int r = read_changes(reply, &p);

        if (r >= 0)
                r = read_warnings(reply, &p);
        json_t *root = json_pack("{s:o, s:o}", "changes", p.changes, "warnings", p.warnings);
        if (r >= 0 && p.json)
                return json_print(root);
        json_decref(root);
        if (r < 0)
                return client_say_bad_reply(r);
        if (p.n_changes == 0)
                (void) puts("Reloaded; nothing changed.");
        else if (p.wants_restart)
                (void) puts("`supctl restart NAME` applies what takes effect at the next start.");
        return EXIT_OK;
}

/* The diagnostics come as one text, one per line. */
static int say_refused(const sd_bus_error *e) {
        say_error("the configuration has errors; everything runs on as it was:");
        (void) fprintf(stderr, "%s\nCorrect them, test with `supctl check`, then reload again.\n", e->message ?: "");
        return EXIT_FAILED;
}

static int reload_configuration(Client *c, const Options *o) {
        _cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;

        int r = client_try(c, &e, &reply, "ReloadConfiguration", NULL, NULL);
        if (r >= 0)
                return print_report(reply, o);
        return sd_bus_error_has_name(&e, SUPD_ERROR_CONFIG_INVALID) ? say_refused(&e) : client_say_failure(c, r, &e);
}

int verb_reload(const Invocation *i) {
        _cleanup_(client_done) Client c = { 0 };
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;

        int code = client_open(&c, i->options);
        if (code != EXIT_OK)
                return code;
        if (i->n_arguments == 0)
                return reload_configuration(&c, i->options);
        code = client_call(&c, &reply, "ReloadServices", i->arguments, NULL);
        return code == EXIT_OK ? signalled_print(reply, i->options) : code;
}
