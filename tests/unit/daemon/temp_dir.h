/* A directory of its own for one test, and short ways to look at the files in it. For the tests in this folder only. */
#pragma once

#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "conf/base/macros.h"

static char temp_dir[64];

static inline int temp_remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw) {
        (void) st;
        (void) type;
        (void) ftw;
        return remove(path);
}

static inline void temp_dir_setup(void) {
        strcpy(temp_dir, "/tmp/supd-unit-XXXXXX");
        ck_assert_ptr_nonnull(mkdtemp(temp_dir));
}

static inline void temp_dir_teardown(void) {
        (void) nftw(temp_dir, temp_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Static storage, four at a time. */
static inline const char *temp_path(const char *name) {
        static char paths[4][128];
        static unsigned next;
        char *path = paths[next++ % ARRAY_SIZE(paths)];
        (void) snprintf(path, sizeof(paths[0]), "%s/%s", temp_dir, name);
        return path;
}

/* The content with a final NUL, in the heap; NULL: no such file. *ret_size may be NULL. */
static inline char *temp_read(const char *name, size_t *ret_size) {
        FILE *f = fopen(temp_path(name), "re");
        if (!f)
                return NULL;
        struct stat st;
        ck_assert_int_eq(fstat(fileno(f), &st), 0);
        char *content = calloc(1, (size_t) st.st_size + 1);
        ck_assert_ptr_nonnull(content);
        ck_assert_uint_eq(fread(content, 1, (size_t) st.st_size, f), (size_t) st.st_size);
        (void) fclose(f);
        if (ret_size)
                *ret_size = (size_t) st.st_size;
        return content;
}

static inline void assert_content(const char *name, const char *wanted) {
        _cleanup_(freep) char *content = temp_read(name, NULL);
        ck_assert_pstr_eq(content, wanted); /* NULL: there is no such file */
}

static inline int run_suite(const char *name, TCase *t) {
        Suite *s = suite_create(name);
        suite_add_tcase(s, t);
        SRunner *r = srunner_create(s);
        srunner_run_all(r, CK_NORMAL);
        int n_failed = srunner_ntests_failed(r);
        srunner_free(r);
        return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
