/* service OUT NAME [exit | storm N]: the service that the benchmarks supervise.
 *
 * Appends a record to OUT, one write of 64 bytes: "MONOTONIC_NANOSECONDS PID NAME", padded with blanks, then a newline. The
 * time is that of its first instructions, so it tells when a start was really done. Then it pauses until a signal ends it, or
 *   exit     ends at once with code 0
 *   storm N  makes N orphans by double fork that end at once, appends a record named NAME-end, and pauses
 *
 * Without libc: neither a dynamic linker nor the start of a C library is part of what is measured. Nothing here may be a call
 * that the compiler turns into one of memcpy() or memset(). */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>

#define RECORD_SIZE 64
#define NAME_AT     32

#if defined(__x86_64__)
__asm__(".globl _start\n"
        "_start:\n\t"
        "xor %ebp, %ebp\n\t"
        "mov %rsp, %rdi\n\t"
        "and $-16, %rsp\n\t"
        "call service_main\n");

static long call5(long number, long a, long b, long c, long d, long e) {
        register long r10 __asm__("r10") = d;
        register long r8 __asm__("r8") = e;
        long ret;
        __asm__ volatile("syscall"
                         : "=a"(ret)
                         : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                         : "rcx", "r11", "memory");
        return ret;
}
#elif defined(__aarch64__)
__asm__(".globl _start\n"
        "_start:\n\t"
        "mov x29, xzr\n\t"
        "mov x30, xzr\n\t"
        "mov x0, sp\n\t"
        "bl service_main\n");

static long call5(long number, long a, long b, long c, long d, long e) {
        register long x8 __asm__("x8") = number;
        register long x0 __asm__("x0") = a;
        register long x1 __asm__("x1") = b;
        register long x2 __asm__("x2") = c;
        register long x3 __asm__("x3") = d;
        register long x4 __asm__("x4") = e;
        __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
        return x0;
}
#else
#error "no system calls for this architecture"
#endif

static void __attribute__((noreturn)) end(int code) {
        for (;;)
                call5(SYS_exit_group, code, 0, 0, 0, 0);
}

static void __attribute__((noreturn)) pause_for_ever(void) {
        for (;;)
                call5(SYS_ppoll, 0, 0, 0, 0, 0);
}

static long fork_child(void) {
        return call5(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

/* --- the record --- */

static char record[RECORD_SIZE + 1] = "                                                               \n";

static void put_number(char *at, int width, uint64_t value) {
        for (int i = width - 1; i >= 0; i--, value /= 10)
                at[i] = (char) ('0' + value % 10);
}

static int put_text(int at, const char *text) {
        while (*text && at < RECORD_SIZE - 1)
                record[at++] = *text++;
        return at;
}

static void append_record(const char *out, const char *name, const char *suffix) {
        struct timespec now;
        call5(SYS_clock_gettime, CLOCK_MONOTONIC, (long) &now, 0, 0, 0);
        put_number(record, 20, (uint64_t) now.tv_sec * 1000000000u + (uint64_t) now.tv_nsec);
        put_number(record + 21, 10, (uint64_t) call5(SYS_getpid, 0, 0, 0, 0, 0));
        put_text(put_text(NAME_AT, name), suffix);

        long fd = call5(SYS_openat, AT_FDCWD, (long) out, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644, 0);
        if (fd < 0 || call5(SYS_write, fd, (long) record, RECORD_SIZE, 0, 0) != RECORD_SIZE)
                end(111);
        call5(SYS_close, fd, 0, 0, 0, 0);
}

/* --- what it does --- */

/* The one in between is reaped here: only true orphans are left to the supervisor. False: a fork failed, try again. */
static int make_orphan(void) {
        long child = fork_child();
        if (child == 0)
                end(fork_child() < 0);
        int status = 0;
        if (child > 0)
                call5(SYS_wait4, child, (long) &status, 0, 0, 0);
        return child > 0 && status == 0;
}

static void storm(uint64_t n) {
        const struct timespec moment = { .tv_nsec = 1000000 };
        while (n > 0)
                if (make_orphan())
                        n--;
                else
                        call5(SYS_nanosleep, (long) &moment, 0, 0, 0, 0);
}

static uint64_t parse_number(const char *s) {
        uint64_t v = 0;
        for (; *s >= '0' && *s <= '9'; s++)
                v = v * 10 + (uint64_t) (*s - '0');
        return v;
}

/* The stack as the kernel leaves it at exec: argc, argv. */
void __attribute__((noreturn)) service_main(long *stack);
void service_main(long *stack) {
        long argc = stack[0];
        char **argv = (char **) (stack + 1);

        if (argc < 3)
                end(100);
        append_record(argv[1], argv[2], "");
        if (argc > 3 && argv[3][0] == 'e')
                end(0);
        if (argc > 4 && argv[3][0] == 's') {
                storm(parse_number(argv[4]));
                append_record(argv[1], argv[2], "-end");
        }
        pause_for_ever();
}
