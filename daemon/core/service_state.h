/* The state machine of a service. One pure function decides everything; actions.c is the only place that spawns and signals.
 *
 * The goal is what the operator wants, the phase is what is. Every step takes one event and the time at which it happened, and
 * returns what is to be done. Nothing is remembered elsewhere: a ServiceState that is copied to another process goes on there.
 *
 * Invariants (property-tested, tests/unit/core/test_service_properties.c):
 *  - never two spawns without an exit of the main process, or a failed spawn, between them;
 *  - a phase that is not final has a main process, a populated scope or a deadline to wait for;
 *  - with goal down a final phase is reached within the time-outs, if processes die of SIGKILL;
 *  - a stop request always wins over an automatic restart;
 *  - in each window of start_limit_interval at most start_limit_burst automatic starts. */
#pragma once

#include "daemon/core/restart_policy.h"

typedef enum ServiceGoal {
        GOAL_DOWN,
        GOAL_UP,
        _SERVICE_GOAL_MAX,
} ServiceGoal;
ENUM_TABLE_DECLARE(service_goal, ServiceGoal);

typedef enum ServicePhase {
        PHASE_STOPPED,  /* final: never started, or stopped by request */
        PHASE_STARTING, /* a spawn was ordered and has not answered; or (main_alive) it runs and is not ready yet */
        PHASE_RUNNING,
        PHASE_RELOADING, /* running, and says that it reads its own configuration anew */
        PHASE_STOPPING, /* signalled, or the main process ended and what it left is being cleared */
        PHASE_BACKOFF,  /* waits for deadline to start again */
        PHASE_EXITED,   /* final: ended cleanly and the policy does not want it again */
        PHASE_FAILED,   /* final: ended badly and the policy does not want it again */
        _SERVICE_PHASE_MAX,
} ServicePhase;
ENUM_TABLE_DECLARE(service_phase, ServicePhase);

typedef enum StopMode {
        STOP_GRACEFUL, /* the stop signal, and all the time it needs: never SIGKILL */
        STOP_NORMAL,   /* the stop signal, then SIGKILL after stop_timeout */
        STOP_NOW,      /* SIGKILL to the whole scope at once */
        _STOP_MODE_MAX,
} StopMode; /* in this order: a later request may only hurry a stop that is under way */
ENUM_TABLE_DECLARE(stop_mode, StopMode);

typedef enum StopStep {
        STOP_STEP_NONE,
        STOP_STEP_MAIN,  /* waits for the main process */
        STOP_STEP_SCOPE, /* the whole scope was signalled; waits until it is empty */
        STOP_STEP_KILL,  /* SIGKILL was sent, and is sent again until the scope is empty */
} StopStep;

typedef enum StartOrigin {
        START_AUTOMATIC, /* autostart or a reload */
        START_OPERATOR,  /* clears backoff and start limit */
} StartOrigin;

typedef struct ServiceState {
        ServiceGoal goal;
        ServicePhase phase;
        ServiceResult result; /* of the last run or attempt */
        StopMode stop_mode;   /* meaningful in PHASE_STOPPING */
        StopStep stop_step;
        bool start_again;     /* the operator wants a start as soon as the stop is done */
        bool stop_requested;  /* the exit that follows is our own doing */
        ServiceResult abort_result; /* why we ended this run ourselves without being asked; RESULT_SUCCESS: we did not */
        bool main_alive;
        bool main_frozen;     /* stopped by a signal (SIGSTOP, SIGTSTP), not continued yet */
        bool scope_empty;
        unsigned n_kills;     /* SIGKILL rounds of this stop */
        unsigned n_restarts;  /* automatic ones since the last operator start */
        uint32_t n_spawns;    /* successful ones, ever: tells runs apart */
        uint32_t n_ready;     /* how often it became ready, or was done (oneshot), ever: what a start waits for */
        uint32_t random;      /* xorshift32 state for the jitter; never 0 */
        usec_t phase_since;
        usec_t started_at;    /* of the current or last run */
        usec_t exited_at;     /* of the last run */
        usec_t stop_deadline; /* when a normal stop turns to SIGKILL */
        usec_t watchdog;      /* the interval in force, 0: none; the service may change it (WATCHDOG_USEC=) */
        usec_t deadline;      /* when the next EVENT_TIMER is wanted; USEC_INFINITY: none */
        ExitStatus last_exit;
        int spawn_error;      /* positive errno of the last failed spawn; 0: none */
        Backoff backoff;
        StartLimit start_limit;
} ServiceState;

typedef enum ServiceEventKind {
        EVENT_START,           /* request */
        EVENT_STOP,            /* request */
        EVENT_RESTART,         /* request: stop, then start without delay */
        EVENT_RELOAD,          /* request: reload_signal to the main process */
        EVENT_SPAWNED,         /* answer to ACTION_SPAWN */
        EVENT_SPAWN_FAILED,    /* the other answer */
        EVENT_MAIN_EXITED,
        EVENT_MAIN_FROZEN,
        EVENT_MAIN_CONTINUED,
        EVENT_SCOPE_EMPTY,     /* answer to ACTION_CHECK_SCOPE, at once or whenever it becomes true */
        EVENT_SCOPE_POPULATED, /* the other answer, at once; EVENT_SCOPE_EMPTY follows one day */
        EVENT_TIMER,           /* deadline has passed */
        EVENT_READY,           /* the service says so: READY=1 */
        EVENT_RELOADING,       /* RELOADING=1; EVENT_READY ends it */
        EVENT_STOPPING,        /* STOPPING=1: it ends by itself */
        EVENT_EXTEND_TIMEOUT,  /* EXTEND_TIMEOUT_USEC=: the deadline of a start or stop is no earlier than that from now */
        EVENT_WATCHDOG_PING,   /* WATCHDOG=1 */
        EVENT_WATCHDOG_TRIGGER, /* WATCHDOG=trigger: to be taken for hung */
        EVENT_WATCHDOG_CHANGE, /* WATCHDOG_USEC= */
        _SERVICE_EVENT_KIND_MAX,
} ServiceEventKind;
ENUM_TABLE_DECLARE(service_event_kind, ServiceEventKind);

typedef struct ServiceEvent {
        ServiceEventKind kind;
        union {
                StartOrigin origin;   /* EVENT_START */
                StopMode stop_mode;   /* EVENT_STOP, EVENT_RESTART */
                ExitStatus exit;      /* EVENT_MAIN_EXITED */
                int error;            /* EVENT_SPAWN_FAILED: positive errno */
                usec_t span;          /* EVENT_EXTEND_TIMEOUT, EVENT_WATCHDOG_CHANGE */
        };
} ServiceEvent;

typedef enum ServiceActionKind {
        ACTION_SPAWN,        /* answered by EVENT_SPAWNED or EVENT_SPAWN_FAILED before any other event */
        ACTION_SIGNAL_MAIN,
        ACTION_SIGNAL_SCOPE, /* every process of the scope, the main process too */
        ACTION_CHECK_SCOPE,  /* answered by EVENT_SCOPE_EMPTY or EVENT_SCOPE_POPULATED */
} ServiceActionKind;

typedef struct ServiceAction {
        ServiceActionKind kind;
        int signo; /* ACTION_SIGNAL_* */
} ServiceAction;

#define ACTIONS_MAX 4

typedef struct ActionList {
        ServiceAction items[ACTIONS_MAX];
        size_t n;
} ActionList;

void service_state_init(ServiceState *s, uint32_t seed, usec_t now);

/* 0: the event was used (or had nothing to change). -EINVAL: it cannot happen in this state, s is untouched; for a request,
 * EVENT_RELOAD of a service that is not running or has no reload_signal. *ret_actions is written in every case. */
int service_step(
        const ServiceConfig *c, ServiceState *s, const ServiceEvent *e, usec_t now, ActionList *ret_actions);

static inline bool service_phase_is_final(ServicePhase p) {
        return p == PHASE_STOPPED || p == PHASE_EXITED || p == PHASE_FAILED;
}

/* Its program runs and it may be used: what "up" means to others. */
static inline bool service_phase_is_up(ServicePhase p) {
        return p == PHASE_RUNNING || p == PHASE_RELOADING;
}

/* Errors of a spawn that say nothing about the service (EAGAIN, ENOMEM, EMFILE, ENFILE): tried again whatever the policy. */
bool spawn_error_is_transient(int error);
