/* Words: splitting as a POSIX shell splits, and quoting back. Pure; expands nothing, knows no operators. */
#include <string.h>

#include "conf/base/parse.h"

static const char blanks[] = " \t\n\r\v\f";

/* The vector under construction. It doubles: strv_append() would be quadratic for a megabyte of words. */
typedef struct Words {
        char **v;
        size_t n, allocated;
} Words;

static void words_done(Words *w) {
        if (w->v)
                w->v[w->n] = NULL;
        strv_free(w->v);
}

static int words_add(Words *w, const char *s, size_t n) {
        if (w->n + 1 >= w->allocated) {
                size_t more = w->allocated ? w->allocated * 2 : 8;
                char **bigger = reallocarray(w->v, more, sizeof(char *));
                if (!bigger)
                        return -ENOMEM;
                w->v = bigger;
                w->allocated = more;
        }
        w->v[w->n] = strndup(s, n);
        if (!w->v[w->n])
                return -ENOMEM;
        w->v[++w->n] = NULL;
        return 0;
}

/* Gives back what doubling took too much. */
static char **words_steal(Words *w) {
        char **v = w->v ? reallocarray(w->v, w->n + 1, sizeof(char *)) : NULL;
        if (!v)
                v = w->v;
        *w = (Words){ 0 };
        return v;
}

/* Where a word is taken from (in) and written to (out); out never outgrows the input. */
typedef struct Scanner {
        const char *in;
        char *out;
        const char *error;
} Scanner;

static int scan_single_quoted(Scanner *s) {
        const char *end = strchr(s->in, '\'');
        if (!end) {
                s->error = "single quote is not closed";
                return -EINVAL;
        }
        s->out = mempcpy(s->out, s->in, (size_t) (end - s->in));
        s->in = end + 1;
        return 0;
}

static int scan_double_quoted(Scanner *s) {
        while (*s->in != '"') {
                /* POSIX: before any other character the backslash stays. */
                if (s->in[0] == '\\' && s->in[1] && strchr("\\\"$`", s->in[1]))
                        s->in++;
                if (!*s->in) {
                        s->error = "double quote is not closed";
                        return -EINVAL;
                }
                *s->out++ = *s->in++;
        }
        s->in++;
        return 0;
}

static int scan_escaped(Scanner *s) {
        if (!*s->in) {
                s->error = "backslash at the end escapes nothing";
                return -EINVAL;
        }
        *s->out++ = *s->in++;
        return 0;
}

/* One word: up to an unquoted separator or the end. */
static int scan_word(Scanner *s, const char *separators) {
        int r = 0;
        while (r == 0 && *s->in && !strchr(separators, *s->in)) {
                char c = *s->in++;
                if (c == '\'')
                        r = scan_single_quoted(s);
                else if (c == '"')
                        r = scan_double_quoted(s);
                else if (c == '\\')
                        r = scan_escaped(s);
                else
                        *s->out++ = c;
        }
        return r;
}

static int split(const char *text, const char *separators, bool keep_empty, char ***ret, const char **ret_error) {
        _cleanup_(freep) char *buffer = malloc(strlen(text) + 1);
        _cleanup_(words_done) Words words = { 0 };
        if (!buffer)
                return -ENOMEM;
        for (Scanner s = { .in = text };;) {
                s.in += strspn(s.in, separators);
                if (!*s.in)
                        break;
                s.out = buffer;
                int r = scan_word(&s, separators);
                if (r < 0) {
                        if (ret_error)
                                *ret_error = s.error;
                        return r;
                }
                if ((s.out > buffer || keep_empty) && words_add(&words, buffer, (size_t) (s.out - buffer)) < 0)
                        return -ENOMEM;
        }
        *ret = words_steal(&words);
        return 0;
}

int parse_argv(const char *s, char ***ret, const char **ret_error) {
        return split(s, blanks, true, ret, ret_error);
}

int parse_list(const char *s, char ***ret) {
        return split(s, ", \t\n\r\v\f", false, ret, NULL);
}

static bool needs_quotes(const char *s) {
        static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=.,:/@%^";
        for (const char *p = s; *p; p++)
                if ((unsigned char) *p < 0x80 && !strchr(plain, *p)) /* UTF-8 needs none */
                        return true;
        return !*s;
}

/* Single quotes keep everything but themselves. */
static char *put_quoted(char *to, const char *s) {
        *to++ = '\'';
        for (; *s; s++)
                if (*s == '\'')
                        to = stpcpy(to, "'\\''");
                else
                        *to++ = *s;
        *to++ = '\'';
        return to;
}

char *format_argv(char *const *argv) {
        size_t size = 1;
        for (char *const *w = argv; w && *w; w++)
                size += 4 * strlen(*w) + 3; /* each byte a quote, two quotes around, a blank */
        char *s = malloc(size);
        if (!s)
                return NULL;
        char *to = s;
        for (char *const *w = argv; w && *w; w++) {
                if (w != argv)
                        *to++ = ' ';
                to = needs_quotes(*w) ? put_quoted(to, *w) : stpcpy(to, *w);
        }
        *to = '\0';
        char *fitted = realloc(s, (size_t) (to - s) + 1);
        return fitted ? fitted : s;
}
