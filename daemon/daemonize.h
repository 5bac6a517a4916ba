/* Leaving the terminal: fork, setsid, fork (daemon(7)), with word to the process that was started, which returns to its caller
 * only when the daemon is up or has failed. */
#pragma once

#include "conf/base/macros.h"

/* Returns in the daemon, with *ret_ready_fd to be passed to daemonize_ready() or daemonize_failed(). The starting process
 * never returns: it exits 0, or 1 with the reason on stderr. -errno: nothing was forked. */
int daemonize(int *ret_ready_fd);

/* Up: the starting process exits 0. Only now are 0, 1 and 2 given to /dev/null, so that until then errors are seen. */
void daemonize_ready(int ready_fd);
void daemonize_failed(int ready_fd, const char *reason);
