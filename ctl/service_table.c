/* See service_table.h. */
#include "ctl/service_table.h"

#include <string.h>
#include <sys/ioctl.h>

#include "conf/base/parse.h"
#include "ctl/exit_code.h"

Colour phase_colour(const char *phase) {
        static const struct {
                const char *phase;
                Colour colour;
        } colours[] = {
                { "running", COLOUR_GREEN }, { "failed", COLOUR_RED }, { "backoff", COLOUR_YELLOW },
                { "starting", COLOUR_YELLOW }, { "stopping", COLOUR_YELLOW }, { "reloading", COLOUR_GREEN },
                { "stopped", COLOUR_DIM }, { "exited", COLOUR_DIM },
        };

        for (size_t i = 0; i < ARRAY_SIZE(colours); i++)
                if (strcmp(colours[i].phase, phase) == 0)
                        return colours[i].colour;
        return COLOUR_NONE;
}

static const char *note_or_description(const ServiceRow *r) {
        return *r->note ? r->note : r->description;
}

static void add_row(Table *t, const ServiceRow *r) {
        char span[FORMAT_DURATION_MAX];

        table_add(t, COLOUR_NONE, "%s", r->name);
        table_add(t, phase_colour(r->phase), "%s", r->phase);
        if (r->main_pid != 0) {
                table_add(t, COLOUR_NONE, "%u", r->main_pid);
                table_add(t, COLOUR_NONE, "%s", text_span(r->uptime, span));
        } else {
                table_add(t, COLOUR_DIM, "-");
                table_add(t, COLOUR_DIM, "-");
        }
        table_add(t, r->n_restarts > 0 ? COLOUR_YELLOW : COLOUR_DIM, "%u", r->n_restarts);
        table_add(t, *r->note ? COLOUR_NONE : COLOUR_DIM, "%s", note_or_description(r));
}

static size_t output_width(void) {
        struct winsize w;

        return isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 ? w.ws_col : 0;
}

int service_table_print(const ServiceList *list, bool colours) {
        static const char *const headers[] = { "NAME", "STATE", "PID", "UPTIME", "RESTARTS", "NOTE" };
        _cleanup_(table_done) Table t = TABLE_INIT(headers);

        for (size_t i = 0; i < list->n; i++)
                add_row(&t, &list->rows[i]);
        if (table_print(&t, stdout, colours, output_width()) < 0) {
                say_error("out of memory");
                return EXIT_FAILED;
        }
        return EXIT_OK;
}
