/* One output stream of a service: a pipe whose read end is in the event loop, and the file that its bytes go to.
 *
 * The write end is opened O_RDWR through /proc/self/fd (design: a service then gets no SIGPIPE when supd dies, and whoever
 * reopens the pipe finds the bytes) and stays open here, so the pipe survives restarts of the service and never reports EOF.
 * It belongs (fchown) to the service's user, so that the service may open /dev/stdout and /dev/stderr by name. */
#pragma once

#include <sys/types.h>
#include <systemd/sd-event.h>

#include "conf/base/macros.h"

typedef struct LogStream LogStream;

/* Opens the pipe and the file (directories on the way are created 0755). The write end is log_stream_fd(). name is for
 * messages and is copied, path too. -errno with *ret_step (static: "log file", "log pipe") saying what failed. */
int log_stream_new(sd_event *event, const char *name, const char *path, uid_t owner, gid_t group, uint64_t max_size,
        unsigned keep, LogStream **ret, const char **ret_step);
LogStream *log_stream_free(LogStream *l); /* drains once, closes, returns NULL; accepts NULL */

int log_stream_fd(const LogStream *l); /* for the child; stays owned by the stream */
const char *log_stream_path(const LogStream *l);
void log_stream_set_limits(LogStream *l, uint64_t max_size, unsigned keep);
/* Without CAP_CHOWN a foreign owner is no error: the stream works, the service only cannot open it by name. */
int log_stream_set_owner(LogStream *l, uid_t owner, gid_t group);

/* Moves what is in the pipe now, bounded; called before an exit is reported. Never waits. */
void log_stream_drain(LogStream *l);
/* Opens the file anew by its path (SIGUSR1, external rotation). */
int log_stream_reopen(LogStream *l);
