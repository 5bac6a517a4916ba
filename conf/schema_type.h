/* The kinds of value that a key can have. Private to schema: the table points at these objects and everybody else asks
 * schema.h. They are pure: what they cannot know from the text stands in the SchemaContext. */
#pragma once

#include "conf/schema.h"

struct SchemaType {
        const char *name;
        const char *help;
        const char *const *words; /* NULL-terminated, or NULL */
        size_t size;              /* of the field; what clearing it zeroes */

        /* 0, -EINVAL or -ERANGE with context->reason, or -ENOMEM; the object is touched on 0 only. */
        int (*parse)(const SchemaKey *key, const char *text, SchemaContext *context, void *object);
        /* 0 and *ret (NULL: not set), or -ENOMEM. */
        int (*format)(const SchemaKey *key, const void *object, char **ret);
        /* NULL: compare what format() says. */
        bool (*equal)(const SchemaKey *key, const void *a, const void *b);
        /* NULL: zero `size` bytes of the field. */
        void (*clear)(const SchemaKey *key, SchemaContext *context, void *object);
};

/* schema_scalar.c */
extern const SchemaType schema_bool, schema_count, schema_instances, schema_percent, schema_factor, schema_duration;
extern const SchemaType schema_size, schema_mode, schema_signal, schema_nice, schema_oom_score;

/* schema_choice.c */
extern const SchemaType schema_restart_mode, schema_kill_mode, schema_on_config_error, schema_cgroup_mode;
extern const SchemaType schema_service_type, schema_notify_access;

/* schema_text.c */
extern const SchemaType schema_string, schema_shell, schema_user, schema_path, schema_command, schema_words;
extern const SchemaType schema_path_list, schema_glob_list, schema_environment, schema_stdout, schema_stderr;

/* schema_set.c */
extern const SchemaType schema_limit, schema_exit_status_set, schema_cpu_set;

static inline void *schema_field(const SchemaKey *key, void *object) {
        return (char *) object + key->offset;
}

static inline const void *schema_const_field(const SchemaKey *key, const void *object) {
        return (const char *) object + key->offset;
}

/* Set context->reason; returns r, or -ENOMEM. */
int schema_refuse(SchemaContext *context, int r, const char *format, ...) _printf_(3, 4);

/* schema_refuse() for a word that is none of words; besides says what else would do. */
int schema_refuse_word(SchemaContext *context, const char *text, const char *const *words, const char *besides);

/* How much of a value a message quotes, for "%.*s": all, or the beginning, never half a character. */
int schema_quoted_length(const char *text);
#define SCHEMA_QUOTE(text) schema_quoted_length(text), (text)

/* *ret = the printed text or NULL; 0 or -ENOMEM. */
int schema_print(char **ret, const char *format, ...) _printf_(2, 3);
