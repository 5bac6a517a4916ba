/* NULL-terminated vectors of heap strings, the shape of argv and environ. An empty vector may be NULL. */
#pragma once

#include "conf/base/macros.h"

typedef char **Strv;

size_t strv_length(char *const *v);
void strv_free(char **v);
DEFINE_CLEANUP(Strv, strv_free);

/* Append to *v; on -ENOMEM *v is unchanged (and for _consume s is freed). */
int strv_append(char ***v, const char *s);
int strv_append_consume(char ***v, char *s);

/* Both NULL and empty count as equal. */
bool strv_equal(char *const *a, char *const *b);
bool strv_contains(char *const *v, const char *s);

/* One string, the items separated by sep; "" for an empty vector. NULL only when out of memory. */
char *strv_join(char *const *v, const char *sep);
