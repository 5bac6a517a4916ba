/* Configuration as the programs take it: what arrives whole, what is refused, and how it is said. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"

static void assert_refused(const char *reason) {
        Run r = supd_run("--check");
        ck_assert_msg(r.code == 1, "supd --check: exit %d, %s%s", r.code, r.out, r.err);
        assert_contains(r.err, reason);
        r = supctl("check", box.conf);
        ck_assert_msg(r.code == 1, "supctl check: exit %d, %s%s", r.code, r.out, r.err);
        assert_contains(text("%s%s", r.out, r.err), reason);
}

static unsigned line_of(const char *what) {
        const char *content = must_read(box.conf), *end = strstr(content, what);
        ck_assert_ptr_nonnull(end);
        unsigned n = 1;
        for (const char *p = content; p < end; p++)
                n += *p == '\n';
        return n;
}

/* --- checking --- */

START_TEST(a_good_configuration_passes_both_checks) {
        conf_write("[service:web]\ncommand = /bin/true\n[group:all-of-it]\nservices = web\n");
        Run r = supd_run("--check");
        ck_assert_msg(r.code == 0, "%s", r.err);
        r = supctl("check", box.conf);
        ck_assert_msg(r.code == 0, "%s%s", r.out, r.err);
}
END_TEST

START_TEST(every_error_of_every_file_is_reported_at_once) {
        box_write("conf/conf.d/a.ini", "[service:a]\ncommand = /bin/true\nrestrat = always\n");
        box_write("conf/conf.d/b.ini", "[service:b]\ncommand = /bin/true\nstop_timeout = soon\n[servic:c]\n");
        conf_write("[service:d]\ncommand = /bin/true\nrestart = sometimes\nuser = no-such-user\nnice = 77\n");
        Run r = supd_run("--check");
        ck_assert_int_eq(r.code, 1);
        assert_contains(r.err, text("%s/conf/conf.d/a.ini:3: service:a.restrat: ", box.dir));
        assert_contains(r.err, "`restart`");
        assert_contains(r.err, text("%s/conf/conf.d/b.ini:3: service:b.stop_timeout: ", box.dir));
        assert_contains(r.err, text("%s/conf/conf.d/b.ini:4: ", box.dir));
        assert_contains(r.err, "`service`");
        assert_contains(r.err, text("%s:%u: service:d.restart: ", box.conf, line_of("restart = sometimes")));
        assert_contains(r.err, text("%s:%u: service:d.user: ", box.conf, line_of("user = no-such-user")));
        assert_contains(r.err, "no-such-user");
        assert_contains(r.err, text("%s:%u: service:d.nice: ", box.conf, line_of("nice = 77")));
}
END_TEST

START_TEST(misspelt_value_names_the_nearest) {
        conf_write("[service:web]\ncommand = /bin/true\nrestart = on-failur\n");
        assert_refused("on-failure");
}
END_TEST

START_TEST(duplicate_key_is_an_error) {
        conf_write("[service:web]\ncommand = /bin/true\nnice = 1\nnice = 2\n");
        assert_refused(text("%s:%u: service:web.nice: ", box.conf, line_of("nice = 2")));
}
END_TEST

START_TEST(duplicate_section_is_an_error) {
        conf_write("[service:web]\ncommand = /bin/true\n[service:web]\ncommand = /bin/false\n");
        assert_refused("two sections");
}
END_TEST

START_TEST(key_outside_of_any_section_is_an_error) {
        char *path = box_write("conf/supd.ini", "command = /bin/true\n[service:web]\ncommand = /bin/true\n");
        assert_refused(text("%s:1: ", path));
}
END_TEST

START_TEST(unknown_group_of_users_is_an_error) {
        conf_write("[service:web]\ncommand = /bin/true\ngroup = no-such-group\n");
        assert_refused("no-such-group");
}
END_TEST

START_TEST(impossible_combinations_are_errors) {
        conf_write("[service:web]\ncommand = /bin/true\nshell = true\n");
        assert_refused("service:web");
        conf_write("[service:web]\ndescription = runs nothing\n");
        assert_refused("service:web");
}
END_TEST

START_TEST(group_of_unknown_services_is_an_error) {
        conf_write("[service:web]\ncommand = /bin/true\n[group:g]\nservices = wbe\n");
        assert_refused("wbe");
}
END_TEST

START_TEST(what_may_still_come_is_a_warning) {
        conf_write("[service:web]\ncommand = /nonexistent/program\ndirectory = /nonexistent/place\nautostart = no\n");
        Run r = supd_run("--check");
        ck_assert_msg(r.code == 0, "exit %d: %s", r.code, r.err);
        assert_contains(r.err, "/nonexistent/program");
        assert_contains(r.err, "/nonexistent/place");
}
END_TEST

START_TEST(check_starts_nothing_and_disturbs_nobody) {
        conf_write("[service:web]\ncommand = %s --marker %s/m\n", program_path("rude"), box.dir);
        supd_start();
        wait_for_line(in_box("m"), "ready");
        Run r = supd_run("--check");
        ck_assert_msg(r.code == 0, "%s", r.err);
        ck_assert_uint_eq(count_lines(in_box("m"), "start"), 1);
}
END_TEST

/* --- what arrives --- */

static char *long_word(size_t n) {
        char *s = calloc(1, n + 1);
        ck_assert_ptr_nonnull(s);
        for (size_t i = 0; i < n; i++)
                s[i] = (char) ('a' + i % 26);
        return s;
}

START_TEST(a_command_of_5000_characters_arrives_whole) {
        char *word = long_word(2600), *other = long_word(2400);
        conf_write("[service:web]\ncommand = %s %s/seen %s %s\n", program_path("inherited"), box.dir, word, other);
        supd_start();
        wait_for_file(in_box("seen"));
        char *seen = must_read(in_box("seen"));
        ck_assert_str_eq(value_of(seen, "argv.2"), word);
        ck_assert_str_eq(value_of(seen, "argv.3"), other);
        ck_assert_str_eq(value_of(seen, "argc"), "4");
}
END_TEST

START_TEST(a_semicolon_in_quotes_arrives_whole) {
        conf_write("[service:web]\ncommand = sh -c \"echo first ; echo second\"\nrestart = no\n");
        supd_start();
        wait_for_line(text("%s/web.log", box.log), "first");
        wait_for_line(text("%s/web.log", box.log), "second");
}
END_TEST

START_TEST(an_indented_key_is_a_key_of_its_own) {
        conf_write("[service:web]\n    command = %s %s/seen x\n        directory = %s\n\tumask = 0077\n",
                        program_path("inherited"), box.dir, box.dir);
        supd_start();
        wait_for_file(in_box("seen"));
        char *seen = must_read(in_box("seen"));
        ck_assert_str_eq(value_of(seen, "argc"), "3");
        ck_assert_str_eq(value_of(seen, "cwd"), box.dir);
        ck_assert_str_eq(value_of(seen, "umask"), "0077");
}
END_TEST

START_TEST(an_indented_misspelt_key_is_an_error_of_its_own) {
        conf_write("[service:web]\ncommand = /bin/true\n   umaks = 0077\n");
        assert_refused(text("%s:%u: service:web.umaks: ", box.conf, line_of("   umaks")));
}
END_TEST

START_TEST(utf8_percent_and_equals_arrive_whole) {
        conf_write("[service:web]\ndescription = größe = 100%% ; 日本\ncommand = %s\n", program_path("rude"));
        supd_start();
        ck_assert_str_eq(view("web").description, "größe = 100% ; 日本");
}
END_TEST

START_TEST(variables_come_from_the_environment) {
        setenv("PLACE", box.dir, 1);
        unsetenv("NOT_SET");
        conf_write("[service:web]\ncommand = %s ${PLACE}/seen ${NOT_SET:-fallback} $${PLACE}\n",
                        program_path("inherited"));
        supd_start();
        wait_for_file(in_box("seen"));
        char *seen = must_read(in_box("seen"));
        ck_assert_str_eq(value_of(seen, "argv.2"), "fallback");
        ck_assert_str_eq(value_of(seen, "argv.3"), "${PLACE}");
}
END_TEST

START_TEST(defaults_apply_and_can_be_overruled) {
        conf_write("[defaults]\numask = 0077\nnice = 3\n[service:a]\ncommand = %s %s/a\n[service:b]\ncommand = %s "
                   "%s/b\nnice = 4\n",
                        program_path("inherited"), box.dir, program_path("inherited"), box.dir);
        supd_start();
        wait_for_file(in_box("a"));
        wait_for_file(in_box("b"));
        char *a = must_read(in_box("a")), *b = must_read(in_box("b"));
        ck_assert_str_eq(value_of(a, "umask"), "0077");
        ck_assert_str_eq(value_of(a, "nice"), "3");
        ck_assert_str_eq(value_of(b, "nice"), "4");
}
END_TEST

START_TEST(a_directory_is_a_configuration) {
        conf_write("%s", "");
        box_write("conf/20-web.ini", "[service:web]\ncommand = %s --marker %s/m\n", program_path("rude"), box.dir);
        box.conf = in_box("conf");
        supd_start();
        wait_for_line(in_box("m"), "ready");
}
END_TEST

START_TEST(include_globs_are_relative_to_their_file) {
        box_write("conf/more/x.service.ini", "[service:web]\ncommand = %s --marker %s/m\n", program_path("rude"),
                        box.dir);
        conf_write_supd("include = more/*.service.ini\n", "%s", "");
        supd_start();
        wait_for_line(in_box("m"), "ready");
}
END_TEST

int main(void) {
        Suite *s = suite_create("config");
        TCase *c = it_case(s, "check");
        tcase_add_test(c, a_good_configuration_passes_both_checks);
        tcase_add_test(c, every_error_of_every_file_is_reported_at_once);
        tcase_add_test(c, misspelt_value_names_the_nearest);
        tcase_add_test(c, duplicate_key_is_an_error);
        tcase_add_test(c, duplicate_section_is_an_error);
        tcase_add_test(c, key_outside_of_any_section_is_an_error);
        tcase_add_test(c, unknown_group_of_users_is_an_error);
        tcase_add_test(c, impossible_combinations_are_errors);
        tcase_add_test(c, group_of_unknown_services_is_an_error);
        tcase_add_test(c, what_may_still_come_is_a_warning);
        tcase_add_test(c, check_starts_nothing_and_disturbs_nobody);

        c = it_case(s, "values");
        tcase_add_test(c, a_command_of_5000_characters_arrives_whole);
        tcase_add_test(c, a_semicolon_in_quotes_arrives_whole);
        tcase_add_test(c, an_indented_key_is_a_key_of_its_own);
        tcase_add_test(c, an_indented_misspelt_key_is_an_error_of_its_own);
        tcase_add_test(c, utf8_percent_and_equals_arrive_whole);
        tcase_add_test(c, variables_come_from_the_environment);
        tcase_add_test(c, defaults_apply_and_can_be_overruled);
        tcase_add_test(c, a_directory_is_a_configuration);
        tcase_add_test(c, include_globs_are_relative_to_their_file);
        return it_main(s);
}
