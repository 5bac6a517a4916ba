/* See notify_message.h. */
#include "daemon/core/notify_message.h"

#include <limits.h>
#include <string.h>

#include "conf/base/parse.h"

typedef struct Line {
        const char *value;
        size_t length;
} Line;

static bool is_named(const char *text, size_t length, const char *name, Line *ret) {
        size_t l = strlen(name);
        if (length <= l || memcmp(text, name, l) != 0 || text[l] != '=')
                return false;
        *ret = (Line){ .value = text + l + 1, .length = length - l - 1 };
        return true;
}

static bool is_word(const Line *line, const char *word) {
        return line->length == strlen(word) && memcmp(line->value, word, line->length) == 0;
}

static bool read_number(NotifyMessage *m, const Line *line, uint64_t min, uint64_t max, uint64_t *ret) {
        char text[24];
        if (line->length < sizeof text) {
                memcpy(text, line->value, line->length);
                text[line->length] = 0;
                if (parse_u64(text, min, max, ret) >= 0)
                        return true;
        }
        m->n_malformed++;
        return false;
}

static void parse_flag(NotifyMessage *m, const Line *line, bool *flag) {
        if (is_word(line, "1"))
                *flag = true;
        else
                m->n_malformed++;
}

static void parse_watchdog(NotifyMessage *m, const Line *line) {
        if (is_word(line, "trigger"))
                m->watchdog_trigger = true;
        else
                parse_flag(m, line, &m->watchdog_ping);
}

static void parse_line(NotifyMessage *m, const char *text, size_t length) {
        uint64_t number;
        Line line;

        if (is_named(text, length, "READY", &line)) {
                parse_flag(m, &line, &m->ready);
        } else if (is_named(text, length, "RELOADING", &line)) {
                parse_flag(m, &line, &m->reloading);
        } else if (is_named(text, length, "STOPPING", &line)) {
                parse_flag(m, &line, &m->stopping);
        } else if (is_named(text, length, "WATCHDOG", &line)) {
                parse_watchdog(m, &line);
        } else if (is_named(text, length, "STATUS", &line)) {
                m->has_status = true;
                m->status = line.value;
                m->status_length = line.length;
        } else if (is_named(text, length, "ERRNO", &line) && read_number(m, &line, 0, 4095, &number)) {
                m->has_errno = true;
                m->error = (int) number;
        } else if (is_named(text, length, "MAINPID", &line) && read_number(m, &line, 1, INT_MAX, &number)) {
                m->main_pid = (pid_t) number;
        } else if (is_named(text, length, "EXTEND_TIMEOUT_USEC", &line) &&
                read_number(m, &line, 1, USEC_INFINITY - 1, &number)) {
                m->extend_timeout = number;
        } else if (is_named(text, length, "WATCHDOG_USEC", &line) && read_number(m, &line, 0, USEC_INFINITY - 1, &number)) {
                m->has_watchdog_usec = true;
                m->watchdog_usec = number;
        }
}

void notify_message_parse(const char *text, size_t length, NotifyMessage *ret) {
        const char *end = text + length;

        *ret = (NotifyMessage){ 0 };
        for (const char *s = text; s < end;) {
                const char *stop = memchr(s, '\n', (size_t) (end - s));
                if (!stop)
                        stop = end;
                parse_line(ret, s, (size_t) (stop - s));
                s = stop + 1;
        }
}
