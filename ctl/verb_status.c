/* status: supd and all services as a table, or everything about one. */
#include <string.h>

#include "conf/base/parse.h"
#include "ctl/detail_text.h"
#include "ctl/process_tree.h"
#include "ctl/protocol.h"
#include "ctl/row_json.h"
#include "ctl/service_table.h"
#include "ctl/text.h"
#include "ctl/verbs.h"

static int exit_code_of(const ServiceList *list) {
        for (size_t i = 0; i < list->n; i++)
                if (!row_is_running(&list->rows[i]))
                        return EXIT_NOT_RUNNING;
        return EXIT_OK;
}

/* --- all --- */

static void print_daemon(const DaemonInfo *d, bool colours) {
        char span[FORMAT_DURATION_MAX];

        (void) printf("%ssupd %s%s, pid %u, up %s: %u service%s, %u running, ", text_colour(COLOUR_BOLD, colours), d->version,
                text_colour_end(COLOUR_BOLD, colours), d->pid, text_span(detail_since(d->started_realtime), span), d->n_services,
                d->n_services == 1 ? "" : "s", d->n_running);
        Colour c = d->n_failed > 0 ? COLOUR_RED : COLOUR_NONE;
        (void) printf("%s%u failed%s; %lu orphan%s reaped%s\n", text_colour(c, colours), d->n_failed,
                text_colour_end(c, colours), (unsigned long) d->n_orphans_reaped, d->n_orphans_reaped == 1 ? "" : "s",
                d->shutting_down ? "; shutting down" : "");
}

static int status_of_all(Client *c, const Options *o) {
        _cleanup_(daemon_info_done) DaemonInfo d = { 0 };
        _cleanup_(service_list_done) ServiceList list = { 0 };
        bool colours = text_wants_colour(stdout);

        int code = daemon_info_get(c, &d);
        if (code != EXIT_OK || (code = service_list_get(c, NULL, &list)) != EXIT_OK)
                return code;
        if (option_given(o, OPTION_JSON))
                return json_print(json_pack("{s:o, s:o}", "daemon", daemon_to_json(&d), "services", rows_to_json(&list)));
        print_daemon(&d, colours);
        if (list.n == 0) {
                (void) printf("No services are configured; add [service:NAME] sections to %s and run `supctl reload`.\n",
                        d.config_file);
                return EXIT_OK;
        }
        (void) putchar('\n');
        return service_table_print(&list, colours);
}

static int status_of_several(Client *c, const Invocation *i) {
        _cleanup_(service_list_done) ServiceList list = { 0 };

        int code = service_list_get(c, i->arguments, &list);
        if (code != EXIT_OK)
                return code;
        if (option_given(i->options, OPTION_JSON))
                code = json_print(json_pack("{s:o}", "services", rows_to_json(&list)));
        else
                code = service_table_print(&list, text_wants_colour(stdout));
        return code == EXIT_OK ? exit_code_of(&list) : code;
}

/* --- one --- */

static void print_run(const ServiceDetail *d) {
        const ServiceRow *r = &d->row;
        char span[FORMAT_DURATION_MAX], size[FORMAT_SIZE_MAX];

        if (r->main_pid != 0)
                (void) printf("%12s: %u, up %s%s\n", "Main PID", r->main_pid, text_span(r->uptime, span),
                        d->frozen ? ", frozen" : "");
        if (r->next_start_in != USEC_INFINITY)
                (void) printf("%12s: in %s\n", "Next start", text_span(r->next_start_in, span));
        if (r->n_restarts > 0)
                (void) printf("%12s: %u automatic\n", "Restarts", r->n_restarts);
        if (r->pending_restart)
                (void) printf("%12s: its configuration has changed; `supctl restart %s` applies it\n", "Pending", r->name);
        if (d->n_processes > 0 && d->memory_bytes != UINT64_MAX)
                (void) printf("%12s: %s\n", "Memory", format_size(d->memory_bytes, size));
        if (d->n_processes > 0 && d->cpu_usec != UINT64_MAX)
                (void) printf("%12s: %s\n", "CPU", text_span(d->cpu_usec, span));
}

static void print_definition(const ServiceDetail *d) {
        detail_print_field("Command", d->command);
        if (*d->config_file)
                (void) printf("%12s: %s:%u\n", "Defined in", d->config_file, d->config_line);
        detail_print_field("Output", d->stdout_path);
        if (d->stderr_path && (!d->stdout_path || strcmp(d->stderr_path, d->stdout_path) != 0))
                detail_print_field("Errors", d->stderr_path);
}

static void print_detail(const ServiceDetail *d, Client *c, const Options *o) {
        detail_print_head(&d->row, text_wants_colour(stdout));
        print_run(d);
        print_definition(d);
        if (d->n_processes > 0) {
                (void) puts("\nProcesses:");
                (void) process_tree_print(d->processes, d->n_processes, stdout);
        }
        detail_print_exits(d);
        detail_print_log(d, c, o->n_lines);
}

static int show_detail(Client *c, const Invocation *i, const ServiceDetail *d) {
        if (option_given(i->options, OPTION_JSON)) {
                json_t *services = json_array();

                (void) json_array_append_new(services, detail_to_json(d));
                int code = json_print(json_pack("{s:o}", "services", services));
                if (code != EXIT_OK)
                        return code;
        } else
                print_detail(d, c, i->options);
        return row_is_running(&d->row) ? EXIT_OK : EXIT_NOT_RUNNING;
}

/* A pattern that selects one service is as good as its name. */
static int status_of_pattern(Client *c, const Invocation *i) {
        _cleanup_(service_list_done) ServiceList list = { 0 };
        _cleanup_(service_detail_done) ServiceDetail d = { 0 };

        int code = service_list_get(c, i->arguments, &list);
        if (code != EXIT_OK)
                return code;
        if (list.n != 1)
                return status_of_several(c, i);
        code = service_detail_get(c, list.rows[0].name, &d);
        return code == EXIT_OK ? show_detail(c, i, &d) : code;
}

/* The common case in one call: the word is a name. */
static int status_of_one(Client *c, const Invocation *i) {
        _cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
        _cleanup_(service_detail_done) ServiceDetail d = { 0 };

        int r = service_detail_try(c, i->arguments[0], &e, &d);
        if (r >= 0)
                return show_detail(c, i, &d);
        if (sd_bus_error_has_name(&e, SUPD_ERROR_NO_SUCH_SERVICE))
                return status_of_pattern(c, i);
        return d.message ? client_say_bad_reply(r) : client_say_failure(c, r, &e);
}

int verb_status(const Invocation *i) {
        _cleanup_(client_done) Client c = { 0 };

        int code = client_open(&c, i->options);
        if (code != EXIT_OK)
                return code;
        if (i->n_arguments == 0)
                return status_of_all(&c, i->options);
        return i->n_arguments == 1 ? status_of_one(&c, i) : status_of_several(&c, i);
}
