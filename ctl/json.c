/* See json.h. */
#include "ctl/json.h"

#include <stdio.h>
#include <string.h>

#include "ctl/exit_code.h"
#include "ctl/text.h"

static int print(json_t *root, size_t flags) {
        int r = root ? json_dumpf(root, stdout, flags) : -1;

        json_decref(root);
        if (r < 0) {
                say_error("cannot write JSON: out of memory or the output is closed");
                return EXIT_FAILED;
        }
        (void) putchar('\n');
        return EXIT_OK;
}

int json_print(json_t *root) {
        return print(root, JSON_INDENT(2));
}

int json_print_line(json_t *root) {
        int r = print(root, JSON_COMPACT);

        (void) fflush(stdout);
        return r;
}

json_t *json_usec(usec_t v) {
        return v == USEC_INFINITY ? json_null() : json_integer((json_int_t) v);
}

json_t *json_realtime(usec_t v) {
        return v == 0 ? json_null() : json_integer((json_int_t) v);
}

json_t *json_bytes(const char *s, size_t size) {
        json_t *v = json_stringn(s, size);
        if (v)
                return v;

        /* Not UTF-8: better with holes than not at all. */
        char *copy = malloc(size + 1);
        if (!copy)
                return NULL;
        for (size_t i = 0; i < size; i++)
                copy[i] = (unsigned char) s[i] < 0x80 ? s[i] : '?';
        v = json_stringn(copy, size);
        free(copy);
        return v;
}

json_t *json_text(const char *s) {
        return s && *s ? json_bytes(s, strlen(s)) : json_null();
}

json_t *json_lines(const char *data, size_t size) {
        json_t *lines = json_array();

        while (size > 0) {
                const char *end = memchr(data, '\n', size);
                size_t n = end ? (size_t) (end - data) : size;

                (void) json_array_append_new(lines, json_bytes(data, n));
                data += n + (end != NULL);
                size -= n + (end != NULL);
        }
        return lines;
}
