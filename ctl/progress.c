/* See progress.h. */
#include "ctl/progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "conf/base/parse.h"
#include "ctl/service_info.h"
#include "ctl/text.h"

#define PROGRESS_INTERVAL USEC_PER_SEC
/* A line for each of a thousand services helps nobody. */
#define REPORT_SERVICES_MAX 20
#define PROCESSES_SHOWN_MAX 10

Progress progress_init(const Request *request, usec_t now) {
        const char *term = getenv("TERM");
        bool on_terminal = isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;

        return (Progress){
                .request = request,
                .on_terminal = on_terminal,
                .begin = now,
                .next = on_terminal || request->always_shows ? now + PROGRESS_INTERVAL : USEC_INFINITY,
        };
}

static void wipe(Progress *p) {
        if (p->visible)
                (void) fputs("\r\033[K", stderr);
        p->visible = false;
}

void progress_done(Progress *p) {
        wipe(p);
        (void) fflush(stderr);
}

static size_t terminal_width(void) {
        struct winsize w;

        return ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 0 ? w.ws_col : 80;
}

/* ", still alive: 4711 gunicorn, 4712 gunicorn". Only a hint: what goes wrong here is not said. */
static void put_processes(FILE *f, Client *c, const char *service) {
        _cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
        _cleanup_(service_detail_done) ServiceDetail d = { 0 };

        if (service_detail_try(c, service, &e, &d) < 0)
                return;
        for (size_t i = 0; i < MIN(d.n_processes, (size_t) PROCESSES_SHOWN_MAX); i++) {
                (void) fprintf(f, "%s%u ", i == 0 ? ", still alive: " : ", ", d.processes[i].pid);
                text_put(f, d.processes[i].command, text_fit(d.processes[i].command, 60));
        }
        if (d.n_processes > PROCESSES_SHOWN_MAX)
                (void) fprintf(f, " and %zu more", d.n_processes - PROCESSES_SHOWN_MAX);
}

static char *describe(const Progress *p, Client *c, const WaitedJob *job, size_t n_others, usec_t now) {
        char span[FORMAT_DURATION_MAX], *text = NULL;
        size_t size;

        FILE *f = open_memstream(&text, &size);
        if (!f)
                return NULL;
        (void) fprintf(f, "%s %s ... %s", p->request->progressive, job->service, text_span(now - p->begin, span));
        if (n_others > 0)
                (void) fprintf(f, ", %zu more", n_others);
        if (p->request->shows_processes)
                put_processes(f, c, job->service);
        (void) fclose(f);
        return text;
}

static void show_line(Progress *p, Client *c, const WaitedJob *job, size_t n_others, usec_t now) {
        _cleanup_(freep) char *text = describe(p, c, job, n_others, now);

        if (!text)
                return;
        (void) fputs("\r", stderr);
        text_put(stderr, text, text_fit(text, terminal_width() - 1));
        (void) fputs("\033[K", stderr);
        (void) fflush(stderr);
        p->visible = true;
}

void progress_report(Progress *p, Client *c, const JobSet *jobs, usec_t now) {
        size_t n = 0;

        wipe(p);
        for (size_t i = 0; i < jobs->n && n < REPORT_SERVICES_MAX; i++) {
                if (jobs->items[i].result)
                        continue;
                _cleanup_(freep) char *text = describe(p, c, &jobs->items[i], 0, now);
                if (text)
                        (void) fprintf(stderr, "%s\n", text);
                n++;
        }
}

void progress_show(Progress *p, Client *c, const JobSet *jobs, usec_t now) {
        if (!p->on_terminal) {
                progress_report(p, c, jobs, now);
                p->next = USEC_INFINITY;
                return;
        }
        for (size_t i = 0; i < jobs->n; i++)
                if (!jobs->items[i].result) {
                        show_line(p, c, &jobs->items[i], jobs->n - jobs->n_ended - 1, now);
                        break;
                }
        p->next = usec_add(now, PROGRESS_INTERVAL);
}
