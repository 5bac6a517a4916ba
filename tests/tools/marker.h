/* One line per event, appended to a file by a single write(2), so that lines of several processes never mix and a test
 * can wait for them with inotify. The name of the file comes by marker_open(); without one nothing is written. */
#pragma once

#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

static int marker_fd = -1;

static inline void marker_open(const char *path) {
        marker_fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
        if (marker_fd < 0) {
                perror(path);
                _exit(1);
        }
}

__attribute__((format(printf, 1, 2))) static inline void marker(const char *format, ...) {
        char line[256];
        va_list ap;
        va_start(ap, format);
        int n = vsnprintf(line, sizeof(line) - 1, format, ap);
        va_end(ap);
        if (marker_fd < 0 || n < 0)
                return;
        if ((size_t) n > sizeof(line) - 2)
                n = (int) sizeof(line) - 2;
        line[n++] = '\n';
        (void) !write(marker_fd, line, (size_t) n);
}
