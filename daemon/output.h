/* Where the output of a service goes: opens its log streams, or picks the descriptor that it is given instead. The streams
 * belong to the Service and outlive its restarts. */
#pragma once

#include "daemon/manager.h"

typedef struct OutputFds {
        int stdout_fd, stderr_fd;             /* for SpawnTarget; -1: /dev/null */
        int journal_stdout_fd, journal_stderr_fd; /* the same, where they are to be closed after the spawn; else -1 */
} OutputFds;

/* -errno with *ret_error a heap text that names what failed (NULL when out of memory). */
int output_open(Service *s, OutputFds *ret, char **ret_error);
void output_fds_done(OutputFds *o);

void output_drain(Service *s);
void output_reopen(Service *s);
void output_set_limits(Service *s);
