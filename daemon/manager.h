/* The Manager: owns the event loop's sources, the services, and every hand-over between them. One per process.
 *
 * Room by room: reaper.c turns SIGCHLD into events, actions.c carries out what service_step() decides, scope_*.c knows which
 * processes belong to a service, log_*.c moves output, control*.c answers supctl. None of them decides anything about a service. */
#pragma once

#include <systemd/sd-event.h>

#include "conf/config.h"
#include "conf/diff.h"
#include "conf/load.h"
#include "daemon/event_ring.h"
#include "daemon/service.h"
#include "daemon/timers.h"

typedef struct Control Control;
typedef struct Notify Notify;
typedef struct Scopes Scopes;

typedef struct ManagerOptions {
        LoadOptions load;
        const char *runtime_directory; /* absolute */
        bool foreground;
        bool is_pid1;
} ManagerOptions;

struct Manager {
        sd_event *event;
        ManagerOptions options;
        Config *config;
        usec_t started_realtime;

        HashTable services_by_name, services_by_pid;
        Service **services;        /* in configuration order; those that are gone come last */
        size_t n_services;

        Timers timers;
        Scopes *scopes;
        ListNode scope_watches;    /* services whose scope is awaited to become empty */
        Control *control;
        Notify *notify;

        ListNode jobs;             /* of Job.by_manager */
        uint32_t last_job_id;

        EventRing events;
        sd_event_source *settle_source; /* deferred: jobs to conclude, services to forget, the end of a shutdown */
        size_t n_active;           /* services in a phase that is not final */
        bool shutting_down;
        uint64_t n_orphans_reaped; /* adopted processes that were nobody's main process */
};

int manager_new(const ManagerOptions *options, Config *config, Manager **ret); /* takes a reference to config */
Manager *manager_free(Manager *m);
DEFINE_CLEANUP(Manager *, manager_free);

/* Runs until shutdown is complete. 0, or a negative errno when the loop itself failed. */
int manager_run(Manager *m);
/* The first half of it: starts what autostart says. For a caller that has to tell somebody that supd is up. */
void manager_start_services(Manager *m);

Service *manager_find_service(Manager *m, const char *name); /* by full name; NULL: none */
Service *manager_find_by_pid(Manager *m, pid_t pid);           /* whose main process it is; NULL: nobody's */
/* --- for reaper.c and actions.c: what the state machine's executor tells the Manager --- */

/* A spawn succeeded: pid and pidfd are the main process now. */
void manager_adopt_main(Service *s, pid_t pid, int pidfd);
/* The service named another process of its own as the main one (MAINPID=). */
void manager_replace_main(Service *s, pid_t pid);
/* The main process was reaped: its pid means nothing any more. */
void manager_forget_main(Service *s);
/* After each step: keeps the history of exits, the events and the wall-clock times. */
void manager_note_step(Service *s, const ServiceState *before, const ServiceEvent *event);
/* After a dispatch: timer, scope watch, jobs, subscribers, and whether anything is left to wait for. */
void manager_after_dispatch(Service *s, const ServiceState *before);
/* The scopes that are awaited: look whether they have become empty. */
void manager_check_scopes(Manager *m);
/* The scope of s, which somebody waits for, may have become empty: look. */
void manager_scope_changed(Service *s);

/* --- requests; each may be waited for by a Job --- */

typedef struct Job Job;
typedef void (*JobDoneHandler)(Job *job, JobResult result, void *userdata);

/* Owned by the Manager from manager_request() until just after its handler was called (or job_forget()). */
struct Job {
        uint32_t id;
        JobKind kind;
        Service *service; /* NULL in the handler when the service was forgotten meanwhile */
        uint32_t n_ready_before;
        ListNode by_service, by_manager;
        JobDoneHandler handler;
        void *userdata;
};

/* Applies the request to the service and returns a Job to wait for, or 0 with *ret_job NULL when it was already fulfilled.
 * The handler is never called from inside this function. -ESHUTDOWN while shutting down (stop is still accepted), -ENOMEM. */
int manager_request(Manager *m, Service *s, JobKind kind, StopMode stop_mode, const Requester *who, JobDoneHandler handler,
        void *userdata, Job **ret_job);
void job_forget(Job *job); /* its waiter is gone; the service goes on */
/* The outcome in words: "failed: exited with code 3; next attempt in 200ms". Heap string; NULL: out of memory. */
char *job_explain(const Job *job, JobResult result);

/* reload_signal to the main process. -ENXIO: it is not running; -EOPNOTSUPP: it has no reload_signal. */
int manager_reload_service(Manager *m, Service *s, const Requester *who);
/* Any signal to the main process, or to the whole scope. -ESRCH: nothing there. */
int service_signal(Service *s, int signo, bool whole_scope); /* the same without a word in the log; actions.c */
int manager_kill(Manager *m, Service *s, int signo, bool whole_scope, const Requester *who);

/* Loads the configuration anew and applies what changed. -EBADMSG: refused, d says why, everything runs on as it was.
 * *ret_diff (may be NULL) is what was changed; its service names stay valid until config_diff_done(). */
int manager_reload(Manager *m, const Requester *who, Diagnostics *d, ConfigDiff *ret_diff);
/* What manager_reload() would change now, and why it would refuse to; changes nothing. */
int manager_plan(Manager *m, Diagnostics *d, ConfigDiff *ret_diff);

/* Stops everything, last started first, and ends manager_run(). A second call hurries. */
void manager_shutdown(Manager *m, const Requester *who);

/* --- what is going on inside a scope, for status --- */

typedef struct ScopeProcess {
        pid_t pid, ppid;
        char state;      /* as in /proc/PID/stat: R S D T Z ... */
        char *command;   /* command line, or [comm] where there is none */
} ScopeProcess;

typedef struct ScopeUsage {
        uint64_t memory_bytes;   /* resident, summed over the processes; UINT64_MAX: unknown */
        usec_t cpu_usec;         /* user and system of the living processes, or of the cgroup; USEC_INFINITY: unknown */
        ScopeProcess *processes; /* parents before children */
        size_t n_processes;
} ScopeUsage;

int manager_scope_usage(Manager *m, Service *s, ScopeUsage *ret);
void scope_usage_done(ScopeUsage *u);

/* USR1: close and open the log files again. */
void manager_reopen_logs(Manager *m);
