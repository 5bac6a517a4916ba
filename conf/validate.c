/* See validate.h. One small function per rule; a rule about a key whose value was refused already says nothing. */
#include "conf/validate.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "conf/base/parse.h"
#include "conf/base/suggest.h"

/* Its value was read: what stands in the ServiceConfig is what the user meant, or the default. */
static bool is_sound(const Draft *d, const DraftSection *s, const char *key) {
        const DraftKey *k = draft_effective(d, s, key);
        return !k || !k->failed;
}

static void check_command(Draft *d, DraftSection *s, const ServiceConfig *c) {
        if (c->command && c->shell)
                draft_key_report(d, DIAG_ERROR, s, "shell", "there is a command as well; a service has one of the two");
        if (c->command || c->shell || s->has_unknown_keys || !is_sound(d, s, "command") || !is_sound(d, s, "shell"))
                return;
        draft_error(d, s, s->file, s->line, NULL, "there is nothing to run: neither command nor shell is set");
}

static void check_restart_delay(Draft *d, DraftSection *s, const ServiceConfig *c) {
        char delay[FORMAT_DURATION_MAX], max[FORMAT_DURATION_MAX];
        const char *key = draft_section_find(s, "restart_delay") ? "restart_delay" : "restart_delay_max";
        if (!is_sound(d, s, "restart_delay") || !is_sound(d, s, "restart_delay_max"))
                return;
        if (c->restart_delay == USEC_INFINITY)
                draft_key_report(d, DIAG_ERROR, s, "restart_delay", "it cannot be infinity; write restart = no");
        else if (c->restart_delay > c->restart_delay_max)
                draft_key_report(d, DIAG_ERROR, s, key, "restart_delay (%s) is more than restart_delay_max (%s)",
                                format_duration(c->restart_delay, delay), format_duration(c->restart_delay_max, max));
}

static void check_type(Draft *d, DraftSection *s, const ServiceConfig *c) {
        if (!is_sound(d, s, "type") || !is_sound(d, s, "notify_access"))
                return;
        if (c->type == SERVICE_TYPE_NOTIFY && c->notify_access == NOTIFY_ACCESS_NONE)
                draft_key_report(d, DIAG_ERROR, s, "notify_access", "none with type = notify: it could never become ready");
        if (c->watchdog > 0 && c->notify_access == NOTIFY_ACCESS_NONE)
                draft_key_report(d, DIAG_ERROR, s, "watchdog",
                                "its pings could not be heard: set notify_access = main (or all)");
        if (c->type == SERVICE_TYPE_ONESHOT && c->restart == RESTART_ALWAYS && is_sound(d, s, "restart"))
                draft_key_report(d, DIAG_ERROR, s, "restart", "always with type = oneshot: it would never be done");
        if (c->type == SERVICE_TYPE_ONESHOT && c->watchdog > 0)
                draft_key_report(d, DIAG_ERROR, s, "watchdog", "a oneshot service is never up, and has no watchdog");
}

static void check_start_limit(Draft *d, DraftSection *s, const ServiceConfig *c) {
        if (c->start_limit_burst > 0 && c->start_limit_interval == 0 && is_sound(d, s, "start_limit_interval"))
                draft_key_report(d, DIAG_ERROR, s, "start_limit_interval",
                                "it is 0, and no start ever counts against start_limit_burst");
}

/* An exit that both prevents and forces a restart: nobody can obey that. */
static void check_exit_statuses(Draft *d, DraftSection *s, const ServiceConfig *c) {
        const ExitStatusSet *prevent = c->restart_prevent_exit_status, *force = c->restart_force_exit_status;
        for (int i = 0; i < 256; i++)
                if (exit_status_set_has_code(prevent, i) && exit_status_set_has_code(force, i)) {
                        draft_key_report(d, DIAG_ERROR, s, "restart_force_exit_status",
                                        "exit code %d stands in restart_prevent_exit_status as well", i);
                        return;
                }
        for (int i = 1; i < 128; i++)
                if (exit_status_set_has_signal(prevent, i) && exit_status_set_has_signal(force, i)) {
                        draft_key_report(d, DIAG_ERROR, s, "restart_force_exit_status",
                                        "signal %s stands in restart_prevent_exit_status as well", signal_to_string(i));
                        return;
                }
}

static bool same_file(const OutputTarget *a, const OutputTarget *b) {
        return a->kind == OUTPUT_FILE && b->kind == OUTPUT_FILE && strcmp(a->path, b->path) == 0;
}

/* Two processes that rotate one file take it away from each other. */
static void check_output(Draft *d, DraftSection *s, const ServiceConfig *c, const ServiceConfig *next) {
        static const char reason[] = "all instances would write to %s; put %%i or %%n into the path";
        if (!next)
                return;
        if (same_file(&c->stdout_target, &next->stdout_target))
                draft_key_report(d, DIAG_ERROR, s, "stdout", reason, c->stdout_target.path);
        if (same_file(&c->stderr_target, &next->stderr_target))
                draft_key_report(d, DIAG_ERROR, s, "stderr", reason, c->stderr_target.path);
}

typedef struct OutputUse {
        HashNode node;
        const char *path; /* interned: compared as a pointer */
        const DraftSection *section;
} OutputUse;

void shared_outputs_done(SharedOutputs *o) {
        if (o)
                hash_table_done(&o->seen);
}

static int note_output(SharedOutputs *o, Draft *d, DraftSection *s, const char *key, const OutputTarget *t) {
        uint64_t hash = hash_u64((uintptr_t) t->path);
        if (t->kind != OUTPUT_FILE)
                return 0;
        for (HashNode *n = hash_table_first(&o->seen, hash); n; n = hash_node_next_equal(n)) {
                const OutputUse *u = container_of(n, OutputUse, node);
                if (u->path != t->path)
                        continue;
                if (u->section != s)
                        draft_key_report(d, DIAG_WARNING, s, key,
                                        "%s writes to %s as well; each would rotate it away from the other",
                                        u->section->title, t->path);
                return 0;
        }
        OutputUse *u = arena_alloc(&d->arena, sizeof(OutputUse));
        if (!u)
                return -ENOMEM;
        u->path = t->path;
        u->section = s;
        return hash_table_insert(&o->seen, &u->node, hash);
}

int validate_shared_outputs(SharedOutputs *o, Draft *d, DraftSection *s, const ServiceConfig *c) {
        int r = note_output(o, d, s, "stdout", &c->stdout_target);
        return r < 0 ? r : note_output(o, d, s, "stderr", &c->stderr_target);
}

/* Without instances there is no number, and %i arrives as it was written: rarely what was meant. */
static void check_specifiers(Draft *d, DraftSection *s, const ServiceConfig *c) {
        for (DraftKey *k = c->instance == 0 ? s->keys : NULL; k; k = k->next) {
                if (!k->has_specifiers || k->schema->keeps_variables)
                        continue; /* printf %i in a shell command is nobody's mistake */
                for (const char *p = strchr(k->value, '%'); p && p[1]; p = strchr(p + 2, '%'))
                        if (p[1] == 'i') {
                                draft_key_report(d, DIAG_WARNING, s, k->schema->name,
                                                "%%i is left as it is: the service has no instances");
                                break;
                        }
        }
}

static void check_privileges(Draft *d, DraftSection *s, const ServiceConfig *c, bool is_root) {
        if (!is_root && c->root_directory)
                draft_key_report(d, DIAG_ERROR, s, "root_directory", "only root can change the root directory");
}

void validate_service(Draft *d, DraftSection *s, const ServiceConfig *c, const ServiceConfig *next, bool is_root) {
        check_command(d, s, c);
        check_restart_delay(d, s, c);
        check_type(d, s, c);
        check_start_limit(d, s, c);
        check_exit_statuses(d, s, c);
        check_output(d, s, c, next);
        check_specifiers(d, s, c);
        check_privileges(d, s, c, is_root);
}

/* Where the service will see path, after chroot. NULL when out of memory: then there is no warning. */
static char *inside_root(const ServiceConfig *c, const char *path) {
        char *s = NULL;
        return asprintf(&s, "%s%s", c->root_directory ? c->root_directory : "", path) < 0 ? NULL : s;
}

static void check_program(Draft *d, DraftSection *s, const ServiceConfig *c) {
        const char *program = c->command && c->command[0][0] == '/' ? c->command[0] : NULL;
        _cleanup_(freep) char *path = program ? inside_root(c, program) : NULL;
        struct stat st;
        if (!path)
                return;
        if (stat(path, &st) < 0)
                draft_key_report(d, DIAG_WARNING, s, "command", "%s: %s", path, strerror(errno));
        else if (!S_ISREG(st.st_mode) || (st.st_mode & 0111) == 0)
                draft_key_report(d, DIAG_WARNING, s, "command", "%s is not an executable file", path);
}

static void check_directory(Draft *d, DraftSection *s, const char *key, const char *path) {
        struct stat st;
        if (!path || strcmp(path, "/") == 0)
                return;
        if (stat(path, &st) < 0)
                draft_key_report(d, DIAG_WARNING, s, key, "%s: %s", path, strerror(errno));
        else if (!S_ISDIR(st.st_mode))
                draft_key_report(d, DIAG_WARNING, s, key, "%s is not a directory", path);
}

void validate_files(Draft *d, DraftSection *s, const ServiceConfig *c, const ServiceConfig *before) {
        /* Strings are interned: the same pointer is the same path. */
        if (!before || c->command != before->command)
                check_program(d, s, c);
        if (!before || c->root_directory != before->root_directory)
                check_directory(d, s, "root_directory", c->root_directory);
        if (c->directory && (!before || c->directory != before->directory)) {
                _cleanup_(freep) char *path = strcmp(c->directory, "/") == 0 ? NULL : inside_root(c, c->directory);
                check_directory(d, s, "directory", path);
        }
}

static bool is_pattern(const char *s) {
        return strpbrk(s, "*?[");
}

static bool pattern_matches_any(const char *pattern, ServiceConfig *const *services, size_t n) {
        for (size_t i = 0; i < n; i++)
                if (fnmatch(pattern, services[i]->name, 0) == 0 || fnmatch(pattern, services[i]->template_name, 0) == 0)
                        return true;
        return false;
}

/* "web", the name of a section, or "web@2" within its instances. */
static bool names_service(const Draft *d, const char *name) {
        const char *at = strchr(name, '@');
        if (!at)
                return draft_find(d, DRAFT_SERVICE, name);
        _cleanup_(freep) char *template = strndup(name, (size_t) (at - name));
        const DraftSection *s = template ? draft_find(d, DRAFT_SERVICE, template) : NULL;
        uint64_t number = 0;
        return s && parse_u64(at + 1, 1, s->instances, &number) == 0;
}

static void report_unknown_member(Draft *d, DraftSection *s, const char *name) {
        Suggestion near = { .wanted = name };
        for (const DraftSection *o = draft_is_overrun(d) ? NULL : d->sections; o; o = o->next)
                if (o->kind == DRAFT_SERVICE)
                        suggestion_offer(&near, o->name);
        if (near.best)
                draft_key_report(d, DIAG_ERROR, s, "services", "there is no service `%.64s`; did you mean `%s`?", name,
                                near.best);
        else
                draft_key_report(d, DIAG_ERROR, s, "services", "there is no service `%.64s`", name);
}

void validate_group(
                Draft *d, DraftSection *s, const GroupConfig *g, ServiceConfig *const *services, size_t n_services) {
        const DraftSection *service = draft_find(d, DRAFT_SERVICE, s->name);
        if (service)
                draft_error(d, s, s->file, s->line, NULL, "there is a service of the same name in %s, line %u",
                                service->file, service->line);
        if (!g->services && !s->has_unknown_keys && is_sound(d, s, "services"))
                draft_error(d, s, s->file, s->line, "services", "the group has no members");
        for (char *const *m = g->services; m && *m; m++) {
                if (is_pattern(*m) && !pattern_matches_any(*m, services, n_services))
                        draft_key_report(d, DIAG_ERROR, s, "services", "no service matches `%.64s`", *m);
                else if (!is_pattern(*m) && !names_service(d, *m))
                        report_unknown_member(d, s, *m);
        }
}
