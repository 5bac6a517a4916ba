/* Reading the log of a service: from its file where this user may, else through supd. */
#pragma once

#include "ctl/service_info.h"

/* The last lines. *ret is a heap string. path may be NULL (then only supd is asked). 0, or an ExitCode after saying why.
 * *ret_fd (may be NULL): the file, at the end of what was read, or -1 when it could not be opened. */
int log_read_tail(Client *c, const char *service, const char *stream, const char *path, unsigned n_lines, char **ret,
        size_t *ret_size, int *ret_fd);

/* Called with what was written; may split lines. */
typedef void (*LogSinkHandler)(const char *data, size_t size, void *userdata);

/* Follows path from where fd stands, over truncation, rotation and absence, until interrupted or the output is closed.
 * Takes fd over. Sleeps between events. Negative errno when that cannot be done. */
int log_follow(const char *path, int fd, LogSinkHandler handler, void *userdata);
