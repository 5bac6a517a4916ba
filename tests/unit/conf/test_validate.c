/* validate.h: combinations, references, names, things that are not there. */
#include "tests/unit/conf/loaded.h"

#define RUNS "command = /bin/true\n"

START_TEST(a_service_has_exactly_one_thing_to_run) {
        assert_refused("[service:a]\nnice = 1\n",
                        "supd.ini:1: service:a: there is nothing to run: neither command nor shell is set");
        assert_refused("[service:a]\n",
                        "supd.ini:1: service:a: there is nothing to run: neither command nor shell is set");
        assert_refused("[service:a]\n" RUNS "shell = x\n",
                        "supd.ini:3: service:a.shell: there is a command as well; a service has one of the two");
        assert_refused("[service:a]\ncommand = 'x\n", "supd.ini:2: service:a.command: single quote is not closed");
}
END_TEST

START_TEST(a_delay_above_a_written_maximum_is_refused) {
        assert_refused("[service:a]\n" RUNS "restart_delay = 2min\nrestart_delay_max = 1min\n",
                        "supd.ini:3: service:a.restart_delay: restart_delay (2min) is more than restart_delay_max "
                        "(1min)");
        assert_refused("[defaults]\nrestart_delay = 2min\n[service:a]\n" RUNS "restart_delay_max = 1s\n",
                        "supd.ini:5: service:a.restart_delay_max: restart_delay (2min) is more than restart_delay_max "
                        "(1s)");
        assert_refused("[service:a]\n" RUNS "restart_delay = infinity\n",
                        "supd.ini:3: service:a.restart_delay: it cannot be infinity; write restart = no");
}
END_TEST

START_TEST(a_delay_above_the_built_in_maximum_raises_it) {
        _loaded_ l = load_text("[service:a]\n" RUNS "restart_delay = 2min\n");
        ck_assert_uint_eq(sound_service(&l, "a")->restart_delay_max, 120 * USEC_PER_SEC);
}
END_TEST

START_TEST(exit_statuses_cannot_both_prevent_and_force) {
        assert_refused("[service:a]\n" RUNS "restart_prevent_exit_status = 1 2 TERM\nrestart_force_exit_status = 3 2\n",
                        "supd.ini:4: service:a.restart_force_exit_status: exit code 2 stands in "
                        "restart_prevent_exit_status as well");
        assert_refused("[service:a]\n" RUNS "restart_prevent_exit_status = TERM\nrestart_force_exit_status = SIGTERM\n",
                        "supd.ini:4: service:a.restart_force_exit_status: signal TERM stands in "
                        "restart_prevent_exit_status as well");
}
END_TEST

START_TEST(a_start_limit_needs_an_interval) {
        assert_refused("[service:a]\n" RUNS "start_limit_burst = 3\nstart_limit_interval = 0\n",
                        "supd.ini:4: service:a.start_limit_interval: it is 0, and no start ever counts against "
                        "start_limit_burst");
}
END_TEST

START_TEST(instances_do_not_share_a_log_file) {
        assert_refused("[service:a]\ninstances = 2\n" RUNS "stdout = /var/log/a.log\nstderr = /var/log/a-%i.log\n",
                        "supd.ini:4: service:a.stdout: all instances would write to /var/log/a.log; put %i or %n into "
                        "the path");
        _loaded_ one = load_text("[service:a]\ninstances = 1\n" RUNS "stdout = /var/log/a.log\n");
        (void) sound_service(&one, "a@1");
}
END_TEST

START_TEST(one_file_for_both_outputs_is_the_same_output) {
        _loaded_ l = load_text("[service:a]\ninstances = 2\n" RUNS "stdout = %n.log\nstderr = /var/log/supd/%n.log\n");
        ck_assert_int_eq(sound_service(&l, "a@1")->stderr_target.kind, OUTPUT_SAME);
        ck_assert_int_eq(sound_service(&l, "a@2")->stderr_target.kind, OUTPUT_SAME);
        ck_assert_str_eq(sound_service(&l, "a@2")->stdout_target.path, "/var/log/supd/a@2.log");
}
END_TEST

START_TEST(services_that_share_a_log_file_are_pointed_out) {
        _loaded_ l = load_text("[service:a]\n" RUNS "stdout = all.log\nstderr = all.log\n[service:b]\n" RUNS
                               "stdout = null\n[service:c]\n" RUNS "stderr = /var/log/supd/all.log\n");
        ck_assert_str_eq(l.messages,
                        "supd.ini:10: warning: service:c.stderr: service:a writes to /var/log/supd/all.log as "
                        "well; each would rotate it away from the other");
        ck_assert_int_eq(l.result, 0);
}
END_TEST

START_TEST(names_are_safe_for_files_and_command_lines) {
        static const struct {
                const char *name, *reason;
        } cases[] = {
                { "", "the name is missing" },
                { "all", "the name `all` means every service on the command line" },
                { "a@1", "`@` is kept for instances (instances = N)" },
                { "a/b", "a name consists of letters, digits, `_`, `.` and `-`" },
                { "a b", "a name consists of letters, digits, `_`, `.` and `-`" },
                { "ä", "a name consists of letters, digits, `_`, `.` and `-`" },
                { "..", "a name begins with a letter, a digit or `_`" },
                { "-x", "a name begins with a letter, a digit or `_`" },
                { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                                "the name is longer than 64 bytes" },
        };
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                char text[200], messages[300];
                snprintf(text, sizeof(text), "[service:%s]\n" RUNS, cases[i].name);
                snprintf(messages, sizeof(messages), "supd.ini:1: service:%s: %s", cases[i].name, cases[i].reason);
                assert_refused(text, messages);
        }
        _loaded_ l = load_text("[service:All.you_need-2]\n" RUNS);
        (void) sound_service(&l, "All.you_need-2");
}
END_TEST

START_TEST(groups_name_services_that_exist) {
        static const char services[] = "[service:web]\n" RUNS "instances = 2\n[service:db]\n" RUNS;
        char text[300];
        snprintf(text, sizeof(text), "%s[group:g]\nservices = web, web@2 db d* web@*\n", services);
        Loaded good = load_text(text);
        ck_assert_str_eq(good.messages, "");
        ck_assert_str_eq(config_find_group(good.config, "g")->services[1], "web@2");
        config_unref(good.config);
        free(good.messages);
        snprintf(text, sizeof(text), "%s[group:g]\nservices = wbe web@3 db@1 x* other\n", services);
        assert_refused(text, "supd.ini:7: group:g.services: there is no service `wbe`; did you mean `web`?\n"
                             "supd.ini:7: group:g.services: there is no service `web@3`\n"
                             "supd.ini:7: group:g.services: there is no service `db@1`\n"
                             "supd.ini:7: group:g.services: no service matches `x*`\n"
                             "supd.ini:7: group:g.services: there is no service `other`");
        assert_refused("[group:g]\n", "supd.ini:1: group:g.services: the group has no members");
        assert_refused("[service:g]\n" RUNS "[group:g]\nservices = g\n",
                        "supd.ini:3: group:g: there is a service of the same name in supd.ini, line 1");
}
END_TEST

START_TEST(keys_in_the_wrong_section_are_sent_to_the_right_one) {
        assert_refused("[service:a]\n" RUNS "include = x\n[group:g]\nservices = a\ncommand = x\n",
                        "supd.ini:3: service:a.include: unknown key here; it belongs into [supd]\n"
                        "supd.ini:6: group:g.command: unknown key here; it belongs into [service:NAME]");
}
END_TEST

START_TEST(unknown_users_and_groups_are_errors) {
        assert_refused("[service:a]\n" RUNS "user = no-such-user-here\n",
                        "supd.ini:3: service:a.user: unknown user `no-such-user-here`");
        assert_refused("[service:a]\n" RUNS "user = daemon\ngroup = no-such-group\n",
                        "supd.ini:4: service:a.group: unknown group `no-such-group`");
        assert_refused("[service:a]\n" RUNS "supplementary_groups = daemon no-such-group\n",
                        "supd.ini:3: service:a.supplementary_groups: unknown group `no-such-group`");
        assert_refused("[supd]\ncontrol_group = no-such-group\n",
                        "supd.ini:2: supd.control_group: unknown group `no-such-group`");
}
END_TEST

START_TEST(only_root_changes_user_or_root_directory) {
        char own[300];
        snprintf(own, sizeof(own),
                        "[service:me]\n" RUNS "user = %u\ngroup = %u\n[service:a]\n" RUNS
                        "user = 4242\n[service:b]\n" RUNS "root_directory = /tmp\n",
                        geteuid(), getegid());
        write_file("supd.ini", own);
        LoadOptions o = { .path = path_of("supd.ini"), .is_root = false };
        _loaded_ l = load_with(&o);
        ck_assert_int_eq(l.result, -EBADMSG);
        ck_assert_str_eq(l.messages,
                        "supd.ini:7: service:a.user: supd does not run as root and cannot change user or groups\n"
                        "supd.ini:10: service:b.root_directory: only root can change the root directory");
}
END_TEST

START_TEST(what_is_not_there_yet_is_a_warning) {
        write_file("plain", "x");
        char text[600], messages[600];
        snprintf(text, sizeof(text),
                        "[service:a]\ncommand = /no/such/program\ndirectory = /no/such/place\n"
                        "[service:b]\ncommand = %s/plain\ndirectory = %s/plain\n"
                        "[service:c]\ncommand = program-in-path\n"
                        "[service:d]\n" RUNS "root_directory = /no/root\n",
                        loaded_directory, loaded_directory);
        snprintf(messages, sizeof(messages),
                        "supd.ini:2: warning: service:a.command: /no/such/program: No such file or directory\n"
                        "supd.ini:3: warning: service:a.directory: /no/such/place: No such file or directory\n"
                        "supd.ini:5: warning: service:b.command: plain is not an executable file\n"
                        "supd.ini:6: warning: service:b.directory: plain is not a directory\n"
                        "supd.ini:10: warning: service:d.command: /no/root/bin/true: No such file or directory\n"
                        "supd.ini:11: warning: service:d.root_directory: /no/root: No such file or directory");
        _loaded_ l = load_text(text);
        ck_assert_str_eq(l.messages, messages);
        ck_assert_int_eq(l.result, 0);
        ck_assert_uint_eq(l.config->n_services, 4);
}
END_TEST

RUN_TESTS("validate", a_service_has_exactly_one_thing_to_run, a_delay_above_a_written_maximum_is_refused,
                a_delay_above_the_built_in_maximum_raises_it, exit_statuses_cannot_both_prevent_and_force,
                a_start_limit_needs_an_interval, instances_do_not_share_a_log_file,
                services_that_share_a_log_file_are_pointed_out, one_file_for_both_outputs_is_the_same_output,
                names_are_safe_for_files_and_command_lines, groups_name_services_that_exist,
                keys_in_the_wrong_section_are_sent_to_the_right_one, unknown_users_and_groups_are_errors,
                only_root_changes_user_or_root_directory, what_is_not_there_yet_is_a_warning);
