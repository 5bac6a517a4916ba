/* See detail_text.h. */
#include "ctl/detail_text.h"

#include <stdio.h>
#include <string.h>

#include "conf/base/parse.h"
#include "ctl/clock.h"
#include "ctl/exit_code.h"
#include "ctl/log_file.h"
#include "ctl/service_table.h"

#define EXITS_SHOWN_MAX 5

usec_t detail_since(uint64_t realtime) {
        return usec_sub(now_realtime(), realtime);
}

void detail_print_field(const char *label, const char *value) {
        if (!value || !*value)
                return;
        (void) printf("%12s: ", label);
        text_put(stdout, value, strlen(value));
        (void) putchar('\n');
}

void detail_print_head(const ServiceRow *r, bool colours) {
        Colour c = phase_colour(r->phase);

        (void) printf("%s%s%s", text_colour(COLOUR_BOLD, colours), r->name, text_colour_end(COLOUR_BOLD, colours));
        if (*r->description) {
                (void) fputs(" - ", stdout);
                text_put(stdout, r->description, strlen(r->description));
        }
        (void) printf("\n%12s: %s%s%s", "State", text_colour(c, colours), r->phase, text_colour_end(c, colours));
        if (*r->note) {
                (void) fputs(" (", stdout);
                text_put(stdout, r->note, strlen(r->note));
                (void) putchar(')');
        }
        char time[TEXT_TIME_MAX], span[FORMAT_DURATION_MAX];
        if (r->phase_since_realtime > 0)
                (void) printf(" since %s, %s ago", text_time(r->phase_since_realtime, time),
                        text_span(detail_since(r->phase_since_realtime), span));
        (void) printf("\n%12s: %s\n", "Goal", r->goal);
}

void detail_print_exits(const ServiceDetail *d) {
        char time[TEXT_TIME_MAX], span[FORMAT_DURATION_MAX];

        if (d->n_exits > 0)
                (void) puts("\nLast exits:");
        for (size_t i = 0; i < MIN(d->n_exits, (size_t) EXITS_SHOWN_MAX); i++) {
                const ExitInfo *x = &d->exits[i];
                const char *what = *x->spawn_error ? x->spawn_error : *x->status ? x->status : x->result;

                (void) printf("  %s  ", text_time(x->realtime, time));
                text_put(stdout, what, strlen(what));
                if (!*x->spawn_error)
                        (void) printf(" after %s", text_span(x->run_time, span));
                (void) puts(x->requested ? ", as requested" : "");
        }
}

static void print_log_lines(const char *data, size_t size) {
        while (size > 0) {
                const char *end = memchr(data, '\n', size);
                size_t n = end ? (size_t) (end - data) : size;

                (void) fputs("  ", stdout);
                text_put(stdout, data, n);
                (void) putchar('\n');
                data += n + (end != NULL);
                size -= n + (end != NULL);
        }
}

int detail_read_log(const ServiceDetail *d, Client *c, unsigned n_lines, char **ret, size_t *ret_size) {
        *ret = NULL;
        *ret_size = 0;
        if (!d->stdout_path || n_lines == 0 || (access(d->stdout_path, F_OK) < 0 && errno == ENOENT))
                return EXIT_OK;
        return log_read_tail(c, d->row.name, "stdout", d->stdout_path, n_lines, ret, ret_size, NULL);
}

void detail_print_log(const ServiceDetail *d, Client *c, unsigned n_lines) {
        _cleanup_(freep) char *data = NULL;
        size_t size;

        if (detail_read_log(d, c, n_lines, &data, &size) != EXIT_OK || size == 0)
                return;
        (void) puts("\nLast lines of its output:");
        print_log_lines(data, size);
}
