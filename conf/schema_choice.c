/* Key types that hold one word of a fixed set, and the word tables of these sets. Pure. */
#include <string.h>

#include "conf/base/suggest.h"
#include "conf/schema_type.h"

/* The tables end with a NULL entry of their own (the _MAX value), so that they serve as schema_type_words() too. */
static const char *const restart_mode_names[] = {
        [RESTART_NO] = "no",
        [RESTART_ALWAYS] = "always",
        [RESTART_ON_SUCCESS] = "on-success",
        [RESTART_ON_FAILURE] = "on-failure",
        [RESTART_ON_ABNORMAL] = "on-abnormal",
        [_RESTART_MODE_MAX] = NULL,
};
ENUM_TABLE(restart_mode, RestartMode, restart_mode_names, _RESTART_MODE_MAX + 1);

static const char *const service_type_names[] = {
        [SERVICE_TYPE_SIMPLE] = "simple",
        [SERVICE_TYPE_EXEC] = "exec",
        [SERVICE_TYPE_NOTIFY] = "notify",
        [SERVICE_TYPE_ONESHOT] = "oneshot",
        [_SERVICE_TYPE_MAX] = NULL,
};
ENUM_TABLE(service_type, ServiceType, service_type_names, _SERVICE_TYPE_MAX + 1);

static const char *const notify_access_names[] = {
        [NOTIFY_ACCESS_NONE] = "none",
        [NOTIFY_ACCESS_MAIN] = "main",
        [NOTIFY_ACCESS_ALL] = "all",
        [_NOTIFY_ACCESS_MAX] = NULL,
};
ENUM_TABLE(notify_access, NotifyAccess, notify_access_names, _NOTIFY_ACCESS_MAX + 1);

static const char *const kill_mode_names[] = {
        [KILL_MODE_MIXED] = "mixed",
        [KILL_MODE_ALL] = "all",
        [KILL_MODE_PROCESS] = "process",
        [_KILL_MODE_MAX] = NULL,
};
ENUM_TABLE(kill_mode, KillMode, kill_mode_names, _KILL_MODE_MAX + 1);

static const char *const on_config_error_names[] = {
        [ON_CONFIG_ERROR_REFUSE] = "refuse",
        [ON_CONFIG_ERROR_SKIP_SERVICE] = "skip-service",
        [_ON_CONFIG_ERROR_MAX] = NULL,
};
ENUM_TABLE(on_config_error, OnConfigError, on_config_error_names, _ON_CONFIG_ERROR_MAX + 1);

static const char *const cgroup_mode_names[] = {
        [CGROUP_MODE_AUTO] = "auto",
        [CGROUP_MODE_NO] = "no",
        [_CGROUP_MODE_MAX] = NULL,
};
ENUM_TABLE(cgroup_mode, CgroupMode, cgroup_mode_names, _CGROUP_MODE_MAX + 1);

/* All enums of a Config are stored as the compiler stores an enum without negative values. */
static_assert(sizeof(RestartMode) == sizeof(unsigned) && sizeof(KillMode) == sizeof(unsigned) &&
                                sizeof(OnConfigError) == sizeof(unsigned) && sizeof(CgroupMode) == sizeof(unsigned) && sizeof(ServiceType) == sizeof(unsigned) &&
                                sizeof(NotifyAccess) == sizeof(unsigned),
                "choice_parse() writes an unsigned");

int schema_refuse_word(SchemaContext *context, const char *text, const char *const *words, const char *besides) {
        Suggestion near = { .wanted = text };
        char list[256] = "";
        for (const char *const *w = words; *w; w++) {
                suggestion_offer(&near, *w);
                if (strlen(list) + strlen(*w) + 3 < sizeof(list))
                        strcat(strcat(list, w == words ? "" : ", "), *w);
        }
        if (near.best)
                return schema_refuse(context, -EINVAL, "unknown value `%.*s`; did you mean `%s`?", SCHEMA_QUOTE(text),
                                near.best);
        return schema_refuse(context, -EINVAL, "unknown value `%.*s`; it is one of: %s%s", SCHEMA_QUOTE(text), list,
                        besides);
}

static int choice_parse(const SchemaKey *key, const char *text, SchemaContext *context, void *object) {
        const char *const *words = key->type->words;
        for (unsigned i = 0; words[i]; i++)
                if (strcmp(words[i], text) == 0) {
                        *(unsigned *) schema_field(key, object) = i;
                        return 0;
                }
        return schema_refuse_word(context, text, words, "");
}

static int choice_format(const SchemaKey *key, const void *object, char **ret) {
        return schema_print(ret, "%s", key->type->words[*(const unsigned *) schema_const_field(key, object)]);
}

static bool choice_equal(const SchemaKey *key, const void *a, const void *b) {
        return *(const unsigned *) schema_const_field(key, a) == *(const unsigned *) schema_const_field(key, b);
}

#define CHOICE(names)                                                                                                  \
        {                                                                                                              \
                .name = "choice", .help = "one of these words", .words = names, .size = sizeof(unsigned),              \
                .parse = choice_parse, .format = choice_format, .equal = choice_equal                                  \
        }

const SchemaType schema_restart_mode = CHOICE(restart_mode_names);
const SchemaType schema_service_type = CHOICE(service_type_names);
const SchemaType schema_notify_access = CHOICE(notify_access_names);
const SchemaType schema_kill_mode = CHOICE(kill_mode_names);
const SchemaType schema_on_config_error = CHOICE(on_config_error_names);
const SchemaType schema_cgroup_mode = CHOICE(cgroup_mode_names);
