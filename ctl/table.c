/* See table.h. */
#include "ctl/table.h"

#include <stdarg.h>
#include <string.h>

#define GAP 2

void table_done(Table *t) {
        for (size_t i = 0; i < t->n_cells; i++)
                free(t->cells[i].text);
        free(t->cells);
        t->cells = NULL;
        t->n_cells = t->n_allocated = 0;
}

static bool table_reserve(Table *t) {
        if (t->n_cells < t->n_allocated)
                return true;
        size_t n = t->n_allocated ? t->n_allocated * 2 : 64;
        TableCell *bigger = reallocarray(t->cells, n, sizeof(*bigger));
        if (!bigger)
                return false;
        t->cells = bigger;
        t->n_allocated = n;
        return true;
}

void table_add(Table *t, Colour colour, const char *format, ...) {
        char *text = NULL;
        va_list ap;

        va_start(ap, format);
        int r = vasprintf(&text, format, ap);
        va_end(ap);
        if (r < 0 || !table_reserve(t)) {
                if (r >= 0)
                        free(text);
                t->out_of_memory = true;
                return;
        }
        t->cells[t->n_cells++] = (TableCell){ .text = text, .colour = colour };
}

static void measure(const Table *t, size_t *widths) {
        for (size_t i = 0; i < t->n_columns; i++)
                widths[i] = text_width(t->headers[i]);
        for (size_t i = 0; i < t->n_cells; i++)
                widths[i % t->n_columns] = MAX(widths[i % t->n_columns], text_width(t->cells[i].text));
}

static bool rest_of_row_is_empty(const Table *t, size_t i) {
        for (size_t k = i + 1; k % t->n_columns != 0 && k < t->n_cells; k++)
                if (t->cells[k].text[0])
                        return false;
        return true;
}

static void put_cell(FILE *f, const char *text, Colour colour, bool colours, size_t pad_to, size_t at_most) {
        size_t fits = at_most ? text_fit(text, at_most) : strlen(text), width = text_width(text);

        (void) fputs(text_colour(colour, colours), f);
        text_put(f, text, fits);
        (void) fputs(text_colour_end(colour, colours), f);
        for (; width < pad_to; width++)
                (void) putc_unlocked(' ', f);
}

static void put_headers(const Table *t, FILE *f, bool colours, const size_t *widths) {
        for (size_t i = 0; i < t->n_columns; i++)
                put_cell(f, t->headers[i], COLOUR_BOLD, colours, i + 1 < t->n_columns ? widths[i] + GAP : 0, 0);
        (void) putc_unlocked('\n', f);
}

/* The columns that are left for the last one. */
static size_t last_width(const Table *t, const size_t *widths, size_t max_width) {
        size_t used = 0;

        for (size_t i = 0; i + 1 < t->n_columns; i++)
                used += widths[i] + GAP;
        return max_width > used + 10 ? max_width - used : 0; /* too narrow for anything: let it wrap */
}

int table_print(const Table *t, FILE *f, bool colours, size_t max_width) {
        _cleanup_(freep) size_t *widths = calloc(t->n_columns, sizeof(*widths));
        if (!widths || t->out_of_memory)
                return -ENOMEM;

        measure(t, widths);
        put_headers(t, f, colours, widths);
        size_t at_most = last_width(t, widths, max_width);
        for (size_t i = 0; i < t->n_cells; i++) {
                size_t column = i % t->n_columns;
                bool is_last = column + 1 == t->n_columns, ends = is_last || rest_of_row_is_empty(t, i);

                put_cell(f, t->cells[i].text, t->cells[i].colour, colours, ends ? 0 : widths[column] + GAP,
                        is_last ? at_most : 0);
                if (!ends)
                        continue;
                (void) putc_unlocked('\n', f);
                i += t->n_columns - 1 - column;
        }
        return 0;
}
