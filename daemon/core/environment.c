/* The reader for environment files. Never looks at the environment of this process. */
#include "daemon/core/environment.h"

#include <ctype.h>
#include <string.h>

bool environment_entry_is_valid(const char *s) {
        if (!isalpha((unsigned char) *s) && *s != '_')
                return false;
        while (isalnum((unsigned char) *s) || *s == '_')
                s++;
        return *s == '=';
}

static const char *skip_blanks(const char *s, const char *end) {
        while (s < end && (*s == ' ' || *s == '\t'))
                s++;
        return s;
}

/* Copies a quoted value that starts after its opening quote; false when the closing one is missing or followed by text. */
static bool value_unquote(const char *s, const char *end, char quote, char *out) {
        while (s < end && *s != quote) {
                if (quote == '"' && *s == '\\' && s + 1 < end)
                        s++;
                *out++ = *s++;
        }
        *out = 0;
        return s < end && skip_blanks(s + 1, end) == end;
}

static int line_parse(const char *s, const char *end, Strv *entries) {
        s = skip_blanks(s, end);
        if (end - s > 7 && strncmp(s, "export ", 7) == 0)
                s = skip_blanks(s + 7, end);

        const char *equals = memchr(s, '=', (size_t) (end - s));
        if (!equals || !environment_entry_is_valid(s))
                return -EINVAL;

        _cleanup_(freep) char *entry = malloc((size_t) (end - s) + 1);
        if (!entry)
                return -ENOMEM;
        size_t l = (size_t) (equals + 1 - s);
        memcpy(entry, s, l);

        const char *value = skip_blanks(equals + 1, end);
        if (value < end && (*value == '"' || *value == '\'')) {
                if (!value_unquote(value + 1, end, *value, entry + l))
                        return -EINVAL;
        } else {
                while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
                        end--;
                memcpy(entry + l, value, (size_t) (end - value));
                entry[l + (size_t) (end - value)] = 0;
        }
        return strv_append_consume(entries, STEAL_PTR(entry));
}

int environment_parse_file(const char *text, Strv *entries, unsigned *ret_line) {
        unsigned line = 0;

        for (const char *s = text; *s;) {
                const char *end = strchrnul(s, '\n');
                const char *stop = end > s && end[-1] == '\r' ? end - 1 : end;
                const char *first = skip_blanks(s, stop);

                line++;
                if (first < stop && *first != '#' && *first != ';') {
                        int r = line_parse(first, stop, entries);
                        if (r < 0) {
                                *ret_line = line;
                                return r;
                        }
                }
                s = *end ? end + 1 : end;
        }
        return 0;
}
