/* events: what happened to services, and what happens, one line each. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-event.h>

#include "conf/base/strv.h"
#include "ctl/json.h"
#include "ctl/news.h"
#include "ctl/service_info.h"
#include "ctl/service_table.h"
#include "ctl/text.h"
#include "ctl/verbs.h"

typedef struct Show {
        Strv names; /* NULL: all, also those that are yet to come */
        bool json, colours;
} Show;

static bool is_wanted(const Show *s, const char *service) {
        for (char **name = s->names; name && *name; name++)
                if (strcmp(*name, service) == 0)
                        return true;
        return !s->names;
}

static void print_text(const StateChange *e, bool colours) {
        Colour c = phase_colour(e->phase);
        char time[TEXT_TIME_MAX];

        (void) printf("%s.%03u %s: %s%s%s", text_time(e->realtime, time),
                (unsigned) (e->realtime / USEC_PER_MSEC % 1000), e->service, text_colour(c, colours), e->phase,
                text_colour_end(c, colours));
        if (*e->note) {
                (void) fputs(" (", stdout);
                text_put(stdout, e->note, strlen(e->note));
                (void) putchar(')');
        }
        (void) putchar('\n');
}

static void show_event(const StateChange *e, void *userdata) {
        const Show *s = userdata;

        if (!is_wanted(s, e->service))
                return;
        if (s->json)
                (void) json_print_line(json_pack("{s:o, s:s, s:s, s:o}", "time_usec", json_realtime(e->realtime), "service",
                        e->service, "phase", e->phase, "note", json_text(e->note)));
        else
                print_text(e, s->colours);
}

/* --- --follow --- */

static int on_disconnect(sd_bus_message *m, void *userdata, sd_bus_error *e _unused_) {
        if (sd_bus_message_is_signal(m, "org.freedesktop.DBus.Local", "Disconnected"))
                (void) sd_event_exit(userdata, EXIT_NO_DAEMON);
        return 0;
}

/* Nobody reads any more. */
static int on_output_closed(sd_event_source *s, int fd _unused_, uint32_t revents _unused_, void *userdata _unused_) {
        return sd_event_exit(sd_event_source_get_event(s), EXIT_OK);
}

/* Before each sleep: a full disk, or a reader that went away in the middle. */
static int on_turn(sd_event_source *s, void *userdata _unused_) {
        return ferror(stdout) ? sd_event_exit(sd_event_source_get_event(s), EXIT_OK) : 0;
}

/* A regular file cannot be watched (-EPERM), and has no reader to lose. */
static int watch_output(sd_event *event) {
        int r = sd_event_add_io(event, NULL, STDOUT_FILENO, 0, on_output_closed, NULL);

        return r == -EPERM ? 0 : r;
}

static int block_interrupt(void) {
        sigset_t set;

        (void) sigemptyset(&set);
        (void) sigaddset(&set, SIGINT);
        return sigprocmask(SIG_BLOCK, &set, NULL) < 0 ? -errno : 0;
}

static int prepare_loop(sd_event *event, Client *c) {
        int r;

        if ((r = block_interrupt()) < 0 ||
                (r = sd_event_add_signal(event, NULL, SIGINT, NULL, NULL)) < 0 || /* ends the loop with 0 */
                (r = watch_output(event)) < 0 || (r = sd_event_add_post(event, NULL, on_turn, NULL)) < 0 ||
                (r = sd_bus_add_filter(c->bus, NULL, on_disconnect, event)) < 0)
                return r;
        return sd_bus_attach_event(c->bus, event, SD_EVENT_PRIORITY_NORMAL);
}

static int run_loop(Client *c) {
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;

        int r = sd_event_new(&event);
        if (r >= 0)
                r = prepare_loop(event, c);
        if (r >= 0)
                r = sd_event_loop(event);
        (void) sd_bus_detach_event(c->bus);
        return r;
}

/* supd hung up: it has ended, or it lost patience with us. */
static int say_disconnected(Client *c) {
        if (client_is_there(c)) {
                say_error("supd hung up: its events were not read fast enough");
                return EXIT_FAILED;
        }
        say_error("supd has ended");
        return EXIT_NO_DAEMON;
}

static int follow(Client *c, News *news) {
        int code = news_follow(c, news);

        if (code != EXIT_OK)
                return code;
        int r = run_loop(c);
        if (r == EXIT_NO_DAEMON)
                return say_disconnected(c);
        return r < 0 ? client_say_failure(c, r, NULL) : EXIT_OK;
}

/* --- the verb --- */

static int read_names(Client *c, const Invocation *i, Strv *ret) {
        _cleanup_(service_list_done) ServiceList list = { 0 };

        if (i->n_arguments == 0)
                return EXIT_OK;
        int code = service_list_get(c, i->arguments, &list);
        for (size_t k = 0; k < list.n && code == EXIT_OK; k++)
                if (strv_append(ret, list.rows[k].name) < 0) {
                        say_error("out of memory");
                        code = EXIT_FAILED;
                }
        return code;
}

int verb_events(const Invocation *i) {
        _cleanup_(client_done) Client c = { 0 };
        _cleanup_(strv_freep) Strv names = NULL;

        int code = client_open(&c, i->options);
        if (code != EXIT_OK || (code = read_names(&c, i, &names)) != EXIT_OK)
                return code;
        Show show = { .names = names, .json = option_given(i->options, OPTION_JSON), .colours = text_wants_colour(stdout) };
        News news = { .on_past = show_event, .on_change = show_event, .userdata = &show };
        (void) setvbuf(stdout, NULL, _IOLBF, 0);
        return option_given(i->options, OPTION_FOLLOW) ? follow(&c, &news) : news_look_back(&c, &news);
}
