/* The configuration as both programs see it: immutable once loaded, reference counted as a whole.
 *
 * A Config owns an arena; every string and vector below lives in it and dies with it, and a reference to a ServiceConfig is a
 * reference to its Config. Strings are UTF-8 as written; a pointer that is NULL means "not set". Nothing here is resolved
 * later: users and groups were looked up when the file was loaded, never between fork and exec (getpwnam(3) is not
 * async-signal-safe). The meaning of every key stands in schema.c, the one table. */
#pragma once

#include <signal.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "conf/base/arena.h"
#include "conf/base/diag.h"
#include "conf/base/enum_table.h"
#include "conf/base/usec.h"

typedef struct Config Config;

typedef enum RestartMode {
        RESTART_NO,
        RESTART_ALWAYS,
        RESTART_ON_SUCCESS,
        RESTART_ON_FAILURE,
        RESTART_ON_ABNORMAL, /* killed by a signal, core dump, time-out; not an exit code */
        _RESTART_MODE_MAX,
} RestartMode;
ENUM_TABLE_DECLARE(restart_mode, RestartMode);

typedef enum ServiceType {
        SERVICE_TYPE_SIMPLE,  /* up when its program runs; exec says the same, and more clearly */
        SERVICE_TYPE_EXEC,
        SERVICE_TYPE_NOTIFY,  /* up when it says READY=1, see sd_notify(3) */
        SERVICE_TYPE_ONESHOT, /* done when it has ended */
        _SERVICE_TYPE_MAX,
} ServiceType;
ENUM_TABLE_DECLARE(service_type, ServiceType);

typedef enum NotifyAccess {
        NOTIFY_ACCESS_NONE,
        NOTIFY_ACCESS_MAIN, /* the main process */
        NOTIFY_ACCESS_ALL,  /* every process of the scope */
        _NOTIFY_ACCESS_MAX,
} NotifyAccess;
ENUM_TABLE_DECLARE(notify_access, NotifyAccess);

typedef enum KillMode {
        KILL_MODE_MIXED,   /* main process first; what is left of the scope when it ended gets the signal then */
        KILL_MODE_ALL,     /* every process of the scope at once */
        KILL_MODE_PROCESS, /* the main process only; the rest is left alone and shown */
        _KILL_MODE_MAX,
} KillMode;
ENUM_TABLE_DECLARE(kill_mode, KillMode);

typedef enum OutputKind {
        OUTPUT_AUTO,    /* LOG_DIR/%n.log, or inherit when supd is PID 1 */
        OUTPUT_FILE,
        OUTPUT_INHERIT, /* supd's own descriptor */
        OUTPUT_NULL,
        OUTPUT_JOURNAL,
        OUTPUT_SAME,    /* stderr only: where stdout goes */
        _OUTPUT_KIND_MAX,
} OutputKind;
ENUM_TABLE_DECLARE(output_kind, OutputKind);

typedef struct OutputTarget {
        OutputKind kind;
        const char *path; /* OUTPUT_FILE only: absolute, %n and %i expanded */
} OutputTarget;

/* A set of exit codes and signals, as success_exit_status and its siblings hold it. */
typedef struct ExitStatusSet {
        uint32_t codes[8];   /* bit n: exit code n */
        uint64_t signals[2]; /* bit n: signal n */
} ExitStatusSet;

static inline bool exit_status_set_has_code(const ExitStatusSet *s, int code) {
        return s && code >= 0 && code < 256 && (s->codes[code / 32] >> (code % 32) & 1);
}
static inline bool exit_status_set_has_signal(const ExitStatusSet *s, int signo) {
        return s && signo > 0 && signo < 128 && (s->signals[signo / 64] >> (signo % 64) & 1);
}

typedef struct ResourceLimit {
        int resource; /* RLIMIT_* */
        rlim_t soft, hard;
} ResourceLimit;

/* Who the service runs as, looked up at load. */
typedef struct Credentials {
        uid_t uid;
        gid_t gid;
        const gid_t *groups; /* supplementary groups, as setgroups(2) takes them */
        size_t n_groups;
        const char *user_name; /* NULL when a uid without passwd entry was given */
        const char *home;      /* NULL likewise */
        const char *shell;
} Credentials;

/* Most that `instances` may be. */
#define INSTANCES_MAX 10000

typedef struct ServiceConfig {
        Config *owner;
        const char *name;          /* "web", or "web@2" for an instance */
        const char *template_name; /* the section's NAME: "web" */
        const char *file;          /* where the section stands */
        unsigned line;
        unsigned instance;         /* 0: not an instance; else 1..instances */
        unsigned instances;        /* as written; 0: key not set */

        /* what to run */
        const char *description;
        char *const *command;      /* NULL when shell is set */
        const char *shell;         /* run by /bin/sh -c */
        bool autostart;

        /* as whom and where; each of these needs a restart to take effect */
        const Credentials *credentials; /* NULL: supd's own */
        const char *user, *group;       /* as written */
        char *const *supplementary_groups; /* as written; NULL: initgroups(3) of user */
        const char *directory;          /* NULL: "/" */
        const char *root_directory;
        const ResourceLimit *limits;
        size_t n_limits;
        const cpu_set_t *cpu_affinity;  /* CPU_SETSIZE bits; NULL: all */
        char *const *environment;       /* NAME=value; later entries win */
        char *const *environment_file;  /* paths; a leading '-' means that it may be missing */
        bool clear_environment;
        bool no_new_privileges;
        bool has_nice, has_oom_score_adjust;
        int8_t nice;
        int16_t oom_score_adjust;
        mode_t umask;

        /* when to run it again; hot */
        RestartMode restart;
        unsigned restart_jitter;        /* per cent of the delay, 0..100, added or taken away */
        double restart_backoff;         /* factor >= 1 */
        usec_t restart_delay, restart_delay_max;
        usec_t min_uptime;              /* run that long and the backoff is forgotten */
        unsigned start_limit_burst;     /* 0: no limit */
        usec_t start_limit_interval;
        const ExitStatusSet *success_exit_status; /* in addition to 0, TERM, INT, HUP, PIPE; NULL: none */
        const ExitStatusSet *restart_prevent_exit_status;
        const ExitStatusSet *restart_force_exit_status;

        /* how to start, stop and reload it; hot but for the type */
        ServiceType type;
        NotifyAccess notify_access;
        usec_t watchdog;                /* it pings at least that often, or is killed; 0: no watchdog */
        int watchdog_signal;
        usec_t start_timeout, stop_timeout;
        int stop_signal, kill_signal, reload_signal; /* reload_signal 0: cannot reload */
        KillMode kill_mode;

        /* where its output goes; the targets need a restart, the limits are hot */
        OutputTarget stdout_target, stderr_target;
        uint64_t log_max_size; /* bytes; UINT64_MAX: never rotate */
        unsigned log_keep;     /* rotated files kept beside the current one */
} ServiceConfig;

typedef struct GroupConfig {
        const char *name;
        const char *file;
        unsigned line;
        const char *description;
        char *const *services; /* names, templates or globs, as written */
} GroupConfig;

typedef enum OnConfigError {
        ON_CONFIG_ERROR_REFUSE,
        ON_CONFIG_ERROR_SKIP_SERVICE,
        _ON_CONFIG_ERROR_MAX,
} OnConfigError;
ENUM_TABLE_DECLARE(on_config_error, OnConfigError);

typedef enum CgroupMode {
        CGROUP_MODE_AUTO, /* an own cgroup for each service where cgroup v2 is writable */
        CGROUP_MODE_NO,   /* never: scopes are found by session, descent and environment */
        _CGROUP_MODE_MAX,
} CgroupMode;
ENUM_TABLE_DECLARE(cgroup_mode, CgroupMode);

/* Section [supd]: the daemon itself. */
typedef struct DaemonConfig {
        char *const *include;       /* globs, relative to the file that names them */
        const char *log_directory;  /* for OUTPUT_AUTO; default /var/log/supd or $XDG_STATE_HOME/supd */
        const char *log_file;       /* supd's own log when detached; default LOG_DIRECTORY/supd.log */
        const char *pid_file;       /* default RUNTIME_DIR/supd.pid */
        const char *control_group;  /* members may control supd; NULL: only root and supd's own user */
        gid_t control_gid;          /* (gid_t) -1 when control_group is not set */
        OnConfigError on_config_error;
        CgroupMode cgroup;          /* key "cgroup"; takes effect when supd starts */
        uint64_t log_max_size;      /* of supd's own log */
        unsigned log_keep;
} DaemonConfig;

struct Config {
        unsigned n_ref;
        Arena arena;
        const char *path;             /* what -c named, or the default that was found */
        char *const *files;           /* every file read, in order */
        DaemonConfig daemon;
        ServiceConfig **services;     /* in the order of the files, instances of one section side by side */
        size_t n_services;
        const ServiceConfig **services_by_name; /* the same, sorted, for config_find_service() */
        GroupConfig *groups;
        size_t n_groups;
};

Config *config_ref(Config *c);
Config *config_unref(Config *c); /* returns NULL; accepts NULL */
DEFINE_CLEANUP(Config *, config_unref);

/* NULL when there is no such service (by full name) or group. */
const ServiceConfig *config_find_service(const Config *c, const char *name);
const GroupConfig *config_find_group(const Config *c, const char *name);
