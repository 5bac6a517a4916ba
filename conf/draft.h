/* What the files say, before it means anything: sections and keys with their places, duplicates and unknown names already
 * reported. Owned by config_load() and gone when the Config is built. It is also where every complaint about a section
 * passes through, because on_config_error = skip-service must know whether an error has a service to leave out. */
#pragma once

#include "conf/base/arena.h"
#include "conf/schema.h"

typedef enum DraftKind {
        DRAFT_SUPD,
        DRAFT_DEFAULTS,
        DRAFT_SERVICE,
        DRAFT_GROUP,
        _DRAFT_KIND_MAX,
} DraftKind;

typedef struct DraftKey {
        struct DraftKey *next;
        const SchemaKey *schema;
        const char *value; /* ${VAR} expanded, %n not; NULL when that failed: the key was written, but is of no use */
        const char *file;
        unsigned line;
        bool has_specifiers;
        bool failed; /* reported already */
        bool warned;
} DraftKey;

typedef struct DraftSection {
        HashNode node;
        struct DraftSection *next; /* in the order of the files */
        DraftKind kind;
        const char *title; /* "service:web" */
        const char *name;  /* "web"; "" for [supd] and [defaults] */
        const char *file;  /* where it stands; for [supd] and [defaults], which several files may hold, the last place */
        unsigned line;
        DraftKey *keys, **keys_end;
        unsigned instances;    /* of a service, once it was built; 0: not a template */
        bool failed;           /* something was wrong with it */
        bool has_unknown_keys; /* so that a missing key is no second complaint about the same line */
} DraftSection;

typedef struct Draft {
        Arena arena;
        HashTable index; /* by title */
        DraftSection *sections, **sections_end;
        DraftSection *supd, *defaults; /* NULL: not there */
        size_t n_groups;
        Diagnostics *diagnostics;
        char *const *environment;
        bool outside_errors; /* errors that belong to no single service or group */

        /* the file being read */
        const char *file;
        DraftSection *current; /* NULL: before the first section, or in one that was refused */
        bool in_refused_section;
        DraftKey *include; /* the file's own `include` */
} Draft;

void draft_init(Draft *d, Diagnostics *diagnostics, char *const *environment);
void draft_done(Draft *d);

/* Reads one file's lines into the draft; path is interned in it. 0, -ENOMEM or a read error. Stops where complaints
 * overrun. */
int draft_read(Draft *d, FILE *f, const char *path);

DraftSection *draft_find(const Draft *d, DraftKind kind, const char *name);
DraftKey *draft_section_find(const DraftSection *s, const char *key_name); /* s may be NULL */
/* More complaints than are kept: reading on, or looking for the nearest name, helps nobody any more. */
static inline bool draft_is_overrun(const Draft *d) {
        return d->diagnostics->n_left_out > 0;
}

/* The section's own key or, for a service, that of [defaults]. */
DraftKey *draft_effective(const Draft *d, const DraftSection *s, const char *key_name);

/* The only way in which errors enter: the diagnostic, and whom it disables. section NULL: nobody in particular. line 0 with
 * a file is the whole file; key NULL is the section as such. */
void draft_error(Draft *d, DraftSection *section, const char *file, unsigned line, const char *key, const char *format, ...)
                _printf_(6, 7);
/* About a key of a section; falls back on [defaults], then on the section's own line, for a key it does not write. */
void draft_key_report(Draft *d, DiagLevel level, DraftSection *section, const char *key, const char *format, ...)
                _printf_(5, 6);
