/* The main() that all of these programs share: RUN_TESTS("parse", first_test, second_test). */
#pragma once

#include <check.h>
#include <stdlib.h>

#include "conf/base/macros.h"

static inline int run_tests(const char *name, const TTest *const *tests, size_t n) {
        Suite *suite = suite_create(name);
        TCase *all = tcase_create(name);
        for (size_t i = 0; i < n; i++)
                tcase_add_test(all, tests[i]);
        suite_add_tcase(suite, all);
        SRunner *runner = srunner_create(suite);
        srunner_run_all(runner, CK_ENV);
        int failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#define RUN_TESTS(name, ...)                                                                                           \
        int main(void) {                                                                                               \
                const TTest *const tests[] = { __VA_ARGS__ };                                                          \
                return run_tests(name, tests, ARRAY_SIZE(tests));                                                      \
        }
