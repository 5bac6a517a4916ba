/* What happens between clone and execve, as data. Pure: built here from a ServiceConfig and what the daemon knows, carried out
 * by spawn_child.c, the one executor, which does nothing that is not in the plan.
 *
 * Pointers in a plan are borrowed from the ServiceConfig and the SpawnInput; only the vectors are its own. */
#pragma once

#include "conf/base/strv.h"
#include "conf/config.h"

/* In the order of execution: what needs privileges comes before they are dropped, what needs the outer file system before
 * chroot, and the directory after the user switch, so that it is entered with the rights of the service. */
typedef enum SpawnStepKind {
        SPAWN_STEP_FILES,        /* an own descriptor table with nothing but 0..2 and what was staged */
        SPAWN_STEP_STDIO,        /* staged descriptors become 0, 1, 2 */
        SPAWN_STEP_SESSION,      /* setsid(2): own session and process group, no controlling terminal */
        SPAWN_STEP_SIGNALS,      /* dispositions that execve keeps (SIG_IGN) back to SIG_DFL */
        SPAWN_STEP_OOM_SCORE,
        SPAWN_STEP_NICE,
        SPAWN_STEP_CPU_AFFINITY,
        SPAWN_STEP_LIMIT,        /* one setrlimit(2); occurs once per limit */
        SPAWN_STEP_ROOT,         /* chroot(2) and chdir("/") */
        SPAWN_STEP_GROUPS,
        SPAWN_STEP_GROUP,
        SPAWN_STEP_USER,
        SPAWN_STEP_NO_NEW_PRIVILEGES,
        SPAWN_STEP_UMASK,
        SPAWN_STEP_DIRECTORY,
        SPAWN_STEP_SIGNAL_MASK,  /* empty; last, so that no signal arrives half-way */
        SPAWN_STEP_EXEC,
        _SPAWN_STEP_KIND_MAX,
} SpawnStepKind;

typedef struct SpawnStep {
        SpawnStepKind kind;
        union {
                const char *path;             /* ROOT, DIRECTORY */
                int value;                    /* OOM_SCORE, NICE */
                mode_t mode;                  /* UMASK */
                const sigset_t *signals;      /* SIGNALS: those to reset */
                const ResourceLimit *limit;   /* LIMIT */
                const cpu_set_t *cpus;        /* CPU_AFFINITY */
                const Credentials *credentials; /* GROUPS, GROUP, USER */
        };
} SpawnStep;

#define SPAWN_STEPS_MAX 48

typedef struct SpawnPlan {
        SpawnStep steps[SPAWN_STEPS_MAX];
        size_t n_steps;
        char *const *argv;       /* borrowed, or shell_argv */
        const char *shell_argv[4];
        const char **envp;       /* own vector of borrowed and own strings */
        size_t n_envp;
        Strv own_strings;        /* what the plan had to compose */
        const char *program;     /* what EXEC tries when candidates is NULL */
        Strv candidates;         /* the same word in each directory of PATH */
} SpawnPlan;

/* What the daemon adds to the configuration. */
typedef struct SpawnInput {
        const char *invocation_id;          /* 32 hex digits */
        const char *notify_socket;          /* for services that may use it; NULL: there is none */
        char *const *base_environment;      /* supd's own, already cleaned of what is meant for supd alone */
        char *const *file_environment;      /* NAME=value from environment_file, in order */
        const ResourceLimit *restore_limits; /* limits that supd changed for itself */
        size_t n_restore_limits;
        const int *restore_oom_score;       /* NULL: unchanged */
        const sigset_t *ignored_signals;    /* set to SIG_IGN in supd */
} SpawnInput;

/* 0 or -ENOMEM. */
int spawn_plan_build(const ServiceConfig *c, const SpawnInput *in, SpawnPlan *ret);
void spawn_plan_done(SpawnPlan *p);

/* The failure of a step, in words: "directory /srv/app: No such file or directory". Heap; NULL: out of memory. */
char *spawn_step_describe_error(const SpawnPlan *p, size_t step, int error);

/* PATH when the service's environment has none. */
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
