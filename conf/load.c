/* See load.h. Reads depth first: a file, then what its own `include` names, each file once. Owns the draft; the meaning
 * of what was read is made in build.c. */
#include "conf/load.h"

#include <dirent.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "conf/base/parse.h"
#include "conf/build.h"
#include "conf/schema.h"
#include "conf/source.h"

/* How deep files may include files. */
#define INCLUDE_DEPTH_MAX 16

typedef struct FileSeen {
        HashNode node;
        dev_t dev;
        ino_t ino;
        bool is_open; /* being read: it is above us in the chain of includes */
} FileSeen;

typedef struct Loader {
        const LoadOptions *options;
        Draft draft;
        HashTable seen;
        const char *main_path;
        char **files;
        bool has_default_include;
        unsigned depth;
} Loader;

static void loader_done(Loader *l) {
        hash_table_done(&l->seen);
        strv_free(l->files);
        draft_done(&l->draft);
}

/* Who asks for a file: NULL for the main file; line 0 when nobody wrote it down (conf.d, -c DIRECTORY). */
typedef struct Includer {
        const char *file;
        unsigned line;
        bool is_pattern; /* it was found, not named */
} Includer;

static void complain(Loader *l, const Includer *by, const char *path, const char *reason) {
        if (by && by->line > 0)
                draft_error(&l->draft, l->draft.supd, by->file, by->line, "include", "%s: %s", path, reason);
        else
                draft_error(&l->draft, NULL, path, 0, NULL, "%s", reason);
}

static const char *open_error(int r) {
        return r == -EISDIR    ? "is a directory; to read what is in it, write DIRECTORY/*.ini"
               : r == -EFBIG   ? "too large for a configuration file"
               : r == -ENOTSUP ? "not a regular file"
                               : strerror(-r);
}

static uint64_t hash_file(const struct stat *st) {
        return hash_u64(st->st_ino ^ hash_u64(st->st_dev));
}

static FileSeen *seen_find(const Loader *l, const struct stat *st) {
        for (HashNode *n = hash_table_first(&l->seen, hash_file(st)); n; n = hash_node_next_equal(n)) {
                FileSeen *f = container_of(n, FileSeen, node);
                if (f->dev == st->st_dev && f->ino == st->st_ino)
                        return f;
        }
        return NULL;
}

static FileSeen *seen_add(Loader *l, const struct stat *st) {
        FileSeen *f = arena_alloc(&l->draft.arena, sizeof(FileSeen));
        if (!f || hash_table_insert(&l->seen, &f->node, hash_file(st)) < 0)
                return NULL;
        f->dev = st->st_dev;
        f->ino = st->st_ino;
        return f;
}

/* A file that two patterns match is read once. One that includes itself, directly or through others, is a mistake when
 * it is named; a pattern that happens to match it only deserves a word. */
static void report_seen(Loader *l, const FileSeen *f, const Includer *by, const char *path) {
        if (!f->is_open || !by)
                return;
        if (!by->is_pattern) {
                complain(l, by, path, "includes itself, directly or through the files it includes");
                return;
        }
        DiagPlace where = { .file = by->file, .line = by->line, .section = "supd", .key = "include" };
        diagnostics_add(l->draft.diagnostics, DIAG_WARNING, &where,
                        "%s is matched by a pattern in a file that it includes itself; it is not read twice", path);
}

static int follow_includes(Loader *l, const char *path, bool is_main);

/* 0, -ENOMEM; for the main file (by NULL) also why it cannot be read. */
static int read_file(Loader *l, const char *path, const Includer *by) {
        FILE *f = NULL;
        struct stat st;
        int r = source_open(path, !by, &f, &st);
        if (r < 0) {
                complain(l, by, path, open_error(r));
                return by && r != -ENOMEM ? 0 : r;
        }
        FileSeen *seen = S_ISREG(st.st_mode) ? seen_find(l, &st) : NULL;
        if (seen) {
                report_seen(l, seen, by, path);
                fclose(f);
                return 0;
        }
        seen = seen_add(l, &st);
        r = seen ? strv_append(&l->files, path) : -ENOMEM;
        if (r == 0)
                r = draft_read(&l->draft, f, path);
        fclose(f);
        if (r < 0 && r != -ENOMEM)
                complain(l, by, path, strerror(-r));
        if (r < 0)
                return by && r != -ENOMEM ? 0 : r;
        seen->is_open = true;
        r = follow_includes(l, path, path == l->main_path);
        seen->is_open = false;
        return r;
}

/* The pattern as seen from the directory of file; heap, NULL when out of memory. */
static char *beside(const char *file, const char *pattern) {
        char *s = NULL;
        const char *slash = strrchr(file, '/');
        int n = slash && pattern[0] != '/' ? (int) (slash - file) + 1 : 0;
        return asprintf(&s, "%.*s%s", n, file, pattern) < 0 ? NULL : s;
}

static int compare_paths(const void *a, const void *b) {
        return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/* Sorted by bytes: the order of services must not depend on anybody's locale. */
static int read_matches(Loader *l, const char *pattern, const Includer *by) {
        glob_t g = { 0 };
        int r = glob(pattern, GLOB_NOSORT | GLOB_ERR, NULL, &g), saved = errno;
        if (r == GLOB_NOSPACE)
                return -ENOMEM;
        if (r == GLOB_ABORTED && saved != ENOENT && saved != ENOTDIR)
                complain(l, by, pattern, strerror(saved));
        if (r == 0)
                qsort(g.gl_pathv, g.gl_pathc, sizeof(char *), compare_paths);
        int error = 0;
        for (size_t i = 0; r == 0 && i < g.gl_pathc && error == 0; i++)
                error = read_file(l, g.gl_pathv[i], by);
        globfree(&g);
        return error;
}

static int follow_pattern(Loader *l, const char *file, unsigned line, const char *pattern) {
        Includer by = { .file = file, .line = line, .is_pattern = strpbrk(pattern, "*?[") };
        _cleanup_(freep) char *path = beside(file, pattern);
        if (!path)
                return -ENOMEM;
        if (l->depth >= INCLUDE_DEPTH_MAX) {
                complain(l, &by, path, "files are included too deeply");
                return 0;
        }
        l->depth++;
        int r = by.is_pattern ? read_matches(l, path, &by) : read_file(l, path, &by);
        l->depth--;
        return r;
}

/* What the file that was just read includes; the main file without the key includes its conf.d. */
static int follow_includes(Loader *l, const char *path, bool is_main) {
        DraftKey *include = l->draft.include;
        _cleanup_(strv_freep) char **patterns = NULL;
        int r = 0;
        if (!include) {
                l->has_default_include |= is_main;
                return is_main ? follow_pattern(l, path, 0, DEFAULT_INCLUDE) : 0;
        }
        if (!include->failed)
                r = parse_list(include->value, &patterns);
        if (r == -EINVAL) {
                include->failed = true;
                draft_key_report(&l->draft, DIAG_ERROR, l->draft.supd, "include",
                                "quote is not closed, or backslash at the end");
                return 0;
        }
        for (char **p = patterns; p && *p && r == 0; p++)
                r = follow_pattern(l, path, include->line, *p);
        return r;
}

static int is_ini(const struct dirent *e) {
        size_t n = strlen(e->d_name);
        return e->d_name[0] != '.' && n > 4 && strcmp(e->d_name + n - 4, ".ini") == 0;
}

static int compare_entries(const struct dirent **a, const struct dirent **b) {
        return strcmp((*a)->d_name, (*b)->d_name);
}

/* -c DIRECTORY: each of its files stands for itself, and includes only what it says. */
static int read_directory(Loader *l, const char *path) {
        struct dirent **entries = NULL;
        int n = scandir(path, &entries, is_ini, compare_entries), r = n < 0 ? -errno : 0;
        if (r < 0)
                complain(l, NULL, path, strerror(-r));
        if (n == 0)
                diagnostics_add(l->draft.diagnostics, DIAG_WARNING, &(DiagPlace){ .file = path },
                                "there is no *.ini file in this directory");
        for (int i = 0; i < n; i++) {
                _cleanup_(freep) char *file = NULL;
                Includer by = { .file = path };
                if (r == 0)
                        r = asprintf(&file, "%s/%s", path, entries[i]->d_name) < 0 ? (file = NULL, -ENOMEM)
                                                                                   : read_file(l, file, &by);
                free(entries[i]);
        }
        free(entries);
        return r;
}

static int read_all(Loader *l) {
        struct stat st;
        if (stat(l->main_path, &st) == 0 && S_ISDIR(st.st_mode))
                return read_directory(l, l->main_path);
        return read_file(l, l->main_path, NULL);
}

/* Absolute, because a daemon changes its directory and reads the same file again later. */
static int absolute_path(const LoadOptions *o, char **ret) {
        if (!o->path)
                return config_default_path(o->is_root, o->environment, ret);
        if (o->path[0] == '/')
                return (*ret = strdup(o->path)) ? 0 : -ENOMEM;
        _cleanup_(freep) char *cwd = getcwd(NULL, 0);
        if (!cwd)
                return -errno;
        return asprintf(ret, "%s/%s", cwd, o->path) < 0 ? -ENOMEM : 0;
}

static bool is_refused(const Draft *d, const Config *c) {
        if (d->outside_errors || d->diagnostics->out_of_memory)
                return true;
        return diagnostics_failed(d->diagnostics) && c->daemon.on_config_error == ON_CONFIG_ERROR_REFUSE;
}

static int intern_files(Loader *l, Config *c) {
        c->path = arena_intern(&c->arena, l->main_path);
        return c->path ? schema_intern_words(&c->arena, l->files, &c->files) : -ENOMEM;
}

static int make_config(Loader *l, Config **ret) {
        _cleanup_(config_unrefp) Config *c = calloc(1, sizeof(Config));
        if (!c)
                return -ENOMEM;
        c->n_ref = 1;
        int r = intern_files(l, c);
        if (r == 0)
                r = build_config(&l->draft, l->options, l->has_default_include, c);
        if (r < 0)
                return r;
        if (is_refused(&l->draft, c))
                return -EBADMSG;
        arena_seal(&c->arena);
        *ret = STEAL_PTR(c);
        return 0;
}

int config_load(const LoadOptions *options, Diagnostics *d, Config **ret) {
        _cleanup_(freep) char *path = NULL;
        _cleanup_(loader_done) Loader l = { .options = options };
        draft_init(&l.draft, d, options->environment);
        int r = absolute_path(options, &path);
        if (r < 0) {
                diagnostics_add(d, DIAG_ERROR, NULL,
                                r == -ENOENT && !options->path ? "no configuration: neither XDG_CONFIG_HOME nor HOME "
                                                                 "is set (use -c FILE)"
                                                               : "the path of the configuration cannot be found out: "
                                                                 "current directory");
                return r;
        }
        l.main_path = path;
        r = read_all(&l);
        if (r == 0)
                r = make_config(&l, ret);
        if (r == -ENOMEM)
                diagnostics_add(d, DIAG_ERROR, &(DiagPlace){ .file = path }, "out of memory");
        return r;
}
