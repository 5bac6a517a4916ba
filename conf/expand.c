/* See expand.h. Both walk the text once and write into a memory stream; nothing that was put in is looked at again, so
 * a variable's value can never become another variable. */
#include "conf/expand.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ${A:-${B:-${C}}}: deeper is a mistake, and would be recursion without end. */
#define NESTING_MAX 8

const char *environment_get_n(char *const *environment, const char *name, size_t length) {
        for (char *const *e = environment; e && *e; e++)
                if (strncmp(*e, name, length) == 0 && (*e)[length] == '=')
                        return *e + length + 1;
        return NULL;
}

const char *environment_get(char *const *environment, const char *name) {
        return environment_get_n(environment, name, strlen(name));
}

typedef struct Expansion {
        char *const *environment;
        FILE *out;
        char *reason;
} Expansion;

static int expand_range(Expansion *x, const char *p, const char *end, unsigned depth);

_printf_(2, 3) static int refuse(Expansion *x, const char *format, ...) {
        va_list args;
        va_start(args, format);
        int n = vasprintf(&x->reason, format, args);
        va_end(args);
        if (n >= 0)
                return -EINVAL;
        x->reason = NULL;
        return -ENOMEM;
}

/* How much of a text a reason quotes, for "%.*s". */
static int quoted(const char *p, const char *end) {
        return (int) MIN(end - p, (ptrdiff_t) 60);
}

/* The brace that closes the one before p, nested ${ } skipped; NULL when there is none. */
static const char *closing_brace(const char *p, const char *end) {
        unsigned open = 1;
        for (; p < end; p++) {
                if (p[0] == '$' && p + 1 < end && p[1] == '{') {
                        open++;
                        p++;
                } else if (*p == '}' && --open == 0) {
                        return p;
                }
        }
        return NULL;
}

static size_t name_length(const char *p, const char *end) {
        size_t n = 0;
        while (p + n < end && strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789", p[n]))
                n++;
        return n > 0 && p[0] >= '0' && p[0] <= '9' ? 0 : n;
}

/* p is behind the "${", close at its "}". */
static int expand_one(Expansion *x, const char *p, const char *close, unsigned depth) {
        size_t n = name_length(p, close);
        bool has_default = n > 0 && close - p >= (ptrdiff_t) n + 2 && p[n] == ':' && p[n + 1] == '-';
        if (n == 0 || (p + n != close && !has_default))
                return refuse(x, "`${%.*s}` is not understood: write ${NAME} or ${NAME:-default}, and $$ for a plain $",
                                quoted(p, close), p);
        const char *value = environment_get_n(x->environment, p, n);
        if (has_default && (!value || !*value))
                return expand_range(x, p + n + 2, close, depth + 1);
        if (!value)
                return refuse(x, "the variable %.*s is not set in supd's environment", (int) MIN(n, (size_t) 60), p);
        fputs(value, x->out);
        return 0;
}

static int expand_range(Expansion *x, const char *p, const char *end, unsigned depth) {
        if (depth > NESTING_MAX)
                return refuse(x, "variables are nested too deeply in `%.*s`", quoted(p, end), p);
        while (p < end) {
                const char *dollar = memchr(p, '$', (size_t) (end - p));
                const char *plain = dollar ? dollar : end;
                fwrite(p, 1, (size_t) (plain - p), x->out);
                if (!dollar)
                        break;
                p = dollar + 1;
                if (p < end && *p == '$') {
                        fputc('$', x->out);
                        p++;
                } else if (p < end && *p == '{') {
                        const char *close = closing_brace(p + 1, end);
                        if (!close)
                                return refuse(x, "`%.*s` has no closing brace", quoted(dollar, end), dollar);
                        int r = expand_one(x, p + 1, close, depth);
                        if (r < 0)
                                return r;
                        p = close + 1;
                } else {
                        fputc('$', x->out);
                }
        }
        return 0;
}

int expand_variables(const char *text, char *const *environment, char **ret, char **ret_reason) {
        char *s = NULL;
        size_t size = 0;
        Expansion x = { .environment = environment, .out = open_memstream(&s, &size) };
        if (!x.out)
                return -ENOMEM;
        int r = expand_range(&x, text, text + strlen(text), 0);
        if (fclose(x.out) != 0 && r == 0)
                r = -ENOMEM;
        if (r < 0) {
                free(s);
                if (r == -EINVAL)
                        *ret_reason = x.reason;
                return r;
        }
        *ret = s;
        return 0;
}

bool has_specifiers(const char *text) {
        for (const char *p = strchr(text, '%'); p; p = strchr(p + 1, '%'))
                if (p[1] == 'i' || p[1] == 'n' || p[1] == '%')
                        return true;
        return false;
}

char *expand_specifiers(const char *text, const char *name, unsigned instance) {
        char *s = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&s, &size);
        if (!out)
                return NULL;
        for (const char *p = text; *p; p++) {
                if (p[0] == '%' && p[1] == 'n')
                        fputs(name, out);
                else if (p[0] == '%' && p[1] == 'i' && instance > 0)
                        fprintf(out, "%u", instance);
                else if (p[0] == '%' && p[1] == '%')
                        fputc('%', out);
                else {
                        fputc(*p, out);
                        continue;
                }
                p++;
        }
        if (fclose(out) == 0)
                return s;
        free(s);
        return NULL;
}
