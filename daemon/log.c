/* supd's own log: one line, one write, to standard error or to a rotating file. Process-wide, because everybody logs.
 *
 * Standard error gets "supd: warning: text", without time: the terminal, the container's runtime and the journal have
 * their own. The file gets "2026-11-21 05:28:11.123 supd[4711] warning: text", in local time. It never blocks, and it
 * never changes the flags of standard error: that open file description is shared with whoever started supd. */
#include "daemon/log.h"

#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "daemon/log_file.h"

/* A line with its newline. A pipe that poll(2) calls writable takes PIPE_BUF bytes whole and at once (pipe(7)). */
#define LINE_MAX_SIZE ((size_t) PIPE_BUF)
#define CUT_MARK      "..."

static LogFile *file; /* NULL: standard error */
static LogLevel max_level = LOG_LEVEL_INFO;
static bool stderr_may_block = true; /* not a regular file: ask poll(2) before each line */
static uint64_t n_lines_lost; /* on standard error; the file counts its own */
static char line[LINE_MAX_SIZE];

static const char *const level_names[] = {
        [LOG_LEVEL_ERROR] = "error",
        [LOG_LEVEL_WARNING] = "warning",
        [LOG_LEVEL_INFO] = "info",
        [LOG_LEVEL_DEBUG] = "debug",
};
static_assert(ARRAY_SIZE(level_names) == _LOG_LEVEL_MAX, "a level without a name");

void log_open_stderr(void) {
        struct stat st;
        stderr_may_block = fstat(STDERR_FILENO, &st) < 0 || !S_ISREG(st.st_mode);
        file = log_file_unref(file);
}

int log_open_file(const char *path, uint64_t max_size, unsigned keep) {
        LogFile *opened;
        int r = log_file_open(path, max_size, keep, &opened);
        if (r < 0)
                return r;
        (void) log_file_unref(file);
        file = opened;
        return 0;
}

int log_reopen(void) {
        return file ? log_file_reopen(file) : 0;
}

void log_close(void) {
        file = log_file_unref(file);
}

void log_set_level(LogLevel max) {
        max_level = max;
}

/* --- composing a line --- */

/* "2026-11-21 05:28:11": kept for the rest of its second, localtime_r() and strftime() are most of a line's cost. */
static const char *second_to_string(time_t second) {
        static time_t cached = -1;
        static char text[32];
        struct tm tm;
        if (second == cached)
                return text;
        if (!localtime_r(&second, &tm) || strftime(text, sizeof(text), "%F %T", &tm) == 0)
                return "-";
        cached = second;
        return text;
}

static size_t write_prefix(LogLevel level) {
        if (!file) {
                bool is_plain = level == LOG_LEVEL_INFO;
                return (size_t) snprintf(line, LINE_MAX_SIZE, "supd: %s%s", is_plain ? "" : level_names[level],
                                is_plain ? "" : ": ");
        }
        struct timespec ts = { 0 };
        (void) clock_gettime(CLOCK_REALTIME, &ts);
        return (size_t) snprintf(line, LINE_MAX_SIZE, "%s.%03ld supd[%d] %s: ", second_to_string(ts.tv_sec),
                        ts.tv_nsec / 1000000, (int) getpid(), level_names[level]);
}

/* The text may quote what a service or a file said: it must not be able to forge a second line or move a cursor. */
static void blank_control_characters(char *s, size_t size) {
        for (size_t i = 0; i < size; i++)
                if ((unsigned char) s[i] < ' ' || s[i] == 0x7f)
                        s[i] = ' ';
}

static size_t _printf_(2, 0) compose_line(LogLevel level, const char *format, va_list args) {
        const size_t room = LINE_MAX_SIZE - 1; /* the newline takes the place of the NUL */
        int saved = errno;
        size_t begin = write_prefix(level);
        errno = saved; /* for %m */
        int n = vsnprintf(line + begin, LINE_MAX_SIZE - begin, format, args);
        size_t end = begin + (size_t) MAX(n, 0);
        if (end > room) {
                end = room;
                memcpy(line + end - strlen(CUT_MARK), CUT_MARK, strlen(CUT_MARK));
        }
        blank_control_characters(line + begin, end - begin);
        line[end++] = '\n';
        return end;
}

/* --- writing it --- */

static bool stderr_takes(const char *data, size_t size) {
        struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };
        if (stderr_may_block && (poll(&p, 1, 0) <= 0 || !(p.revents & POLLOUT)))
                return false;
        ssize_t n;
        do
                n = write(STDERR_FILENO, data, size);
        while (n < 0 && errno == EINTR);
        return n == (ssize_t) size;
}

static void write_to_stderr(const char *data, size_t size) {
        if (n_lines_lost > 0) {
                char text[64];
                int n = snprintf(text, sizeof(text), "supd: %" PRIu64 " lines dropped\n", n_lines_lost);
                if (stderr_takes(text, (size_t) n))
                        n_lines_lost = 0;
        }
        if (n_lines_lost > 0 || !stderr_takes(data, size))
                n_lines_lost++;
}

void log_line(LogLevel level, const char *format, ...) {
        if (level > max_level)
                return;
        int saved = errno;
        va_list args;
        va_start(args, format);
        size_t size = compose_line(level, format, args);
        va_end(args);
        if (file)
                (void) log_file_write(file, line, size); /* its own trouble stands in the file as soon as that works */
        else
                write_to_stderr(line, size);
        errno = saved;
}
