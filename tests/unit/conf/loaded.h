/* A directory of configuration files for one test, and what config_load() made of it. Messages have the directory cut
 * out, so that a test can compare them whole. */
#pragma once

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "conf/load.h"
#include "tests/unit/run_tests.h"

static char loaded_directory[64];

typedef struct Loaded {
        int result;
        Config *config;
        char *messages;
        Diagnostics diagnostics;
} Loaded;

static _unused_ const char *path_of(const char *name) {
        static char paths[4][256];
        static unsigned turn;
        char *p = paths[turn++ % ARRAY_SIZE(paths)];
        if (!loaded_directory[0]) {
                strcpy(loaded_directory, "/tmp/supd-conf-test-XXXXXX");
                ck_assert_ptr_nonnull(mkdtemp(loaded_directory));
        }
        snprintf(p, sizeof(paths[0]), "%s/%s", loaded_directory, name);
        return p;
}

/* name may be "directory/file". */
static _unused_ void write_bytes(const char *name, const char *data, size_t size) {
        const char *path = path_of(name);
        if (strchr(name, '/')) {
                char directory[256];
                snprintf(directory, sizeof(directory), "%s", path);
                *strrchr(directory, '/') = '\0';
                (void) mkdir(directory, 0700);
        }
        FILE *f = fopen(path, "we");
        ck_assert_ptr_nonnull(f);
        ck_assert_uint_eq(fwrite(data, 1, size, f), size);
        ck_assert_int_eq(fclose(f), 0);
}

static _unused_ void write_file(const char *name, const char *text) {
        write_bytes(name, text, strlen(text));
}

static _unused_ void remove_tree(const char *path) {
        DIR *d = opendir(path);
        for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
                char child[600];
                if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
                        continue;
                snprintf(child, sizeof(child), "%s/%s", path, e->d_name);
                remove_tree(child);
        }
        if (d)
                closedir(d);
        (void) remove(path);
}

static char *without_directory(const char *text) {
        size_t n = strlen(loaded_directory);
        char *out = malloc(strlen(text) + 1), *to = out;
        ck_assert_ptr_nonnull(out);
        while (*text)
                if (n > 0 && strncmp(text, loaded_directory, n) == 0 && text[n] == '/')
                        text += n + 1;
                else
                        *to++ = *text++;
        *to = '\0';
        return out;
}

static _unused_ Loaded load_with(const LoadOptions *options) {
        Loaded l = { 0 };
        l.result = config_load(options, &l.diagnostics, &l.config);
        _cleanup_(freep) char *text = diagnostics_to_string(&l.diagnostics);
        ck_assert_ptr_nonnull(text);
        l.messages = without_directory(text);
        return l;
}

static char *const loaded_environment[] = { (char *) "HOME=/home/me", (char *) "PORT=8080",
        (char *) "EMPTY=", (char *) "SENTENCE=two words", NULL };

static _unused_ Loaded load_named(const char *name) {
        LoadOptions o = { .path = path_of(name), .environment = loaded_environment, .is_root = true };
        return load_with(&o);
}

static _unused_ Loaded load_text(const char *text) {
        write_file("supd.ini", text);
        return load_named("supd.ini");
}

static _unused_ void loaded_done(Loaded *l) {
        config_unref(l->config);
        diagnostics_done(&l->diagnostics);
        free(l->messages);
        if (loaded_directory[0])
                remove_tree(loaded_directory);
        loaded_directory[0] = '\0';
}

#define _loaded_ _cleanup_(loaded_done) Loaded

/* Loads and has nothing to say. */
static _unused_ const ServiceConfig *sound_service(const Loaded *l, const char *name) {
        ck_assert_str_eq(l->messages, "");
        ck_assert_int_eq(l->result, 0);
        const ServiceConfig *c = config_find_service(l->config, name);
        ck_assert_msg(c, "there is no service %s", name);
        return c;
}

static _unused_ void assert_refused(const char *text, const char *messages) {
        _loaded_ l = load_text(text);
        ck_assert_str_eq(l.messages, messages);
        ck_assert_int_eq(l.result, -EBADMSG);
        ck_assert_ptr_null(l.config);
}
