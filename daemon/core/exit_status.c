/* How a process ended, in types and in words; and what that means for its service. Never asks the kernel. */
#include "daemon/core/exit_status.h"

#include <stdio.h>
#include <sys/wait.h>

#include "conf/base/parse.h"

static const char *const service_result_names[] = {
        [RESULT_SUCCESS] = "success",
        [RESULT_EXIT_CODE] = "exit-code",
        [RESULT_SIGNAL] = "signal",
        [RESULT_CORE_DUMP] = "core-dump",
        [RESULT_TIMEOUT] = "timeout",
        [RESULT_WATCHDOG] = "watchdog",
        [RESULT_PROTOCOL] = "protocol",
        [RESULT_START_LIMIT] = "start-limit",
        [RESULT_SPAWN_FAILED] = "spawn-failed",
};
ENUM_TABLE(service_result, ServiceResult, service_result_names, _SERVICE_RESULT_MAX);

ExitStatus exit_status_from_siginfo(int code, int status) {
        switch (code) {
        case CLD_EXITED:
                return (ExitStatus){ .kind = EXIT_CODE, .value = status & 0xff };
        case CLD_DUMPED:
                return (ExitStatus){ .kind = EXIT_CORE_DUMP, .value = status };
        default:
                return (ExitStatus){ .kind = EXIT_SIGNAL, .value = status };
        }
}

bool exit_status_in_set(const ExitStatusSet *set, ExitStatus status) {
        switch (status.kind) {
        case EXIT_CODE:
                return exit_status_set_has_code(set, status.value);
        case EXIT_SIGNAL:
        case EXIT_CORE_DUMP:
                return exit_status_set_has_signal(set, status.value);
        case EXIT_NONE:
        case _EXIT_KIND_MAX:
                return false;
        }
        return false;
}

static bool signal_asks_to_end(int signo) {
        return signo == SIGHUP || signo == SIGINT || signo == SIGTERM || signo == SIGPIPE;
}

bool exit_status_is_clean(const ServiceConfig *c, ExitStatus status) {
        if (exit_status_in_set(c->success_exit_status, status))
                return true;
        if (status.kind == EXIT_CODE)
                return status.value == 0;
        return status.kind == EXIT_SIGNAL && signal_asks_to_end(status.value);
}

ServiceResult exit_status_to_result(const ServiceConfig *c, ExitStatus status) {
        if (exit_status_is_clean(c, status))
                return RESULT_SUCCESS;
        switch (status.kind) {
        case EXIT_CODE:
                return RESULT_EXIT_CODE;
        case EXIT_CORE_DUMP:
                return RESULT_CORE_DUMP;
        case EXIT_SIGNAL:
                return RESULT_SIGNAL;
        case EXIT_NONE:
        case _EXIT_KIND_MAX:
                break;
        }
        return RESULT_SUCCESS;
}

static const char *signal_name(int signo, char *buf, size_t size) {
        const char *name = signal_to_string(signo);
        if (name)
                return name;
        snprintf(buf, size, "%d", signo);
        return buf;
}

char *exit_status_format(ExitStatus status, char *buf) {
        char number[16];
        switch (status.kind) {
        case EXIT_CODE:
                snprintf(buf, EXIT_STATUS_FORMAT_MAX, "exited with code %d", status.value);
                break;
        case EXIT_SIGNAL:
                snprintf(buf, EXIT_STATUS_FORMAT_MAX, "killed by signal %s",
                        signal_name(status.value, number, sizeof number));
                break;
        case EXIT_CORE_DUMP:
                snprintf(buf, EXIT_STATUS_FORMAT_MAX, "dumped core on signal %s",
                        signal_name(status.value, number, sizeof number));
                break;
        case EXIT_NONE:
        case _EXIT_KIND_MAX:
                snprintf(buf, EXIT_STATUS_FORMAT_MAX, "has not exited");
                break;
        }
        return buf;
}
