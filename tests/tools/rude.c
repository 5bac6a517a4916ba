/* rude: a service that misbehaves as it is told to. Every step that a test may want to wait for is a line in --marker
 * FILE.
 *
 * Options are carried out in this order, whatever their order on the command line: ignore, children, escapees, output,
 * --stop-self, and then the end: at once (--exit, --signal, --core), after --after MS, on --on SIGNAL, or never. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "marker.h"

typedef enum EndKind { END_NEVER, END_EXIT, END_SIGNAL, END_CORE } EndKind;

typedef struct Manners {
        const char *marker_path;
        const char *drain_path; /* a fifo: after TERM or QUIT, read it to its end, then exit 0 */
        sigset_t ignore;
        unsigned n_children;  /* same session and group; they outlive us */
        bool children_ignore; /* and do not mind SIGTERM */
        unsigned n_escapees;  /* setsid and double fork */
        bool escape_clean;    /* and exec with an empty environment */
        bool escape_silent;   /* and let go of standard input, output and error, as daemons do */
        unsigned long flood;  /* bytes of numbered lines on stdout */
        bool flood_stderr;
        const char *say; /* one line on stdout */
        const char *say_stderr;
        bool stop_self;
        EndKind end;
        int end_value;
        long after_ms;           /* -1: not timed */
        int on_signal;           /* 0: none */
        const char *fail_unless; /* exit 1 at once unless this file exists */
        const char *self;
} Manners;

/* clang-format off */
static const struct {
        const char *name;
        int signo;
} signal_names[] = {
        { "HUP", SIGHUP },   { "INT", SIGINT },   { "QUIT", SIGQUIT }, { "TERM", SIGTERM }, { "USR1", SIGUSR1 },
        { "USR2", SIGUSR2 }, { "KILL", SIGKILL }, { "SEGV", SIGSEGV }, { "ABRT", SIGABRT }, { "STOP", SIGSTOP },
        { "PIPE", SIGPIPE }, { "ALRM", SIGALRM },
};
/* clang-format on */

#define N_SIGNAL_NAMES (sizeof(signal_names) / sizeof(signal_names[0]))

static int signal_by_name(const char *name) {
        for (size_t i = 0; i < N_SIGNAL_NAMES; i++)
                if (strcmp(signal_names[i].name, name) == 0)
                        return signal_names[i].signo;
        fprintf(stderr, "rude: no signal %s\n", name);
        exit(2);
}

static const char *signal_to_name(int signo) {
        for (size_t i = 0; i < N_SIGNAL_NAMES; i++)
                if (signal_names[i].signo == signo)
                        return signal_names[i].name;
        return "?";
}

/* What children and escapees do until somebody ends them. Signals wait in a set, so nothing here is asynchronous. */
static void linger(const char *what, bool ignore_term) {
        if (ignore_term)
                signal(SIGTERM, SIG_IGN);
        else
                signal(SIGTERM, SIG_DFL);
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        marker("%s %d", what, getpid());
        for (;;)
                pause();
}

static pid_t must_fork(void) {
        pid_t pid = fork();
        if (pid < 0) {
                perror("fork");
                _exit(1);
        }
        return pid;
}

static void make_child(const Manners *m) {
        if (must_fork() == 0)
                linger("child", m->children_ignore);
}

/* Out of the group, out of the session, child of the reaper; --escape-clean also hides the environment. */
static void make_escapee(const Manners *m) {
        pid_t pid = must_fork();
        if (pid > 0) {
                (void) waitpid(pid, NULL, 0);
                return;
        }
        (void) setsid();
        if (must_fork() > 0)
                _exit(0);
        if (m->escape_silent) {
                int null = open("/dev/null", O_RDWR);
                for (int fd = 0; fd <= 2; fd++)
                        (void) dup2(null, fd);
        }
        if (m->escape_clean) {
                char *const argv[] = { (char *) m->self, (char *) "--marker", (char *) m->marker_path,
                        (char *) "--linger", NULL };
                char *const envp[] = { NULL };
                (void) execve(m->self, argv, envp);
                _exit(127);
        }
        linger("escapee", false);
}

static void flood(unsigned long bytes, int fd) {
        char line[128];
        unsigned long written = 0;
        for (unsigned long i = 0; written < bytes; i++) {
                int n = snprintf(line, sizeof(line), "line %010lu abcdefghijklmnopqrstuvwxyz0123456789\n", i);
                for (int done = 0; done < n;) {
                        ssize_t k = write(fd, line + done, (size_t) (n - done));
                        if (k < 0 && errno != EINTR)
                                return;
                        done += k > 0 ? (int) k : 0;
                }
                written += (unsigned long) n;
        }
}

static void end_now(const Manners *m) {
        if (m->end == END_EXIT) {
                marker("exit %d", m->end_value);
                _exit(m->end_value);
        }
        if (m->end == END_CORE) {
                struct rlimit r = { RLIM_INFINITY, RLIM_INFINITY };
                if (getrlimit(RLIMIT_CORE, &r) == 0) {
                        r.rlim_cur = r.rlim_max;
                        (void) setrlimit(RLIMIT_CORE, &r);
                }
                (void) prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
        }
        int signo = m->end == END_CORE ? SIGABRT : m->end_value;
        marker("signal %s", signal_to_name(signo));
        signal(signo, SIG_DFL);
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, signo);
        sigprocmask(SIG_UNBLOCK, &set, NULL);
        (void) kill(getpid(), signo);
        _exit(99);
}

static void drain(const Manners *m) {
        marker("draining");
        int fd = open(m->drain_path, O_RDONLY);
        char buffer[256];
        while (fd >= 0) {
                ssize_t n = read(fd, buffer, sizeof(buffer));
                if (n == 0 || (n < 0 && errno != EINTR))
                        break;
        }
        marker("drained");
        _exit(0);
}

/* Waits for signals and says each; what a signal does by default it does here too, after it was said. */
static void serve(const Manners *m, const sigset_t *wait_for) {
        for (;;) {
                int signo = sigwaitinfo(wait_for, NULL);
                if (signo < 0)
                        continue;
                marker("got %s", signal_to_name(signo));
                if (m->on_signal == signo && m->end != END_NEVER)
                        end_now(m);
                if (sigismember(&m->ignore, signo) == 1 || signo == SIGHUP)
                        continue;
                if (m->drain_path && (signo == SIGTERM || signo == SIGQUIT))
                        drain(m);
                signal(signo, SIG_DFL);
                sigset_t set;
                sigemptyset(&set);
                sigaddset(&set, signo);
                sigprocmask(SIG_UNBLOCK, &set, NULL);
                (void) kill(getpid(), signo);
        }
}

static void wait_ms(long ms) {
        struct timespec t = { ms / 1000, (ms % 1000) * 1000000 };
        while (clock_nanosleep(CLOCK_MONOTONIC, 0, &t, &t) == EINTR)
                ;
}

enum {
        OPT_MARKER = 1000,
        OPT_DRAIN,
        OPT_IGNORE,
        OPT_CHILDREN,
        OPT_CHILDREN_IGNORE,
        OPT_ESCAPE,
        OPT_ESCAPE_CLEAN,
        OPT_ESCAPE_SILENT,
        OPT_FLOOD,
        OPT_FLOOD_STDERR,
        OPT_SAY,
        OPT_SAY_STDERR,
        OPT_STOP_SELF,
        OPT_EXIT,
        OPT_SIGNAL,
        OPT_CORE,
        OPT_AFTER,
        OPT_ON,
        OPT_FAIL_UNLESS,
        OPT_LINGER,
};

static const struct option options[] = {
        { "marker", required_argument, NULL, OPT_MARKER },
        { "drain", required_argument, NULL, OPT_DRAIN },
        { "ignore", required_argument, NULL, OPT_IGNORE },
        { "children", required_argument, NULL, OPT_CHILDREN },
        { "children-ignore", no_argument, NULL, OPT_CHILDREN_IGNORE },
        { "escape", required_argument, NULL, OPT_ESCAPE },
        { "escape-clean", no_argument, NULL, OPT_ESCAPE_CLEAN },
        { "escape-silent", no_argument, NULL, OPT_ESCAPE_SILENT },
        { "flood", required_argument, NULL, OPT_FLOOD },
        { "flood-stderr", no_argument, NULL, OPT_FLOOD_STDERR },
        { "say", required_argument, NULL, OPT_SAY },
        { "say-stderr", required_argument, NULL, OPT_SAY_STDERR },
        { "stop-self", no_argument, NULL, OPT_STOP_SELF },
        { "exit", required_argument, NULL, OPT_EXIT },
        { "signal", required_argument, NULL, OPT_SIGNAL },
        { "core", no_argument, NULL, OPT_CORE },
        { "after", required_argument, NULL, OPT_AFTER },
        { "on", required_argument, NULL, OPT_ON },
        { "fail-unless", required_argument, NULL, OPT_FAIL_UNLESS },
        { "linger", no_argument, NULL, OPT_LINGER },
        { NULL, 0, NULL, 0 },
};

static void end_set(Manners *m, EndKind kind, int value) {
        m->end = kind;
        m->end_value = value;
}

/* One line per option: readable as a table. */
/* clang-format off */
static void parse(int argc, char **argv, Manners *m, bool *ret_linger) {
        int o;
        while ((o = getopt_long(argc, argv, "", options, NULL)) >= 0) {
                switch (o) {
                case OPT_MARKER: m->marker_path = optarg; break;
                case OPT_DRAIN: m->drain_path = optarg; break;
                case OPT_IGNORE: sigaddset(&m->ignore, signal_by_name(optarg)); break;
                case OPT_CHILDREN: m->n_children = (unsigned) atoi(optarg); break;
                case OPT_CHILDREN_IGNORE: m->children_ignore = true; break;
                case OPT_ESCAPE: m->n_escapees = (unsigned) atoi(optarg); break;
                case OPT_ESCAPE_CLEAN: m->escape_clean = true; break;
                case OPT_ESCAPE_SILENT: m->escape_silent = true; break;
                case OPT_FLOOD: m->flood = strtoul(optarg, NULL, 10); break;
                case OPT_FLOOD_STDERR: m->flood_stderr = true; break;
                case OPT_SAY: m->say = optarg; break;
                case OPT_SAY_STDERR: m->say_stderr = optarg; break;
                case OPT_STOP_SELF: m->stop_self = true; break;
                case OPT_EXIT: end_set(m, END_EXIT, atoi(optarg)); break;
                case OPT_SIGNAL: end_set(m, END_SIGNAL, signal_by_name(optarg)); break;
                case OPT_CORE: end_set(m, END_CORE, 0); break;
                case OPT_AFTER: m->after_ms = atol(optarg); break;
                case OPT_ON: m->on_signal = signal_by_name(optarg); break;
                case OPT_FAIL_UNLESS: m->fail_unless = optarg; break;
                case OPT_LINGER: *ret_linger = true; break;
                default: exit(2);
                }
        }
}
/* clang-format on */

static void speak(const Manners *m) {
        if (m->say)
                dprintf(STDOUT_FILENO, "%s\n", m->say);
        if (m->say_stderr)
                dprintf(STDERR_FILENO, "%s\n", m->say_stderr);
        if (m->flood) {
                flood(m->flood, m->flood_stderr ? STDERR_FILENO : STDOUT_FILENO);
                marker("flooded");
        }
}

int main(int argc, char **argv) {
        Manners m = { .after_ms = -1, .self = "/proc/self/exe" };
        bool only_linger = false;
        sigemptyset(&m.ignore);
        parse(argc, argv, &m, &only_linger);
        if (m.marker_path)
                marker_open(m.marker_path);
        if (only_linger)
                linger("escapee", false);

        /* Blocked before "start" is said: a test that has read it may signal at once and the signal is seen. */
        sigset_t wait_for;
        sigemptyset(&wait_for);
        static const int waited[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2 };
        for (size_t i = 0; i < sizeof(waited) / sizeof(waited[0]); i++)
                sigaddset(&wait_for, waited[i]);
        sigprocmask(SIG_BLOCK, &wait_for, NULL);

        if (m.fail_unless && access(m.fail_unless, F_OK) < 0) {
                marker("refuse %d", getpid());
                return 1;
        }
        marker("start %d", getpid());
        for (unsigned i = 0; i < m.n_children; i++)
                make_child(&m);
        for (unsigned i = 0; i < m.n_escapees; i++)
                make_escapee(&m);
        speak(&m);
        if (m.stop_self)
                (void) raise(SIGSTOP);
        marker("ready %d", getpid());

        if (m.end != END_NEVER && m.on_signal == 0) {
                if (m.after_ms > 0)
                        wait_ms(m.after_ms);
                end_now(&m);
        }
        serve(&m, &wait_for);
}
