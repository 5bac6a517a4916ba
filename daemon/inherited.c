/* See inherited.h. */
#include "daemon/inherited.h"

#include <linux/close_range.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "conf/base/strv.h"

extern char **environ;

static Inherited inherited;

/* Prefixes of variables that tell supd something about itself; a service that read them would answer to the wrong master
 * (sd_notify(3), sd_listen_fds(3), sd_watchdog_enabled(3), systemd.exec(5)). */
static bool is_for_supd_alone(const char *entry) {
        static const char *const prefixes[] = {
                "NOTIFY_SOCKET=", "LISTEN_FDS=", "LISTEN_PID=", "LISTEN_FDNAMES=", "WATCHDOG_USEC=", "WATCHDOG_PID=",
                "JOURNAL_STREAM=", "INVOCATION_ID=", "MAINPID=", "MANAGERPID=", "SYSTEMD_EXEC_PID=", "SUPD_",
        };
        for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
                if (strncmp(entry, prefixes[i], strlen(prefixes[i])) == 0)
                        return true;
        return false;
}

static int record_environment(void) {
        for (char **e = environ; e && *e; e++) {
                if (is_for_supd_alone(*e) || !strchr(*e, '='))
                        continue;
                int r = strv_append(&inherited.environment, *e);
                if (r < 0)
                        return r;
        }
        return 0;
}

static void record_signals(void) {
        sigemptyset(&inherited.ignored_signals);
        signal(SIGPIPE, SIG_IGN);
        /* inherited as ignored, the kernel reaps our children itself and tells nobody (sigaction(2), NOTES) */
        signal(SIGCHLD, SIG_DFL);
        for (int s = 1; s <= SIGRTMAX; s++) {
                struct sigaction action;
                if (sigaction(s, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
                        sigaddset(&inherited.ignored_signals, s);
        }
}

/* Three descriptors a service: the usual soft limit of 1024 would end at some three hundred. */
static void raise_nofile(void) {
        struct rlimit limit;
        if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == limit.rlim_max)
                return;
        inherited.limits[inherited.n_limits++] = (ResourceLimit){
                .resource = RLIMIT_NOFILE, .soft = limit.rlim_cur, .hard = limit.rlim_max
        };
        limit.rlim_cur = limit.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
                inherited.n_limits--;
}

int inherited_record(void) {
        int r = record_environment();
        if (r < 0)
                return r;
        record_signals();
        raise_nofile();
        (void) syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
        return 0;
}

const Inherited *inherited_get(void) {
        return &inherited;
}
