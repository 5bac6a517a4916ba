/* The parent's side of a spawn: stages descriptors, picks the way to clone that works here, reaps a child that failed. */
#include "daemon/spawn.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "daemon/clone.h"

/* Enough for the child's deepest frame many times over, also with sanitizers; only pages that are used cost memory. */
#define STACK_SIZE (128u * 1024u)
#define STAGE_COUNT 3

static struct {
        void *stack;
        int null_fd;           /* /dev/null, above the staged range */
        bool no_clone3;        /* ENOSYS or EPERM once: do not try again */
        bool no_unshare_range; /* close_range(CLOSE_RANGE_UNSHARE) is not there */
} setup = { .null_fd = -1 };

static bool unshare_range_works(void) {
        /* an empty range that begins above every possible descriptor: harmless, yet the flag is judged */
        return syscall(SYS_close_range, ~0U, ~0U, CLOSE_RANGE_UNSHARE) == 0;
}

int spawn_setup(void) {
        size_t page = (size_t) sysconf(_SC_PAGESIZE);
        char *map = mmap(NULL, STACK_SIZE + page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);

        if (map == MAP_FAILED)
                return -errno;
        if (mprotect(map + page, STACK_SIZE, PROT_READ | PROT_WRITE) < 0)
                return -errno;
        setup.stack = map + page; /* below it: a guard page */

        _cleanup_(fd_closep) int null = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (null < 0)
                return -errno;
        for (int fd = SPAWN_STAGE_FD; fd < SPAWN_STAGE_FD + STAGE_COUNT; fd++)
                if (fd != null && dup3(null, fd, O_CLOEXEC) < 0)
                        return -errno;
        setup.null_fd = fcntl(null, F_DUPFD_CLOEXEC, SPAWN_STAGE_FD + STAGE_COUNT);
        if (setup.null_fd < 0)
                return -errno;
        if (null >= SPAWN_STAGE_FD && null < SPAWN_STAGE_FD + STAGE_COUNT)
                (void) steal_fd(&null); /* it landed in the staged range itself */
        setup.no_unshare_range = !unshare_range_works();
        return 0;
}

static int stage_one(int i, int fd) {
        return dup3(fd, SPAWN_STAGE_FD + i, O_CLOEXEC) < 0 ? -errno : 0;
}

/* Between spawns the staged descriptors are /dev/null, so only what differs needs a call. dup3 over an open descriptor
 * allocates nothing: it cannot fail for want of descriptors. */
static int stage(const int *fds) {
        for (int i = 0; i < STAGE_COUNT; i++) {
                int r = fds[i] >= 0 ? stage_one(i, fds[i]) : 0;
                if (r < 0)
                        return r;
        }
        return 0;
}

/* Nothing of a service is kept open by us beyond the spawn. */
static void unstage(const int *fds) {
        for (int i = 0; i < STAGE_COUNT; i++)
                if (fds[i] >= 0)
                        (void) stage_one(i, setup.null_fd);
}

/* Errors that mean "this way of cloning is not available here", as against "not now". */
static bool clone3_is_refused(pid_t r) {
        return r == -ENOSYS || r == -EPERM || r == -E2BIG || r == -EINVAL;
}

static pid_t clone_child(SpawnChild *child, const SpawnTarget *target, SpawnOutcome *ret) {
        CloneRequest request = {
                .child = spawn_child_run,
                .arg = child,
                .stack = setup.stack,
                .stack_size = STACK_SIZE,
                .cgroup_fd = target->cgroup_fd,
                .share_files = !setup.no_unshare_range,
        };
        if (!setup.no_clone3) {
                child->own_files = !request.share_files;
                pid_t pid = clone_vfork(&request, &ret->pidfd);
                if (!clone3_is_refused(pid)) {
                        ret->in_cgroup = target->cgroup_fd >= 0;
                        return pid;
                }
                setup.no_clone3 = true;
        }
        child->own_files = true;
        return clone_fallback(&request, &ret->pidfd);
}

static void reap(pid_t pid) {
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
                continue;
}

int spawn_execute(const SpawnPlan *plan, const SpawnTarget *target, SpawnOutcome *ret) {
        SpawnChild child = { .plan = plan };
        SpawnOutcome out = { .pidfd = -1 };
        const int fds[STAGE_COUNT] = { target->stdin_fd, target->stdout_fd, target->stderr_fd };

        int r = stage(fds);
        if (r < 0) {
                unstage(fds);
                return r;
        }
        out.pid = clone_child(&child, target, &out);
        unstage(fds);
        if (out.pid < 0)
                return (int) out.pid;
        if (child.error == 0) {
                *ret = out;
                return 0;
        }
        reap(out.pid);
        *ret = (SpawnOutcome){
                .pid = 0, .pidfd = fd_close(out.pidfd), .failed_in_child = true, .failed_step = child.step
        };
        return -child.error;
}
