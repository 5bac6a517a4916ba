/* expand.h: ${VAR}, %i, %n - and everything that looks like one of them and is none. */
#include "conf/expand.h"

#include "tests/unit/run_tests.h"

static char *const environment[] = { (char *) "A=alpha", (char *) "AB=wrong", (char *) "EMPTY=", (char *) "LOOP=${A}",
        NULL };

static void assert_expands(const char *text, const char *wanted) {
        _cleanup_(freep) char *s = NULL, *reason = NULL;
        ck_assert_msg(expand_variables(text, environment, &s, &reason) == 0, "`%s`: %s", text, reason ? reason : "?");
        ck_assert_str_eq(s, wanted);
}

static void assert_refuses(const char *text, const char *wanted) {
        _cleanup_(freep) char *s = NULL, *reason = NULL;
        ck_assert_int_eq(expand_variables(text, environment, &s, &reason), -EINVAL);
        ck_assert_str_eq(reason, wanted);
}

START_TEST(variables_and_their_defaults_are_put_in) {
        assert_expands("x${A}y${A}", "xalphayalpha");
        assert_expands("${NOPE:-fall back}", "fall back");
        assert_expands("${EMPTY:-used}|${EMPTY}|", "used||");
        assert_expands("${NOPE:-}", "");
        assert_expands("${NOPE:-${EMPTY:-${A}}}!", "alpha!");
        assert_expands("${A:-${UNSET_AND_NOT_NEEDED}}", "alpha");
}
END_TEST

START_TEST(a_value_is_not_expanded_again) {
        assert_expands("${LOOP}", "${A}");
}
END_TEST

START_TEST(other_dollars_stay) {
        assert_expands("$A $1 $ $", "$A $1 $ $");
        assert_expands("$$", "$");
        assert_expands("$${A}", "${A}");
        assert_expands("$$$$", "$$");
        assert_expands("awk '{print $1}' }", "awk '{print $1}' }");
}
END_TEST

START_TEST(what_cannot_be_expanded_is_named) {
        assert_refuses("x ${NOPE}", "the variable NOPE is not set in supd's environment");
        assert_refuses("${A", "`${A` has no closing brace");
        assert_refuses("${}", "`${}` is not understood: write ${NAME} or ${NAME:-default}, and $$ for a plain $");
        assert_refuses("${1}", "`${1}` is not understood: write ${NAME} or ${NAME:-default}, and $$ for a plain $");
        assert_refuses("${A%x}", "`${A%x}` is not understood: write ${NAME} or ${NAME:-default}, and $$ for a plain $");
        assert_refuses("${N:-${N:-${N:-${N:-${N:-${N:-${N:-${N:-${N:-${N:-x}}}}}}}}}}",
                        "variables are nested too deeply in `${N:-x}`");
}
END_TEST

static void assert_specifiers(const char *text, const char *wanted, const char *wanted_plain) {
        _cleanup_(freep) char *s = expand_specifiers(text, "web@2", 2), *plain = expand_specifiers(text, "web", 0);
        ck_assert_str_eq(s, wanted);
        ck_assert_str_eq(plain, wanted_plain);
}

START_TEST(specifiers_are_three_and_the_rest_arrives_whole) {
        assert_specifiers("%n-%i", "web@2-2", "web-%i");
        assert_specifiers("date +%F", "date +%F", "date +%F");
        assert_specifiers("100%% %", "100% %", "100% %");
        assert_specifiers("%%n %%%n", "%n %web@2", "%n %web");
        assert_specifiers("%N%I%", "%N%I%", "%N%I%");
        ck_assert(has_specifiers("a %% b"));
        ck_assert(!has_specifiers("date +%F %"));
        ck_assert(has_specifiers("%F%i"));
}
END_TEST

RUN_TESTS("expand", variables_and_their_defaults_are_put_in, a_value_is_not_expanded_again, other_dollars_stay,
                what_cannot_be_expanded_is_named, specifiers_are_three_and_the_rest_arrives_whole);
