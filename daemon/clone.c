/* See clone.h. The assembly is the least that the kernel's contract asks for: after the system call the child has an empty
 * stack and the registers of the parent, calls child(arg), and that never returns. */
#include "daemon/clone.h"

#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>

#include "conf/base/macros.h"

#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif

/* struct clone_args of linux/sched.h, with the fields of kernel 5.7. */
typedef struct CloneArgs {
        uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
} CloneArgs;

#if defined(__x86_64__)
static long clone3_call(const CloneArgs *args, void (*child)(void *), void *arg) {
        long ret;
        __asm__ volatile("syscall\n\t"
                         "test %%rax, %%rax\n\t"
                         "jnz 1f\n\t"
                         "xor %%ebp, %%ebp\n\t" /* ends the chain of frames for unwinders */
                         "mov %[arg], %%rdi\n\t"
                         "call *%[child]\n\t"
                         "hlt\n"
                         "1:"
                         : "=a"(ret)
                         : "a"((long) SYS_clone3), "D"(args), "S"(sizeof *args), [child] "r"(child), [arg] "r"(arg)
                         : "rcx", "r11", "memory");
        return ret;
}
#elif defined(__aarch64__)
static long clone3_call(const CloneArgs *args, void (*child)(void *), void *arg) {
        register long x0 __asm__("x0") = (long) args;
        register long x1 __asm__("x1") = sizeof *args;
        register long x8 __asm__("x8") = SYS_clone3;
        __asm__ volatile("svc #0\n\t"
                         "cbnz x0, 1f\n\t"
                         "mov x29, xzr\n\t"
                         "mov x0, %[arg]\n\t"
                         "blr %[child]\n\t"
                         "brk #1\n"
                         "1:"
                         : "+r"(x0)
                         : "r"(x1), "r"(x8), [child] "r"(child), [arg] "r"(arg)
                         : "x30", "memory");
        return x0;
}
#else
static long clone3_call(const CloneArgs *args, void (*child)(void *), void *arg) {
        (void) args, (void) child, (void) arg;
        return -ENOSYS;
}
#endif

pid_t clone_vfork(const CloneRequest *r, int *ret_pidfd) {
        int pidfd = -1;
        CloneArgs args = {
                .flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD,
                .pidfd = (uint64_t) (uintptr_t) &pidfd,
                .exit_signal = SIGCHLD,
                .stack = (uint64_t) (uintptr_t) r->stack,
                .stack_size = r->stack_size,
        };
        if (r->share_files)
                args.flags |= CLONE_FILES;
        if (r->cgroup_fd >= 0) {
                args.flags |= CLONE_INTO_CGROUP;
                args.cgroup = (uint64_t) r->cgroup_fd;
        }

        long pid = clone3_call(&args, r->child, r->arg);
        if (pid > 0)
                *ret_pidfd = pidfd;
        return (pid_t) pid;
}

_no_asan_ static int fallback_child(void *arg) {
        const CloneRequest *r = arg;
        r->child(r->arg);
        __builtin_unreachable();
}

pid_t clone_fallback(const CloneRequest *r, int *ret_pidfd) {
        int pidfd = -1;
        char *top = (char *) r->stack + r->stack_size;
        pid_t pid = clone(fallback_child, top, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, (void *) r, &pidfd);

        if (pid < 0 && errno == EINVAL) /* before 5.2, no CLONE_PIDFD */
                pid = clone(fallback_child, top, CLONE_VM | CLONE_VFORK | SIGCHLD, (void *) r);
        if (pid < 0)
                return -errno;
        *ret_pidfd = pidfd;
        return pid;
}
