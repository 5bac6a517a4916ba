/* Diagnostics: what a load or a check has to say, all of it, in the order found. conf and core never log; they fill one of
 * these and the program that asked prints it. Text form: "file:line: section.key: reason" (parts that are unknown are left
 * out, a warning is marked "warning: "). */
#pragma once

#include <stdio.h>

#include "conf/base/macros.h"

typedef enum DiagLevel {
        DIAG_ERROR,
        DIAG_WARNING,
        _DIAG_LEVEL_MAX,
} DiagLevel;

typedef struct Diagnostic {
        DiagLevel level;
        char *file;      /* or NULL */
        unsigned line;   /* 1-based; 0: the whole file */
        char *section;   /* "service:web", or NULL */
        char *key;       /* or NULL */
        char *text;
} Diagnostic;

/* Kept at most: a binary file that is taken for a configuration must not fill the memory with complaints. */
#define DIAGNOSTICS_MAX 10000

typedef struct Diagnostics {
        Diagnostic *items;
        size_t n_items;
        size_t n_errors;    /* those that were left out included */
        size_t n_left_out;  /* beyond DIAGNOSTICS_MAX: counted only */
        bool out_of_memory; /* an item was lost: counts as an error */
} Diagnostics;

typedef struct DiagPlace {
        const char *file;
        unsigned line;
        const char *section;
        const char *key;
} DiagPlace;

void diagnostics_done(Diagnostics *d);
void diagnostics_add(Diagnostics *d, DiagLevel level, const DiagPlace *where, const char *format, ...) _printf_(4, 5);
bool diagnostics_failed(const Diagnostics *d);

/* One line without newline; NULL when out of memory. The caller frees it. */
char *diagnostic_format(const Diagnostic *d);
/* All of them, one per line, to f. Returns what ferror() says. */
int diagnostics_print(const Diagnostics *d, FILE *f);
/* All of them as one heap string, a newline after each but the last; NULL when out of memory. */
char *diagnostics_to_string(const Diagnostics *d);
