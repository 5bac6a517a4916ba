/* A table of text: columns as wide as their widest cell. Pure until it is printed; owns copies of its cells. */
#pragma once

#include "ctl/text.h"

typedef struct TableCell {
        char *text;
        Colour colour;
} TableCell;

typedef struct Table {
        const char *const *headers; /* borrowed */
        size_t n_columns;
        TableCell *cells;           /* row by row */
        size_t n_cells, n_allocated;
        bool out_of_memory;         /* some cell was lost; said by table_print() */
} Table;

#define TABLE_INIT(titles) ((Table){ .headers = (titles), .n_columns = ARRAY_SIZE(titles) })

void table_done(Table *t);

/* The next cell, from left to right, then the next row. */
void table_add(Table *t, Colour colour, const char *format, ...) _printf_(3, 4);

/* Two blanks between columns, none at the end of a line. The last column is cut to max_width (0: never). -ENOMEM. */
int table_print(const Table *t, FILE *f, bool colours, size_t max_width);
