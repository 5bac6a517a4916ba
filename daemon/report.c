/* See report.h. */
#include "daemon/report.h"

#include <stdio.h>
#include <string.h>

#include "conf/base/parse.h"
#include "daemon/core/decision.h"
#include "daemon/log.h"

/* At most this many lines per service and window; what is left out is counted and said when the window is over. */
#define REPORT_WINDOW (10 * USEC_PER_SEC)
#define REPORT_LINES_MAX 20

static bool admit(Service *s, usec_t now) {
        if (s->log_window_start == 0 || usec_sub(now, s->log_window_start) >= REPORT_WINDOW) {
                if (s->log_suppressed > 0)
                        log_info("%s: %u messages left out in the last %u s", s->config->name, s->log_suppressed,
                                (unsigned) (usec_sub(now, s->log_window_start) / USEC_PER_SEC));
                s->log_window_start = now;
                s->log_window_count = 0;
                s->log_suppressed = 0;
        }
        if (s->log_window_count >= REPORT_LINES_MAX) {
                s->log_suppressed++;
                return false;
        }
        s->log_window_count++;
        return true;
}

/* Returns buf, or a text that lives as long as the service. */
static const char *ending(const Service *s, char *buf) {
        if (s->state.result == RESULT_SPAWN_FAILED && s->spawn_error_text)
                return s->spawn_error_text;
        return decision_format_ending(&s->state, buf);
}

static void say_exit(Service *s) {
        char buf[DECISION_ENDING_MAX], span[FORMAT_DURATION_MAX];
        const ServiceState *st = &s->state;
        bool bad = st->result != RESULT_SUCCESS;

        log_line(bad ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, "%s: %s after %s", s->config->name,
                ending(s, buf), format_duration(usec_sub(st->exited_at, st->started_at), span));
}

static void say_phase(Service *s) {
        char buf[DECISION_ENDING_MAX], span[FORMAT_DURATION_MAX];
        const ServiceState *st = &s->state;
        const char *name = s->config->name;

        switch (st->phase) {
        case PHASE_BACKOFF:
                if (st->result == RESULT_SPAWN_FAILED)
                        log_warning("%s: cannot start: %s", name, ending(s, buf));
                log_info("%s: next attempt in %s (restart %u)", name,
                        format_duration(usec_sub(st->deadline, st->phase_since), span), st->n_restarts + 1);
                break;
        case PHASE_FAILED:
                if (st->result == RESULT_START_LIMIT)
                        log_error("%s: failed: %u starts within %s, given up; supctl start %s tries again", name,
                                s->config->start_limit_burst, format_duration(s->config->start_limit_interval, span),
                                name);
                else
                        log_error("%s: failed: %s", name, ending(s, buf));
                break;
        case PHASE_EXITED:
                log_info("%s: done", name);
                break;
        case PHASE_STOPPED:
                log_info("%s: stopped (%s after %s)%s", name, ending(s, buf),
                        format_duration(usec_sub(st->exited_at, st->started_at), span),
                        st->result == RESULT_TIMEOUT ? ": did not stop in stop_timeout" : "");
                break;
        case PHASE_RELOADING:
                log_info("%s: reloading", name);
                break;
        case PHASE_RUNNING:
                log_info("%s: ready after %s", name, format_duration(usec_sub(st->phase_since, st->started_at), span));
                break;
        case PHASE_STARTING:
        case PHASE_STOPPING:
        case _SERVICE_PHASE_MAX:
                break;
        }
}

/* The phases that say_phase() has words for. */
static bool phase_is_news(ServicePhase to, ServicePhase from) {
        return to == PHASE_BACKOFF || to == PHASE_FAILED || to == PHASE_EXITED || to == PHASE_RELOADING ||
                (to == PHASE_STOPPED && from == PHASE_STOPPING);
}

/* Becoming ready is worth a line of its own where it is not the same as being started. */
static bool has_become_ready(const ServiceState *st, const ServiceState *before) {
        return st->phase == PHASE_RUNNING && before->phase == PHASE_STARTING && before->main_alive;
}

void report_step(Service *s, const ServiceState *before) {
        const ServiceState *st = &s->state;
        bool exited = before->main_alive && !st->main_alive && !st->stop_requested; /* a stop is said when it is done */
        bool killed = st->n_kills > before->n_kills && st->stop_step == STOP_STEP_KILL && st->stop_mode != STOP_NOW;
        bool spawned = st->n_spawns != before->n_spawns;
        bool frozen = st->main_frozen != before->main_frozen && st->main_alive && before->main_alive;
        bool moved = st->phase != before->phase &&
                (phase_is_news(st->phase, before->phase) || has_become_ready(st, before));

        if (!(exited || killed || spawned || frozen || moved) || !admit(s, st->phase_since))
                return;
        if (killed && st->n_kills == 1)
                log_warning("%s: did not stop in time, killing what is left of it", s->config->name);
        if (exited)
                say_exit(s);
        if (frozen)
                log_info("%s: %s", s->config->name, st->main_frozen ? "main process stopped by a signal" : "continued");
        if (spawned)
                log_info("%s: started, pid %d", s->config->name, s->main.pid);
        if (moved)
                say_phase(s);
}

void report_request(const Service *s, const char *verb, const Requester *who) {
        if (who && who->pid != 0)
                log_info("%s: %s requested by uid %u, pid %d (%s)", s->config->name, verb, (unsigned) who->uid, who->pid,
                        who->comm);
}

void report_survivors(Service *s) {
        ScopeUsage usage;
        if (manager_scope_usage(s->manager, s, &usage) < 0)
                return;
        for (size_t i = 0; i < usage.n_processes; i++)
                log_warning("%s: still alive after SIGKILL: pid %d, state %c: %s", s->config->name,
                        usage.processes[i].pid, usage.processes[i].state, usage.processes[i].command);
        scope_usage_done(&usage);
}

/* --- notes --- */

static int note_of_stopping(const Service *s, usec_t now, char **ret) {
        const ServiceState *st = &s->state;
        char buf[DECISION_ENDING_MAX], span[FORMAT_DURATION_MAX];

        if (st->stop_step == STOP_STEP_KILL)
                return asprintf(ret, "SIGKILL sent, waiting for what is left");
        if (!st->main_alive)
                return asprintf(ret, "main process %s, clearing what it left", exit_status_format(st->last_exit, buf));
        if (st->stop_deadline == USEC_INFINITY)
                return asprintf(ret, "waits for it to end by itself");
        return asprintf(ret, "SIGKILL in %s", format_time_left(st->stop_deadline, now, span));
}

static int note_of_starting(const Service *s, usec_t now, char **ret) {
        char span[FORMAT_DURATION_MAX];
        const char *what = s->config->type == SERVICE_TYPE_ONESHOT ? "runs until it is done" : "waits for READY=1";

        if (s->state.deadline == USEC_INFINITY)
                return asprintf(ret, "%s", what);
        return asprintf(ret, "%s, %s left", what, format_time_left(s->state.deadline, now, span));
}

static int note_compose(const Service *s, usec_t now, char **ret) {
        const ServiceState *st = &s->state;
        char buf[DECISION_ENDING_MAX], span[FORMAT_DURATION_MAX];

        switch (st->phase) {
        case PHASE_BACKOFF:
                return asprintf(ret, "restarts in %s: %s", format_time_left(st->deadline, now, span),
                        ending(s, buf));
        case PHASE_FAILED:
                if (st->result == RESULT_START_LIMIT)
                        return asprintf(ret, "start limit reached: %s", exit_status_format(st->last_exit, buf));
                return asprintf(ret, "%s", ending(s, buf));
        case PHASE_EXITED:
                return asprintf(ret, "%s", exit_status_format(st->last_exit, buf));
        case PHASE_STOPPING:
                return note_of_stopping(s, now, ret);
        case PHASE_STARTING:
                if (st->main_alive && !s->status_text)
                        return note_of_starting(s, now, ret);
                break;
        case PHASE_RUNNING:
        case PHASE_RELOADING:
                if (st->main_frozen)
                        return asprintf(ret, "stopped by a signal (SIGCONT continues it)");
                if (s->pending_restart)
                        return asprintf(ret, "pending restart: the configuration has changed");
                break;
        case PHASE_STOPPED:
                if (st->result == RESULT_TIMEOUT)
                        return asprintf(ret, "had to be killed: did not stop in stop_timeout");
                break;
        case _SERVICE_PHASE_MAX:
                break;
        }
        *ret = strdup(s->state.main_alive && s->status_text ? s->status_text : "");
        return *ret ? 0 : -1;
}

char *report_note(const Service *s, usec_t now) {
        char *note;
        return note_compose(s, now, &note) < 0 ? NULL : note;
}
