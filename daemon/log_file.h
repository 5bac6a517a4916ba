/* A log file that rotates by size: where the bytes of log streams, and of supd's own log, end up.
 *
 * One per path in the whole process: who opens the same path again gets a reference to the same LogFile, so two writers
 * never rotate against each other (the limits that were set last hold). Bytes are written as they come, nothing is kept
 * in memory. What cannot be written is dropped and counted, never waited for, and the count is written into the file
 * itself as soon as it takes bytes again. It never logs: it hands its news to the caller, who knows the service. */
#pragma once

#include "conf/base/macros.h"

typedef struct LogFile LogFile;

/* What a write has to tell, each once: a file that keeps failing and recovering is news only once a minute. */
typedef enum LogFileNews {
        LOG_FILE_FAILED = 1 << 0,    /* bytes are being dropped, log_file_error() says why */
        LOG_FILE_RECOVERED = 1 << 1, /* after LOG_FILE_FAILED: bytes arrive again */
        LOG_FILE_NOT_ROTATED =
                        1 << 2, /* it grows beyond its limit, log_file_error() says why; tried again now and then */
} LogFileNews;

/* path is absolute and copied. Opened for append, created 0640 with its directories (0755) when missing; a symbolic
 * link in the last component is refused (ELOOP). max_size in bytes, UINT64_MAX: never rotate; what is no regular file
 * never does. keep: NAME.1 ... NAME.keep stay beside NAME; 0: a full file is emptied. -errno of open(2) and mkdir(2),
 * -ENOMEM. */
int log_file_open(const char *path, uint64_t max_size, unsigned keep, LogFile **ret);
LogFile *log_file_unref(LogFile *f); /* returns NULL; accepts NULL */
DEFINE_CLEANUP(LogFile *, log_file_unref);

const char *log_file_path(const LogFile *f);
void log_file_set_limits(LogFile *f, uint64_t max_size, unsigned keep);

/* Takes all of it, one way or the other. Returns LogFileNews bits; does not change errno. */
unsigned log_file_write(LogFile *f, const char *data, size_t size);
int log_file_error(const LogFile *f);        /* positive errno of the last failure */
uint64_t log_file_dropped(const LogFile *f); /* bytes, over the life of f */

/* Opens the path anew, for a file that was moved or deleted. -errno: the old one stays in use. */
int log_file_reopen(LogFile *f);
