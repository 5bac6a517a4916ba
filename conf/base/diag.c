/* Diagnostics: a growing list of findings. Owned by whoever asked for the load or check; never prints by itself, and
 * never lets control bytes of a configuration file reach a terminal. */
#include "conf/base/diag.h"

#include <stdarg.h>
#include <string.h>

static void diagnostic_done(Diagnostic *d) {
        free(d->file);
        free(d->section);
        free(d->key);
        free(d->text);
}

void diagnostics_done(Diagnostics *d) {
        if (!d)
                return;
        for (size_t i = 0; i < d->n_items; i++)
                diagnostic_done(&d->items[i]);
        free(d->items);
        *d = (Diagnostics){ 0 };
}

static int reserve(Diagnostics *d) {
        if (d->n_items & (d->n_items - 1)) /* room up to the next power of two */
                return 0;
        size_t n = d->n_items ? d->n_items * 2 : 1;
        Diagnostic *bigger = reallocarray(d->items, n, sizeof(Diagnostic));
        if (!bigger)
                return -ENOMEM;
        d->items = bigger;
        return 0;
}

static bool copy_string(char **to, const char *from) {
        *to = from ? strdup(from) : NULL;
        return !from || *to;
}

static void hide_control_bytes(char *s) {
        for (; s && *s; s++)
                if ((unsigned char) *s < 0x20 || *s == 0x7f)
                        *s = '?';
}

_printf_(3, 0) static int diagnostic_init(Diagnostic *i, const DiagPlace *where, const char *format, va_list args) {
        static const DiagPlace nowhere;
        const DiagPlace *w = where ? where : &nowhere;
        i->line = w->line;
        bool ok = copy_string(&i->file, w->file) && copy_string(&i->section, w->section) &&
                  copy_string(&i->key, w->key);
        if (vasprintf(&i->text, format, args) < 0)
                i->text = NULL;
        hide_control_bytes(i->file);
        hide_control_bytes(i->section);
        hide_control_bytes(i->key);
        hide_control_bytes(i->text);
        return ok && i->text ? 0 : -ENOMEM;
}

void diagnostics_add(Diagnostics *d, DiagLevel level, const DiagPlace *where, const char *format, ...) {
        if (level == DIAG_ERROR)
                d->n_errors++;
        if (d->n_items >= DIAGNOSTICS_MAX) {
                d->n_left_out++;
                return;
        }
        Diagnostic item = { .level = level };
        va_list args;
        va_start(args, format);
        int r = diagnostic_init(&item, where, format, args);
        va_end(args);
        if (r < 0 || reserve(d) < 0) {
                diagnostic_done(&item);
                d->out_of_memory = true;
                return;
        }
        d->items[d->n_items++] = item;
}

bool diagnostics_failed(const Diagnostics *d) {
        return d->n_errors > 0 || d->out_of_memory;
}

static void print_one(const Diagnostic *d, FILE *f) {
        if (d->file) {
                fputs(d->file, f);
                if (d->line)
                        fprintf(f, ":%u", d->line);
                fputs(": ", f);
        }
        if (d->level == DIAG_WARNING)
                fputs("warning: ", f);
        if (d->section || d->key)
                fprintf(f, "%s%s%s: ", d->section ? d->section : "", d->section && d->key ? "." : "",
                                d->key ? d->key : "");
        fputs(d->text, f);
}

/* Separator before every line but the first; what was lost or left out is said last. */
static void print_all(const Diagnostics *d, FILE *f) {
        const char *separator = "";
        for (size_t i = 0; i < d->n_items; i++) {
                fputs(separator, f);
                print_one(&d->items[i], f);
                separator = "\n";
        }
        if (d->n_left_out)
                fprintf(f, "%s(and %zu more)", separator, d->n_left_out);
        if (d->out_of_memory)
                fprintf(f, "%sout of memory: some messages were lost", d->n_items ? "\n" : "");
}

char *diagnostic_format(const Diagnostic *d) {
        char *s = NULL;
        size_t size = 0;
        FILE *f = open_memstream(&s, &size);
        if (!f)
                return NULL;
        print_one(d, f);
        if (fclose(f) == 0)
                return s;
        free(s);
        return NULL;
}

int diagnostics_print(const Diagnostics *d, FILE *f) {
        print_all(d, f);
        if (d->n_items || d->out_of_memory)
                fputc('\n', f);
        return ferror(f);
}

char *diagnostics_to_string(const Diagnostics *d) {
        char *s = NULL;
        size_t size = 0;
        FILE *f = open_memstream(&s, &size);
        if (!f)
                return NULL;
        print_all(d, f);
        if (fclose(f) == 0)
                return s;
        free(s);
        return NULL;
}
