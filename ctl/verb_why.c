/* why: the answer to "why is it like this?", in a few lines: the state, who wanted it so, what supd made of that, how the last
 * runs ended and what they said. */
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "conf/base/parse.h"
#include "ctl/detail_text.h"
#include "ctl/row_json.h"
#include "ctl/verbs.h"

#define LOG_LINES_SHOWN 5

/* "uid 1000 (ann), pid 4711 (supctl)". */
static int describe_requester(const ServiceDetail *d, char **ret) {
        if (d->request_pid == 0)
                return asprintf(ret, "supd itself");

        const struct passwd *user = getpwuid(d->request_uid);
        return asprintf(ret, "uid %u%s%s%s, pid %u (%s)", d->request_uid, user ? " (" : "", user ? user->pw_name : "",
                user ? ")" : "", d->request_pid, d->request_command);
}

static void print_request(const ServiceDetail *d) {
        char time[TEXT_TIME_MAX], span[FORMAT_DURATION_MAX];
        char *who, *text;

        if (!*d->request || describe_requester(d, &who) < 0)
                return;
        if (asprintf(&text, "%s by %s, %s, %s ago", d->request, who, text_time(d->request_realtime, time),
                    text_span(detail_since(d->request_realtime), span)) >= 0) {
                detail_print_field("Requested", text);
                free(text);
        }
        free(who);
}

static void print_why(const ServiceDetail *d, Client *c) {
        detail_print_head(&d->row, text_wants_colour(stdout));
        print_request(d);
        detail_print_field("Decision", d->decision);
        if (d->row.pending_restart)
                detail_print_field("Pending", "its configuration has changed; it counts from the next start on");
        detail_print_exits(d);
        detail_print_log(d, c, LOG_LINES_SHOWN);
}

static json_t *why_to_json(const ServiceDetail *d, Client *c) {
        _cleanup_(freep) char *data = NULL;
        json_t *root = detail_to_json(d);
        size_t size;

        if (detail_read_log(d, c, LOG_LINES_SHOWN, &data, &size) == EXIT_OK)
                (void) json_object_set_new(root, "log", json_lines(data, size));
        return root;
}

/* json: NULL prints text. */
static int tell(Client *c, const char *name, bool first, json_t *json) {
        _cleanup_(service_detail_done) ServiceDetail d = { 0 };

        int code = service_detail_get(c, name, &d);
        if (code != EXIT_OK)
                return code;
        if (json) {
                (void) json_array_append_new(json, why_to_json(&d, c));
                return EXIT_OK;
        }
        if (!first)
                (void) putchar('\n');
        print_why(&d, c);
        return EXIT_OK;
}

int verb_why(const Invocation *i) {
        _cleanup_(client_done) Client c = { 0 };
        _cleanup_(service_list_done) ServiceList list = { 0 };
        json_t *json = NULL;

        int code = client_open(&c, i->options);
        if (code != EXIT_OK || (code = service_list_get(&c, i->arguments, &list)) != EXIT_OK)
                return code;
        if (option_given(i->options, OPTION_JSON))
                json = json_array();
        for (size_t k = 0; k < list.n && code == EXIT_OK; k++)
                code = tell(&c, list.rows[k].name, k == 0, json);
        if (json && code == EXIT_OK)
                return json_print(json_pack("{s:o}", "services", json));
        json_decref(json);
        return code;
}
