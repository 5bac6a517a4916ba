/* NULL-terminated vectors of heap strings. Short ones: an append counts the vector; long ones are built by
 * parse_argv(). */
#include "conf/base/strv.h"

#include <string.h>

size_t strv_length(char *const *v) {
        size_t n = 0;
        while (v && v[n])
                n++;
        return n;
}

void strv_free(char **v) {
        for (char **s = v; s && *s; s++)
                free(*s);
        free(v);
}

int strv_append_consume(char ***v, char *s) {
        if (!s)
                return -ENOMEM; /* so that a strdup() can be passed unchecked */
        size_t n = strv_length(*v);
        char **bigger = reallocarray(*v, n + 2, sizeof(char *));
        if (!bigger) {
                free(s);
                return -ENOMEM;
        }
        bigger[n] = s;
        bigger[n + 1] = NULL;
        *v = bigger;
        return 0;
}

int strv_append(char ***v, const char *s) {
        return strv_append_consume(v, strdup(s));
}

bool strv_equal(char *const *a, char *const *b) {
        if (a == b)
                return true;
        if (!a || !b)
                return strv_length(a) == strv_length(b);
        for (; *a && *b; a++, b++)
                if (strcmp(*a, *b) != 0)
                        return false;
        return *a == *b; /* both NULL */
}

bool strv_contains(char *const *v, const char *s) {
        for (; v && *v; v++)
                if (strcmp(*v, s) == 0)
                        return true;
        return false;
}

char *strv_join(char *const *v, const char *sep) {
        size_t sep_length = strlen(sep), size = 1;
        for (char *const *s = v; s && *s; s++)
                size += strlen(*s) + sep_length;
        char *joined = malloc(size);
        if (!joined)
                return NULL;
        char *end = joined;
        for (char *const *s = v; s && *s; s++) {
                if (s != v)
                        end = stpcpy(end, sep);
                end = stpcpy(end, *s);
        }
        *end = '\0';
        return joined;
}
