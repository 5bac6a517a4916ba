/* Text on a terminal: how wide it is, what may be shown, in which colour. Loads no locale: supd's texts are UTF-8, and setlocale(3)
 * costs as much as a whole status call. */
#pragma once

#include <stdio.h>

#include "conf/base/usec.h"
#include "conf/base/macros.h"

typedef enum Colour {
        COLOUR_NONE,
        COLOUR_BOLD,
        COLOUR_DIM,
        COLOUR_RED,
        COLOUR_GREEN,
        COLOUR_YELLOW,
        _COLOUR_MAX,
} Colour;

/* Only on a terminal that can, and not with NO_COLOR set to anything (https://no-color.org). */
bool text_wants_colour(FILE *f);
/* Escape sequence to begin and to end; "" when on is false or the colour is none. */
const char *text_colour(Colour c, bool on);
const char *text_colour_end(Colour c, bool on);

/* Columns on a terminal. Control characters count as the one column that text_put() gives them. */
size_t text_width(const char *s);
/* Bytes of s that fit in n columns, whole characters only. */
size_t text_fit(const char *s, size_t columns);
/* Writes s, control characters as '?': names, notes and command lines come from elsewhere and must not steer the terminal. */
void text_put(FILE *f, const char *s, size_t size);

/* "3s", "2min 5s", "1d 4h": no more precise than a reader wants; buf needs FORMAT_DURATION_MAX bytes. */
char *text_span(usec_t v, char *buf);
/* Local time, "2024-05-01 12:30:59"; buf needs TEXT_TIME_MAX bytes. */
#define TEXT_TIME_MAX 32
char *text_time(usec_t realtime, char *buf);

/* "supctl: " and the message and a newline, on stderr; after progress was cleared. */
void say_error(const char *format, ...) _printf_(1, 2);
