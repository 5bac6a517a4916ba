/* The runtime directory: what makes one supd one supd. It holds the lock, the pid file and the control socket. */
#pragma once

#include "conf/base/macros.h"

typedef struct Runtime {
        char *directory;
        int lock_fd;     /* flock(2) on DIRECTORY/supd.lock, held for life; follows a fork */
        char *pid_path;  /* NULL: none was written */
} Runtime;

/* Creates the directory and takes the lock. -EEXIST: another supd has it, *ret_error names it; other -errno likewise with
 * *ret_error (heap, NULL when out of memory). */
int runtime_init(Runtime *r, const char *directory, char **ret_error);
/* Writes our pid into the lock file (so that the next one can name us) and into pid_path (NULL: nowhere else). */
int runtime_write_pid(Runtime *r, const char *pid_path);
void runtime_done(Runtime *r); /* removes the pid file and gives up the lock */
