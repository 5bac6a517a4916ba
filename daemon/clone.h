/* clone3(2) as a vfork that may be called with a stack of its own, for the one place that spawns.
 *
 * glibc wraps neither clone3 nor a vfork into a cgroup, and a raw syscall(SYS_clone3) must not be used with CLONE_VM: the child
 * would return through the parent's stack frame. So the child gets its own stack and never returns: it runs child(arg), which
 * must end in execve or _exit. Kernel 5.3 (CLONE_CLEAR_SIGHAND 5.5, CLONE_INTO_CGROUP 5.7). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

typedef struct CloneRequest {
        void (*child)(void *arg) __attribute__((noreturn));
        void *arg;
        void *stack;       /* lowest address */
        size_t stack_size;
        int cgroup_fd;     /* -1: stay in the parent's */
        bool share_files;  /* CLONE_FILES: the child must call close_range(CLOSE_RANGE_UNSHARE) first of all */
} CloneRequest;

/* The pid, with *ret_pidfd set (-1 where the kernel gives none), once the child has executed a program or ended.
 * -errno; -ENOSYS when this way is not available here and clone_fallback() is to be used. */
pid_t clone_vfork(const CloneRequest *r, int *ret_pidfd);

/* The same through glibc's clone(3): any architecture, valgrind, kernels before 5.3 and seccomp filters that refuse clone3.
 * Ignores cgroup_fd and share_files. */
pid_t clone_fallback(const CloneRequest *r, int *ret_pidfd);
