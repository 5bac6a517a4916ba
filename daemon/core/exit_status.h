/* How a process ended, decoded in full, and in words. Pure. */
#pragma once

#include "conf/config.h"

typedef enum ExitKind {
        EXIT_NONE, /* has not ended yet, or never ran */
        EXIT_CODE,
        EXIT_SIGNAL,
        EXIT_CORE_DUMP,
        _EXIT_KIND_MAX,
} ExitKind;

typedef struct ExitStatus {
        ExitKind kind;
        int value; /* exit code or signal number */
} ExitStatus;

typedef enum ServiceResult {
        RESULT_SUCCESS,
        RESULT_EXIT_CODE,
        RESULT_SIGNAL,
        RESULT_CORE_DUMP,
        RESULT_TIMEOUT,      /* was not ready in start_timeout, or did not stop in stop_timeout and was killed */
        RESULT_WATCHDOG,     /* stopped pinging, or asked to be taken for hung */
        RESULT_PROTOCOL,     /* ended cleanly before it said that it was ready */
        RESULT_START_LIMIT,  /* restarted too often, given up */
        RESULT_SPAWN_FAILED, /* never became the program */
        _SERVICE_RESULT_MAX,
} ServiceResult;
ENUM_TABLE_DECLARE(service_result, ServiceResult);

/* From waitid(2): si_code (CLD_EXITED, CLD_KILLED, CLD_DUMPED) and si_status. */
ExitStatus exit_status_from_siginfo(int code, int status);

/* 0, one of success_exit_status, or one of the signals that ask a daemon to end (HUP, INT, TERM, PIPE; as systemd). */
bool exit_status_is_clean(const ServiceConfig *c, ExitStatus status);
ServiceResult exit_status_to_result(const ServiceConfig *c, ExitStatus status);
bool exit_status_in_set(const ExitStatusSet *set, ExitStatus status);

/* "exited with code 3", "killed by signal KILL", "dumped core on signal SEGV". Returns buf. */
#define EXIT_STATUS_FORMAT_MAX 64
char *exit_status_format(ExitStatus status, char *buf);
