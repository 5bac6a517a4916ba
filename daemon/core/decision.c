/* See decision.h. One function per phase. Where the configuration was changed by a reload since the decision fell, it may not
 * explain it any more: then that is said, instead of a reason that is none. */
#include "daemon/core/decision.h"

#include <stdio.h>
#include <string.h>

#include "conf/base/parse.h"

/* --- the restart policy --- */

/* What is to be said before the exit status; NULL: it speaks for itself. */
static const char *cause_of(const ServiceState *s) {
        switch (s->result) {
        case RESULT_TIMEOUT:
                return s->stop_requested || s->goal == GOAL_DOWN ? NULL : "was not ready within start_timeout";
        case RESULT_WATCHDOG:
                return "its watchdog ran out";
        case RESULT_PROTOCOL:
                return "ended before it said READY=1";
        case RESULT_SUCCESS:
        case RESULT_EXIT_CODE:
        case RESULT_SIGNAL:
        case RESULT_CORE_DUMP:
        case RESULT_START_LIMIT:
        case RESULT_SPAWN_FAILED:
        case _SERVICE_RESULT_MAX:
                break;
        }
        return NULL;
}

char *decision_format_ending(const ServiceState *s, char *buf) {
        char status[EXIT_STATUS_FORMAT_MAX];
        const char *cause = cause_of(s);

        if (s->result == RESULT_SPAWN_FAILED)
                (void) snprintf(buf, DECISION_ENDING_MAX, "could not be started (%s)", strerror(s->spawn_error));
        else
                (void) snprintf(buf, DECISION_ENDING_MAX, "%s%s%s", cause ?: "", cause ? ", " : "",
                        exit_status_format(s->last_exit, status));
        return buf;
}

/* What the ending is to the mode; NULL where the mode does not ask. */
static const char *class_of(RestartMode mode, ServiceResult result) {
        switch (mode) {
        case RESTART_ON_SUCCESS:
        case RESTART_ON_FAILURE:
                return result == RESULT_SUCCESS ? "a success" : "a failure";
        case RESTART_ON_ABNORMAL:
                return service_result_is_abnormal(result) ? "an abnormal end" : "no abnormal end";
        case RESTART_NO:
        case RESTART_ALWAYS:
        case _RESTART_MODE_MAX:
                break;
        }
        return NULL;
}

/* The key that decides alone, before the mode is asked; NULL: none does. */
static const char *overriding_key(const ServiceConfig *c, const ServiceState *s) {
        if (s->result == RESULT_SPAWN_FAILED)
                return NULL;
        if (exit_status_in_set(c->restart_prevent_exit_status, s->last_exit))
                return "restart_prevent_exit_status";
        if (exit_status_in_set(c->restart_force_exit_status, s->last_exit))
                return "restart_force_exit_status";
        return NULL;
}

/* again: what was decided. */
static int explain_policy(const ServiceConfig *c, const ServiceState *s, bool again, char **ret) {
        const char *key = overriding_key(c, s), *class = class_of(c->restart, s->result);
        const char *verdict = again ? "it is started again" : "it is not started again";
        char ending[DECISION_ENDING_MAX];

        (void) decision_format_ending(s, ending);
        if (s->result == RESULT_SPAWN_FAILED && again && spawn_error_is_transient(s->spawn_error))
                return asprintf(ret, "%s: the machine is short of something, which is no fault of the service, so %s", ending,
                        verdict);
        if (restart_policy_wants(c, s->result, s->last_exit) != again)
                return asprintf(ret, "%s, and %s: so it was decided before the configuration was changed", ending, verdict);
        if (key)
                return asprintf(ret, "%s lists it: %s, so %s", key, ending, verdict);
        if (class)
                return asprintf(
                        ret, "restart = %s: %s is %s, so %s", restart_mode_to_string(c->restart), ending, class, verdict);
        return asprintf(ret, "restart = %s: %s, and %s", restart_mode_to_string(c->restart), ending, verdict);
}

/* --- phase by phase --- */

/* "4 x": what restart_backoff has made of restart_delay by now. */
static int format_backoff(const ServiceConfig *c, const ServiceState *s, char **ret) {
        double factor = 1, delay = (double) c->restart_delay;
        char max[FORMAT_DURATION_MAX];

        for (unsigned i = 1; i < s->backoff.n_failures && c->restart_backoff > 1 && delay > 0; i++) {
                factor *= c->restart_backoff;
                if (delay * factor >= (double) c->restart_delay_max)
                        return asprintf(ret, "at restart_delay_max %s", format_duration(c->restart_delay_max, max));
        }
        return asprintf(ret, "%g x", factor);
}

static int explain_backoff(const ServiceConfig *c, const ServiceState *s, usec_t now, char **ret) {
        _cleanup_(freep) char *policy = NULL, *backoff = NULL;
        char span[FORMAT_DURATION_MAX];

        if (explain_policy(c, s, true, &policy) < 0) {
                policy = NULL;
                return -1;
        }
        if (format_backoff(c, s, &backoff) < 0) {
                backoff = NULL;
                return -1;
        }
        return asprintf(ret, "%s; next attempt in %s: restart %u, backoff %s", policy, format_time_left(s->deadline, now, span),
                s->n_restarts + 1, backoff);
}

static int explain_failed(const ServiceConfig *c, const ServiceState *s, char **ret) {
        char span[FORMAT_DURATION_MAX], status[EXIT_STATUS_FORMAT_MAX];

        if (s->result != RESULT_START_LIMIT)
                return explain_policy(c, s, false, ret);
        return asprintf(ret, "start_limit_burst %u in %s was reached (at last: %s); supctl start %s tries again",
                c->start_limit_burst, format_duration(c->start_limit_interval, span), exit_status_format(s->last_exit, status),
                c->name);
}

static int explain_stopped(const ServiceConfig *c, const ServiceState *s, char **ret) {
        char span[FORMAT_DURATION_MAX];

        if (s->n_spawns == 0 && s->result == RESULT_SUCCESS)
                return asprintf(ret, "it has never been started (autostart = %s); supctl start %s does", c->autostart ? "yes" : "no",
                        c->name);
        if (s->result == RESULT_TIMEOUT)
                return asprintf(ret, "a stop was requested and it did not end within stop_timeout %s, so it was killed; nothing "
                                     "but a request starts it again", format_duration(c->stop_timeout, span));
        return asprintf(ret, "a stop was requested, and a stop wins over every policy: nothing but a request starts it again");
}

/* What the stop that is under way waits for. */
static int explain_patience(const ServiceState *s, usec_t now, char **ret) {
        char span[FORMAT_DURATION_MAX];

        if (s->stop_step == STOP_STEP_KILL)
                return asprintf(ret, "it is being killed, attempt %u", s->n_kills);
        if (s->stop_deadline == USEC_INFINITY)
                return asprintf(ret, "it has all the time it needs");
        return asprintf(ret, "SIGKILL follows in %s", format_time_left(s->stop_deadline, now, span));
}

static int explain_stopping(const ServiceState *s, usec_t now, char **ret) {
        _cleanup_(freep) char *patience = NULL;
        char status[EXIT_STATUS_FORMAT_MAX];

        if (explain_patience(s, now, &patience) < 0) {
                patience = NULL;
                return -1;
        }
        if (s->start_again)
                return asprintf(ret, "a new start was requested, once nothing of this run is left; %s", patience);
        if (s->stop_requested)
                return asprintf(ret, "a stop was requested; %s", patience);
        if (s->main_alive)
                return asprintf(ret, "%s; %s", s->abort_result == RESULT_WATCHDOG ? "its watchdog ran out" :
                                s->abort_result == RESULT_TIMEOUT ? "it was not ready within start_timeout" :
                                                                    "it said that it ends",
                        patience);
        return asprintf(ret, "the main process ended (%s); what it left behind is cleared before the policy decides; %s",
                exit_status_format(s->last_exit, status), patience);
}

static int explain_running(const ServiceConfig *c, const ServiceState *s, char **ret) {
        static const char *const prospects[] = {
                [RESTART_NO] = "it is not started again when it ends",
                [RESTART_ALWAYS] = "it is started again when it ends",
                [RESTART_ON_SUCCESS] = "it is started again when it ends well",
                [RESTART_ON_FAILURE] = "it is started again when it fails",
                [RESTART_ON_ABNORMAL] = "it is started again when a signal ends it",
        };
        static_assert(ARRAY_SIZE(prospects) == _RESTART_MODE_MAX, "a mode has no prospect");

        if (s->main_frozen)
                return asprintf(ret, "its main process is stopped by a signal; SIGCONT continues it");
        return asprintf(ret, "it is wanted up; restart = %s: %s", restart_mode_to_string(c->restart), prospects[c->restart]);
}

static int explain_starting(const ServiceConfig *c, const ServiceState *s, usec_t now, char **ret) {
        const char *what = c->type == SERVICE_TYPE_ONESHOT ? "it runs until it is done" : "it runs and has not said READY=1 yet";
        char span[FORMAT_DURATION_MAX];

        if (!s->main_alive)
                return asprintf(ret, "it is being started");
        if (s->deadline == USEC_INFINITY)
                return asprintf(ret, "%s", what);
        return asprintf(ret, "%s; start_timeout ends in %s", what, format_time_left(s->deadline, now, span));
}

static int explain(const ServiceConfig *c, const ServiceState *s, usec_t now, char **ret) {
        switch (s->phase) {
        case PHASE_STOPPED:
                return explain_stopped(c, s, ret);
        case PHASE_STARTING:
                return explain_starting(c, s, now, ret);
        case PHASE_RUNNING:
        case PHASE_RELOADING:
                return explain_running(c, s, ret);
        case PHASE_STOPPING:
                return explain_stopping(s, now, ret);
        case PHASE_BACKOFF:
                return explain_backoff(c, s, now, ret);
        case PHASE_EXITED:
                return explain_policy(c, s, false, ret);
        case PHASE_FAILED:
                return explain_failed(c, s, ret);
        case _SERVICE_PHASE_MAX:
                break;
        }
        return -1;
}

char *decision_explain(const ServiceConfig *c, const ServiceState *s, usec_t now) {
        char *text;
        return explain(c, s, now, &text) < 0 ? NULL : text;
}
