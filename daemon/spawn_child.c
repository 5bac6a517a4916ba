/* The child of a spawn, from clone to execve. It runs in our memory on a stack of its own while we wait: it allocates nothing,
 * takes no lock, calls no libc function that keeps state, and touches nothing of ours but its SpawnChild.
 *
 * The set*id calls are raw on purpose: glibc's wrappers signal "all threads of the process", which in a CLONE_VM child are
 * the parent's. */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/spawn.h"

#define STAGE_COUNT 3

static int check(long r) {
        return r < 0 ? -errno : 0;
}

/* With a shared table this is what makes it ours, and it copies only what lies below the range: O(1), however many
 * descriptors the daemon has open (close_range(2), kernel 5.9). With a copied table it closes what is above. */
static int step_files(const SpawnChild *c) {
        int flags = c->own_files ? 0 : CLOSE_RANGE_UNSHARE;
        int r = check(syscall(SYS_close_range, SPAWN_STAGE_FD + STAGE_COUNT, ~0U, flags));
        return r == -ENOSYS && c->own_files ? 0 : r; /* all our descriptors are CLOEXEC besides */
}

static int step_stdio(void) {
        for (int fd = 0; fd < STAGE_COUNT; fd++)
                if (dup2(SPAWN_STAGE_FD + fd, fd) < 0)
                        return -errno;
        return 0; /* the staged ones are CLOEXEC */
}

static int step_signals(const sigset_t *ignored) {
        const struct sigaction dfl = { .sa_handler = SIG_DFL };
        for (int s = 1; ignored && s <= SIGRTMAX; s++)
                if (sigismember(ignored, s) == 1 && sigaction(s, &dfl, NULL) < 0)
                        return -errno;
        return 0;
}

static int step_oom_score(int value) {
        char text[8];
        size_t n = sizeof text;
        unsigned v = (unsigned) (value < 0 ? -value : value);
        do
                text[--n] = (char) ('0' + v % 10);
        while ((v /= 10) > 0);
        if (value < 0)
                text[--n] = '-';

        int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        int r = check(write(fd, text + n, sizeof text - n));
        close(fd);
        return r;
}

static int step_nice(int value) {
        return check(syscall(SYS_setpriority, PRIO_PROCESS, 0, value));
}

static int step_limit(const ResourceLimit *l) {
        const struct rlimit value = { .rlim_cur = l->soft, .rlim_max = l->hard };
        return check(setrlimit(l->resource, &value));
}

static int step_root(const char *path) {
        if (chroot(path) < 0)
                return -errno;
        return check(chdir("/"));
}

static int step_groups(const Credentials *c) {
        return check(syscall(SYS_setgroups, c->n_groups, c->groups));
}

static int step_group(const Credentials *c) {
        return check(syscall(SYS_setresgid, c->gid, c->gid, c->gid));
}

static int step_user(const Credentials *c) {
        return check(syscall(SYS_setresuid, c->uid, c->uid, c->uid));
}

static int step_signal_mask(void) {
        sigset_t none;
        sigemptyset(&none);
        return check(sigprocmask(SIG_SETMASK, &none, NULL));
}

/* As execvp(3): go on past what is not there, remember what may not be executed. */
static int step_exec(const SpawnPlan *p) {
        char *const *envp = (char *const *) p->envp;
        bool seen_eacces = false;

        if (!p->candidates) {
                execve(p->program, p->argv, envp);
                return -errno;
        }
        for (char *const *candidate = p->candidates; *candidate; candidate++) {
                execve(*candidate, p->argv, envp);
                if (errno == EACCES)
                        seen_eacces = true;
                else if (errno != ENOENT && errno != ENOTDIR)
                        return -errno;
        }
        return seen_eacces ? -EACCES : -ENOENT;
}

static int step_run(const SpawnChild *c, const SpawnStep *s) {
        switch (s->kind) {
        case SPAWN_STEP_FILES:
                return step_files(c);
        case SPAWN_STEP_STDIO:
                return step_stdio();
        case SPAWN_STEP_SESSION:
                return check(setsid());
        case SPAWN_STEP_SIGNALS:
                return step_signals(s->signals);
        case SPAWN_STEP_OOM_SCORE:
                return step_oom_score(s->value);
        case SPAWN_STEP_NICE:
                return step_nice(s->value);
        case SPAWN_STEP_CPU_AFFINITY:
                return check(sched_setaffinity(0, sizeof *s->cpus, s->cpus));
        case SPAWN_STEP_LIMIT:
                return step_limit(s->limit);
        case SPAWN_STEP_ROOT:
                return step_root(s->path);
        case SPAWN_STEP_GROUPS:
                return step_groups(s->credentials);
        case SPAWN_STEP_GROUP:
                return step_group(s->credentials);
        case SPAWN_STEP_USER:
                return step_user(s->credentials);
        case SPAWN_STEP_NO_NEW_PRIVILEGES:
                return check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
        case SPAWN_STEP_UMASK:
                umask(s->mode);
                return 0;
        case SPAWN_STEP_DIRECTORY:
                return check(chdir(s->path));
        case SPAWN_STEP_SIGNAL_MASK:
                return step_signal_mask();
        case SPAWN_STEP_EXEC:
                return step_exec(c->plan);
        case _SPAWN_STEP_KIND_MAX:
                break;
        }
        return -ENOSYS;
}

_no_asan_ void spawn_child_run(void *arg) {
        SpawnChild *c = arg;
        for (size_t i = 0; i < c->plan->n_steps; i++) {
                int r = step_run(c, &c->plan->steps[i]);
                if (r < 0) {
                        c->step = i;
                        c->error = -r;
                        break;
                }
        }
        _exit(127);
}
