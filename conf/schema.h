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
};

extern const SchemaKey schema_keys[];
extern const size_t n_schema_keys;

const SchemaKey *schema_find(SchemaSection section, const char *name); /* NULL: unknown */
const char *schema_type_name(const SchemaKey *key);                    /* "duration", "list of words", ... */
/* Words the value may be ("mixed", "all", "process"); NULL-terminated, or NULL when it is free. */
const char *const *schema_type_words(const SchemaKey *key);
