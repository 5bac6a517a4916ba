/* What supd was given by whoever started it and must hand on to its services unchanged: recorded once, before supd changes
 * anything about itself. Process-wide, as these things are. */
#pragma once

#include "conf/config.h"

#define INHERITED_LIMITS_MAX 1

typedef struct Inherited {
        char **environment;         /* without what was meant for supd alone (NOTIFY_SOCKET, LISTEN_FDS, SUPD_* ...) */
        ResourceLimit limits[INHERITED_LIMITS_MAX]; /* those that supd raised for itself */
        size_t n_limits;
        sigset_t ignored_signals;   /* SIG_IGN in supd, by inheritance (nohup) or by its own choice (SIGPIPE) */
} Inherited;

/* Records, then raises RLIMIT_NOFILE to its hard limit, ignores SIGPIPE, and marks every descriptor above 2 close-on-exec.
 * -ENOMEM. */
int inherited_record(void);
const Inherited *inherited_get(void);
