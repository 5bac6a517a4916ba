/* What supctl tells its caller. In the manner of systemctl where that has a meaning; documented in VERBS.md. */
#pragma once

typedef enum ExitCode {
        EXIT_OK = 0,
        EXIT_FAILED = 1,
        EXIT_USAGE = 2,
        EXIT_CHANGES = 2, /* of `plan` alone: a reload would change something */
        EXIT_NOT_RUNNING = 3,
        EXIT_NO_SUCH_SERVICE = 4,
        EXIT_NO_PERMISSION = 5,
        EXIT_NO_DAEMON = 6,
        EXIT_TIMED_OUT = 7, /* --timeout ran out; what was asked for goes on */
} ExitCode;
