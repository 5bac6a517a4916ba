/* See build.h. What 1,000 services have in common is parsed once: a service starts as a copy of the one made from the
 * built-in defaults and [defaults], an instance as a copy of the instance before it; only keys with %i or %n are read
 * again. With the interning arena this is what keeps a service at the size of its struct. */
#include "conf/build.h"

#include <stdio.h>
#include <string.h>

#include "conf/credentials.h"
#include "conf/default_path.h"
#include "conf/expand.h"
#include "conf/validate.h"

typedef struct Builder {
        Draft *draft;
        const LoadOptions *options;
        Config *config;
        SchemaContext context;
        CredentialsCache credentials;
        SharedOutputs outputs;
        ServiceConfig base;       /* built-in defaults and [defaults] */
        ServiceConfig **services; /* heap; those of failed sections as well, which patterns of groups may name */
        bool *failed;             /* beside services */
        size_t n_services, n_allocated;
} Builder;

static void builder_done(Builder *b) {
        free(b->context.reason);
        free(b->context.warning);
        free(b->services);
        free(b->failed);
        credentials_cache_done(&b->credentials);
        shared_outputs_done(&b->outputs);
}

/* Read one written key into object, complain in its place. name and instance are for %n and %i; NULL leaves them alone.
 */
static int apply_key(Builder *b, DraftSection *s, DraftKey *k, const char *name, unsigned instance, void *object) {
        _cleanup_(freep) char *expanded = NULL;
        if (k->failed)
                return 0;
        if (k->has_specifiers && name) {
                expanded = expand_specifiers(k->value, name, instance);
                if (!expanded)
                        return -ENOMEM;
        }
        int r = schema_parse(k->schema, expanded ? expanded : k->value, &b->context, object);
        if (r == -ENOMEM)
                return r;
        if (r < 0) {
                k->failed = true;
                draft_error(b->draft, s, k->file, k->line, k->schema->name, "%s",
                                b->context.reason ? b->context.reason : strerror(-r));
        } else if (b->context.warning) {
                if (!k->warned)
                        draft_key_report(b->draft, DIAG_WARNING, s, k->schema->name, "%s", b->context.warning);
                k->warned = true;
                free(STEAL_PTR(b->context.warning));
        }
        return 0;
}

/* [supd] */

static int set_computed(Builder *b, const char **field, int r, char *value) {
        _cleanup_(freep) char *owned = value;
        if (r < 0)
                return r;
        *field = arena_intern(&b->config->arena, owned);
        return *field ? 0 : -ENOMEM;
}

static int set_log_directory(Builder *b, DaemonConfig *c) {
        char *s = NULL;
        if (c->log_directory)
                return 0;
        int r = log_directory_default(b->options->is_root, b->options->environment, &s);
        return set_computed(b, &c->log_directory, r, s);
}

static int set_log_file(Builder *b, DaemonConfig *c) {
        char *s = NULL;
        if (c->log_file)
                return 0;
        int r = asprintf(&s, "%s/supd.log", c->log_directory) < 0 ? -ENOMEM : 0;
        return set_computed(b, &c->log_file, r, r < 0 ? NULL : s);
}

/* Stays unset for a plain user without any runtime directory: to check a configuration, none is needed. */
static int set_pid_file(Builder *b, DaemonConfig *c) {
        _cleanup_(freep) char *computed = NULL;
        const char *directory = b->options->runtime_directory;
        char *s = NULL;
        if (c->pid_file)
                return 0;
        if (!directory) {
                int r = runtime_directory_default(b->options->is_root, b->options->environment, &computed);
                if (r < 0)
                        return r == -ENXIO ? 0 : r;
                directory = computed;
        }
        int r = asprintf(&s, "%s/supd.pid", directory) < 0 ? -ENOMEM : 0;
        return set_computed(b, &c->pid_file, r, r < 0 ? NULL : s);
}

static int set_control_gid(Builder *b, DaemonConfig *c) {
        _cleanup_(freep) char *reason = NULL;
        c->control_gid = (gid_t) -1;
        if (!c->control_group)
                return 0;
        int r = group_lookup(c->control_group, &c->control_gid, &reason);
        if (r == -EINVAL)
                draft_key_report(b->draft, DIAG_ERROR, b->draft->supd, "control_group", "%s", reason);
        return r == -EINVAL ? 0 : r;
}

/* The list of globs that is kept is the main file's; load.c has followed all of them already. */
static bool is_foreign_include(const Builder *b, const DraftKey *k) {
        return strcmp(k->schema->name, "include") == 0 && strcmp(k->file, b->config->path) != 0;
}

static int build_daemon(Builder *b, bool has_default_include) {
        DaemonConfig *c = &b->config->daemon;
        DraftSection *s = b->draft->supd;
        int r = schema_set_defaults(SCHEMA_SUPD, &b->context, c);
        if (r == 0 && has_default_include)
                r = schema_parse(schema_find(SCHEMA_SUPD, "include"), DEFAULT_INCLUDE, &b->context, c);
        c->on_config_error = b->options->on_error;
        for (DraftKey *k = s ? s->keys : NULL; k && r == 0; k = k->next)
                if (!is_foreign_include(b, k))
                        r = apply_key(b, s, k, NULL, 0, c);
        if (r == 0)
                r = set_log_directory(b, c);
        if (r == 0)
                r = set_log_file(b, c);
        if (r == 0)
                r = set_pid_file(b, c);
        b->context.log_directory = c->log_directory;
        return r < 0 ? r : set_control_gid(b, c);
}

/* [defaults] */

static int build_base(Builder *b) {
        DraftSection *s = b->draft->defaults;
        int r = schema_set_defaults(SCHEMA_SERVICE, &b->context, &b->base);
        for (DraftKey *k = s ? s->keys : NULL; k && r == 0; k = k->next)
                r = apply_key(b, s, k, NULL, 0, &b->base);
        return r;
}

/* [service:NAME] */

/* Keys that mean something else in each service or instance. */
static int apply_specifiers(Builder *b, DraftSection *s, ServiceConfig *c) {
        int r = 0;
        DraftSection *defaults = b->draft->defaults;
        for (DraftKey *k = defaults ? defaults->keys : NULL; k && r == 0; k = k->next)
                if (k->has_specifiers && !draft_section_find(s, k->schema->name))
                        r = apply_key(b, defaults, k, c->name, c->instance, c);
        for (DraftKey *k = s->keys; k && r == 0; k = k->next)
                if (k->has_specifiers)
                        r = apply_key(b, s, k, c->name, c->instance, c);
        return r;
}

/* The two exclude each other, so writing one of them in a service replaces the other of [defaults]. */
static void settle_command(const DraftSection *s, ServiceConfig *c) {
        bool command = draft_section_find(s, "command"), shell = draft_section_find(s, "shell");
        if (command && !shell)
                c->shell = NULL;
        if (shell && !command)
                c->command = NULL;
}

static bool is_unwritten(const Draft *d, const DraftSection *s, const char *key) {
        const DraftKey *k = draft_effective(d, s, key);
        return !k || (k->value && !*k->value);
}

/* A delay above a limit that nobody wrote is no contradiction. */
static void settle_restart_delay(const Draft *d, const DraftSection *s, ServiceConfig *c) {
        if (is_unwritten(d, s, "restart_delay_max") && c->restart_delay != USEC_INFINITY)
                c->restart_delay_max = MAX(c->restart_delay_max, c->restart_delay);
}

/* What the type implies where nothing else was written. A oneshot job (a migration, a backup) takes as long as it takes. */
static void settle_type(const Draft *d, const DraftSection *s, ServiceConfig *c) {
        if (c->type == SERVICE_TYPE_ONESHOT && is_unwritten(d, s, "start_timeout"))
                c->start_timeout = USEC_INFINITY;
        if (c->type == SERVICE_TYPE_NOTIFY && is_unwritten(d, s, "notify_access"))
                c->notify_access = NOTIFY_ACCESS_MAIN;
}

/* One file for both is what `same` means; two writers would rotate it away from each other. */
static void settle_output(ServiceConfig *c) {
        const OutputTarget *out = &c->stdout_target, *err = &c->stderr_target;
        if (out->kind == OUTPUT_FILE && err->kind == OUTPUT_FILE && strcmp(out->path, err->path) == 0)
                c->stderr_target = (OutputTarget){ .kind = OUTPUT_SAME };
}

static int name_service(Builder *b, const DraftSection *s, ServiceConfig *c, unsigned instance) {
        Arena *a = &b->config->arena;
        _cleanup_(freep) char *full = NULL;
        if (instance > 0 && asprintf(&full, "%s@%u", s->name, instance) < 0)
                return -ENOMEM;
        c->template_name = arena_intern(a, s->name);
        c->name = arena_intern(a, instance > 0 ? full : s->name);
        c->file = arena_intern(a, s->file);
        c->line = s->line;
        c->owner = b->config;
        c->instance = instance;
        return c->name && c->template_name && c->file ? 0 : -ENOMEM;
}

static int lookup_credentials(Builder *b, DraftSection *s, ServiceConfig *c) {
        CredentialsError error = { 0 };
        const Credentials *found = NULL;
        c->credentials = NULL;
        if (!c->user && !c->group && !c->supplementary_groups)
                return 0;
        int r = credentials_lookup(&b->credentials, c->user, c->group, c->supplementary_groups, &found, &error);
        _cleanup_(freep) char *reason = error.reason;
        if (r == -EINVAL)
                draft_key_report(b->draft, DIAG_ERROR, s, error.key, "%s", reason ? reason : "unknown");
        if (r < 0)
                return r == -EINVAL ? 0 : r;
        if (b->options->is_root)
                c->credentials = found;
        else if (found->uid != geteuid() || found->gid != getegid() || c->supplementary_groups)
                draft_key_report(b->draft, DIAG_ERROR, s,
                                c->user    ? "user"
                                : c->group ? "group"
                                           : "supplementary_groups",
                                "supd does not run as root and cannot change user or groups");
        return 0;
}

/* The first or only one of a section. */
static int build_first(Builder *b, DraftSection *s, ServiceConfig *c) {
        *c = b->base;
        int r = 0;
        DraftKey *instances = draft_effective(b->draft, s, "instances");
        if (instances)
                r = apply_key(b, s, instances, NULL, 0, c);
        if (r == 0)
                r = name_service(b, s, c, c->instances > 0 ? 1 : 0);
        for (DraftKey *k = s->keys; k && r == 0; k = k->next)
                if (!k->has_specifiers && k != instances)
                        r = apply_key(b, s, k, NULL, 0, c);
        if (r == 0)
                r = apply_specifiers(b, s, c);
        if (r < 0)
                return r;
        settle_command(s, c);
        settle_output(c);
        settle_restart_delay(b->draft, s, c);
        settle_type(b->draft, s, c);
        return lookup_credentials(b, s, c);
}

static int build_next(Builder *b, DraftSection *s, const ServiceConfig *first, unsigned instance, ServiceConfig *c) {
        *c = *first;
        int r = name_service(b, s, c, instance);
        if (r == 0)
                r = apply_specifiers(b, s, c);
        settle_command(s, c);
        settle_output(c);
        return r;
}

static int reserve_services(Builder *b, size_t n) {
        if (b->n_services + n <= b->n_allocated)
                return 0;
        size_t more = MAX(b->n_services + n, b->n_allocated * 2);
        ServiceConfig **services = reallocarray(b->services, more, sizeof(*services));
        if (services)
                b->services = services;
        bool *failed = reallocarray(b->failed, more, sizeof(bool));
        if (failed)
                b->failed = failed;
        if (!services || !failed)
                return -ENOMEM;
        b->n_allocated = more;
        return 0;
}

/* The instances of one section lie in one block, side by side. */
static int build_section(Builder *b, DraftSection *s) {
        ServiceConfig first;
        int r = build_first(b, s, &first);
        if (r < 0)
                return r;
        size_t n = MAX(first.instances, 1U);
        s->instances = first.instances;
        ServiceConfig *all = arena_alloc(&b->config->arena, n * sizeof(ServiceConfig));
        r = all ? reserve_services(b, n) : -ENOMEM;
        if (r < 0)
                return r;
        all[0] = first;
        for (size_t i = 1; i < n && r == 0; i++)
                r = build_next(b, s, &first, (unsigned) i + 1, &all[i]);
        if (r < 0)
                return r;
        validate_service(b->draft, s, &all[0], n > 1 ? &all[1] : NULL, b->options->is_root);
        for (size_t i = 0; i < n; i++) {
                if (!s->failed)
                        validate_files(b->draft, s, &all[i], i > 0 ? &all[i - 1] : NULL);
                r = validate_shared_outputs(&b->outputs, b->draft, s, &all[i]);
                if (r < 0)
                        return r;
                b->failed[b->n_services] = s->failed;
                b->services[b->n_services++] = &all[i];
        }
        return 0;
}

static int build_services(Builder *b) {
        int r = 0;
        for (DraftSection *s = b->draft->sections; s && r == 0; s = s->next)
                if (s->kind == DRAFT_SERVICE)
                        r = build_section(b, s);
        return r;
}

/* [group:NAME] */

static int build_group(Builder *b, DraftSection *s, GroupConfig *g) {
        *g = (GroupConfig){ .name = arena_intern(&b->config->arena, s->name),
                .file = arena_intern(&b->config->arena, s->file),
                .line = s->line };
        int r = g->name && g->file ? schema_set_defaults(SCHEMA_GROUP, &b->context, g) : -ENOMEM;
        for (DraftKey *k = s->keys; k && r == 0; k = k->next)
                r = apply_key(b, s, k, NULL, 0, g);
        if (r == 0)
                validate_group(b->draft, s, g, b->services, b->n_services);
        return r;
}

static int build_groups(Builder *b) {
        Config *c = b->config;
        if (b->draft->n_groups == 0)
                return 0;
        c->groups = arena_alloc(&c->arena, b->draft->n_groups * sizeof(GroupConfig));
        if (!c->groups)
                return -ENOMEM;
        for (DraftSection *s = b->draft->sections; s; s = s->next) {
                if (s->kind != DRAFT_GROUP)
                        continue;
                int r = build_group(b, s, &c->groups[c->n_groups]);
                if (r < 0)
                        return r;
                c->n_groups += !s->failed;
        }
        return 0;
}

static int compare_services(const void *a, const void *b) {
        const ServiceConfig *const *x = a, *const *y = b;
        return strcmp((*x)->name, (*y)->name);
}

/* What is sound moves into the Config, with the index by name beside it. */
static int keep_services(Builder *b) {
        Config *c = b->config;
        c->services = arena_alloc(&c->arena, (b->n_services + 1) * sizeof(*c->services));
        c->services_by_name = arena_alloc(&c->arena, (b->n_services + 1) * sizeof(*c->services_by_name));
        if (!c->services || !c->services_by_name)
                return -ENOMEM;
        for (size_t i = 0; i < b->n_services; i++)
                if (!b->failed[i]) {
                        c->services_by_name[c->n_services] = b->services[i];
                        c->services[c->n_services++] = b->services[i];
                }
        qsort(c->services_by_name, c->n_services, sizeof(*c->services_by_name), compare_services);
        return 0;
}

int build_config(Draft *d, const LoadOptions *options, bool has_default_include, Config *c) {
        _cleanup_(builder_done) Builder b = {
                .draft = d,
                .options = options,
                .config = c,
                .context = { .arena = &c->arena },
                .credentials = { .arena = &c->arena },
        };
        int r = build_daemon(&b, has_default_include);
        if (r == 0)
                r = build_base(&b);
        if (r == 0)
                r = build_services(&b);
        if (r == 0)
                r = build_groups(&b);
        return r < 0 ? r : keep_services(&b);
}
