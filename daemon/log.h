/* supd's own log: what the supervisor itself has to say. Lines go to stderr (foreground) or to its own log file with size
 * rotation; never through the log of a service. Never blocks for long: a failed write is counted and said later. */
#pragma once

#include "conf/base/macros.h"

typedef enum LogLevel {
        LOG_LEVEL_ERROR,
        LOG_LEVEL_WARNING,
        LOG_LEVEL_INFO,
        LOG_LEVEL_DEBUG,
        _LOG_LEVEL_MAX,
} LogLevel;

void log_open_stderr(void);
/* -errno when the file cannot be opened; the log then stays where it was. */
int log_open_file(const char *path, uint64_t max_size, unsigned keep);
int log_reopen(void);
void log_close(void);
void log_set_level(LogLevel max);

/* One line, without newline. "supd" and the time are put in front. */
void log_line(LogLevel level, const char *format, ...) _printf_(2, 3);
#define log_error(...) log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...) log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)
