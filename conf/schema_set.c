/* Key types that hold sets: resource limits, exit statuses, processors. Pure. */
#include <inttypes.h>
#include <stdalign.h>
#include <stdio.h>
#include <string.h>

#include "conf/base/parse.h"
#include "conf/schema_type.h"

/* What a limit counts decides how it is written. */
typedef enum LimitUnit { LIMIT_COUNT, LIMIT_BYTES, LIMIT_SECONDS, LIMIT_MICROSECONDS } LimitUnit;

static LimitUnit limit_unit(int resource) {
        static const LimitUnit units[] = {
                [RLIMIT_CORE] = LIMIT_BYTES,
                [RLIMIT_MEMLOCK] = LIMIT_BYTES,
                [RLIMIT_AS] = LIMIT_BYTES,
                [RLIMIT_DATA] = LIMIT_BYTES,
                [RLIMIT_STACK] = LIMIT_BYTES,
                [RLIMIT_FSIZE] = LIMIT_BYTES,
                [RLIMIT_RSS] = LIMIT_BYTES,
                [RLIMIT_MSGQUEUE] = LIMIT_BYTES,
                [RLIMIT_CPU] = LIMIT_SECONDS,
                [RLIMIT_RTTIME] = LIMIT_MICROSECONDS,
        };
        static_assert(RLIMIT_RTTIME == RLIMIT_NLIMITS - 1, "the table reaches to the last resource");
        return units[resource];
}

static int limit_value_parse(LimitUnit unit, const char *text, rlim_t *ret) {
        uint64_t v = 0;
        int r;
        if (strcmp(text, "infinity") == 0) {
                *ret = RLIM_INFINITY;
                return 0;
        }
        if (unit == LIMIT_BYTES)
                r = parse_size(text, &v);
        else
                r = parse_u64(text, 0, RLIM_INFINITY - 1, &v); /* in the kernel's own unit */
        if (r == -EINVAL && (unit == LIMIT_SECONDS || unit == LIMIT_MICROSECONDS)) {
                r = parse_duration(text, &v);
                if (unit == LIMIT_SECONDS)
                        v = v / USEC_PER_SEC + (v % USEC_PER_SEC > 0); /* never less than what was asked for */
        }
        if (r < 0)
                return r;
        *ret = (rlim_t) v;
        return 0;
}

/* The limits of a service are one sorted, interned vector. Returns where the resource is, or belongs. */
static size_t limit_position(const ServiceConfig *c, int resource) {
        size_t i = 0;
        while (i < c->n_limits && c->limits[i].resource < resource)
                i++;
        return i;
}

static const ResourceLimit *limit_find(const ServiceConfig *c, int resource) {
        size_t i = limit_position(c, resource);
        return i < c->n_limits && c->limits[i].resource == resource ? &c->limits[i] : NULL;
}

static int limit_store(SchemaContext *context, ServiceConfig *c, int resource, rlim_t soft, rlim_t hard) {
        ResourceLimit all[RLIMIT_NLIMITS];
        size_t at = limit_position(c, resource), n = c->n_limits + !limit_find(c, resource);
        memset(all, 0, sizeof(all)); /* the padding too: equal vectors must be equal bytes */
        for (size_t i = 0; i < c->n_limits; i++)
                all[i + (i >= at && n > c->n_limits)] = c->limits[i];
        all[at].resource = resource;
        all[at].soft = soft;
        all[at].hard = hard;
        const ResourceLimit *interned =
                        arena_intern_data(context->arena, all, n * sizeof(ResourceLimit), alignof(ResourceLimit));
        if (!interned)
                return -ENOMEM;
        c->limits = interned;
        c->n_limits = n;
        return 0;
}

static int limit_parse(const SchemaKey *key, const char *text, SchemaContext *context, void *object) {
        LimitUnit unit = limit_unit(key->argument);
        rlim_t soft = 0, hard = 0;
        const char *colon = strchr(text, ':');
        _cleanup_(freep) char *first = colon ? strndup(text, (size_t) (colon - text)) : strdup(text);
        if (!first)
                return -ENOMEM;
        int r = limit_value_parse(unit, first, &soft);
        if (r == 0)
                r = limit_value_parse(unit, colon ? colon + 1 : first, &hard);
        if (r < 0)
                return schema_refuse(context, r, "`%.*s` is not a limit (write SOFT or SOFT:HARD, each %s or infinity)",
                                SCHEMA_QUOTE(text),
                                unit == LIMIT_COUNT   ? "a number"
                                : unit == LIMIT_BYTES ? "a size"
                                                      : "a duration");
        if (soft > hard)
                return schema_refuse(context, -EINVAL, "the soft limit is above the hard limit in `%.*s`",
                                SCHEMA_QUOTE(text));
        return limit_store(context, object, key->argument, soft, hard);
}

static void limit_value_format(LimitUnit unit, rlim_t v, char *buf, size_t size) {
        char short_form[FORMAT_SIZE_MAX];
        uint64_t again = 0;
        if (v == RLIM_INFINITY)
                snprintf(buf, size, "infinity");
        else if (unit == LIMIT_BYTES && parse_size(format_size(v, short_form), &again) == 0 && again == v)
                snprintf(buf, size, "%s", short_form);
        else
                snprintf(buf, size, "%" PRIu64, (uint64_t) v);
}

static int limit_format(const SchemaKey *key, const void *object, char **ret) {
        const ResourceLimit *l = limit_find(object, key->argument);
        char soft[32], hard[32];
        *ret = NULL;
        if (!l)
                return 0;
        limit_value_format(limit_unit(key->argument), l->soft, soft, sizeof(soft));
        limit_value_format(limit_unit(key->argument), l->hard, hard, sizeof(hard));
        return l->soft == l->hard ? schema_print(ret, "%s", soft) : schema_print(ret, "%s:%s", soft, hard);
}

static bool limit_equal(const SchemaKey *key, const void *a, const void *b) {
        const ResourceLimit *x = limit_find(a, key->argument), *y = limit_find(b, key->argument);
        return x && y ? x->soft == y->soft && x->hard == y->hard : x == y;
}

/* Rebuilds the vector without this resource; without memory the limit stays, which the next parse reports. */
static void limit_clear(const SchemaKey *key, SchemaContext *context, void *object) {
        ServiceConfig *c = object, without = { 0 };
        if (!limit_find(c, key->argument))
                return;
        for (size_t i = 0; i < c->n_limits; i++) {
                const ResourceLimit *l = &c->limits[i];
                if (l->resource != key->argument && limit_store(context, &without, l->resource, l->soft, l->hard) < 0)
                        return;
        }
        c->limits = without.limits;
        c->n_limits = without.n_limits;
}

const SchemaType schema_limit = {
        .name = "limit",
        .help = "SOFT or SOFT:HARD, each a number, a size (64K) or a duration (2h), as the unit asks for, or infinity",
        .parse = limit_parse,
        .format = limit_format,
        .equal = limit_equal,
        .clear = limit_clear,
};

/* Exit statuses: a bare number is an exit code, a signal goes by its name. */
static int exit_status_add(ExitStatusSet *set, const char *word) {
        uint64_t code = 0;
        int signo = 0, r = parse_u64(word, 0, 255, &code);
        if (r == 0) {
                set->codes[code / 32] |= UINT32_C(1) << code % 32;
                return 0;
        }
        if (r == -ERANGE)
                return r;
        r = parse_signal(word, &signo);
        if (r == 0)
                set->signals[signo / 64] |= UINT64_C(1) << signo % 64;
        return r;
}

static int exit_status_parse(const SchemaKey *key, const char *text, SchemaContext *context, void *object) {
        _cleanup_(strv_freep) char **words = NULL;
        ExitStatusSet set;
        memset(&set, 0, sizeof(set));
        int r = parse_list(text, &words);
        if (r < 0)
                return r == -ENOMEM ? r : schema_refuse(context, r, "quote is not closed");
        for (char **w = words; w && *w; w++) {
                r = exit_status_add(&set, *w);
                if (r < 0)
                        return schema_refuse(context, r, "`%.*s` is neither an exit code (0 to 255) nor a signal name",
                                        SCHEMA_QUOTE(*w));
        }
        const ExitStatusSet *interned = arena_intern_data(context->arena, &set, sizeof(set), alignof(ExitStatusSet));
        if (!interned)
                return -ENOMEM;
        *(const ExitStatusSet **) schema_field(key, object) = words ? interned : NULL;
        return 0;
}

static const ExitStatusSet *exit_status_of(const SchemaKey *key, const void *object) {
        return *(const ExitStatusSet *const *) schema_const_field(key, object);
}

static int exit_status_format(const SchemaKey *key, const void *object, char **ret) {
        const ExitStatusSet *set = exit_status_of(key, object);
        char *s = NULL;
        size_t size = 0;
        const char *separator = "";
        *ret = NULL;
        if (!set)
                return 0;
        FILE *f = open_memstream(&s, &size);
        if (!f)
                return -ENOMEM;
        for (int i = 0; i < 256; i++)
                if (exit_status_set_has_code(set, i)) {
                        fprintf(f, "%s%d", separator, i);
                        separator = " ";
                }
        for (int i = 1; i < 128; i++)
                if (exit_status_set_has_signal(set, i)) {
                        fprintf(f, "%s%s", separator, signal_to_string(i));
                        separator = " ";
                }
        if (fclose(f) != 0) {
                free(s);
                return -ENOMEM;
        }
        *ret = s;
        return 0;
}

static bool exit_status_equal(const SchemaKey *key, const void *a, const void *b) {
        const ExitStatusSet *x = exit_status_of(key, a), *y = exit_status_of(key, b);
        return x && y ? memcmp(x, y, sizeof(*x)) == 0 : x == y;
}

const SchemaType schema_exit_status_set = {
        .name = "list of exit statuses",
        .help = "exit codes (0 to 255) and signal names, separated by commas or blanks",
        .size = sizeof(ExitStatusSet *),
        .parse = exit_status_parse,
        .format = exit_status_format,
        .equal = exit_status_equal,
};

/* "3" or "0-3" into the set. */
static int cpu_set_add(cpu_set_t *set, char *word) {
        uint64_t first = 0, last = 0;
        char *dash = strchr(word, '-');
        if (dash)
                *dash = '\0';
        int r = parse_u64(word, 0, CPU_SETSIZE - 1, &first);
        if (r == 0)
                r = parse_u64(dash ? dash + 1 : word, 0, CPU_SETSIZE - 1, &last);
        if (dash)
                *dash = '-';
        if (r < 0)
                return r;
        if (last < first)
                return -EINVAL;
        for (; first <= last; first++)
                CPU_SET(first, set);
        return 0;
}

static int cpu_set_parse(const SchemaKey *key, const char *text, SchemaContext *context, void *object) {
        _cleanup_(strv_freep) char **words = NULL;
        cpu_set_t set;
        CPU_ZERO(&set);
        int r = parse_list(text, &words);
        if (r < 0)
                return r == -ENOMEM ? r : schema_refuse(context, r, "quote is not closed");
        for (char **w = words; w && *w; w++) {
                r = cpu_set_add(&set, *w);
                if (r < 0)
                        return schema_refuse(context, r, "`%.*s` is not a processor (0 to %d) or a range such as 0-3",
                                        SCHEMA_QUOTE(*w), CPU_SETSIZE - 1);
        }
        const cpu_set_t *interned = arena_intern_data(context->arena, &set, sizeof(set), alignof(cpu_set_t));
        if (!interned)
                return -ENOMEM;
        *(const cpu_set_t **) schema_field(key, object) = words ? interned : NULL;
        return 0;
}

static const cpu_set_t *cpu_set_of(const SchemaKey *key, const void *object) {
        return *(const cpu_set_t *const *) schema_const_field(key, object);
}

/* Ranges: "0-3 8". */
static void cpu_set_print(const cpu_set_t *set, FILE *f) {
        const char *separator = "";
        for (int first = 0, last; first < CPU_SETSIZE; first = last + 1) {
                last = first;
                if (!CPU_ISSET((size_t) first, set))
                        continue;
                while (last + 1 < CPU_SETSIZE && CPU_ISSET((size_t) last + 1, set))
                        last++;
                fprintf(f, "%s%d", separator, first);
                if (last > first)
                        fprintf(f, "-%d", last);
                separator = " ";
        }
}

static int cpu_set_format(const SchemaKey *key, const void *object, char **ret) {
        char *s = NULL;
        size_t size = 0;
        *ret = NULL;
        if (!cpu_set_of(key, object))
                return 0;
        FILE *f = open_memstream(&s, &size);
        if (!f)
                return -ENOMEM;
        cpu_set_print(cpu_set_of(key, object), f);
        if (fclose(f) != 0) {
                free(s);
                return -ENOMEM;
        }
        *ret = s;
        return 0;
}

static bool cpu_set_equal(const SchemaKey *key, const void *a, const void *b) {
        const cpu_set_t *x = cpu_set_of(key, a), *y = cpu_set_of(key, b);
        return x && y ? CPU_EQUAL(x, y) : x == y;
}

const SchemaType schema_cpu_set = {
        .name = "list of processors",
        .help = "numbers and ranges such as 0-3, separated by commas or blanks",
        .size = sizeof(cpu_set_t *),
        .parse = cpu_set_parse,
        .format = cpu_set_format,
        .equal = cpu_set_equal,
};
