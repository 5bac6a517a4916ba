/* Scalars from text and back: numbers, spans of time, sizes, modes. Words and quoting are in parse_words.c, signals in
 * parse_signal.c. Pure. */
#include "conf/base/parse.h"

#include <inttypes.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

static bool is_blank(char c) {
        return c == ' ' || c == '\t';
}

static const char *skip_blanks(const char *s) {
        while (is_blank(*s))
                s++;
        return s;
}

int parse_bool(const char *s, bool *ret) {
        static const char *const words[] = { "no", "yes", "false", "true", "off", "on", "0", "1" };
        for (size_t i = 0; i < ARRAY_SIZE(words); i++)
                if (strcasecmp(s, words[i]) == 0) {
                        *ret = i % 2 == 1;
                        return 0;
                }
        return -EINVAL;
}

/* Digits at *s, which moves behind them. The whole number is consumed even when it does not fit, so that a caller can
 * tell "1x" (not a number) from "99999999999999999999" (too large). */
static int scan_u64(const char **s, unsigned base, uint64_t *ret) {
        const char *p = *s;
        uint64_t v = 0;
        bool overflow = false;
        for (; *p >= '0' && *p < (char) ('0' + base); p++)
                overflow |= __builtin_mul_overflow(v, base, &v) || __builtin_add_overflow(v, (uint64_t) (*p - '0'), &v);
        if (p == *s)
                return -EINVAL;
        *s = p;
        if (overflow)
                return -ERANGE;
        *ret = v;
        return 0;
}

int parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *ret) {
        uint64_t v = 0;
        int r = scan_u64(&s, 10, &v);
        if (r == -EINVAL || *s)
                return -EINVAL;
        if (r < 0 || v < min || v > max)
                return -ERANGE;
        *ret = v;
        return 0;
}

int parse_i64(const char *s, int64_t min, int64_t max, int64_t *ret) {
        bool negative = *s == '-';
        uint64_t v = 0;
        s += *s == '-' || *s == '+';
        int r = parse_u64(s, 0, negative ? (uint64_t) INT64_MAX + 1 : INT64_MAX, &v);
        if (r < 0)
                return r;
        int64_t i = negative ? (int64_t) -v : (int64_t) v;
        if (i < min || i > max)
                return -ERANGE;
        *ret = i;
        return 0;
}

/* Decimal digits with at most one point, optional sign and exponent: strtod() alone would also take hex, inf, nan,
 * blanks. */
static bool looks_like_decimal(const char *s) {
        size_t n = 0;
        s += *s == '-' || *s == '+';
        for (; is_digit(*s); s++)
                n++;
        if (*s == '.')
                for (s++; is_digit(*s); s++)
                        n++;
        if (n == 0)
                return false;
        if (*s != 'e' && *s != 'E')
                return *s == '\0';
        s++;
        s += *s == '-' || *s == '+';
        return is_digit(*s) && s[strspn(s, "0123456789")] == '\0';
}

int parse_double(const char *s, double min, double max, double *ret) {
        if (!looks_like_decimal(s))
                return -EINVAL;
        locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t) 0);
        if (!c)
                return -ENOMEM;
        double v = strtod_l(s, NULL, c);
        freelocale(c);
        if (!(v >= min && v <= max))
                return -ERANGE;
        *ret = v;
        return 0;
}

/* "12", "12.5", ".5" at *s: the whole part and the fraction (0 <= *ret_fraction < 1). */
static int scan_decimal(const char **s, uint64_t *ret_whole, double *ret_fraction) {
        int r = is_digit(**s) ? scan_u64(s, 10, ret_whole) : (*ret_whole = 0, 0);
        *ret_fraction = 0;
        if (**s != '.')
                return r;
        const char *p = ++*s;
        for (double scale = 0.1; is_digit(*p); p++, scale /= 10)
                *ret_fraction += (*p - '0') * scale;
        if (p == *s)
                return -EINVAL;
        *s = p;
        return r;
}

/* whole.fraction units, to the nearest one. -ERANGE when it does not fit below UINT64_MAX, which means infinity. */
static int scale_decimal(uint64_t whole, double fraction, uint64_t unit, uint64_t *ret) {
        uint64_t v;
        if (__builtin_mul_overflow(whole, unit, &v) ||
                        __builtin_add_overflow(v, (uint64_t) (fraction * (double) unit + 0.5), &v) || v == UINT64_MAX)
                return -ERANGE;
        *ret = v;
        return 0;
}

static const struct {
        const char *name;
        usec_t usec;
} time_units[] = {
        { "us", 1 },
        { "ms", USEC_PER_MSEC },
        { "s", USEC_PER_SEC },
        { "sec", USEC_PER_SEC },
        { "m", USEC_PER_MINUTE },
        { "min", USEC_PER_MINUTE },
        { "h", 60 * USEC_PER_MINUTE },
        { "d", 24 * 60 * USEC_PER_MINUTE },
        { "w", 7 * 24 * 60 * USEC_PER_MINUTE },
};

static int scan_time_unit(const char **s, usec_t *ret) {
        size_t n = strspn(*s, "abcdefghijklmnopqrstuvwxyz");
        for (size_t i = 0; i < ARRAY_SIZE(time_units); i++)
                if (strlen(time_units[i].name) == n && memcmp(time_units[i].name, *s, n) == 0) {
                        *s += n;
                        *ret = time_units[i].usec;
                        return 0;
                }
        return -EINVAL;
}

/* One "number unit" at *s, added to *sum. A bare number means seconds, but only when it is all there is: in "1h 30"
 * nobody can say what was meant. */
static int scan_duration_item(const char **s, bool first, usec_t *sum) {
        uint64_t whole = 0;
        double fraction = 0;
        usec_t unit = USEC_PER_SEC, v = 0;
        if (!is_digit(**s) && **s != '.')
                return -EINVAL;
        int r = scan_decimal(s, &whole, &fraction);
        if (r == -EINVAL)
                return r;
        *s = skip_blanks(*s);
        if ((**s || !first) && scan_time_unit(s, &unit) < 0)
                return -EINVAL;
        *s = skip_blanks(*s);
        if (r < 0 || scale_decimal(whole, fraction, unit, &v) < 0 || usec_add(*sum, v) == USEC_INFINITY)
                return -ERANGE;
        *sum += v;
        return 0;
}

int parse_duration(const char *s, usec_t *ret) {
        usec_t sum = 0;
        int worst = 0;
        if (strcmp(s, "infinity") == 0) {
                *ret = USEC_INFINITY;
                return 0;
        }
        s = skip_blanks(s);
        for (bool first = true; first || *s; first = false) {
                int r = scan_duration_item(&s, first, &sum);
                if (r == -EINVAL)
                        return r;
                worst = r < 0 ? r : worst;
        }
        if (worst < 0)
                return worst;
        *ret = sum;
        return 0;
}

static const char size_letters[] = "KMGTPE";

/* "", "B", "K", "KB", "KiB", ... to the power of 1024 it stands for; -1 when unknown. */
static int size_unit_power(const char *s) {
        const char *letter = *s ? strchr(size_letters, *s >= 'a' && *s <= 'z' ? *s - 'a' + 'A' : *s) : NULL;
        if (letter)
                s++;
        if (letter && s[0] == 'i' && s[1] == 'B')
                s++;
        s += *s == 'B';
        return *s ? -1 : letter ? (int) (letter - size_letters) + 1 : 0;
}

int parse_size(const char *s, uint64_t *ret) {
        uint64_t whole = 0;
        double fraction = 0;
        if (strcmp(s, "infinity") == 0) {
                *ret = UINT64_MAX;
                return 0;
        }
        if (!is_digit(*s) && *s != '.')
                return -EINVAL;
        int r = scan_decimal(&s, &whole, &fraction);
        if (r == -EINVAL)
                return r;
        int power = size_unit_power(skip_blanks(s));
        if (power < 0 || (power == 0 && fraction > 0)) /* half a byte is a mistake, not a size */
                return -EINVAL;
        return r < 0 ? r : scale_decimal(whole, fraction, UINT64_C(1) << 10 * power, ret);
}

int parse_mode(const char *s, mode_t max, mode_t *ret) {
        uint64_t v = 0;
        int r = scan_u64(&s, 8, &v);
        if (r == -EINVAL || *s)
                return -EINVAL;
        if (r < 0 || v > max)
                return -ERANGE;
        *ret = (mode_t) v;
        return 0;
}

/* "1.5" or "2", never "2.000". */
static void format_thousandths(char *buf, size_t size, uint64_t thousandths, const char *unit) {
        char number[32];
        snprintf(number, sizeof(number), "%" PRIu64 ".%03u", thousandths / 1000, (unsigned) (thousandths % 1000));
        size_t n = strlen(number);
        while (number[n - 1] == '0')
                n--;
        n -= number[n - 1] == '.';
        snprintf(buf, size, "%.*s%s", (int) n, number, unit);
}

static void format_two_units(char *buf, usec_t v) {
        static const struct {
                const char *name;
                usec_t usec;
        } units[] = {
                { "d", 24 * 60 * USEC_PER_MINUTE },
                { "h", 60 * USEC_PER_MINUTE },
                { "min", USEC_PER_MINUTE },
                { "s", USEC_PER_SEC },
        };
        size_t i = 0;
        while (v < units[i].usec)
                i++;
        uint64_t large = v / units[i].usec, small = v % units[i].usec / units[i + 1].usec;
        int n = snprintf(buf, FORMAT_DURATION_MAX, "%" PRIu64 "%s", large, units[i].name);
        if (small)
                snprintf(buf + n, FORMAT_DURATION_MAX - (size_t) n, " %" PRIu64 "%s", small, units[i + 1].name);
}

char *format_duration(usec_t v, char *buf) {
        if (v == USEC_INFINITY)
                strcpy(buf, "infinity");
        else if (v == 0)
                strcpy(buf, "0");
        else if (v < USEC_PER_MSEC)
                snprintf(buf, FORMAT_DURATION_MAX, "%" PRIu64 "us", v);
        else if (v < USEC_PER_SEC)
                format_thousandths(buf, FORMAT_DURATION_MAX, v, "ms");
        else if (v < USEC_PER_MINUTE)
                format_thousandths(buf, FORMAT_DURATION_MAX, v / USEC_PER_MSEC, "s");
        else
                format_two_units(buf, v);
        return buf;
}

char *format_time_left(usec_t until, usec_t now, char *buf) {
        usec_t left = usec_sub(until, now);
        if (left != USEC_INFINITY)
                left = (left + USEC_PER_MSEC - 1) / USEC_PER_MSEC * USEC_PER_MSEC;
        return format_duration(left, buf);
}

char *format_size(uint64_t bytes, char *buf) {
        if (bytes == UINT64_MAX)
                return strcpy(buf, "infinity");
        if (bytes < 1024) {
                snprintf(buf, FORMAT_SIZE_MAX, "%" PRIu64 "B", bytes);
                return buf;
        }
        size_t power = 0;
        uint64_t unit = 1024;
        while (power + 1 < strlen(size_letters) && bytes / unit >= 1024) {
                unit *= 1024;
                power++;
        }
        unsigned whole = (unsigned) (bytes / unit), tenths = (unsigned) (bytes % unit / (unit / 1024) * 10 / 1024);
        if (tenths)
                snprintf(buf, FORMAT_SIZE_MAX, "%u.%u%c", whole, tenths, size_letters[power]);
        else
                snprintf(buf, FORMAT_SIZE_MAX, "%u%c", whole, size_letters[power]);
        return buf;
}
