/* inherited: writes everything that it inherited across execve, as key=value lines, to the file in its first argument.
 *
 * The file appears by rename, complete or not at all, so that a test may wait for its name. Then it waits for SIGTERM;
 * with
 * --exit as second argument it ends at once. Linked statically, so that it also runs in an empty chroot. It changes
 * nothing about itself before it has looked: no handler, no umask, no descriptor but the one for /proc. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;

/* As the kernel takes it; glibc's wrappers hide signals 32 and 33. */
struct KernelSigaction {
        void (*handler)(int);
        unsigned long flags;
        void (*restorer)(void);
        uint64_t mask;
};

#define N_SIGNALS 64
#define FDS_MAX   4096

static const struct {
        const char *name;
        int resource;
} limits[] = {
        { "as", RLIMIT_AS },
        { "core", RLIMIT_CORE },
        { "cpu", RLIMIT_CPU },
        { "data", RLIMIT_DATA },
        { "fsize", RLIMIT_FSIZE },
        { "locks", RLIMIT_LOCKS },
        { "memlock", RLIMIT_MEMLOCK },
        { "msgqueue", RLIMIT_MSGQUEUE },
        { "nice", RLIMIT_NICE },
        { "nofile", RLIMIT_NOFILE },
        { "nproc", RLIMIT_NPROC },
        { "rss", RLIMIT_RSS },
        { "rtprio", RLIMIT_RTPRIO },
        { "rttime", RLIMIT_RTTIME },
        { "sigpending", RLIMIT_SIGPENDING },
        { "stack", RLIMIT_STACK },
};

static void print_signals(FILE *out) {
        uint64_t mask = 0;
        (void) syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, sizeof(mask));
        fprintf(out, "blocked=%016llx\n", (unsigned long long) mask);

        uint64_t ignored = 0, caught = 0;
        for (int signo = 1; signo <= N_SIGNALS; signo++) {
                struct KernelSigaction action = { 0 };
                if (syscall(SYS_rt_sigaction, signo, NULL, &action, sizeof(uint64_t)) < 0)
                        continue;
                if (action.handler == SIG_IGN)
                        ignored |= UINT64_C(1) << (signo - 1);
                else if (action.handler != SIG_DFL)
                        caught |= UINT64_C(1) << (signo - 1);
        }
        fprintf(out, "ignored=%016llx\ncaught=%016llx\n", (unsigned long long) ignored, (unsigned long long) caught);
}

/* Descriptors are looked at before any is opened here; which ones are open must not depend on us. */
static void print_descriptors(FILE *out, const bool *open_fds) {
        for (int fd = 0; fd < FDS_MAX; fd++) {
                if (!open_fds[fd])
                        continue;
                char path[64], target[4096] = "?";
                (void) snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
                ssize_t n = readlink(path, target, sizeof(target) - 1);
                if (n >= 0)
                        target[n] = 0;
                fprintf(out, "fd.%d=%s\n", fd, target);
        }
}

static void print_limits(FILE *out) {
        for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
                struct rlimit r;
                if (getrlimit((__rlimit_resource_t) limits[i].resource, &r) < 0)
                        continue;
                fprintf(out, "limit_%s=", limits[i].name);
                for (int hard = 0; hard < 2; hard++) {
                        rlim_t v = hard ? r.rlim_max : r.rlim_cur;
                        if (v == RLIM_INFINITY)
                                fprintf(out, "%sinfinity", hard ? ":" : "");
                        else
                                fprintf(out, "%s%llu", hard ? ":" : "", (unsigned long long) v);
                }
                fputc('\n', out);
        }
}

static void print_ids(FILE *out) {
        uid_t r, e, s;
        gid_t rg, eg, sg;
        (void) getresuid(&r, &e, &s);
        (void) getresgid(&rg, &eg, &sg);
        fprintf(out, "uid=%u:%u:%u\ngid=%u:%u:%u\ngroups=", r, e, s, rg, eg, sg);
        gid_t groups[256];
        int n = getgroups(256, groups);
        for (int i = 0; i < n; i++)
                fprintf(out, "%s%u", i ? "," : "", groups[i]);
        fputc('\n', out);
}

static void print_affinity(FILE *out) {
        cpu_set_t set;
        CPU_ZERO(&set);
        (void) sched_getaffinity(0, sizeof(set), &set);
        fprintf(out, "affinity=");
        for (int cpu = 0, n = 0; cpu < CPU_SETSIZE; cpu++)
                if (CPU_ISSET(cpu, &set))
                        fprintf(out, "%s%d", n++ ? "," : "", cpu);
        fputc('\n', out);
}

/* First line of a file in /proc; nothing where there is no /proc (chroot). */
static void print_file(FILE *out, const char *key, const char *path) {
        FILE *f = fopen(path, "re");
        if (!f)
                return;
        char line[4096];
        if (fgets(line, sizeof(line), f)) {
                line[strcspn(line, "\n")] = 0;
                fprintf(out, "%s=%s\n", key, line);
        }
        fclose(f);
}

static void print_place(FILE *out) {
        char cwd[4096] = "?", root[4096] = "?";
        (void) !getcwd(cwd, sizeof(cwd));
        ssize_t n = readlink("/proc/self/root", root, sizeof(root) - 1);
        if (n >= 0)
                root[n] = 0;
        fprintf(out, "cwd=%s\nroot=%s\n", cwd, root);

        int tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
        fprintf(out, "tty=%s\n", tty >= 0 ? "yes" : "no");
        if (tty >= 0)
                close(tty);
}

static void print_all(FILE *out, int argc, char **argv, const bool *open_fds, mode_t mask) {
        for (int i = 0; i < argc; i++)
                fprintf(out, "argv.%d=%s\n", i, argv[i]);
        fprintf(out, "argc=%d\npid=%d\nppid=%d\nsid=%d\npgid=%d\n", argc, getpid(), getppid(), getsid(0), getpgrp());
        print_signals(out);
        print_descriptors(out, open_fds);
        print_place(out);
        fprintf(out, "umask=%04o\n", mask);
        errno = 0;
        int nice_value = getpriority(PRIO_PROCESS, 0);
        fprintf(out, "nice=%d\n", nice_value);
        print_limits(out);
        print_file(out, "oom_score_adj", "/proc/self/oom_score_adj");
        print_affinity(out);
        print_ids(out);
        fprintf(out, "no_new_privs=%d\n", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
        int death_signal = -1;
        (void) prctl(PR_GET_PDEATHSIG, &death_signal);
        fprintf(out, "death_signal=%d\n", death_signal);
        int subreaper = -1;
        (void) prctl(PR_GET_CHILD_SUBREAPER, &subreaper);
        fprintf(out, "subreaper=%d\n", subreaper);
        for (char **e = environ; *e; e++)
                fprintf(out, "env.%s\n", *e);
        fprintf(out, "end=yes\n");
}

int main(int argc, char **argv) {
        static bool open_fds[FDS_MAX];
        for (int fd = 0; fd < FDS_MAX; fd++)
                open_fds[fd] = fcntl(fd, F_GETFD) >= 0;
        mode_t mask = umask(022);
        (void) umask(mask);

        if (argc < 2) {
                fprintf(stderr, "usage: inherited FILE [--exit | ANYTHING...]\n");
                return 2;
        }
        char temporary[4096];
        (void) snprintf(temporary, sizeof(temporary), "%s.tmp", argv[1]);
        FILE *out = fopen(temporary, "we");
        if (!out) {
                perror(temporary);
                return 1;
        }
        print_all(out, argc, argv, open_fds, mask);
        if (fclose(out) != 0 || rename(temporary, argv[1]) < 0) {
                perror(argv[1]);
                return 1;
        }
        if (argc > 2 && strcmp(argv[2], "--exit") == 0)
                return 0;
        for (;;)
                pause();
}
