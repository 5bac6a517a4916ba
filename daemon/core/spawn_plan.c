/* Builds spawn plans. Owns nothing but the vectors of the plan; never resolves, opens or executes anything. */
#include "daemon/core/spawn_plan.h"

#include <stdio.h>
#include <string.h>

#include "conf/expand.h"

static SpawnStep *add(SpawnPlan *p, SpawnStepKind kind) {
        assert(p->n_steps < SPAWN_STEPS_MAX);
        SpawnStep *s = &p->steps[p->n_steps++];
        s->kind = kind;
        return s;
}

/* --- environment --- */

/* entry replaces an earlier one of the same name. The vector was allocated large enough. */
static void env_put(SpawnPlan *p, const char *entry) {
        size_t l = (size_t) (strchrnul(entry, '=') - entry);
        for (size_t i = 0; i < p->n_envp; i++)
                if (strncmp(p->envp[i], entry, l) == 0 && p->envp[i][l] == '=') {
                        p->envp[i] = entry;
                        return;
                }
        p->envp[p->n_envp++] = entry;
}

static void env_put_all(SpawnPlan *p, char *const *entries) {
        for (; entries && *entries; entries++)
                env_put(p, *entries);
}

static int env_put_composed(SpawnPlan *p, const char *name, const char *value) {
        char *entry;
        if (asprintf(&entry, "%s=%s", name, value) < 0)
                return -ENOMEM;
        int r = strv_append_consume(&p->own_strings, entry);
        if (r < 0)
                return r;
        env_put(p, entry);
        return 0;
}

static int env_put_user(SpawnPlan *p, const Credentials *cred) {
        const struct {
                const char *name, *value;
        } vars[] = {
                { "HOME", cred->home },
                { "USER", cred->user_name },
                { "LOGNAME", cred->user_name },
                { "SHELL", cred->shell },
        };
        for (size_t i = 0; i < ARRAY_SIZE(vars); i++) {
                if (!vars[i].value)
                        continue;
                int r = env_put_composed(p, vars[i].name, vars[i].value);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* sd_notify(3), sd_watchdog_enabled(3). WATCHDOG_PID is not set: the pid is not known before the fork, and without it the
 * variable means whoever reads it. */
static int env_put_notify(SpawnPlan *p, const ServiceConfig *c, const SpawnInput *in) {
        char usec[24];

        if (c->notify_access == NOTIFY_ACCESS_NONE || !in->notify_socket)
                return 0;
        int r = env_put_composed(p, "NOTIFY_SOCKET", in->notify_socket);
        if (r < 0 || c->watchdog == 0)
                return r;
        snprintf(usec, sizeof usec, "%llu", (unsigned long long) c->watchdog);
        return env_put_composed(p, "WATCHDOG_USEC", usec);
}

#define ENV_COMPOSED_MAX 10

static int build_environment(SpawnPlan *p, const ServiceConfig *c, const SpawnInput *in) {
        int r;

        p->envp = calloc(strv_length(in->base_environment) + strv_length(in->file_environment) +
                                strv_length(c->environment) + ENV_COMPOSED_MAX + 1,
                sizeof *p->envp);
        if (!p->envp)
                return -ENOMEM;
        if (!c->clear_environment) /* supd's own has no duplicates: no need to look for them */
                for (char *const *e = in->base_environment; e && *e; e++)
                        p->envp[p->n_envp++] = *e;
        if (!environment_get((char *const *) p->envp, "PATH"))
                env_put(p, "PATH=" DEFAULT_PATH);
        if (c->credentials && c->user) {
                r = env_put_user(p, c->credentials);
                if (r < 0)
                        return r;
        }
        env_put_all(p, in->file_environment);
        env_put_all(p, c->environment);
        r = env_put_notify(p, c, in);
        if (r >= 0)
                r = env_put_composed(p, "SUPD_SERVICE", c->name);
        if (r < 0)
                return r;
        return env_put_composed(p, "SUPD_INVOCATION_ID", in->invocation_id);
}

/* --- program --- */

static int add_candidate(Strv *v, const char *dir, size_t l, const char *program) {
        char *s;
        /* an empty element of PATH means the current directory; a daemon refuses to have one */
        if (l == 0)
                return 0;
        if (asprintf(&s, "%.*s/%s", (int) l, dir, program) < 0)
                return -ENOMEM;
        return strv_append_consume(v, s);
}

/* execvp(3) is not async-signal-safe, so the search of PATH is spelt out before the fork. */
static int build_candidates(SpawnPlan *p) {
        if (strchr(p->program, '/'))
                return 0;
        const char *path = environment_get((char *const *) p->envp, "PATH");
        for (const char *s = path ?: DEFAULT_PATH; *s;) {
                const char *end = strchrnul(s, ':');
                int r = add_candidate(&p->candidates, s, (size_t) (end - s), p->program);
                if (r < 0)
                        return r;
                s = *end ? end + 1 : end;
        }
        return 0;
}

static int build_program(SpawnPlan *p, const ServiceConfig *c) {
        if (c->shell) {
                p->shell_argv[0] = "/bin/sh";
                p->shell_argv[1] = "-c";
                p->shell_argv[2] = c->shell;
                p->argv = (char *const *) p->shell_argv;
        } else {
                p->argv = c->command;
        }
        p->program = p->argv[0];
        return build_candidates(p);
}

/* --- steps --- */

static bool limit_is_configured(const ServiceConfig *c, int resource) {
        for (size_t i = 0; i < c->n_limits; i++)
                if (c->limits[i].resource == resource)
                        return true;
        return false;
}

static void add_limits(SpawnPlan *p, const ServiceConfig *c, const SpawnInput *in) {
        for (size_t i = 0; i < in->n_restore_limits; i++)
                if (!limit_is_configured(c, in->restore_limits[i].resource))
                        add(p, SPAWN_STEP_LIMIT)->limit = &in->restore_limits[i];
        for (size_t i = 0; i < c->n_limits; i++)
                add(p, SPAWN_STEP_LIMIT)->limit = &c->limits[i];
}

static void add_scheduling(SpawnPlan *p, const ServiceConfig *c, const SpawnInput *in) {
        if (c->has_oom_score_adjust)
                add(p, SPAWN_STEP_OOM_SCORE)->value = c->oom_score_adjust;
        else if (in->restore_oom_score)
                add(p, SPAWN_STEP_OOM_SCORE)->value = *in->restore_oom_score;
        if (c->has_nice)
                add(p, SPAWN_STEP_NICE)->value = c->nice;
        if (c->cpu_affinity)
                add(p, SPAWN_STEP_CPU_AFFINITY)->cpus = c->cpu_affinity;
}

static void add_credentials(SpawnPlan *p, const ServiceConfig *c) {
        if (!c->credentials)
                return;
        add(p, SPAWN_STEP_GROUPS)->credentials = c->credentials;
        add(p, SPAWN_STEP_GROUP)->credentials = c->credentials;
        add(p, SPAWN_STEP_USER)->credentials = c->credentials;
}

static void build_steps(SpawnPlan *p, const ServiceConfig *c, const SpawnInput *in) {
        add(p, SPAWN_STEP_FILES);
        add(p, SPAWN_STEP_STDIO);
        add(p, SPAWN_STEP_SESSION);
        add(p, SPAWN_STEP_SIGNALS)->signals = in->ignored_signals;
        add_scheduling(p, c, in);
        add_limits(p, c, in);
        if (c->root_directory)
                add(p, SPAWN_STEP_ROOT)->path = c->root_directory;
        add_credentials(p, c);
        if (c->no_new_privileges)
                add(p, SPAWN_STEP_NO_NEW_PRIVILEGES);
        add(p, SPAWN_STEP_UMASK)->mode = c->umask;
        add(p, SPAWN_STEP_DIRECTORY)->path = c->directory ?: "/";
        add(p, SPAWN_STEP_SIGNAL_MASK);
        add(p, SPAWN_STEP_EXEC);
}

int spawn_plan_build(const ServiceConfig *c, const SpawnInput *in, SpawnPlan *ret) {
        /* the steps are written as they are added; clearing them all would cost more than building the plan */
        ret->n_steps = ret->n_envp = 0;
        ret->envp = NULL;
        ret->own_strings = ret->candidates = NULL;
        ret->shell_argv[3] = NULL;

        int r = build_environment(ret, c, in);
        if (r >= 0)
                r = build_program(ret, c);
        if (r < 0) {
                spawn_plan_done(ret);
                return r;
        }
        build_steps(ret, c, in);
        return 0;
}

void spawn_plan_done(SpawnPlan *p) {
        free(p->envp);
        strv_free(p->own_strings);
        strv_free(p->candidates);
        p->envp = NULL;
        p->own_strings = p->candidates = NULL;
}

/* --- errors in words --- */

static const char *const step_names[] = {
        [SPAWN_STEP_FILES] = "descriptor table",
        [SPAWN_STEP_STDIO] = "standard descriptors",
        [SPAWN_STEP_SESSION] = "session",
        [SPAWN_STEP_SIGNALS] = "signal dispositions",
        [SPAWN_STEP_OOM_SCORE] = "oom_score_adjust",
        [SPAWN_STEP_NICE] = "nice",
        [SPAWN_STEP_CPU_AFFINITY] = "cpu_affinity",
        [SPAWN_STEP_LIMIT] = "limit",
        [SPAWN_STEP_ROOT] = "root_directory",
        [SPAWN_STEP_GROUPS] = "supplementary_groups",
        [SPAWN_STEP_GROUP] = "group",
        [SPAWN_STEP_USER] = "user",
        [SPAWN_STEP_NO_NEW_PRIVILEGES] = "no_new_privileges",
        [SPAWN_STEP_UMASK] = "umask",
        [SPAWN_STEP_DIRECTORY] = "directory",
        [SPAWN_STEP_SIGNAL_MASK] = "signal mask",
        [SPAWN_STEP_EXEC] = "command",
};
static_assert(ARRAY_SIZE(step_names) == _SPAWN_STEP_KIND_MAX, "each step has a name");

/* The subject of the step: the path, number or name that failed. "" where there is none. */
static const char *step_subject(const SpawnPlan *p, const SpawnStep *s, char *buf, size_t size) {
        switch (s->kind) {
        case SPAWN_STEP_ROOT:
        case SPAWN_STEP_DIRECTORY:
                return s->path;
        case SPAWN_STEP_EXEC:
                return p->program;
        case SPAWN_STEP_OOM_SCORE:
        case SPAWN_STEP_NICE:
                snprintf(buf, size, "%d", s->value);
                return buf;
        case SPAWN_STEP_LIMIT:
                snprintf(buf, size, "number %d to %llu:%llu", s->limit->resource, (unsigned long long) s->limit->soft,
                        (unsigned long long) s->limit->hard);
                return buf;
        case SPAWN_STEP_GROUP:
                snprintf(buf, size, "%u", (unsigned) s->credentials->gid);
                return buf;
        case SPAWN_STEP_USER:
                snprintf(buf, size, "%u", (unsigned) s->credentials->uid);
                return s->credentials->user_name ?: buf;
        case SPAWN_STEP_FILES:
        case SPAWN_STEP_STDIO:
        case SPAWN_STEP_SESSION:
        case SPAWN_STEP_SIGNALS:
        case SPAWN_STEP_CPU_AFFINITY:
        case SPAWN_STEP_GROUPS:
        case SPAWN_STEP_NO_NEW_PRIVILEGES:
        case SPAWN_STEP_UMASK:
        case SPAWN_STEP_SIGNAL_MASK:
        case _SPAWN_STEP_KIND_MAX:
                break;
        }
        return "";
}

char *spawn_step_describe_error(const SpawnPlan *p, size_t step, int error) {
        char buf[96], *text;
        const SpawnStep *s = &p->steps[step];
        const char *subject = step_subject(p, s, buf, sizeof buf);

        if (asprintf(&text, "%s%s%s: %s", step_names[s->kind], *subject ? " " : "", subject, strerror(error)) < 0)
                return NULL;
        return text;
}
