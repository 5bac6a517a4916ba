/* Key types that hold one number, one word or one switch. Pure; see schema_type.h for the contract. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "conf/base/parse.h"
#include "conf/base/suggest.h"
#include "conf/schema_type.h"

/* A message quotes at most this much of a value. */
#define QUOTE_MAX 60

int schema_quoted_length(const char *text) {
        size_t n = strnlen(text, QUOTE_MAX + 1);
        if (n > QUOTE_MAX)
                for (n = QUOTE_MAX; n > 0 && ((unsigned char) text[n] & 0xc0) == 0x80; n--)
                        ;
        return (int) n;
}

int schema_refuse(SchemaContext *context, int r, const char *format, ...) {
        va_list args;
        va_start(args, format);
        free(context->reason);
        int n = vasprintf(&context->reason, format, args);
        va_end(args);
        if (n >= 0)
                return r;
        context->reason = NULL;
        return -ENOMEM;
}

int schema_print(char **ret, const char *format, ...) {
        char *s = NULL;
        va_list args;
        va_start(args, format);
        int n = vasprintf(&s, format, args);
        va_end(args);
        if (n < 0)
                return -ENOMEM;
        *ret = s;
        return 0;
}

static int refuse_number(SchemaContext *context, int r, const char *text, const char *what, const char *range) {
        if (r == -ENOMEM)
                return r;
        if (r == -ERANGE)
                return schema_refuse(context, r, "`%.*s` is out of range (%s)", SCHEMA_QUOTE(text), range);
        return schema_refuse(context, r, "`%.*s` is not %s", SCHEMA_QUOTE(text), what);
}

#define EQUAL_AS(type)                                                                                                 \
        static bool equal_##type(const SchemaKey *key, const void *a, const void *b) {                                 \
                return *(const type *) schema_const_field(key, a) == *(const type *) schema_const_field(key, b);       \
        }

EQUAL_AS(bool)
EQUAL_AS(unsigned)
EQUAL_AS(int)
EQUAL_AS(double)
EQUAL_AS(uint64_t)
EQUAL_AS(mode_t)

/* Yes or no. */
static int bool_parse(const SchemaKey *key, const char *text, SchemaContext *context, void *object) {
        if (parse_bool(text, schema_field(key, object)) < 0)
                return schema_refuse(context, -EINVAL, "`%.*s` is neither yes nor no", SCHEMA_QUOTE(text));
        return 0;
}

static int bool_format(const SchemaKey *key, const void *object, char **ret) {
        return schema_print(ret, "%s", *(const bool *) schema_const_field(key, object) ? "yes" : "no");
}

static const char *const bool_words[] = { "yes", "no", NULL };

const SchemaType schema_bool = {
        .name = "boolean",
        .help = "yes or no (also true, false, on, off, 1, 0)",
        .words = bool_words,
        .size = sizeof(bool),
        .parse = bool_parse,
        .format = bool_format,
        .equal = equal_bool,
};

/* Whole numbers. */
static int unsigned_parse(const SchemaKey *key, const char *text, SchemaContext *context, void *object, unsigned min,
                unsigned max) {
        uint64_t v = 0;
        char range[32];
        snprintf(range, sizeof(range), "%u to %u", min, max);
        int r = parse_u64(text, min, max, &v);
        if (r < 0)
                return refuse_number(context, r, text, "a whole number", range);
        *(unsigned *) schema_field(key, object) = (unsigned) v;
        return 0;
}

static int unsigned_format(const SchemaKey *key, const void *object, char **ret) {
        return schema_print(ret, "%u", *(const unsigned *) schema_const_field(key, object));
}

static int count_parse(const SchemaKey *key, const char *text, SchemaContext *context, void *object) {
        return unsigned_parse(key, text, context, object, 0, (unsigned) key->argument);
}

const SchemaType schema_count = {
        .name = "number",
        .help = "a whole number",
        .size = sizeof(unsigned),
        .parse = count_parse,
        .format = unsigned_format,
        .equal = equal_unsigned,
};

static int instances_parse(const SchemaKey *key, const char *text, SchemaContext *context, void *object) {
        return unsigned_parse(key, text, context, object, 1, INSTANCES_MAX);
}

static int instances_format(const SchemaKey *key, const void *object, char **ret) {
        if (*(const unsigned *) schema_const_field(key, object) > 0)
                return unsigned_format(key, object, ret);
        *ret = NULL;
        return 0;
}

/* How many siblings it has is no property of one instance: what changes is that some are added or removed. */
static bool instances_equal(const SchemaKey *key, const void *a, const void *b) {
        return (*(const unsigned *) schema_const_field(key, a) == 0) ==
               (*(const unsigned *) schema_const_field(key, b) == 0);
}

const SchemaType schema_instances = {
        .name = "number",
        .help = "a whole number from 1 to 10000",
        .size = sizeof(unsigned),
        .parse = instances_parse,
        .format = instances_format,
        .equal = instances_equal,
};
static_assert(INSTANCES_MAX == 10000, "the help line says so");

static int percent_parse(const SchemaKey *key, const char *text, SchemaContext *context, void *object) {
        _cleanup_(freep) char *number = strdup(text);
        if (!number)
                return -ENOMEM;
        size_t n = strlen(number);
        if (n > 0 && number[n - 1] == '%')
                number[n - 1] = '\0';
        return unsigned_parse(key, number, context, object, 0, 100);
}

static int percent_format(const SchemaKey *key, const void *object, char **ret) {
        return schema_print(ret, "%u%%", *(const unsigned *) schema_const_field(key, object));
}

const SchemaType schema_percent = {
        .name = "percentage",
        .help = "0 to 100, a % after it is optional",
        .size = sizeof(unsigned),
        .parse = percent_parse,
        .format = percent_format,
        .equal = equal_unsigned,
};

static int factor_parse(const SchemaKey *key, const char *text, SchemaContext *context, void *object) {
        int r = parse_double(text, 1, 1000, schema_field(key, object));
        return r < 0 ? refuse_number(context, r, text, "a number", "1 to 1000") : 0;
}

/* With a point whatever the locale says, because that is how it is read. */
static int factor_format(const SchemaKey *key, const void *object, char **ret) {
        double v = *(const double *) schema_const_field(key, object);
        char buf[64];
        snprintf(buf, sizeof(buf), "%.15g", v);
        for (char *p = buf; *p; p++)
                if (*p == ',')
                        *p = '.';
        return schema_print(ret, "%s", buf);
}

const SchemaType schema_factor = {
        .name = "factor",
        .help = "a number from 1 to 1000, such as 1.5",
        .size = sizeof(double),
        .parse = factor_parse,
        .format = factor_format,
        .equal = equal_double,
};

/* Spans of time and sizes: shown as people write them where that loses nothing, else in the smallest unit. */
static int duration_parse(const SchemaKey *key, const char *text, SchemaContext *context, void *object) {
        int r = parse_duration(text, schema_field(key, object));
        return r < 0 ? refuse_number(context, r, text, "a duration (write 10s, 250ms, 1min 30s or infinity)",
                                       "too long; write infinity")
                     : 0;
}

static int duration_format(const SchemaKey *key, const void *object, char **ret) {
        usec_t v = *(const usec_t *) schema_const_field(key, object), again = 0;
        char buf[FORMAT_DURATION_MAX];
        if (parse_duration(format_duration(v, buf), &again) == 0 && again == v)
                return schema_print(ret, "%s", buf);
        if (v % USEC_PER_MSEC == 0)
                return schema_print(ret, "%" PRIu64 "ms", v / USEC_PER_MSEC);
        return schema_print(ret, "%" PRIu64 "us", v);
}

const SchemaType schema_duration = {
        .name = "duration",
        .help = "a number with a unit (us ms s min h d w), several are added up; without a unit seconds; or infinity",
        .size = sizeof(usec_t),
        .parse = duration_parse,
        .format = duration_format,
        .equal = equal_uint64_t,
};

static int size_parse(const SchemaKey *key, const char *text, SchemaContext *context, void *object) {
        int r = parse_size(text, schema_field(key, object));
        return r < 0 ? refuse_number(context, r, text, "a size (write 512, 64K, 10M, 1.5G or infinity)",
                                       "too large; write infinity")
                     : 0;
}

static int size_format(const SchemaKey *key, const void *object, char **ret) {
        uint64_t v = *(const uint64_t *) schema_const_field(key, object), again = 0;
        char buf[FORMAT_SIZE_MAX];
        if (parse_size(format_size(v, buf), &again) == 0 && again == v)
                return schema_print(ret, "%s", buf);
        return schema_print(ret, "%" PRIu64 "B", v);
}

const SchemaType schema_size = {
        .name = "size",
        .help = "a number of bytes, or with K, M, G, T (powers of 1024); or infinity",
        .size = sizeof(uint64_t),
        .parse = size_parse,
        .format = size_format,
        .equal = equal_uint64_t,
};

static int mode_parse(const SchemaKey *key, const char *text, SchemaContext *context, void *object) {
        int r = parse_mode(text, (mode_t) key->argument, schema_field(key, object));
        return r < 0 ? refuse_number(context, r, text, "an octal number (such as 022)", "0 to 777, octal") : 0;
}

static int mode_format(const SchemaKey *key, const void *object, char **ret) {
        return schema_print(ret, "%03o", *(const mode_t *) schema_const_field(key, object));
}

const SchemaType schema_mode = {
        .name = "mode",
        .help = "an octal number, such as 022 or 077",
        .size = sizeof(mode_t),
        .parse = mode_parse,
        .format = mode_format,
        .equal = equal_mode_t,
};

static int signal_parse(const SchemaKey *key, const char *text, SchemaContext *context, void *object) {
        int r = parse_signal(text, schema_field(key, object));
        if (r == 0)
                return 0;
        Suggestion near = { .wanted = strncmp(text, "SIG", 3) == 0 ? text + 3 : text };
        for (int i = 1; i < SIGRTMIN; i++)
                if (signal_to_string(i))
                        suggestion_offer(&near, signal_to_string(i));
        if (near.best)
                return schema_refuse(context, r, "`%.*s` is not a signal; did you mean `%s`?", SCHEMA_QUOTE(text),
                                near.best);
        return schema_refuse(context, r, "`%.*s` is not a signal", SCHEMA_QUOTE(text));
}

static int signal_format(const SchemaKey *key, const void *object, char **ret) {
        const char *name = signal_to_string(*(const int *) schema_const_field(key, object));
        if (name)
                return schema_print(ret, "%s", name);
        *ret = NULL;
        return 0;
}

const SchemaType schema_signal = {
        .name = "signal",
        .help = "a name with or without SIG, such as TERM, or RTMIN+3, or a number",
        .size = sizeof(int),
        .parse = signal_parse,
        .format = signal_format,
        .equal = equal_int,
};

/* Nice and OOM score: every number means something, so "not set" is a flag of its own beside the field. */
static int nice_parse(const SchemaKey *key _unused_, const char *text, SchemaContext *context, void *object) {
        ServiceConfig *c = object;
        int64_t v = 0;
        int r = parse_i64(text, -20, 19, &v);
        if (r < 0)
                return refuse_number(context, r, text, "a whole number", "-20 to 19");
        c->nice = (int8_t) v;
        c->has_nice = true;
        return 0;
}

static int nice_format(const SchemaKey *key _unused_, const void *object, char **ret) {
        const ServiceConfig *c = object;
        *ret = NULL;
        return c->has_nice ? schema_print(ret, "%d", c->nice) : 0;
}

static void nice_clear(const SchemaKey *key _unused_, SchemaContext *context _unused_, void *object) {
        ServiceConfig *c = object;
        c->has_nice = false;
        c->nice = 0;
}

static bool nice_equal(const SchemaKey *key _unused_, const void *a, const void *b) {
        const ServiceConfig *x = a, *y = b;
        return x->has_nice == y->has_nice && x->nice == y->nice;
}

const SchemaType schema_nice = {
        .name = "priority",
        .help = "a whole number from -20 to 19",
        .parse = nice_parse,
        .format = nice_format,
        .equal = nice_equal,
        .clear = nice_clear,
};

static int oom_parse(const SchemaKey *key _unused_, const char *text, SchemaContext *context, void *object) {
        ServiceConfig *c = object;
        int64_t v = 0;
        int r = parse_i64(text, -1000, 1000, &v);
        if (r < 0)
                return refuse_number(context, r, text, "a whole number", "-1000 to 1000");
        c->oom_score_adjust = (int16_t) v;
        c->has_oom_score_adjust = true;
        return 0;
}

static int oom_format(const SchemaKey *key _unused_, const void *object, char **ret) {
        const ServiceConfig *c = object;
        *ret = NULL;
        return c->has_oom_score_adjust ? schema_print(ret, "%d", c->oom_score_adjust) : 0;
}

static void oom_clear(const SchemaKey *key _unused_, SchemaContext *context _unused_, void *object) {
        ServiceConfig *c = object;
        c->has_oom_score_adjust = false;
        c->oom_score_adjust = 0;
}

static bool oom_equal(const SchemaKey *key _unused_, const void *a, const void *b) {
        const ServiceConfig *x = a, *y = b;
        return x->has_oom_score_adjust == y->has_oom_score_adjust && x->oom_score_adjust == y->oom_score_adjust;
}

const SchemaType schema_oom_score = {
        .name = "score",
        .help = "a whole number from -1000 to 1000",
        .parse = oom_parse,
        .format = oom_format,
        .equal = oom_equal,
        .clear = oom_clear,
};
