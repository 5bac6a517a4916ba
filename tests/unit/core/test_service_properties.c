/* The state machine under random histories. A model world answers each action (spawns succeed or fail, processes die of
 * signals or ignore them, leftovers stay behind), requests and deaths come at random times, and after every step the
 * invariants of service_state.h are checked. A failure prints the seed and the history that led to it. */
#include <stdio.h>
#include <string.h>

#include "tests/unit/core/service_fixture.h"
#include "tests/unit/run_tests.h"

#define EVENTS_TOTAL 1500000
#define EVENTS_PER_WORLD 3000
#define HISTORY 24

typedef struct World {
        ServiceConfig config;
        ServiceState state;
        usec_t now;
        uint32_t random;
        bool main_alive, ignores_term;
        unsigned n_others; /* the rest of the scope */
        bool empty_owed;   /* the scope became empty, and the daemon has not noticed yet */
        usec_t down_since; /* when the goal went down and stayed so; USEC_INFINITY: it is up */
        usec_t window_start;
        unsigned window_starts; /* automatic ones */
        bool operator_start;    /* the next spawn is not counted */
        const char *history[HISTORY];
        size_t n_history;
        uint32_t seed;
} World;

static uint32_t roll(World *w, uint32_t n) {
        w->random ^= w->random << 13;
        w->random ^= w->random >> 17;
        w->random ^= w->random << 5;
        return w->random % n;
}

static void broken(const World *w, const char *what) {
        fprintf(stderr, "%s (seed %u); last events:", what, w->seed);
        for (size_t i = w->n_history > HISTORY ? w->n_history - HISTORY : 0; i < w->n_history; i++)
                fprintf(stderr, " %s", w->history[i % HISTORY]);
        fprintf(stderr, "\n");
        ck_abort_msg("%s (seed %u)", what, w->seed);
}

static void hold(const World *w, bool condition, const char *what) {
        if (!condition)
                broken(w, what);
}

static void world_init(World *w, uint32_t seed) {
        memset(w, 0, sizeof *w);
        w->seed = seed;
        w->random = seed * 2654435761u | 1;
        w->config = fixture_config();
        w->config.restart = (RestartMode) roll(w, _RESTART_MODE_MAX);
        w->config.kill_mode = (KillMode) roll(w, _KILL_MODE_MAX);
        w->config.restart_delay = roll(w, 3) ? roll(w, 500) * USEC_PER_MSEC : 0;
        w->config.restart_delay_max = w->config.restart_delay * (1 + roll(w, 10));
        w->config.restart_jitter = roll(w, 101);
        w->config.start_limit_burst = roll(w, 2) ? 1 + roll(w, 5) : 0;
        w->config.type = (ServiceType) roll(w, _SERVICE_TYPE_MAX);
        w->config.start_timeout = roll(w, 4) ? (1 + roll(w, 20)) * USEC_PER_SEC : USEC_INFINITY;
        w->config.watchdog = roll(w, 3) ? 0 : (1 + roll(w, 5)) * USEC_PER_SEC;
        w->config.watchdog_signal = SIGABRT;
        w->config.kill_signal = roll(w, 4) ? SIGKILL : SIGABRT;
        w->config.reload_signal = roll(w, 2) ? SIGHUP : 0;
        w->now = USEC_PER_SEC;
        w->down_since = 0;
        service_state_init(&w->state, seed, w->now);
}

static bool spawn_is_pending(const ServiceState *s) {
        return s->phase == PHASE_STARTING && !s->main_alive;
}

static void check_invariants(World *w) {
        const ServiceState *s = &w->state;
        hold(w, s->main_alive == w->main_alive, "the state machine lost count of the main process");
        if (!service_phase_is_final(s->phase) && !spawn_is_pending(s))
                hold(w, w->main_alive || w->n_others > 0 || w->empty_owed || s->deadline != USEC_INFINITY,
                        "a phase that is not final waits for nothing");
        hold(w, !service_phase_is_up(s->phase) || w->main_alive, "up without a main process");
        hold(w, !service_phase_is_up(s->phase) || s->watchdog == 0 || s->deadline != USEC_INFINITY, "up with a watchdog, and no timer for it");
        hold(w, !(service_phase_is_up(s->phase) && w->config.type == SERVICE_TYPE_ONESHOT), "a oneshot service is up");
        hold(w, !service_phase_is_final(s->phase) || !w->main_alive, "final with a living main process");
        hold(w, s->phase != PHASE_BACKOFF || s->goal == GOAL_UP, "backoff although the goal is down");
        hold(w, !(service_phase_is_final(s->phase) && s->deadline != USEC_INFINITY), "final with a timer");
        hold(w, !(service_phase_is_up(s->phase) && s->goal == GOAL_DOWN), "up although the goal is down");
        hold(w, !(s->phase == PHASE_STARTING && s->goal == GOAL_DOWN), "starting although the goal is down");
}

/* Counts in the same windows as the definition: the first automatic start opens one. */
static void count_automatic_start(World *w) {
        if (w->config.start_limit_burst == 0)
                return;
        if (w->window_starts == 0 || w->now - w->window_start >= w->config.start_limit_interval) {
                w->window_start = w->now;
                w->window_starts = 0;
        }
        w->window_starts++;
        hold(w, w->window_starts <= w->config.start_limit_burst, "more starts than the limit allows");
}

static void feed(World *w, ServiceEvent e);

static void world_spawn(World *w) {
        hold(w, !w->main_alive, "spawned twice");
        hold(w, w->state.goal == GOAL_UP, "spawned although the goal is down");
        if (!w->operator_start)
                count_automatic_start(w);
        w->operator_start = false;
        if (roll(w, 8) == 0) {
                const int errors[] = { ENOENT, EAGAIN, EACCES, EMFILE };
                feed(w, (ServiceEvent){ .kind = EVENT_SPAWN_FAILED, .error = errors[roll(w, 4)] });
                return;
        }
        w->main_alive = true;
        w->ignores_term = roll(w, 3) == 0;
        w->n_others += roll(w, 4) ? 0 : roll(w, 5);
        feed(w, (ServiceEvent){ .kind = EVENT_SPAWNED });
}

static void main_dies(World *w, ExitStatus status) {
        w->main_alive = false;
        feed(w, (ServiceEvent){ .kind = EVENT_MAIN_EXITED, .exit = status });
}

/* Signals take effect later, as random deaths do; only SIGKILL is certain, and even that needs a moment. */
static void world_signal(World *w, int signo, bool scope) {
        if (scope && signo == SIGKILL)
                w->n_others = roll(w, 10) ? 0 : w->n_others; /* one may hang in the kernel for a while */
        else if (scope && signo == SIGTERM && !w->ignores_term)
                w->n_others /= 2;
        if (signo == SIGKILL)
                w->ignores_term = false;
        if (w->n_others == 0 && !w->main_alive && w->state.phase == PHASE_STOPPING)
                w->empty_owed = true;
}

static void deliver_empty(World *w) {
        bool owed = w->empty_owed && !w->main_alive && w->state.phase == PHASE_STOPPING;
        w->empty_owed = false;
        if (owed)
                feed(w, (ServiceEvent){ .kind = EVENT_SCOPE_EMPTY });
}

static void perform(World *w, const ActionList *actions) {
        for (size_t i = 0; i < actions->n; i++)
                switch (actions->items[i].kind) {
                case ACTION_SPAWN:
                        world_spawn(w);
                        break;
                case ACTION_SIGNAL_MAIN:
                        hold(w, w->main_alive, "signal to a main process that is gone");
                        world_signal(w, actions->items[i].signo, false);
                        break;
                case ACTION_SIGNAL_SCOPE:
                        world_signal(w, actions->items[i].signo, true);
                        break;
                case ACTION_CHECK_SCOPE:
                        feed(w, (ServiceEvent){ .kind = w->n_others ? EVENT_SCOPE_POPULATED : EVENT_SCOPE_EMPTY });
                        break;
                }
}

static void feed(World *w, ServiceEvent e) {
        ServiceState before = w->state;
        ActionList actions;

        w->history[w->n_history++ % HISTORY] = service_event_kind_to_string(e.kind);
        int r = service_step(&w->config, &w->state, &e, w->now, &actions);
        hold(w, r == 0 || memcmp(&before, &w->state, sizeof before) == 0, "a refused event changed the state");
        hold(w, actions.n <= ACTIONS_MAX, "too many actions");
        perform(w, &actions);
}

/* What an operator start or restart forgets, the model forgets. */
static void request(World *w, ServiceEvent e) {
        bool operator_start = e.kind == EVENT_RESTART || (e.kind == EVENT_START && e.origin == START_OPERATOR);
        bool fresh = service_phase_is_final(w->state.phase);
        if (operator_start)
                w->window_starts = 0;
        w->operator_start = w->operator_start || operator_start ||
                (e.kind == EVENT_START && (fresh || w->state.stop_requested));
        if (w->main_alive && w->state.phase != PHASE_STOPPING && e.kind == EVENT_START)
                w->operator_start = false;
        w->down_since = e.kind == EVENT_STOP ? MIN(w->down_since, w->now) : USEC_INFINITY;
        feed(w, e);
        if (e.kind == EVENT_STOP)
                w->operator_start = false;
}

static void random_request(World *w) {
        StopMode mode = (StopMode) roll(w, _STOP_MODE_MAX);
        switch (roll(w, 6)) {
        case 0:
        case 1:
                request(w, (ServiceEvent){ .kind = EVENT_START, .origin = (StartOrigin) roll(w, 2) });
                break;
        case 2:
                request(w, (ServiceEvent){ .kind = EVENT_RESTART, .stop_mode = mode });
                break;
        case 3:
                feed(w, (ServiceEvent){ .kind = EVENT_RELOAD });
                break;
        default:
                request(w, (ServiceEvent){ .kind = EVENT_STOP, .stop_mode = mode });
        }
}

static void random_death(World *w) {
        if (w->main_alive && roll(w, 2)) {
                const ExitStatus ends[] = {
                        { EXIT_CODE, 0 }, { EXIT_CODE, 1 }, { EXIT_SIGNAL, SIGKILL }, { EXIT_CORE_DUMP, SIGSEGV }
                };
                main_dies(w, ends[roll(w, 4)]);
        } else if (w->n_others > 0 && --w->n_others == 0 && !w->main_alive) {
                feed(w, (ServiceEvent){ .kind = EVENT_SCOPE_EMPTY });
        }
}

/* What must not happen: an event that cannot be, at any time. */
static void random_nonsense(World *w) {
        if (spawn_is_pending(&w->state))
                return;
        if (!w->main_alive)
                feed(w, (ServiceEvent){ .kind = roll(w, 2) ? EVENT_MAIN_EXITED : EVENT_MAIN_FROZEN, .exit = { EXIT_CODE, 9 } });
        feed(w, (ServiceEvent){ .kind = EVENT_SPAWNED });
}

/* What the service says, at any time: also before it is ready, while it stops, and from the grave. */
static void random_message(World *w) {
        static const ServiceEventKind kinds[] = { EVENT_READY, EVENT_READY, EVENT_READY, EVENT_RELOADING, EVENT_STOPPING,
                EVENT_EXTEND_TIMEOUT, EVENT_WATCHDOG_PING, EVENT_WATCHDOG_PING, EVENT_WATCHDOG_TRIGGER, EVENT_WATCHDOG_CHANGE };
        feed(w, (ServiceEvent){ .kind = kinds[roll(w, ARRAY_SIZE(kinds))], .span = roll(w, 3) * USEC_PER_SEC });
}

static void advance(World *w) {
        usec_t step = roll(w, 2000) * USEC_PER_MSEC;
        if (w->state.deadline != USEC_INFINITY && w->state.deadline <= w->now + step) {
                w->now = MAX(w->now, w->state.deadline);
                feed(w, (ServiceEvent){ .kind = EVENT_TIMER });
        } else {
                w->now += step;
        }
}

static void random_event(World *w) {
        if (w->empty_owed)
                deliver_empty(w);
        switch (roll(w, 9)) {
        case 8:
                random_message(w);
                break;
        case 0:
                random_request(w);
                break;
        case 1:
        case 2:
                random_death(w);
                break;
        case 3:
                random_nonsense(w);
                break;
        default:
                advance(w);
        }
        check_invariants(w);
}

/* With the goal down, and everything dying of SIGKILL, a final phase comes within the time-outs and nothing starts again. */
static void settle_down(World *w) {
        uint32_t spawns;

        request(w, (ServiceEvent){ .kind = EVENT_STOP, .stop_mode = STOP_NORMAL });
        spawns = w->state.n_spawns;
        usec_t latest = w->now + w->config.stop_timeout + 40 * USEC_PER_SEC;
        while (!service_phase_is_final(w->state.phase)) {
                if (w->empty_owed) {
                        deliver_empty(w);
                        continue;
                }
                hold(w, w->state.deadline != USEC_INFINITY, "goal down, and no timer to get there");
                hold(w, w->now <= latest, "goal down, and still not final after the time-outs");
                w->now = w->state.deadline;
                feed(w, (ServiceEvent){ .kind = EVENT_TIMER });
                if (w->state.stop_step == STOP_STEP_KILL && w->main_alive) {
                        w->n_others = w->config.kill_mode == KILL_MODE_PROCESS ? w->n_others : 0;
                        main_dies(w, (ExitStatus){ EXIT_SIGNAL, SIGKILL });
                } else if (w->n_others > 0 && !w->main_alive && w->state.stop_step == STOP_STEP_KILL) {
                        w->n_others = 0;
                        feed(w, (ServiceEvent){ .kind = EVENT_SCOPE_EMPTY });
                }
        }
        hold(w, w->state.n_spawns == spawns, "started again although the goal is down");
        for (int i = 0; i < 20; i++) {
                w->now += USEC_PER_MINUTE;
                feed(w, (ServiceEvent){ .kind = EVENT_TIMER });
        }
        hold(w, w->state.n_spawns == spawns && service_phase_is_final(w->state.phase), "did not stay down");
}

START_TEST(invariants_hold_over_random_histories) {
        World w;
        for (uint32_t seed = 1; seed <= EVENTS_TOTAL / EVENTS_PER_WORLD; seed++) {
                world_init(&w, seed);
                for (int i = 0; i < EVENTS_PER_WORLD; i++) {
                        random_event(&w);
                        if (i % 500 == 499) {
                                settle_down(&w);
                                w.n_others = 0;
                        }
                }
        }
}
END_TEST

/* A copy of the state goes on exactly as the original would: nothing is remembered elsewhere. */
START_TEST(a_copied_state_takes_the_same_steps) {
        for (uint32_t seed = 1; seed <= 50; seed++) {
                World a, b;
                world_init(&a, seed);
                for (int i = 0; i < 200; i++)
                        random_event(&a);
                b = a;
                for (int i = 0; i < 200; i++) {
                        random_event(&a);
                        random_event(&b);
                        ck_assert_mem_eq(&a.state, &b.state, sizeof a.state);
                }
        }
}
END_TEST

RUN_TESTS("service_properties", invariants_hold_over_random_histories, a_copied_state_takes_the_same_steps)
