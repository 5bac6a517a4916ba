/* The state machine. One function per event, and one per way of leaving a phase; service_step() only dispatches.
 * Nothing in here calls the system: what is to be done goes out as actions, the time comes in as an argument. */
#include "daemon/core/service_state.h"

static const char *const service_goal_names[] = {
        [GOAL_DOWN] = "down",
        [GOAL_UP] = "up",
};
ENUM_TABLE(service_goal, ServiceGoal, service_goal_names, _SERVICE_GOAL_MAX);

static const char *const service_phase_names[] = {
        [PHASE_STOPPED] = "stopped",
        [PHASE_STARTING] = "starting",
        [PHASE_RUNNING] = "running",
        [PHASE_RELOADING] = "reloading",
        [PHASE_STOPPING] = "stopping",
        [PHASE_BACKOFF] = "backoff",
        [PHASE_EXITED] = "exited",
        [PHASE_FAILED] = "failed",
};
ENUM_TABLE(service_phase, ServicePhase, service_phase_names, _SERVICE_PHASE_MAX);

static const char *const stop_mode_names[] = {
        [STOP_GRACEFUL] = "graceful",
        [STOP_NORMAL] = "normal",
        [STOP_NOW] = "now",
};
ENUM_TABLE(stop_mode, StopMode, stop_mode_names, _STOP_MODE_MAX);

static const char *const service_event_kind_names[] = {
        [EVENT_START] = "start",
        [EVENT_STOP] = "stop",
        [EVENT_RESTART] = "restart",
        [EVENT_RELOAD] = "reload",
        [EVENT_SPAWNED] = "spawned",
        [EVENT_SPAWN_FAILED] = "spawn-failed",
        [EVENT_MAIN_EXITED] = "main-exited",
        [EVENT_MAIN_FROZEN] = "main-frozen",
        [EVENT_MAIN_CONTINUED] = "main-continued",
        [EVENT_SCOPE_EMPTY] = "scope-empty",
        [EVENT_SCOPE_POPULATED] = "scope-populated",
        [EVENT_TIMER] = "timer",
        [EVENT_READY] = "ready",
        [EVENT_RELOADING] = "reloading",
        [EVENT_STOPPING] = "stopping",
        [EVENT_EXTEND_TIMEOUT] = "extend-timeout",
        [EVENT_WATCHDOG_PING] = "watchdog-ping",
        [EVENT_WATCHDOG_TRIGGER] = "watchdog-trigger",
        [EVENT_WATCHDOG_CHANGE] = "watchdog-change",
};
ENUM_TABLE(service_event_kind, ServiceEventKind, service_event_kind_names, _SERVICE_EVENT_KIND_MAX);

/* SIGKILL rounds come at 1, 2, 4 ... seconds and then at this distance: a process in uninterruptible sleep may take its time,
 * and the walk for survivors costs. */
#define KILL_RETRY_MIN USEC_PER_SEC
#define KILL_RETRY_MAX (30 * USEC_PER_SEC)

/* Everything that a step works on, so that the functions below stay short. */
typedef struct Step {
        const ServiceConfig *c;
        ServiceState *s;
        usec_t now;
        ActionList *actions;
} Step;

bool spawn_error_is_transient(int error) {
        return error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE;
}

void service_state_init(ServiceState *s, uint32_t seed, usec_t now) {
        *s = (ServiceState){
                .goal = GOAL_DOWN,
                .phase = PHASE_STOPPED,
                .scope_empty = true,
                .random = seed ?: 1, /* xorshift has one fixed point, 0 */
                .phase_since = now,
                .stop_deadline = USEC_INFINITY,
                .deadline = USEC_INFINITY,
        };
}

static uint32_t random_next(ServiceState *s) {
        uint32_t x = s->random;
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        return s->random = x;
}

static void emit(Step *t, ServiceActionKind kind, int signo) {
        assert(t->actions->n < ACTIONS_MAX);
        t->actions->items[t->actions->n++] = (ServiceAction){ .kind = kind, .signo = signo };
}

/* A stopped process acts on no signal but SIGKILL until it is continued. */
static void emit_signal(Step *t, ServiceActionKind kind, int signo) {
        emit(t, kind, signo);
        if (signo != SIGKILL && signo != SIGCONT)
                emit(t, kind, SIGCONT);
}

static void enter(Step *t, ServicePhase phase, usec_t deadline) {
        t->s->phase = phase;
        t->s->phase_since = t->now;
        t->s->deadline = deadline;
        if (phase != PHASE_STOPPING) {
                t->s->stop_step = STOP_STEP_NONE;
                t->s->stop_deadline = USEC_INFINITY;
        }
        if (service_phase_is_final(phase)) {
                t->s->start_again = false;
                t->s->stop_requested = false;
        }
}

/* --- starting --- */

static void spawn(Step *t) {
        t->s->start_again = false;
        t->s->stop_requested = false;
        t->s->abort_result = RESULT_SUCCESS;
        t->s->spawn_error = 0;
        enter(t, PHASE_STARTING, USEC_INFINITY);
        emit(t, ACTION_SPAWN, 0);
}

static void forget_failures(ServiceState *s) {
        s->backoff = (Backoff){ 0 };
        s->start_limit = (StartLimit){ 0 };
        s->n_restarts = 0;
}

/* An automatic start: the only kind that the start limit counts. */
static void spawn_again(Step *t) {
        if (!start_limit_admit(t->c, &t->s->start_limit, t->now)) {
                t->s->result = RESULT_START_LIMIT;
                enter(t, PHASE_FAILED, USEC_INFINITY);
                return;
        }
        t->s->n_restarts++;
        spawn(t);
}

static void back_off(Step *t, usec_t delay_min) {
        usec_t delay = MAX(backoff_delay(t->c, &t->s->backoff, random_next(t->s)), delay_min);

        if (t->s->backoff.n_failures < UINT32_MAX)
                t->s->backoff.n_failures++;
        if (delay == 0)
                spawn_again(t);
        else
                enter(t, PHASE_BACKOFF, usec_add(t->now, delay));
}

static int on_start(Step *t, StartOrigin origin) {
        ServiceState *s = t->s;

        s->goal = GOAL_UP;
        if (origin == START_OPERATOR)
                forget_failures(s);
        switch (s->phase) {
        case PHASE_STOPPED:
        case PHASE_EXITED:
        case PHASE_FAILED:
                spawn(t);
                break;
        case PHASE_BACKOFF:
                if (origin == START_OPERATOR)
                        spawn(t);
                break;
        case PHASE_STOPPING:
                if (origin == START_OPERATOR || s->stop_requested)
                        s->start_again = true;
                break;
        case PHASE_STARTING:
        case PHASE_RUNNING:
        case PHASE_RELOADING:
        case _SERVICE_PHASE_MAX:
                break;
        }
        return 0;
}

static void stop_main(Step *t, StopMode mode);

static usec_t watchdog_deadline(const Step *t) {
        return t->s->watchdog > 0 ? usec_add(t->now, t->s->watchdog) : USEC_INFINITY;
}

static void become_ready(Step *t) {
        t->s->n_ready++;
        enter(t, PHASE_RUNNING, watchdog_deadline(t));
}

/* A program that runs is up, unless it has promised to say so itself, or is a job that has to be done first. */
static int on_spawned(Step *t) {
        ServiceState *s = t->s;

        if (s->phase != PHASE_STARTING || s->main_alive)
                return -EINVAL;
        s->main_alive = true;
        s->main_frozen = false;
        s->scope_empty = false;
        s->n_spawns++;
        s->started_at = t->now;
        s->watchdog = t->c->watchdog;
        s->result = RESULT_SUCCESS;
        if (t->c->type == SERVICE_TYPE_NOTIFY || t->c->type == SERVICE_TYPE_ONESHOT)
                enter(t, PHASE_STARTING, usec_add(t->now, t->c->start_timeout));
        else
                become_ready(t);
        if (s->goal == GOAL_DOWN) /* a stop came while the spawn was under way */
                stop_main(t, STOP_NORMAL);
        return 0;
}

static int on_spawn_failed(Step *t, int error) {
        ServiceState *s = t->s;

        if (s->phase != PHASE_STARTING || s->main_alive)
                return -EINVAL;
        s->spawn_error = error;
        s->result = RESULT_SPAWN_FAILED;
        if (s->goal == GOAL_DOWN)
                enter(t, PHASE_STOPPED, USEC_INFINITY);
        else if (spawn_error_is_transient(error) || restart_policy_wants(t->c, s->result, s->last_exit))
                back_off(t, SPAWN_FAILURE_DELAY_MIN);
        else
                enter(t, PHASE_FAILED, USEC_INFINITY);
        return 0;
}

/* --- stopping --- */

static void kill_scope(Step *t) {
        ServiceState *s = t->s;
        usec_t wait = KILL_RETRY_MIN << MIN(s->n_kills, 5u);

        /* kill_signal is a courtesy for the first round (ABRT for a core, say); after it nothing may refuse. */
        int signo = s->n_kills == 0 && s->stop_mode != STOP_NOW ? t->c->kill_signal : SIGKILL;
        bool main_only = t->c->kill_mode == KILL_MODE_PROCESS && s->stop_mode != STOP_NOW;

        s->n_kills++;
        s->stop_step = STOP_STEP_KILL;
        s->deadline = usec_add(t->now, MIN(wait, KILL_RETRY_MAX));
        emit_signal(t, main_only ? ACTION_SIGNAL_MAIN : ACTION_SIGNAL_SCOPE, signo);
        if (!s->main_alive)
                emit(t, ACTION_CHECK_SCOPE, 0);
}

static void stop_begin(Step *t, StopMode mode) {
        ServiceState *s = t->s;

        enter(t, PHASE_STOPPING, USEC_INFINITY);
        s->stop_mode = mode;
        s->n_kills = 0;
        s->stop_deadline = mode == STOP_NORMAL ? usec_add(t->now, t->c->stop_timeout) : USEC_INFINITY;
        s->deadline = s->stop_deadline;
}

/* The main process is alive: ask it, or all of them, to end. */
static void stop_main(Step *t, StopMode mode) {
        stop_begin(t, mode);
        t->s->stop_requested = true;
        if (mode == STOP_NOW) {
                kill_scope(t);
        } else if (t->c->kill_mode == KILL_MODE_ALL) {
                t->s->stop_step = STOP_STEP_SCOPE;
                emit_signal(t, ACTION_SIGNAL_SCOPE, t->c->stop_signal);
        } else {
                t->s->stop_step = STOP_STEP_MAIN;
                emit_signal(t, ACTION_SIGNAL_MAIN, t->c->stop_signal);
        }
}

/* We end a run that nobody asked to end: it is a failure, and the policy decides. */
static void abort_run(Step *t, ServiceResult why, int signo) {
        stop_begin(t, STOP_NORMAL);
        t->s->abort_result = why;
        t->s->stop_step = STOP_STEP_MAIN;
        emit_signal(t, ACTION_SIGNAL_MAIN, signo);
}

/* A later request can only hurry the stop that is under way. */
static void stop_hurry(Step *t, StopMode mode) {
        ServiceState *s = t->s;

        if (mode <= s->stop_mode)
                return;
        s->stop_mode = mode;
        if (mode == STOP_NOW) {
                kill_scope(t);
        } else if (s->stop_step != STOP_STEP_KILL) {
                s->stop_deadline = usec_add(t->now, t->c->stop_timeout);
                s->deadline = s->stop_deadline;
        }
}

static int on_stop(Step *t, StopMode mode) {
        ServiceState *s = t->s;

        s->goal = GOAL_DOWN;
        s->start_again = false;
        switch (s->phase) {
        case PHASE_STARTING: /* before the spawn has answered the goal is enough: on_spawned() looks at it */
                if (s->main_alive)
                        stop_main(t, mode);
                break;
        case PHASE_RUNNING:
        case PHASE_RELOADING:
                stop_main(t, mode);
                break;
        case PHASE_STOPPING:
                s->stop_requested = true;
                stop_hurry(t, mode);
                break;
        case PHASE_BACKOFF:
        case PHASE_EXITED:
        case PHASE_FAILED:
                enter(t, PHASE_STOPPED, USEC_INFINITY);
                break;
        case PHASE_STOPPED:
        case _SERVICE_PHASE_MAX:
                break;
        }
        return 0;
}

static int on_restart(Step *t, StopMode mode) {
        ServiceState *s = t->s;

        if (!s->main_alive && s->phase != PHASE_STOPPING)
                return on_start(t, START_OPERATOR);
        forget_failures(s);
        s->goal = GOAL_UP;
        if (s->phase == PHASE_STOPPING)
                stop_hurry(t, mode);
        else
                stop_main(t, mode);
        s->start_again = true;
        return 0;
}

/* --- the end of a run --- */

static void finish_failed_or_again(Step *t) {
        ServiceState *s = t->s;

        if (usec_sub(s->exited_at, s->started_at) >= t->c->min_uptime)
                s->backoff = (Backoff){ 0 };
        if (restart_policy_wants(t->c, s->result, s->last_exit))
                back_off(t, 0);
        else
                enter(t, s->result == RESULT_SUCCESS ? PHASE_EXITED : PHASE_FAILED, USEC_INFINITY);
}

/* Nothing of the run is left (or what is left is to be left alone). */
static void run_finished(Step *t) {
        ServiceState *s = t->s;

        if (s->goal == GOAL_DOWN)
                enter(t, PHASE_STOPPED, USEC_INFINITY);
        else if (s->start_again)
                spawn(t);
        else
                finish_failed_or_again(t);
}

static bool rest_is_left_alone(const Step *t) {
        return t->c->kill_mode == KILL_MODE_PROCESS && t->s->stop_mode != STOP_NOW;
}

/* What the end of the main process says about the run. */
static ServiceResult judge_exit(const Step *t, ServicePhase phase_before) {
        const ServiceState *s = t->s;

        if (s->stop_requested) /* an exit after our own request is never a failure, whatever its code */
                return s->stop_step == STOP_STEP_KILL && s->stop_mode != STOP_NOW ? RESULT_TIMEOUT : RESULT_SUCCESS;
        if (s->abort_result != RESULT_SUCCESS)
                return s->abort_result;
        ServiceResult result = exit_status_to_result(t->c, s->last_exit);
        if (result == RESULT_SUCCESS && phase_before == PHASE_STARTING && t->c->type == SERVICE_TYPE_NOTIFY)
                return RESULT_PROTOCOL;
        return result;
}

static int on_main_exited(Step *t, ExitStatus status) {
        ServiceState *s = t->s;
        ServicePhase before = s->phase;

        if (!s->main_alive)
                return -EINVAL;
        s->main_alive = false;
        s->main_frozen = false;
        s->last_exit = status;
        s->exited_at = t->now;
        if (s->phase != PHASE_STOPPING) {
                stop_begin(t, STOP_NORMAL);
                s->stop_step = STOP_STEP_MAIN;
        }
        s->result = judge_exit(t, before);
        if (before == PHASE_STARTING && t->c->type == SERVICE_TYPE_ONESHOT && s->result == RESULT_SUCCESS)
                s->n_ready++; /* the job is done */
        emit(t, ACTION_CHECK_SCOPE, 0);
        return 0;
}

static int on_scope_empty(Step *t) {
        ServiceState *s = t->s;

        if (s->main_alive)
                return -EINVAL;
        s->scope_empty = true;
        if (s->phase == PHASE_STOPPING)
                run_finished(t);
        return 0;
}

static int on_scope_populated(Step *t) {
        ServiceState *s = t->s;

        if (s->phase != PHASE_STOPPING || s->main_alive)
                return 0; /* kill_mode = process left it so */
        if (rest_is_left_alone(t)) {
                run_finished(t);
        } else if (s->stop_step == STOP_STEP_MAIN) {
                s->stop_step = STOP_STEP_SCOPE;
                emit_signal(t, ACTION_SIGNAL_SCOPE, t->c->stop_signal);
        }
        return 0;
}

/* --- the rest --- */

static int on_timer(Step *t) {
        ServiceState *s = t->s;

        if (t->now < s->deadline)
                return 0; /* set anew since the timer fired */
        s->deadline = USEC_INFINITY;
        switch (s->phase) {
        case PHASE_BACKOFF:
                spawn_again(t);
                break;
        case PHASE_STOPPING:
                kill_scope(t);
                break;
        case PHASE_STARTING:
                abort_run(t, RESULT_TIMEOUT, t->c->stop_signal);
                break;
        case PHASE_RUNNING:
        case PHASE_RELOADING:
                abort_run(t, RESULT_WATCHDOG, t->c->watchdog_signal);
                break;
        case PHASE_STOPPED:
        case PHASE_EXITED:
        case PHASE_FAILED:
        case _SERVICE_PHASE_MAX:
                break;
        }
        return 0;
}

/* --- what the service says itself (sd_notify(3)) --- */

/* Said again and again by some (php-fpm), and after each reload by others: only the first one, or the one that ends a reload,
 * changes anything. */
static int on_ready(Step *t) {
        if (t->s->phase == PHASE_STARTING && t->s->main_alive && t->c->type == SERVICE_TYPE_NOTIFY)
                become_ready(t);
        else if (t->s->phase == PHASE_RELOADING)
                enter(t, PHASE_RUNNING, t->s->deadline);
        return 0;
}

/* haproxy and caddy say it before their first READY: that is still starting. */
static int on_reloading(Step *t) {
        if (t->s->phase == PHASE_RUNNING)
                enter(t, PHASE_RELOADING, t->s->deadline);
        return 0;
}

static int on_stopping(Step *t) {
        if (service_phase_is_up(t->s->phase)) {
                stop_begin(t, STOP_NORMAL);
                t->s->stop_step = STOP_STEP_MAIN;
        }
        return 0;
}

static int on_extend_timeout(Step *t, usec_t span) {
        ServiceState *s = t->s;
        bool starts = s->phase == PHASE_STARTING && s->main_alive;
        bool stops = s->phase == PHASE_STOPPING && s->stop_step != STOP_STEP_KILL;

        if ((starts || stops) && s->deadline != USEC_INFINITY)
                s->deadline = MAX(s->deadline, usec_add(t->now, span));
        if (stops && s->deadline != USEC_INFINITY)
                s->stop_deadline = s->deadline;
        return 0;
}

static int on_watchdog_ping(Step *t) {
        if (service_phase_is_up(t->s->phase))
                t->s->deadline = watchdog_deadline(t);
        return 0;
}

static int on_watchdog_trigger(Step *t) {
        if (service_phase_is_up(t->s->phase))
                abort_run(t, RESULT_WATCHDOG, t->c->watchdog_signal);
        return 0;
}

static int on_watchdog_change(Step *t, usec_t interval) {
        if (!t->s->main_alive)
                return -EINVAL;
        t->s->watchdog = interval;
        return on_watchdog_ping(t);
}

static int on_frozen(Step *t, bool frozen) {
        if (!t->s->main_alive)
                return -EINVAL;
        t->s->main_frozen = frozen;
        return 0;
}

static int on_reload(Step *t) {
        if (!service_phase_is_up(t->s->phase) || t->c->reload_signal == 0)
                return -EINVAL;
        emit(t, ACTION_SIGNAL_MAIN, t->c->reload_signal);
        return 0;
}

int service_step(
        const ServiceConfig *c, ServiceState *s, const ServiceEvent *e, usec_t now, ActionList *ret_actions) {
        Step t = { .c = c, .s = s, .now = now, .actions = ret_actions };

        ret_actions->n = 0;
        switch (e->kind) {
        case EVENT_START:
                return on_start(&t, e->origin);
        case EVENT_STOP:
                return on_stop(&t, e->stop_mode);
        case EVENT_RESTART:
                return on_restart(&t, e->stop_mode);
        case EVENT_RELOAD:
                return on_reload(&t);
        case EVENT_SPAWNED:
                return on_spawned(&t);
        case EVENT_SPAWN_FAILED:
                return on_spawn_failed(&t, e->error);
        case EVENT_MAIN_EXITED:
                return on_main_exited(&t, e->exit);
        case EVENT_MAIN_FROZEN:
                return on_frozen(&t, true);
        case EVENT_MAIN_CONTINUED:
                return on_frozen(&t, false);
        case EVENT_SCOPE_EMPTY:
                return on_scope_empty(&t);
        case EVENT_SCOPE_POPULATED:
                return on_scope_populated(&t);
        case EVENT_TIMER:
                return on_timer(&t);
        case EVENT_READY:
                return on_ready(&t);
        case EVENT_RELOADING:
                return on_reloading(&t);
        case EVENT_STOPPING:
                return on_stopping(&t);
        case EVENT_EXTEND_TIMEOUT:
                return on_extend_timeout(&t, e->span);
        case EVENT_WATCHDOG_PING:
                return on_watchdog_ping(&t);
        case EVENT_WATCHDOG_TRIGGER:
                return on_watchdog_trigger(&t);
        case EVENT_WATCHDOG_CHANGE:
                return on_watchdog_change(&t, e->span);
        case _SERVICE_EVENT_KIND_MAX:
                break;
        }
        return -EINVAL;
}
