/* pidfds, with what to do where a kernel, a seccomp filter or valgrind has none. glibc 2.36 wraps them, older ones do not. */
#pragma once

#include <signal.h>
#include <sys/syscall.h>

#include "conf/base/macros.h"

static inline int pidfd_get(pid_t pid) {
        int fd = (int) syscall(SYS_pidfd_open, pid, 0);
        return fd < 0 ? -errno : fd;
}

/* Through the pidfd, which cannot mean another process; by pid where there is no pidfd, or no way to use one. The caller knows
 * that the pid has not been reused: it is a child of ours that was not reaped, or was checked a moment ago. */
static inline int process_send_signal(int pidfd, pid_t pid, int signo) {
        if (pidfd >= 0 && syscall(SYS_pidfd_send_signal, pidfd, signo, NULL, 0) == 0)
                return 0;
        if (pidfd >= 0 && errno != ENOSYS)
                return -errno;
        return kill(pid, signo) < 0 ? -errno : 0;
}
