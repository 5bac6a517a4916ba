/* A service as the daemon runs it: its configuration, its state, and the handles that the state is about.
 *
 * Owned by the Manager from the load that first named it until a reload no longer does and it has come to rest. All decisions
 * are in core/service_state.c; here is only what cannot be copied to another process by value. */
#pragma once

#include <sys/types.h>
#include <systemd/sd-event.h>

#include "conf/base/hash_table.h"
#include "conf/base/list.h"
#include "daemon/core/job.h"
#include "daemon/core/service_state.h"
#include "daemon/core/spawn_plan.h"

typedef struct Manager Manager;
typedef struct LogStream LogStream;
typedef struct Service Service;

/* The main process. While it is not reaped its pid cannot be reused: it is our child. */
typedef struct Process {
        pid_t pid;        /* 0: none */
        int pidfd;        /* -1 where the kernel has none or descriptors ran out; signals then go by pid, safe as said above */
} Process;

/* A process that was seen to descend from the main process: the pid with its start time names it for ever. */
typedef struct Kin {
        pid_t pid;
        uint64_t start_ticks;
} Kin;

/* Who asks, for the log and for status. */
typedef struct Requester {
        pid_t pid; /* 0: supd itself */
        uid_t uid;
        char comm[16];
} Requester;

/* What last made the goal of a service what it is. */
typedef enum RequestKind {
        REQUEST_NONE,
        REQUEST_AUTOSTART, /* supd started */
        REQUEST_START,
        REQUEST_STOP,
        REQUEST_RESTART,
        REQUEST_RELOAD,    /* of the configuration, which began or ceased to name the service */
        REQUEST_SHUTDOWN,
        _REQUEST_KIND_MAX,
} RequestKind;
ENUM_TABLE_DECLARE(request_kind, RequestKind);

typedef struct Request {
        RequestKind kind;
        Requester who;
        usec_t realtime;
} Request;

typedef struct ExitRecord {
        usec_t realtime;  /* wall clock at the exit, to show */
        usec_t run_time;
        ExitStatus status;
        ServiceResult result;
        bool requested;   /* after our own stop request */
        uint32_t spawn_error; /* positive errno when result is RESULT_SPAWN_FAILED */
} ExitRecord;

#define EXIT_RECORDS_MAX 20

struct Service {
        Manager *manager;
        const ServiceConfig *config;
        ServiceState state;

        HashNode by_name, by_pid; /* by_pid only while main.pid != 0 */
        size_t timer_index;       /* in the timer heap; SIZE_MAX: not armed */
        unsigned order;           /* position in the configuration: starts go up, stops go down */

        Process main;
        uint8_t invocation_id[16];  /* of the current or last run; SUPD_INVOCATION_ID */
        usec_t started_realtime;
        usec_t phase_realtime;      /* wall clock at the last change of phase, to show */

        pid_t session;            /* pid of the current or last main process: session and process group of the scope */
        ListNode scope_watch;     /* in Manager.scope_watches while EVENT_SCOPE_EMPTY is owed */
        sd_event_source *scope_source; /* cgroup.events, while the scope is watched */
        bool has_cgroup;          /* its cgroup directory exists */
        bool cgroup_killed;       /* by cgroup.kill: nothing can be born into this directory any more */
        Kin *kin;                 /* without cgroups: descendants seen that carry no mark, see scope_process.c */
        size_t n_kin;
        bool gone;                /* no longer configured: forget it when it has come to rest */
        bool pending_restart;     /* runs with an older configuration than it would be started with */

        LogStream *stdout_stream, *stderr_stream; /* NULL where the output does not come through supd */

        char *status_text;        /* what it said last by STATUS=, cleaned of control characters; NULL: nothing */
        char *spawn_error_text;   /* "directory /srv/app: No such file or directory"; NULL: none */
        ExitRecord *exits;        /* ring of EXIT_RECORDS_MAX, allocated at the first exit */
        unsigned n_exits;         /* ever; the newest is at (n_exits - 1) % EXIT_RECORDS_MAX */

        Request last_request;     /* to start, stop or restart it */
        ListNode jobs;            /* of Job.by_service */
        unsigned log_window_count; /* own log lines about this service in the current window, see report.c */
        usec_t log_window_start;
        unsigned log_suppressed;
};

int service_new(Manager *m, const ServiceConfig *config, Service **ret);
Service *service_free(Service *s); /* returns NULL; accepts NULL */
/* Remembers the request, for those who ask why. who may be NULL: supd itself. */
void service_note_request(Service *s, RequestKind kind, const Requester *who);

/* SUPD_INVOCATION_ID: 32 hex digits. Returns buf. */
#define INVOCATION_ID_FORMAT_MAX (2 * sizeof(((Service *) 0)->invocation_id) + 1)
char *service_format_invocation_id(const Service *s, char *buf);
