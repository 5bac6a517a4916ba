/* Command lines. */
#include "ctl/options.h"

#include <signal.h>
#include <string.h>

#include "tests/unit/run_tests.h"

static CommandLine c;
static char *error;

static int parse(const char *const *words) {
        char *argv[16] = { (char *) "supctl" };
        int argc = 1;

        command_line_done(&c);
        free(error);
        for (; words[argc - 1]; argc++)
                argv[argc] = (char *) words[argc - 1];
        return command_line_parse(argc, argv, &c, &error);
}

#define PARSE(...) parse((const char *const[]){ __VA_ARGS__, NULL })

START_TEST(options_stand_before_and_after_the_verb) {
        ck_assert_int_eq(PARSE("--json", "stop", "web", "--now", "-t", "3s", "db"), 0);
        ck_assert_uint_eq(c.n_words, 3);
        ck_assert_str_eq(c.words[0], "stop");
        ck_assert_str_eq(c.words[2], "db");
        ck_assert(option_given(&c.options, OPTION_JSON) && option_given(&c.options, OPTION_NOW));
        ck_assert_uint_eq(c.options.timeout, 3 * USEC_PER_SEC);
}
END_TEST

START_TEST(posix_mode_of_getopt_changes_nothing) {
        ck_assert_int_eq(setenv("POSIXLY_CORRECT", "1", 1), 0);
        ck_assert_int_eq(PARSE("stop", "web", "--now"), 0);
        ck_assert_uint_eq(c.n_words, 2);
        ck_assert(option_given(&c.options, OPTION_NOW));
        (void) unsetenv("POSIXLY_CORRECT");
}
END_TEST

START_TEST(two_dashes_end_the_options) {
        ck_assert_int_eq(PARSE("stop", "--", "--now", "-x"), 0);
        ck_assert_uint_eq(c.n_words, 3);
        ck_assert_str_eq(c.words[1], "--now");
        ck_assert(!option_given(&c.options, OPTION_NOW));
}
END_TEST

START_TEST(values_are_read) {
        ck_assert_int_eq(PARSE("kill", "-s", "USR1", "--whom=all", "-n5"), 0);
        ck_assert_int_eq(c.options.signo, SIGUSR1);
        ck_assert_str_eq(c.options.whom, "all");
        ck_assert_uint_eq(c.options.n_lines, 5);
}
END_TEST

static void assert_refused(int r, const char *hint) {
        ck_assert_int_eq(r, -EINVAL);
        ck_assert_msg(error && strstr(error, hint), "'%s' does not mention '%s'", error ?: "(nothing)", hint);
}

START_TEST(wrong_options_are_refused_with_a_hint) {
        assert_refused(PARSE("stop", "--gracefull"), "--graceful");
        assert_refused(PARSE("stop", "--frobnicate"), "supctl help");
        assert_refused(PARSE("stop", "-x"), "'-x'");
        assert_refused(PARSE("stop", "-jx"), "'-x'");
        assert_refused(PARSE("stop", "--timeout"), "--timeout DURATION");
        assert_refused(PARSE("stop", "-t"), "--timeout DURATION");
        assert_refused(PARSE("stop", "--timeout", "soon"), "'soon'");
        assert_refused(PARSE("stop", "--now=1"), "takes no value");
        assert_refused(PARSE("kill", "-s", "NOPE"), "'NOPE'");
        assert_refused(PARSE("kill", "--whom", "some"), "main or all");
        assert_refused(PARSE("logs", "-n", "-3"), "number of lines");
        assert_refused(PARSE("status", "--runtime-dir", ""), "directory");
}
END_TEST

START_TEST(every_option_has_help_and_a_name_of_its_own) {
        for (size_t i = 0; i < _OPTION_MAX; i++) {
                ck_assert_ptr_nonnull(option_table[i].name);
                ck_assert_ptr_nonnull(option_table[i].help);
                for (size_t k = 0; k < i; k++) {
                        ck_assert_str_ne(option_table[i].name, option_table[k].name);
                        ck_assert(option_table[i].short_name == 0 ||
                                  option_table[i].short_name != option_table[k].short_name);
                }
        }
}
END_TEST

RUN_TESTS("options", options_stand_before_and_after_the_verb, posix_mode_of_getopt_changes_nothing,
        two_dashes_end_the_options, values_are_read, wrong_options_are_refused_with_a_hint,
        every_option_has_help_and_a_name_of_its_own)
