/* The table of verbs: what each takes, and what is refused before anything is done. */
#include "ctl/verbs.h"

#include <string.h>

#include "tests/unit/run_tests.h"

/* -EINVAL with the hint in the text, or 0 where hint is NULL. */
static void assert_checked(const char *verb, unsigned options, size_t n_arguments, const char *hint) {
        const Options o = { .given = options };
        const Invocation i = { .options = &o, .n_arguments = n_arguments };
        _cleanup_(freep) char *error = NULL;
        const Verb *v = verb_find(verb);

        ck_assert_ptr_nonnull(v);
        ck_assert_int_eq(verb_check(v, &i, &error), hint ? -EINVAL : 0);
        if (hint)
                ck_assert_msg(strstr(error, hint), "'%s' does not mention '%s'", error, hint);
}

START_TEST(arguments_are_counted) {
        assert_checked("start", 0, 0, "NAME");
        assert_checked("start", 0, 1, NULL);
        assert_checked("start", 0, 100, NULL);
        assert_checked("status", 0, 0, NULL);
        assert_checked("logs", 0, 2, "too many");
        assert_checked("version", 0, 1, "too many");
}
END_TEST

START_TEST(options_of_other_verbs_are_refused) {
        assert_checked("start", OPTION_BIT(OPTION_FOLLOW), 1, "--follow");
        assert_checked("stop", OPTION_BIT(OPTION_NOW), 1, NULL);
        assert_checked("status", OPTION_BIT(OPTION_TIMEOUT), 1, "--timeout");
        for (size_t i = 0; i < n_verbs; i++)
                assert_checked(verb_table[i].name, OPTION_BIT(OPTION_JSON) | OPTION_BIT(OPTION_RUNTIME_DIR),
                        verb_table[i].min_arguments, NULL);
}
END_TEST

START_TEST(graceful_and_now_exclude_each_other) {
        assert_checked("stop", OPTION_BIT(OPTION_NOW) | OPTION_BIT(OPTION_GRACEFUL), 1, "contradict");
}
END_TEST

START_TEST(restart_changed_takes_no_names) {
        assert_checked("reload", OPTION_BIT(OPTION_RESTART_CHANGED), 0, NULL);
        assert_checked("reload", OPTION_BIT(OPTION_RESTART_CHANGED), 1, "leave the names out");
        assert_checked("plan", OPTION_BIT(OPTION_RESTART_CHANGED), 0, "--restart-changed");
}
END_TEST

START_TEST(a_wait_has_one_goal) {
        assert_checked("wait", 0, 1, NULL);
        assert_checked("wait", OPTION_BIT(OPTION_FAILED) | OPTION_BIT(OPTION_TIMEOUT), 1, NULL);
        assert_checked("wait", OPTION_BIT(OPTION_FAILED) | OPTION_BIT(OPTION_STOPPED), 1, "exclude");
        assert_checked("wait", OPTION_BIT(OPTION_STOPPED), 0, "NAME");
}
END_TEST

START_TEST(unknown_verbs_get_a_suggestion) {
        _cleanup_(freep) char *near = verb_unknown_text("statsu"), *far = verb_unknown_text("frobnicate");

        ck_assert_ptr_null(verb_find("statsu"));
        ck_assert_ptr_nonnull(strstr(near, "'status'"));
        ck_assert_ptr_nonnull(strstr(far, "supctl help"));
}
END_TEST

static char *help_of(const Verb *v) {
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        if (v)
                help_print_verb(f, v);
        else
                help_print_all(f);
        ck_assert_int_eq(fclose(f), 0);
        return text;
}

START_TEST(help_names_every_verb_and_its_options) {
        _cleanup_(freep) char *all = help_of(NULL);

        for (size_t i = 0; i < n_verbs; i++) {
                const Verb *v = &verb_table[i];
                _cleanup_(freep) char *one = help_of(v);

                ck_assert_ptr_nonnull(strstr(all, v->name));
                ck_assert_ptr_nonnull(strstr(one, v->help));
                for (int k = 0; k < _OPTION_MAX; k++)
                        if (v->options & OPTION_BIT(k))
                                ck_assert_ptr_nonnull(strstr(one, option_table[k].name));
        }
}
END_TEST

RUN_TESTS("verbs", arguments_are_counted, options_of_other_verbs_are_refused, graceful_and_now_exclude_each_other,
        restart_changed_takes_no_names, a_wait_has_one_goal,
        unknown_verbs_get_a_suggestion, help_names_every_verb_and_its_options)
