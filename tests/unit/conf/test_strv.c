/* strv.h: vectors of strings, NULL and empty alike. */
#include "conf/base/strv.h"

#include <string.h>

#include "tests/unit/run_tests.h"

START_TEST(append_keeps_order_and_terminator) {
        _cleanup_(strv_freep) char **v = NULL;
        ck_assert_int_eq(strv_append(&v, "a"), 0);
        ck_assert_int_eq(strv_append_consume(&v, strdup("b")), 0);
        ck_assert_uint_eq(strv_length(v), 2);
        ck_assert_str_eq(v[0], "a");
        ck_assert_str_eq(v[1], "b");
        ck_assert_ptr_null(v[2]);
}
END_TEST

START_TEST(append_of_a_failed_copy_is_out_of_memory_and_changes_nothing) {
        _cleanup_(strv_freep) char **v = NULL;
        ck_assert_int_eq(strv_append(&v, "a"), 0);
        ck_assert_int_eq(strv_append_consume(&v, NULL), -ENOMEM);
        ck_assert_uint_eq(strv_length(v), 1);
}
END_TEST

START_TEST(no_vector_and_an_empty_one_are_equal) {
        char *empty[] = { NULL }, *one[] = { (char *) "x", NULL }, *two[] = { (char *) "x", (char *) "y", NULL };
        ck_assert(strv_equal(NULL, empty));
        ck_assert(strv_equal(empty, NULL));
        ck_assert(!strv_equal(NULL, one));
        ck_assert(!strv_equal(one, two));
        ck_assert(!strv_equal(two, one));
        ck_assert_uint_eq(strv_length(NULL), 0);
        ck_assert(!strv_contains(NULL, "x"));
        ck_assert(strv_contains(two, "y"));
        ck_assert(!strv_contains(two, "yy"));
}
END_TEST

START_TEST(join_puts_the_separator_between_only) {
        char *v[] = { (char *) "a", (char *) "", (char *) "c", NULL };
        _cleanup_(freep) char *joined = strv_join(v, ", "), *none = strv_join(NULL, ", ");
        ck_assert_str_eq(joined, "a, , c");
        ck_assert_str_eq(none, "");
}
END_TEST

RUN_TESTS("strv", append_keeps_order_and_terminator, append_of_a_failed_copy_is_out_of_memory_and_changes_nothing,
                no_vector_and_an_empty_one_are_equal, join_puts_the_separator_between_only);
