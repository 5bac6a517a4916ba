/* The main() that all of these programs share: RUN_TESTS("parse", first_test, second_test), or RUN_TESTS_WITH(setup, "parse",
 * ...) where setup() is to be called before each. */
#pragma once

#include <check.h>
#include <stdlib.h>

#include "conf/base/macros.h"

static inline int run_tests(const char *name, SFun setup, const TTest *const *tests, size_t n) {
        Suite *suite = suite_create(name);
        TCase *all = tcase_create(name);
        tcase_set_timeout(all, 120); /* for a loaded machine under sanitizers; all together take under two seconds */
        if (setup)
                tcase_add_checked_fixture(all, setup, NULL);
        for (size_t i = 0; i < n; i++)
                tcase_add_test(all, tests[i]);
        suite_add_tcase(suite, all);
        SRunner *runner = srunner_create(suite);
        srunner_run_all(runner, CK_ENV);
        int failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#define RUN_TESTS(name, ...) RUN_TESTS_WITH(NULL, name, __VA_ARGS__)

#define RUN_TESTS_WITH(setup, name, ...)                                         \
        int main(void) {                                                         \
                const TTest *const tests[] = { __VA_ARGS__ };                    \
                return run_tests(name, setup, tests, ARRAY_SIZE(tests));         \
        }
