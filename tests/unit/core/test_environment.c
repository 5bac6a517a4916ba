/* Environment files. */
#include "daemon/core/environment.h"
#include "tests/unit/run_tests.h"

static Strv parse(const char *text) {
        Strv v = NULL;
        unsigned line = 0;
        ck_assert_int_eq(environment_parse_file(text, &v, &line), 0);
        return v;
}

static unsigned failing_line(const char *text) {
        _cleanup_(strv_freep) Strv v = NULL;
        unsigned line = 0;
        ck_assert_int_eq(environment_parse_file(text, &v, &line), -EINVAL);
        return line;
}

static void check_single(const char *text, const char *entry) {
        _cleanup_(strv_freep) Strv v = parse(text);
        ck_assert_uint_eq(strv_length(v), 1);
        ck_assert_str_eq(v[0], entry);
}

START_TEST(values_bare_and_quoted) {
        check_single("A=b c  \n", "A=b c");
        check_single("A='b \"c\" \\ '", "A=b \"c\" \\ ");
        check_single("A=\"b \\\"c\\\" \\\\\"", "A=b \"c\" \\");
        check_single("A=", "A=");
        check_single("export PATH=/bin\r\n", "PATH=/bin");
}
END_TEST

START_TEST(comments_and_blank_lines_are_skipped_order_is_kept) {
        _cleanup_(strv_freep) Strv v = parse("# c\n\n; d\nB=1\n\t\nA=2\nB=3\n");
        ck_assert_uint_eq(strv_length(v), 3);
        ck_assert_str_eq(v[0], "B=1");
        ck_assert_str_eq(v[1], "A=2");
        ck_assert_str_eq(v[2], "B=3");
}
END_TEST

START_TEST(what_is_no_assignment_is_refused_by_line) {
        ck_assert_uint_eq(failing_line("A=1\nnonsense\n"), 2);
        ck_assert_uint_eq(failing_line("\n\n1A=x\n"), 3);
        ck_assert_uint_eq(failing_line("=x"), 1);
        ck_assert_uint_eq(failing_line("A=\"open\nB=1"), 1);
        ck_assert_uint_eq(failing_line("A='x' y"), 1);
}
END_TEST

START_TEST(entries_are_names_then_an_equals_sign) {
        ck_assert(environment_entry_is_valid("A_1=x"));
        ck_assert(environment_entry_is_valid("_="));
        ck_assert(!environment_entry_is_valid("A"));
        ck_assert(!environment_entry_is_valid("1A=x"));
        ck_assert(!environment_entry_is_valid("A B=x"));
        ck_assert(!environment_entry_is_valid(""));
}
END_TEST

RUN_TESTS("environment", values_bare_and_quoted, comments_and_blank_lines_are_skipped_order_is_kept,
        what_is_no_assignment_is_refused_by_line, entries_are_names_then_an_equals_sign)
