/* See bare_spawn.h. The order of the calls is that of daemon/spawn_child.c. */
#include "bare_spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/clone.h"

#define STACK_SIZE (64u * 1024u)
#define NULL_FD    3

static void *stack;

int bare_spawn_setup(void) {
        stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
        if (stack == MAP_FAILED)
                return -errno;
        int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        return fd == NULL_FD || dup3(fd, NULL_FD, O_CLOEXEC) >= 0 ? 0 : -errno;
}

static void unblock_signals(void) {
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
}

pid_t bare_spawn_minimal(const Service *s) {
        pid_t pid = vfork();
        if (pid == 0) {
                unblock_signals();
                execve(s->argv[0], s->argv, environ);
                _exit(127);
        }
        return pid < 0 ? -errno : pid;
}

static void __attribute__((noreturn)) child(void *arg) {
        const Service *s = arg;
        const struct sigaction standard = { .sa_handler = SIG_DFL };

        syscall(SYS_close_range, NULL_FD + 1, ~0U, CLOSE_RANGE_UNSHARE);
        dup2(NULL_FD, STDIN_FILENO);
        dup2(NULL_FD, STDOUT_FILENO);
        dup2(NULL_FD, STDERR_FILENO);
        setsid();
        sigaction(SIGPIPE, &standard, NULL);
        umask(0022);
        if (chdir("/") == 0) {
                unblock_signals();
                execve(s->argv[0], s->argv, environ);
        }
        _exit(127);
}

pid_t bare_spawn_full(const Service *s, int cgroup_fd, int *ret_pidfd) {
        const CloneRequest request = {
                .child = child,
                .arg = (void *) s,
                .stack = stack,
                .stack_size = STACK_SIZE,
                .cgroup_fd = cgroup_fd,
                .share_files = true,
        };
        return clone_vfork(&request, ret_pidfd);
}
