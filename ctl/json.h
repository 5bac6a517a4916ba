/* JSON output. The shapes are documented in VERBS.md and only ever grow. */
#pragma once

#include <jansson.h>

#include "conf/base/usec.h"
#include "conf/base/macros.h"

/* Prints with a newline and releases root; NULL stands for out of memory. Returns an ExitCode. */
int json_print(json_t *root);
/* The same on one line and flushed, for streams. */
int json_print_line(json_t *root);

/* null where the value means "unknown" or "never". */
json_t *json_usec(usec_t v);      /* USEC_INFINITY */
json_t *json_realtime(usec_t v);  /* 0 */
json_t *json_text(const char *s); /* NULL or "" is null; bytes that are no UTF-8 become '?' */
json_t *json_bytes(const char *s, size_t size); /* the same, never null */
json_t *json_lines(const char *data, size_t size); /* an array, one string for each line */
