/* parse.h: what is accepted, what is refused, and that shown values read back. */
#include "conf/base/parse.h"

#include <locale.h>
#include <signal.h>
#include <string.h>

#include "tests/unit/run_tests.h"

START_TEST(boolean_words_are_case_insensitive_and_nothing_else_is_one) {
        bool v = false;
        ck_assert_int_eq(parse_bool("YES", &v), 0);
        ck_assert(v);
        ck_assert_int_eq(parse_bool("off", &v), 0);
        ck_assert(!v);
        ck_assert_int_eq(parse_bool("", &v), -EINVAL);
        ck_assert_int_eq(parse_bool("y", &v), -EINVAL);
        ck_assert_int_eq(parse_bool("2", &v), -EINVAL);
}
END_TEST

START_TEST(integers_know_their_limits_and_their_form) {
        int64_t i = 7;
        uint64_t u = 7;
        ck_assert_int_eq(parse_i64("-9223372036854775808", INT64_MIN, INT64_MAX, &i), 0);
        ck_assert(i == INT64_MIN);
        ck_assert_int_eq(parse_i64("9223372036854775808", INT64_MIN, INT64_MAX, &i), -ERANGE);
        ck_assert_int_eq(parse_u64("18446744073709551615", 0, UINT64_MAX, &u), 0);
        ck_assert(u == UINT64_MAX);
        u = 7;
        ck_assert_int_eq(parse_u64("18446744073709551616", 0, UINT64_MAX, &u), -ERANGE);
        ck_assert_int_eq(parse_u64("99999999999999999999x", 0, UINT64_MAX, &u), -EINVAL);
        static const char *const wrong[] = { "", " 1", "1 ", "-1", "+1", "0x10", "1.0", "1e3" };
        for (size_t n = 0; n < ARRAY_SIZE(wrong); n++)
                ck_assert_msg(parse_u64(wrong[n], 0, UINT64_MAX, &u) == -EINVAL, "`%s` was taken", wrong[n]);
        ck_assert_uint_eq(u, 7);
        ck_assert_int_eq(parse_i64("--1", -5, 5, &i), -EINVAL);
        ck_assert_int_eq(parse_i64("-6", -5, 5, &i), -ERANGE);
}
END_TEST

START_TEST(decimal_point_does_not_depend_on_the_locale) {
        double v = 0;
        (void) setlocale(LC_ALL, "de_DE.UTF-8"); /* without this locale installed the test still holds, only for less */
        ck_assert_int_eq(parse_double("1.5", 0, 10, &v), 0);
        ck_assert(v == 1.5);
        static const char *const wrong[] = { "1,5", "", ".", "nan", "inf", "0x1p3", " 1", "1e", "1.5x" };
        for (size_t n = 0; n < ARRAY_SIZE(wrong); n++)
                ck_assert_msg(parse_double(wrong[n], 0, 10, &v) == -EINVAL, "`%s` was taken", wrong[n]);
        ck_assert_int_eq(parse_double("1e999", 0, 10, &v), -ERANGE);
}
END_TEST

static void assert_duration(const char *text, usec_t wanted) {
        usec_t v = 0;
        ck_assert_msg(parse_duration(text, &v) == 0 && v == wanted, "`%s` is %llu", text, (unsigned long long) v);
}

START_TEST(durations_add_up_their_units) {
        assert_duration("10", 10 * USEC_PER_SEC);
        assert_duration("1.5s", 1500000);
        assert_duration("100ms", 100000);
        assert_duration("2min 30s", 150 * USEC_PER_SEC);
        assert_duration("2m30sec", 150 * USEC_PER_SEC);
        assert_duration("1h", 3600 * USEC_PER_SEC);
        assert_duration("1w 1d", 8 * 86400 * USEC_PER_SEC);
        assert_duration("500us", 500);
        assert_duration("0.3s", 300000);
        assert_duration(".5 s", 500000);
        assert_duration("0", 0);
        assert_duration("infinity", USEC_INFINITY);
}
END_TEST

START_TEST(durations_that_nobody_can_be_sure_of_are_refused) {
        static const char *const wrong[] = { "", " ", "s", "1h 30", "30 1h", "1 fortnight", "-1s", "1.", "1..5s", "5S",
                "infinity s" };
        usec_t v = 7;
        for (size_t n = 0; n < ARRAY_SIZE(wrong); n++)
                ck_assert_msg(parse_duration(wrong[n], &v) == -EINVAL, "`%s` was taken", wrong[n]);
        ck_assert_int_eq(parse_duration("18446744073709551615us", &v), -ERANGE); /* would read as infinity */
        ck_assert_int_eq(parse_duration("9999999999999w", &v), -ERANGE);
        ck_assert_int_eq(parse_duration("18446744073709s 18446744073709s", &v), -ERANGE);
        ck_assert_uint_eq(v, 7);
}
END_TEST

START_TEST(durations_are_shown_with_two_units_at_most) {
        char b[FORMAT_DURATION_MAX];
        ck_assert_str_eq(format_duration(0, b), "0");
        ck_assert_str_eq(format_duration(999, b), "999us");
        ck_assert_str_eq(format_duration(250 * USEC_PER_MSEC, b), "250ms");
        ck_assert_str_eq(format_duration(3500 * USEC_PER_MSEC, b), "3.5s");
        ck_assert_str_eq(format_duration(3723 * USEC_PER_SEC, b), "1h 2min");
        ck_assert_str_eq(format_duration(86400 * USEC_PER_SEC + 1, b), "1d");
        ck_assert_str_eq(format_duration(USEC_INFINITY, b), "infinity");
        ck_assert_uint_lt(strlen(format_duration(USEC_INFINITY - 1, b)), FORMAT_DURATION_MAX);
}
END_TEST

START_TEST(time_left_is_rounded_up_to_milliseconds) {
        char b[FORMAT_DURATION_MAX];
        ck_assert_str_eq(format_time_left(1000001, 1, b), "1s");
        ck_assert_str_eq(format_time_left(1001, 0, b), "2ms");
        ck_assert_str_eq(format_time_left(5, 7, b), "0"); /* over already */
        ck_assert_str_eq(format_time_left(USEC_INFINITY, 7, b), "infinity");
}
END_TEST

static void assert_size(const char *text, uint64_t wanted, const char *shown) {
        uint64_t v = 0;
        char b[FORMAT_SIZE_MAX];
        ck_assert_msg(parse_size(text, &v) == 0 && v == wanted, "`%s` is %llu", text, (unsigned long long) v);
        ck_assert_str_eq(format_size(v, b), shown);
}

START_TEST(sizes_are_powers_of_1024) {
        assert_size("512", 512, "512B");
        assert_size("64K", 65536, "64K");
        assert_size("10MB", 10 << 20, "10M");
        assert_size("1.5GiB", UINT64_C(3) << 29, "1.5G");
        assert_size("2t", UINT64_C(2) << 40, "2T");
        assert_size("infinity", UINT64_MAX, "infinity");
        uint64_t v = 0;
        static const char *const wrong[] = { "", "K", "1.5", "0.5B", "-1", "1X", "1KK", "1iB", "1 0" };
        for (size_t n = 0; n < ARRAY_SIZE(wrong); n++)
                ck_assert_msg(parse_size(wrong[n], &v) == -EINVAL, "`%s` was taken", wrong[n]);
        ck_assert_int_eq(parse_size("16E", &v), -ERANGE);
}
END_TEST

START_TEST(modes_are_octal) {
        mode_t v = 0;
        ck_assert_int_eq(parse_mode("022", 0777, &v), 0);
        ck_assert_uint_eq(v, 022);
        ck_assert_int_eq(parse_mode("8", 0777, &v), -EINVAL);
        ck_assert_int_eq(parse_mode("1000", 0777, &v), -ERANGE);
        ck_assert_int_eq(parse_mode("", 0777, &v), -EINVAL);
}
END_TEST

START_TEST(every_signal_has_a_name_that_reads_back) {
        int v = 0;
        for (int i = 1; i <= SIGRTMAX; i++) {
                const char *name = signal_to_string(i);
                bool reserved = i > 31 && i < SIGRTMIN;
                ck_assert_msg(!name == reserved, "signal %d", i);
                if (name) {
                        ck_assert_int_eq(parse_signal(name, &v), 0);
                        ck_assert_int_eq(v, i);
                }
        }
        ck_assert_ptr_null(signal_to_string(0));
        ck_assert_ptr_null(signal_to_string(SIGRTMAX + 1));
}
END_TEST

START_TEST(signals_go_by_name_number_and_distance_from_either_end) {
        int v = 0;
        ck_assert_int_eq(parse_signal("sigTerm", &v), 0);
        ck_assert_int_eq(v, SIGTERM);
        ck_assert_int_eq(parse_signal("9", &v), 0);
        ck_assert_int_eq(v, SIGKILL);
        ck_assert_int_eq(parse_signal("RTMIN+3", &v), 0);
        ck_assert_int_eq(v, SIGRTMIN + 3);
        ck_assert_int_eq(parse_signal("SIGRTMAX-1", &v), 0);
        ck_assert_int_eq(v, SIGRTMAX - 1);
        ck_assert_int_eq(parse_signal("RTMIN-1", &v), -EINVAL);
        ck_assert_int_eq(parse_signal("RTMIN+31", &v), -ERANGE);
        ck_assert_int_eq(parse_signal("0", &v), -ERANGE);
        ck_assert_int_eq(parse_signal("32", &v), -ERANGE); /* libc's own */
        ck_assert_int_eq(parse_signal("65", &v), -ERANGE);
        ck_assert_int_eq(parse_signal("SIG", &v), -EINVAL);
        ck_assert_int_eq(parse_signal("TERMINATE", &v), -EINVAL);
}
END_TEST

static void assert_words(const char *text, const char *const *wanted) {
        _cleanup_(strv_freep) char **v = NULL;
        ck_assert_int_eq(parse_argv(text, &v, NULL), 0);
        ck_assert_msg(strv_equal(v, (char *const *) wanted), "`%s`", text);
}
#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

START_TEST(words_are_split_as_a_shell_splits_them) {
        assert_words("  sh -c \"a ; b\"  ", WORDS("sh", "-c", "a ; b"));
        assert_words("a '' \"\" b", WORDS("a", "", "", "b"));
        assert_words("x'y'\"z\"", WORDS("xyz"));
        assert_words("'a\\'\\b", WORDS("a\\b"));
        assert_words("\"\\\\ \\\" \\$ \\` \\n '\"", WORDS("\\ \" $ ` \\n '"));
        assert_words("a\\ b c\\;", WORDS("a b", "c;"));
        assert_words("printf %s # $HOME | x > y", WORDS("printf", "%s", "#", "$HOME", "|", "x", ">", "y"));
        _cleanup_(strv_freep) char **none = NULL;
        ck_assert_int_eq(parse_argv(" \t ", &none, NULL), 0);
        ck_assert_uint_eq(strv_length(none), 0);
}
END_TEST

START_TEST(unfinished_quotes_are_named) {
        char **v = (char **) 1;
        const char *error = NULL;
        ck_assert_int_eq(parse_argv("a 'b", &v, &error), -EINVAL);
        ck_assert_str_eq(error, "single quote is not closed");
        ck_assert_int_eq(parse_argv("\"\\", &v, &error), -EINVAL);
        ck_assert_str_eq(error, "double quote is not closed");
        ck_assert_int_eq(parse_argv("a\\", &v, &error), -EINVAL);
        ck_assert_str_eq(error, "backslash at the end escapes nothing");
        ck_assert_ptr_eq(v, (char **) 1);
}
END_TEST

START_TEST(shown_words_read_back_to_the_same_words) {
        static const char *const hard[] = { "", "it's", "a b", "$x", "`", "\"", "\\", "*", "#", "~", "äöü", "a\tb",
                "''", "-", "x=y", NULL };
        _cleanup_(freep) char *text = format_argv((char *const *) hard);
        ck_assert_ptr_nonnull(text);
        assert_words(text, hard);
        _cleanup_(freep) char *plain = format_argv((char *const *) WORDS("nginx", "-g", "daemon off;"));
        ck_assert_str_eq(plain, "nginx -g 'daemon off;'");
}
END_TEST

START_TEST(half_a_million_words_are_no_matter) {
        size_t n = 500000;
        char *text = malloc(2 * n + 1);
        ck_assert_ptr_nonnull(text);
        for (size_t i = 0; i < n; i++)
                memcpy(text + 2 * i, "x ", 2);
        text[2 * n] = '\0';
        char **v = NULL;
        ck_assert_int_eq(parse_argv(text, &v, NULL), 0);
        ck_assert_uint_eq(strv_length(v), n);
        strv_free(v);
        free(text);
}
END_TEST

START_TEST(lists_take_commas_and_blanks_and_respect_quotes) {
        _cleanup_(strv_freep) char **v = NULL;
        ck_assert_int_eq(parse_list("a, b,,c 'd, e' ,", &v), 0);
        ck_assert(strv_equal(v, (char *const *) WORDS("a", "b", "c", "d, e")));
        char **untouched = NULL;
        ck_assert_int_eq(parse_list("a 'b", &untouched), -EINVAL);
        ck_assert_ptr_null(untouched);
}
END_TEST

RUN_TESTS("parse", time_left_is_rounded_up_to_milliseconds, boolean_words_are_case_insensitive_and_nothing_else_is_one,
                integers_know_their_limits_and_their_form, decimal_point_does_not_depend_on_the_locale,
                durations_add_up_their_units, durations_that_nobody_can_be_sure_of_are_refused,
                durations_are_shown_with_two_units_at_most, sizes_are_powers_of_1024, modes_are_octal,
                every_signal_has_a_name_that_reads_back, signals_go_by_name_number_and_distance_from_either_end,
                words_are_split_as_a_shell_splits_them, unfinished_quotes_are_named,
                shown_words_read_back_to_the_same_words, half_a_million_words_are_no_matter,
                lists_take_commas_and_blanks_and_respect_quotes);
