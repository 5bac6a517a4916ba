/* enum <-> string tables. A table has one entry per enum value, in the order of the enum, which ENUM_TABLE asserts:
 *
 *      static const char *const restart_mode_names[] = { [RESTART_NO] = "no", ... };
 *      ENUM_TABLE(restart_mode, RestartMode, restart_mode_names, _RESTART_MODE_MAX);
 *
 * defines restart_mode_to_string() (never NULL for a valid value) and restart_mode_from_string() (-EINVAL when unknown). */
#pragma once

#include <string.h>

#include "conf/base/macros.h"

static inline int enum_table_find(const char *const *names, size_t n, const char *s) {
        for (size_t i = 0; i < n; i++)
                if (names[i] && strcmp(names[i], s) == 0)
                        return (int) i;
        return -EINVAL;
}

#define ENUM_TABLE_DECLARE(prefix, type)              \
        const char *prefix##_to_string(type v);       \
        int prefix##_from_string(const char *s);      \
        extern const char *const *const prefix##_table

#define ENUM_TABLE(prefix, type, names, max)                                                       \
        static_assert(ARRAY_SIZE(names) == (max), #names " does not name each value of " #type);    \
        const char *const *const prefix##_table = names;                                           \
        const char *prefix##_to_string(type v) {                                                   \
                return (size_t) v < ARRAY_SIZE(names) ? names[v] : NULL;                           \
        }                                                                                          \
        int prefix##_from_string(const char *s) {                                                  \
                return enum_table_find(names, ARRAY_SIZE(names), s);                               \
        }                                                                                          \
        struct supd_swallow_semicolon
