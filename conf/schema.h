/* The one table of configuration keys. Parser, defaults, diff, `supctl explain`, man page and completions are all made from
 * it; a key that is not in here does not exist. */
#pragma once

#include "conf/config.h"

typedef enum SchemaSection {
        SCHEMA_SUPD,
        SCHEMA_SERVICE, /* also the keys of [defaults] */
        SCHEMA_GROUP,
        _SCHEMA_SECTION_MAX,
} SchemaSection;
ENUM_TABLE_DECLARE(schema_section, SchemaSection);

/* Headings under which a manual shows the keys; the table is in this order. */
typedef enum SchemaTopic {
        TOPIC_DAEMON,
        TOPIC_COMMAND,
        TOPIC_CONTEXT,
        TOPIC_LIMITS,
        TOPIC_RESTART,
        TOPIC_STOP,
        TOPIC_OUTPUT,
        TOPIC_GROUP,
        _SCHEMA_TOPIC_MAX,
} SchemaTopic;
ENUM_TABLE_DECLARE(schema_topic, SchemaTopic);

typedef struct SchemaKey SchemaKey;

/* How to read, show and compare the value of one key. One object per kind of value ("duration", "signal", ...). */
typedef struct SchemaType SchemaType;

struct SchemaKey {
        SchemaSection section;
        const char *name;
        const SchemaType *type;
        size_t offset;             /* of the field in ServiceConfig, GroupConfig or DaemonConfig */
        const char *default_value; /* as it would be written; NULL: not set */
        const char *unit;          /* "seconds", "bytes", "per cent"; NULL: none */
        bool needs_restart;        /* else it is hot: a reload is enough */
        const char *help;          /* one line */
        int argument;              /* for the type, e.g. RLIMIT_NOFILE */
        SchemaTopic topic;
        bool has_specifiers;       /* %i, %n and %% mean something in it */
        bool keeps_variables;      /* ${VAR} is left to somebody else (the shell) */
        const char *default_note;  /* in words, where default_value cannot say it because it is computed; or NULL */
};

extern const SchemaKey schema_keys[];
extern const size_t n_schema_keys;

const SchemaKey *schema_find(SchemaSection section, const char *name); /* NULL: unknown */
const char *schema_type_name(const SchemaKey *key);                    /* "duration", "list of words", ... */
/* Words the value may be ("mixed", "all", "process"); NULL-terminated, or NULL when it is free. Where a path may stand
 * instead ("output"), the words are those besides it. */
const char *const *schema_type_words(const SchemaKey *key);
/* How a value of this type is written, one line; never NULL. */
const char *schema_type_help(const SchemaKey *key);
/* What the section is for, one line: "[service:NAME]: ..." */
const char *schema_section_help(SchemaSection section);

/* The nearest key of the section to a name that is none, or NULL. */
const char *schema_suggest(SchemaSection section, const char *name);

/* What parsing a value needs and what it has to say. The strings belong to the caller: free() them. */
typedef struct SchemaContext {
        Arena *arena;              /* where values go */
        const char *log_directory; /* relative output paths start here */
        char *reason;              /* set when schema_parse() returned -EINVAL or -ERANGE */
        char *warning;             /* may be set when it returned 0 */
} SchemaContext;

/* Read text into the key's field of object (a ServiceConfig, GroupConfig or DaemonConfig, as the section says). Empty text
 * gives the built-in default. 0, -EINVAL or -ERANGE (the field is untouched), -ENOMEM. */
int schema_parse(const SchemaKey *key, const char *text, SchemaContext *context, void *object);
/* The field as text that schema_parse() reads back to an equal value; *ret is NULL when it is not set. 0 or -ENOMEM. */
int schema_format(const SchemaKey *key, const void *object, char **ret);
bool schema_equal(const SchemaKey *key, const void *a, const void *b);
/* Every field of the section's object to its built-in default. */
int schema_set_defaults(SchemaSection section, SchemaContext *context, void *object);

/* The words in one interned vector, *ret (NULL for no words). 0 or -ENOMEM. */
int schema_intern_words(Arena *a, char *const *words, char *const **ret);
