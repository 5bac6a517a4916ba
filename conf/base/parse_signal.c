/* Signal names and numbers. The table is our own: sigabbrev_np(3) knows no real-time signals, and strsignal(3) speaks
 * the user's language. */
#include <signal.h>
#include <string.h>
#include <strings.h>

#include "conf/base/parse.h"

typedef struct SignalName {
        const char *name;
        int signo;
} SignalName;

static const SignalName names[] = {
        { "HUP", SIGHUP },
        { "INT", SIGINT },
        { "QUIT", SIGQUIT },
        { "ILL", SIGILL },
        { "TRAP", SIGTRAP },
        { "ABRT", SIGABRT },
        { "BUS", SIGBUS },
        { "FPE", SIGFPE },
        { "KILL", SIGKILL },
        { "USR1", SIGUSR1 },
        { "SEGV", SIGSEGV },
        { "USR2", SIGUSR2 },
        { "PIPE", SIGPIPE },
        { "ALRM", SIGALRM },
        { "TERM", SIGTERM },
        { "CHLD", SIGCHLD },
        { "CONT", SIGCONT },
        { "STOP", SIGSTOP },
        { "TSTP", SIGTSTP },
        { "TTIN", SIGTTIN },
        { "TTOU", SIGTTOU },
        { "URG", SIGURG },
        { "XCPU", SIGXCPU },
        { "XFSZ", SIGXFSZ },
        { "VTALRM", SIGVTALRM },
        { "PROF", SIGPROF },
        { "WINCH", SIGWINCH },
        { "IO", SIGIO },
        { "PWR", SIGPWR },
        { "SYS", SIGSYS },
#ifdef SIGSTKFLT
        { "STKFLT", SIGSTKFLT },
#endif
        /* Second names come after the first, which is the one that is shown. */
        { "IOT", SIGABRT },
        { "CLD", SIGCHLD },
        { "POLL", SIGIO },
};

static const char *const realtime_names[] = {
        "RTMIN",
        "RTMIN+1",
        "RTMIN+2",
        "RTMIN+3",
        "RTMIN+4",
        "RTMIN+5",
        "RTMIN+6",
        "RTMIN+7",
        "RTMIN+8",
        "RTMIN+9",
        "RTMIN+10",
        "RTMIN+11",
        "RTMIN+12",
        "RTMIN+13",
        "RTMIN+14",
        "RTMIN+15",
        "RTMIN+16",
        "RTMIN+17",
        "RTMIN+18",
        "RTMIN+19",
        "RTMIN+20",
        "RTMIN+21",
        "RTMIN+22",
        "RTMIN+23",
        "RTMIN+24",
        "RTMIN+25",
        "RTMIN+26",
        "RTMIN+27",
        "RTMIN+28",
        "RTMIN+29",
        "RTMIN+30",
        "RTMIN+31",
};

const char *signal_to_string(int signo) {
        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                if (names[i].signo == signo)
                        return names[i].name;
        int n = signo - SIGRTMIN;
        return n >= 0 && signo <= SIGRTMAX && (size_t) n < ARRAY_SIZE(realtime_names) ? realtime_names[n] : NULL;
}

/* A number is a signal when it has a name: the two that libc keeps to itself below SIGRTMIN are not for users. */
static int checked(int64_t signo, int *ret) {
        if (signo < 1 || signo > SIGRTMAX || !signal_to_string((int) signo))
                return -ERANGE;
        *ret = (int) signo;
        return 0;
}

/* What follows RTMIN or RTMAX: "", "+3", "-1". Only towards the other end. */
static int parse_realtime(const char *rest, int base, char sign, int *ret) {
        uint64_t n = 0;
        if (*rest == '\0')
                return checked(base, ret);
        if (*rest != sign)
                return -EINVAL;
        int r = parse_u64(rest + 1, 0, (uint64_t) (SIGRTMAX - SIGRTMIN), &n);
        return r < 0 ? r : checked(sign == '+' ? base + (int) n : base - (int) n, ret);
}

int parse_signal(const char *s, int *ret) {
        uint64_t number = 0;
        int r = parse_u64(s, 0, INT32_MAX, &number);
        if (r != -EINVAL)
                return r < 0 ? r : checked((int64_t) number, ret);
        if (strncasecmp(s, "SIG", 3) == 0)
                s += 3;
        if (strncasecmp(s, "RTMIN", 5) == 0)
                return parse_realtime(s + 5, SIGRTMIN, '+', ret);
        if (strncasecmp(s, "RTMAX", 5) == 0)
                return parse_realtime(s + 5, SIGRTMAX, '-', ret);
        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                if (strcasecmp(s, names[i].name) == 0) {
                        *ret = names[i].signo;
                        return 0;
                }
        return -EINVAL;
}
