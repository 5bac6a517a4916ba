/* See text.h. */
#include "ctl/text.h"

#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "conf/base/parse.h"

bool text_wants_colour(FILE *f) {
        const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

        if (no_color && *no_color)
                return false;
        return isatty(fileno(f)) && term && strcmp(term, "dumb") != 0;
}

const char *text_colour(Colour c, bool on) {
        static const char *const begin[] = {
                [COLOUR_NONE] = "",
                [COLOUR_BOLD] = "\033[1m",
                [COLOUR_DIM] = "\033[2m",
                [COLOUR_RED] = "\033[31m",
                [COLOUR_GREEN] = "\033[32m",
                [COLOUR_YELLOW] = "\033[33m",
        };
        static_assert(ARRAY_SIZE(begin) == _COLOUR_MAX, "a colour has no escape sequence");

        return on ? begin[c] : "";
}

const char *text_colour_end(Colour c, bool on) {
        return on && c != COLOUR_NONE ? "\033[0m" : "";
}

typedef struct Range {
        uint32_t first, last;
} Range;

/* What names and descriptions are written with; not all of Unicode. A mistake costs a crooked column. */
static const Range zero_width[] = {
        { 0x0300, 0x036f }, { 0x0483, 0x0489 }, { 0x0591, 0x05bd }, { 0x0610, 0x061a }, { 0x064b, 0x065f },
        { 0x06d6, 0x06dc }, { 0x0e31, 0x0e31 }, { 0x0e34, 0x0e3a }, { 0x200b, 0x200f }, { 0x202a, 0x202e },
        { 0x2060, 0x2064 }, { 0x20d0, 0x20ff }, { 0xfe00, 0xfe0f }, { 0xfe20, 0xfe2f }, { 0xfeff, 0xfeff },
        { 0xe0100, 0xe01ef },
};
static const Range double_width[] = {
        { 0x1100, 0x115f }, { 0x231a, 0x231b }, { 0x23e9, 0x23ec }, { 0x2614, 0x2615 }, { 0x2648, 0x2653 },
        { 0x26a1, 0x26a1 }, { 0x2705, 0x2705 }, { 0x270a, 0x270b }, { 0x2728, 0x2728 }, { 0x274c, 0x274c },
        { 0x2753, 0x2757 }, { 0x2795, 0x2797 }, { 0x2b1b, 0x2b1c }, { 0x2b50, 0x2b55 }, { 0x2e80, 0x303e },
        { 0x3041, 0x33ff }, { 0x3400, 0x4dbf }, { 0x4e00, 0x9fff }, { 0xa000, 0xa4cf }, { 0xa960, 0xa97f },
        { 0xac00, 0xd7a3 }, { 0xf900, 0xfaff }, { 0xfe30, 0xfe6f }, { 0xff00, 0xff60 }, { 0xffe0, 0xffe6 },
        { 0x1f300, 0x1f64f }, { 0x1f680, 0x1f6ff }, { 0x1f900, 0x1f9ff }, { 0x1fa70, 0x1faff }, { 0x20000, 0x3fffd },
};

static bool in_ranges(uint32_t c, const Range *ranges, size_t n) {
        for (size_t i = 0; i < n && ranges[i].first <= c; i++)
                if (c <= ranges[i].last)
                        return true;
        return false;
}

static size_t character_width(uint32_t c) {
        if (in_ranges(c, zero_width, ARRAY_SIZE(zero_width)))
                return 0;
        return in_ranges(c, double_width, ARRAY_SIZE(double_width)) ? 2 : 1;
}

/* One character; a byte that begins none stands for itself. Returns its length, at least 1. */
static size_t decode(const char *s, uint32_t *ret) {
        const unsigned char *p = (const unsigned char *) s;
        size_t n = *p < 0xc2 ? 1 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : *p < 0xf5 ? 4 : 1;
        uint32_t c = n == 1 ? *p : *p & (0xffU >> (n + 1));

        for (size_t i = 1; i < n; i++) {
                if ((p[i] & 0xc0) != 0x80) {
                        *ret = *p;
                        return 1;
                }
                c = c << 6 | (p[i] & 0x3f);
        }
        *ret = c;
        return n;
}

size_t text_width(const char *s) {
        size_t width = 0;
        uint32_t c;

        for (; *s; width += character_width(c))
                s += decode(s, &c);
        return width;
}

size_t text_fit(const char *s, size_t columns) {
        const char *p = s;
        uint32_t c;

        while (*p) {
                size_t n = decode(p, &c), width = character_width(c);
                if (width > columns)
                        break;
                columns -= width;
                p += n;
        }
        return (size_t) (p - s);
}

static bool is_control(unsigned char c) {
        return c < 0x20 || c == 0x7f;
}

void text_put(FILE *f, const char *s, size_t size) {
        for (size_t i = 0; i < size; i++)
                (void) putc_unlocked(is_control((unsigned char) s[i]) && s[i] != '\t' ? '?' : s[i], f);
}

char *text_span(usec_t v, char *buf) {
        if (v != USEC_INFINITY) {
                if (v >= 86400 * USEC_PER_SEC)
                        v -= v % (3600 * USEC_PER_SEC);
                else if (v >= 3600 * USEC_PER_SEC)
                        v -= v % USEC_PER_MINUTE;
                else if (v >= 10 * USEC_PER_SEC)
                        v -= v % USEC_PER_SEC;
                else if (v >= USEC_PER_SEC)
                        v -= v % (USEC_PER_SEC / 10);
                else if (v >= USEC_PER_MSEC)
                        v -= v % USEC_PER_MSEC;
        }
        return format_duration(v, buf);
}

char *text_time(usec_t realtime, char *buf) {
        time_t seconds = (time_t) (realtime / USEC_PER_SEC);
        struct tm tm;

        if (!localtime_r(&seconds, &tm) || strftime(buf, TEXT_TIME_MAX, "%Y-%m-%d %H:%M:%S", &tm) == 0)
                strcpy(buf, "?");
        return buf;
}

void say_error(const char *format, ...) {
        va_list ap;

        (void) fflush(stdout); /* what was said first is to be read first */
        (void) fputs("supctl: ", stderr);
        va_start(ap, format);
        (void) vfprintf(stderr, format, ap);
        va_end(ap);
        (void) fputc('\n', stderr);
}
