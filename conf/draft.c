/* See draft.h. Linear in what is read: sections are found by hash, and a section holds each key once. */
#include "conf/draft.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "conf/base/suggest.h"
#include "conf/expand.h"
#include "conf/source.h"

#define SERVICE_NAME_MAX 64

static const char *const kind_names[] = {
        [DRAFT_SUPD] = "supd",
        [DRAFT_DEFAULTS] = "defaults",
        [DRAFT_SERVICE] = "service",
        [DRAFT_GROUP] = "group",
};
static_assert(ARRAY_SIZE(kind_names) == _DRAFT_KIND_MAX, "a kind of section without name");

static SchemaSection schema_of(DraftKind kind) {
        static const SchemaSection sections[] = {
                [DRAFT_SUPD] = SCHEMA_SUPD,
                [DRAFT_DEFAULTS] = SCHEMA_SERVICE,
                [DRAFT_SERVICE] = SCHEMA_SERVICE,
                [DRAFT_GROUP] = SCHEMA_GROUP,
        };
        static_assert(ARRAY_SIZE(sections) == _DRAFT_KIND_MAX, "a kind of section without keys");
        return sections[kind];
}

static bool is_named(DraftKind kind) {
        return kind == DRAFT_SERVICE || kind == DRAFT_GROUP;
}

void draft_init(Draft *d, Diagnostics *diagnostics, char *const *environment) {
        *d = (Draft){ .diagnostics = diagnostics, .environment = environment };
        d->sections_end = &d->sections;
}

void draft_done(Draft *d) {
        if (!d)
                return;
        hash_table_done(&d->index);
        arena_done(&d->arena);
}

DraftKey *draft_section_find(const DraftSection *s, const char *key_name) {
        for (DraftKey *k = s && key_name ? s->keys : NULL; k; k = k->next)
                if (strcmp(k->schema->name, key_name) == 0)
                        return k;
        return NULL;
}

DraftKey *draft_effective(const Draft *d, const DraftSection *s, const char *key_name) {
        DraftKey *own = draft_section_find(s, key_name);
        return own || s->kind != DRAFT_SERVICE ? own : draft_section_find(d->defaults, key_name);
}

/* Complaints */

_printf_(5, 0) static void report(Draft *d, DiagLevel level, DraftSection *section, const DiagPlace *where,
                const char *format, va_list args) {
        _cleanup_(freep) char *text = NULL;
        if (vasprintf(&text, format, args) < 0)
                text = NULL;
        if (level == DIAG_ERROR && section)
                section->failed = true;
        if (level == DIAG_ERROR && (!section || !is_named(section->kind)))
                d->outside_errors = true;
        diagnostics_add(d->diagnostics, level, where, "%s", text ? text : "out of memory");
}

void draft_error(Draft *d, DraftSection *section, const char *file, unsigned line, const char *key, const char *format,
                ...) {
        DiagPlace where = { .file = file, .line = line, .section = section ? section->title : NULL, .key = key };
        va_list args;
        va_start(args, format);
        report(d, DIAG_ERROR, section, &where, format, args);
        va_end(args);
}

void draft_key_report(Draft *d, DiagLevel level, DraftSection *section, const char *key, const char *format, ...) {
        DiagPlace where = { .file = section->file, .line = section->line, .section = section->title, .key = key };
        const DraftKey *k = draft_effective(d, section, key);
        if (k) {
                where.file = k->file;
                where.line = k->line;
        }
        va_list args;
        va_start(args, format);
        report(d, level, section, &where, format, args);
        va_end(args);
}

/* Sections */

/* What a handler returns to have no more read. */
#define OVERRUN (-E2BIG)

DraftSection *draft_find(const Draft *d, DraftKind kind, const char *name) {
        for (HashNode *n = hash_table_first(&d->index, hash_string(name)); n; n = hash_node_next_equal(n)) {
                DraftSection *s = container_of(n, DraftSection, node);
                if (s->kind == kind && strcmp(s->name, name) == 0)
                        return s;
        }
        return NULL;
}

/* NULL when it will do, else why not. The names end up in file names, in cgroup paths and on command lines. */
static const char *name_objection(const char *name) {
        if (!*name)
                return "the name is missing";
        if (strlen(name) > SERVICE_NAME_MAX)
                return "the name is longer than 64 bytes";
        if (strcmp(name, "all") == 0)
                return "the name `all` means every service on the command line";
        if (strchr(name, '@'))
                return "`@` is kept for instances (instances = N)";
        if (name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")])
                return "a name consists of letters, digits, `_`, `.` and `-`";
        return name[0] == '.' || name[0] == '-' ? "a name begins with a letter, a digit or `_`" : NULL;
}

/* "service:web" into its kind and name. -EINVAL when the kind is unknown. */
static int split_title(const char *title, DraftKind *ret_kind, const char **ret_name) {
        const char *colon = strchr(title, ':');
        size_t n = colon ? (size_t) (colon - title) : strlen(title);
        for (DraftKind kind = 0; kind < _DRAFT_KIND_MAX; kind++)
                if (strlen(kind_names[kind]) == n && memcmp(kind_names[kind], title, n) == 0) {
                        *ret_kind = kind;
                        *ret_name = colon ? colon + 1 : "";
                        return is_named(kind) || !colon ? 0 : -EINVAL;
                }
        return -EINVAL;
}

static void refuse_title(Draft *d, const char *title, unsigned line) {
        _cleanup_(freep) char *kind = strndup(title, strcspn(title, ":"));
        Suggestion near = { .wanted = kind ? kind : "" };
        for (DraftKind k = 0; k < _DRAFT_KIND_MAX; k++)
                suggestion_offer(&near, kind_names[k]);
        d->in_refused_section = true;
        if (near.best && near.distance > 0)
                draft_error(d, NULL, d->file, line, NULL, "unknown section [%.80s]; did you mean `%s`?", title,
                                near.best);
        else
                draft_error(d, NULL, d->file, line, NULL,
                                "unknown section [%.80s]; there are [supd], [defaults], [service:NAME] and "
                                "[group:NAME]",
                                title);
}

static DraftSection *section_new(Draft *d, DraftKind kind, const char *title, const char *name) {
        DraftSection *s = arena_alloc(&d->arena, sizeof(DraftSection));
        if (!s)
                return NULL;
        s->kind = kind;
        s->keys_end = &s->keys;
        s->title = arena_intern(&d->arena, title);
        s->name = arena_intern(&d->arena, name);
        /* By name, not title: that is what groups and commands look for, and kinds are few. */
        if (!s->title || !s->name || hash_table_insert(&d->index, &s->node, hash_string(name)) < 0)
                return NULL;
        *d->sections_end = s;
        d->sections_end = &s->next;
        d->n_groups += kind == DRAFT_GROUP;
        if (kind == DRAFT_SUPD)
                d->supd = s;
        if (kind == DRAFT_DEFAULTS)
                d->defaults = s;
        return s;
}

/* A second [service:web] is refused; what it holds belongs to nobody, so that it cannot alter the first. */
static void refuse_duplicate(Draft *d, DraftSection *first, unsigned line) {
        d->in_refused_section = true;
        draft_error(d, first, d->file, line, NULL, "there are two sections of this name; the first is in %s, line %u",
                        first->file, first->line);
}

static int on_section(void *userdata, const char *title, unsigned line) {
        Draft *d = userdata;
        DraftKind kind;
        const char *name;
        if (draft_is_overrun(d))
                return OVERRUN;
        d->current = NULL;
        d->in_refused_section = false;
        if (split_title(title, &kind, &name) < 0) {
                refuse_title(d, title, line);
                return 0;
        }
        DraftSection *s = draft_find(d, kind, name);
        if (s && (is_named(kind) || s->file == d->file)) {
                refuse_duplicate(d, s, line);
                return 0;
        }
        if (!s)
                s = section_new(d, kind, title, name);
        if (!s)
                return -ENOMEM;
        s->file = d->file;
        s->line = line;
        d->current = s;
        const char *objection = is_named(kind) ? name_objection(name) : NULL;
        if (objection)
                draft_error(d, s, d->file, line, NULL, "%s", objection);
        return 0;
}

/* Keys */

static void refuse_unknown_key(Draft *d, const char *name, unsigned line) {
        const char *near = draft_is_overrun(d) ? NULL : schema_suggest(schema_of(d->current->kind), name);
        d->current->has_unknown_keys = true;
        if (near) {
                draft_error(d, d->current, d->file, line, name, "unknown key; did you mean `%s`?", near);
                return;
        }
        for (DraftKind k = 0; k < _DRAFT_KIND_MAX; k++)
                if (k != DRAFT_DEFAULTS && schema_find(schema_of(k), name)) {
                        draft_error(d, d->current, d->file, line, name, "unknown key here; it belongs into [%s%s]",
                                        kind_names[k], is_named(k) ? ":NAME" : "");
                        return;
                }
        draft_error(d, d->current, d->file, line, name, "unknown key");
}

/* Fills k->value. A failure is reported and leaves NULL. */
static int expand_value(Draft *d, DraftKey *k, const char *value) {
        _cleanup_(freep) char *expanded = NULL, *reason = NULL;
        if (!k->schema->keeps_variables && strchr(value, '$')) {
                int r = expand_variables(value, d->environment, &expanded, &reason);
                if (r == -EINVAL) {
                        k->failed = true;
                        draft_error(d, d->current, k->file, k->line, k->schema->name, "%s", reason);
                        return 0;
                }
                if (r < 0)
                        return r;
        }
        k->value = arena_intern(&d->arena, expanded ? expanded : value);
        k->has_specifiers = k->schema->has_specifiers && k->value && has_specifiers(k->value);
        return k->value ? 0 : -ENOMEM;
}

static bool is_include(const DraftSection *s, const SchemaKey *schema) {
        return s->kind == DRAFT_SUPD && strcmp(schema->name, "include") == 0;
}

/* `include` is each file's own; every other key stands once in its section, even where files share [supd] and
 * [defaults]. */
static const DraftKey *find_duplicate(const Draft *d, const SchemaKey *schema) {
        for (const DraftKey *k = d->current->keys; k; k = k->next)
                if (k->schema == schema && (k->file == d->file || !is_include(d->current, schema)))
                        return k;
        return NULL;
}

static int on_known_key(Draft *d, const SchemaKey *schema, const char *value, unsigned line) {
        const DraftKey *first = find_duplicate(d, schema);
        if (first) {
                draft_error(d, d->current, d->file, line, schema->name,
                                "this key is set twice; the first is in %s, line %u", first->file, first->line);
                return 0;
        }
        DraftKey *k = arena_alloc(&d->arena, sizeof(DraftKey));
        if (!k)
                return -ENOMEM;
        k->schema = schema;
        k->file = d->file;
        k->line = line;
        *d->current->keys_end = k;
        d->current->keys_end = &k->next;
        if (is_include(d->current, schema))
                d->include = k;
        return expand_value(d, k, value);
}

static int on_key(void *userdata, const char *name, const char *value, unsigned line) {
        Draft *d = userdata;
        if (draft_is_overrun(d))
                return OVERRUN;
        if (!d->current) {
                if (!d->in_refused_section)
                        draft_error(d, NULL, d->file, line, name, "this key stands before the first section");
                return 0;
        }
        const SchemaKey *schema = schema_find(schema_of(d->current->kind), name);
        if (schema)
                return on_known_key(d, schema, value, line);
        refuse_unknown_key(d, name, line);
        return 0;
}

static int on_error(void *userdata, unsigned line, const char *reason) {
        Draft *d = userdata;
        draft_error(d, d->current, d->file, line, NULL, "%s", reason);
        return draft_is_overrun(d) ? OVERRUN : 0;
}

int draft_read(Draft *d, FILE *f, const char *path) {
        static const SourceHandler handler = { .section = on_section, .key = on_key, .error = on_error };
        d->file = arena_intern(&d->arena, path);
        d->current = NULL;
        d->in_refused_section = false;
        d->include = NULL;
        int r = d->file ? source_parse_stream(f, &handler, d) : -ENOMEM;
        return r == OVERRUN ? 0 : r;
}
