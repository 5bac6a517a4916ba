/* wait: sleeps until services are in a state, woken by what happens to them and by nothing else. */
#include <string.h>

#include "ctl/clock.h"
#include "ctl/json.h"
#include "ctl/news.h"
#include "ctl/service_info.h"
#include "ctl/text.h"
#include "ctl/verbs.h"
#include "ctl/wait_goal.h"

typedef struct Awaited {
        char *name, *phase;
        WaitVerdict verdict;
} Awaited;

typedef struct WaitSet {
        WaitGoal goal;
        Awaited *items;
        size_t n;
        bool dirty; /* something happened that may have made it unreachable */
} WaitSet;

static void wait_set_done(WaitSet *w) {
        for (size_t i = 0; i < w->n; i++) {
                free(w->items[i].name);
                free(w->items[i].phase);
        }
        free(w->items);
        *w = (WaitSet){ 0 };
}

static WaitGoal wanted_goal(const Options *o) {
        if (option_given(o, OPTION_STOPPED))
                return WAIT_STOPPED;
        if (option_given(o, OPTION_COMPLETED))
                return WAIT_COMPLETED;
        return option_given(o, OPTION_FAILED) ? WAIT_FAILED : WAIT_RUNNING;
}

/* What was reached stays so: a service that ran for a moment did run. */
static void awaited_set(Awaited *a, const char *phase, WaitVerdict verdict) {
        char *copy;

        if (a->verdict == WAIT_REACHED || !(copy = strdup(phase)))
                return;
        free(a->phase);
        a->phase = copy;
        a->verdict = verdict;
}

/* --- what is --- */

static int say_no_memory(void) {
        say_error("out of memory");
        return EXIT_FAILED;
}

static int wait_set_fill(WaitSet *w, const ServiceList *list) {
        w->items = calloc(MAX(list->n, (size_t) 1), sizeof(*w->items));
        if (!w->items)
                return say_no_memory();
        for (; w->n < list->n; w->n++) {
                const ServiceRow *r = &list->rows[w->n];
                Awaited *a = &w->items[w->n];

                a->name = strdup(r->name);
                awaited_set(a, r->phase, wait_judge(w->goal, r->phase));
                if (!a->name || !a->phase) {
                        w->n++;
                        return say_no_memory();
                }
        }
        return EXIT_OK;
}

static const ServiceRow *find_row(const ServiceList *list, const char *name) {
        for (size_t i = 0; i < list->n; i++)
                if (strcmp(list->rows[i].name, name) == 0)
                        return &list->rows[i];
        return NULL;
}

/* Signals may be older than the state that was asked for before they were read; that it cannot be reached any more is
 * therefore only concluded from the state. One that is not configured any more has been stopped. */
static int wait_set_look(Client *c, WaitSet *w) {
        _cleanup_(service_list_done) ServiceList list = { 0 };

        w->dirty = false;
        int code = service_list_get(c, NULL, &list);
        if (code != EXIT_OK)
                return code;
        (void) news_drain(c); /* what came before the answer: reached is reached; a broken connection is noticed later */
        for (size_t i = 0; i < w->n; i++) {
                const ServiceRow *r = find_row(&list, w->items[i].name);
                const char *phase = r ? r->phase : "stopped";

                awaited_set(&w->items[i], phase, wait_judge(w->goal, phase));
        }
        return EXIT_OK;
}

/* --- what happens --- */

static void on_change(const StateChange *change, void *userdata) {
        WaitSet *w = userdata;

        for (size_t i = 0; i < w->n; i++) {
                if (strcmp(w->items[i].name, change->service) != 0)
                        continue;
                if (wait_judge(w->goal, change->phase) == WAIT_REACHED)
                        awaited_set(&w->items[i], change->phase, WAIT_REACHED);
                else
                        w->dirty = true;
                return;
        }
}

static size_t count(const WaitSet *w, WaitVerdict verdict) {
        size_t n = 0;

        for (size_t i = 0; i < w->n; i++)
                n += w->items[i].verdict == verdict;
        return n;
}

static int recover(Client *c, News *news, WaitSet *w) {
        int r = client_reconnect(c);

        if (r < 0)
                return client_say_failure(c, r, NULL);
        w->dirty = true;
        return news_follow(c, news);
}

static int wait_for_all(Client *c, News *news, WaitSet *w, usec_t timeout) {
        usec_t deadline = usec_add(now_monotonic(), timeout);
        int code = EXIT_OK;

        while (code == EXIT_OK && count(w, WAIT_PENDING) > 0 && count(w, WAIT_UNREACHABLE) == 0) {
                if (now_monotonic() >= deadline)
                        return EXIT_TIMED_OUT;
                if (news_turn(c, deadline) < 0)
                        code = recover(c, news, w);
                while (code == EXIT_OK && w->dirty) /* looking handles signals too: none may be left when it sleeps */
                        code = wait_set_look(c, w);
        }
        return code == EXIT_OK && count(w, WAIT_UNREACHABLE) > 0 ? EXIT_FAILED : code;
}

/* --- what came of it --- */

static void say_missing(const WaitSet *w) {
        const char *goal = wait_goal_to_string(w->goal);

        for (size_t i = 0; i < w->n; i++) {
                const Awaited *a = &w->items[i];

                if (a->verdict == WAIT_UNREACHABLE)
                        say_error("%s: is %s and will not be %s by itself; see `supctl why %s`", a->name, a->phase, goal, a->name);
                else if (a->verdict == WAIT_PENDING)
                        say_error("%s: is %s, not %s yet", a->name, a->phase, goal);
        }
}

static int print_json(const WaitSet *w) {
        static const char *const results[] = {
                [WAIT_PENDING] = "pending",
                [WAIT_REACHED] = "reached",
                [WAIT_UNREACHABLE] = "unreachable",
        };
        json_t *services = json_array();

        for (size_t i = 0; i < w->n; i++)
                (void) json_array_append_new(services, json_pack("{s:s, s:s, s:s}", "name", w->items[i].name, "result",
                                                               results[w->items[i].verdict], "phase", w->items[i].phase));
        return json_print(json_pack("{s:o}", "services", services));
}

int verb_wait(const Invocation *i) {
        _cleanup_(client_done) Client c = { 0 };
        _cleanup_(service_list_done) ServiceList list = { 0 };
        _cleanup_(wait_set_done) WaitSet w = { .goal = wanted_goal(i->options) };
        News news = { .on_change = on_change, .userdata = &w };

        int code = client_open(&c, i->options);
        if (code != EXIT_OK || (code = news_follow(&c, &news)) != EXIT_OK ||
                (code = service_list_get(&c, i->arguments, &list)) != EXIT_OK || (code = wait_set_fill(&w, &list)) != EXIT_OK)
                return code;
        code = wait_for_all(&c, &news, &w, i->options->timeout);
        if (code == EXIT_FAILED || code == EXIT_TIMED_OUT)
                say_missing(&w);
        if (option_given(i->options, OPTION_JSON)) {
                int r = print_json(&w);
                return code == EXIT_OK ? r : code;
        }
        return code;
}
