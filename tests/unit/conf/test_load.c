/* load.h: from files to services - includes, defaults, variables, instances, and all errors at once. */
#include "conf/load.h"

#include "conf/base/strv.h"
#include "tests/unit/conf/loaded.h"

START_TEST(one_service_arrives_as_written) {
        _loaded_ l = load_text("[service:web]\n"
                               "command = /bin/sh -c \"a ; b\" 100% date +%F\n"
                               "  description = x ; y # z\n"
                               "\trestart = always\n");
        const ServiceConfig *c = sound_service(&l, "web");
        ck_assert_str_eq(c->command[2], "a ; b");
        ck_assert_str_eq(c->command[3], "100%");
        ck_assert_str_eq(c->command[5], "+%F");
        ck_assert_ptr_null(c->command[6]);
        ck_assert_str_eq(c->description, "x ; y # z");
        ck_assert_int_eq(c->restart, RESTART_ALWAYS);
        ck_assert_ptr_eq(c->owner, l.config);
        ck_assert_uint_eq(c->line, 1);
        ck_assert_uint_eq(c->instance, 0);
        ck_assert_str_eq(c->template_name, "web");
        ck_assert_str_eq(c->file, path_of("supd.ini"));
        ck_assert_ptr_null(c->credentials);
}
END_TEST

START_TEST(five_thousand_characters_of_command_line_arrive) {
        char text[6000] = "[service:web]\ncommand = /bin/echo ";
        size_t head = strlen(text);
        for (size_t i = 0; i < 5000; i++)
                text[head + i] = i % 10 == 9 ? ' ' : (char) ('a' + i % 7);
        text[head + 4999] = 'Z';
        strcpy(text + head + 5000, "\nrestart = no\n");
        _loaded_ l = load_text(text);
        const ServiceConfig *c = sound_service(&l, "web");
        size_t n = strv_length(c->command);
        ck_assert_uint_eq(n, 501);
        ck_assert_int_eq(c->command[500][strlen(c->command[500]) - 1], 'Z');
        ck_assert_int_eq(c->restart, RESTART_NO);
}
END_TEST

START_TEST(a_megabyte_arrives) {
        size_t n = 1 << 20;
        char *text = malloc(n + 100);
        ck_assert_ptr_nonnull(text);
        int head = sprintf(text, "[service:web]\nshell = ");
        for (size_t i = 0; i < n; i++)
                text[(size_t) head + i] = (char) ('a' + i % 26);
        strcpy(text + head + n, "\nnice = 3\n");
        _loaded_ l = load_text(text);
        const ServiceConfig *c = sound_service(&l, "web");
        ck_assert_uint_eq(strlen(c->shell), n);
        ck_assert_mem_eq(c->shell, text + head, n);
        ck_assert_int_eq(c->nice, 3);
        free(text);
}
END_TEST

START_TEST(defaults_count_from_any_file_and_in_any_order) {
        write_file("conf.d/a.ini", "[service:a]\ncommand = /bin/true\nstop_timeout = 3s\n");
        write_file("conf.d/z.ini", "[defaults]\nstop_timeout = 7s\nnice = 5\nstdout = /var/log/%n.out\n");
        _loaded_ l = load_text("[service:main]\ncommand = /bin/true\n[defaults]\nkill_mode = all\n");
        const ServiceConfig *a = sound_service(&l, "a"), *m = sound_service(&l, "main");
        ck_assert_uint_eq(a->stop_timeout, 3 * USEC_PER_SEC);
        ck_assert_uint_eq(m->stop_timeout, 7 * USEC_PER_SEC);
        ck_assert_int_eq(a->nice, 5);
        ck_assert_int_eq(m->kill_mode, KILL_MODE_ALL);
        ck_assert_str_eq(a->stdout_target.path, "/var/log/a.out");
        ck_assert_str_eq(m->stdout_target.path, "/var/log/main.out");
        ck_assert_uint_eq(strv_length(l.config->files), 3);
}
END_TEST

START_TEST(a_service_takes_back_what_defaults_say) {
        _loaded_ l = load_text("[defaults]\nnice = 5\nuser = daemon\nshell = exit 1\nenvironment = A=1\nrestart = no\n"
                               "[service:a]\ncommand = /bin/true\nnice =\nuser =\nenvironment = B=2\nrestart =\n");
        const ServiceConfig *c = sound_service(&l, "a");
        ck_assert(!c->has_nice && !c->user && !c->credentials && !c->shell);
        ck_assert_int_eq(c->restart, RESTART_ON_FAILURE);
        ck_assert_str_eq(c->environment[0], "B=2"); /* replaced, not added to */
        ck_assert_ptr_null(c->environment[1]);
}
END_TEST

START_TEST(instances_get_their_number_and_name) {
        _loaded_ l = load_text("[service:w]\ninstances = 3\ncommand = /bin/echo %i %n %% %F\nenvironment = P=80%i\n"
                               "directory = /tmp\nstdout = %n.log\nuser = daemon\n");
        ck_assert_ptr_null(config_find_service(l.config, "w"));
        ck_assert_uint_eq(l.config->n_services, 3);
        const ServiceConfig *two = sound_service(&l, "w@2"), *three = sound_service(&l, "w@3");
        ck_assert_str_eq(two->command[1], "2");
        ck_assert_str_eq(two->command[2], "w@2");
        ck_assert_str_eq(two->command[3], "%");
        ck_assert_str_eq(two->command[4], "%F");
        ck_assert_str_eq(two->environment[0], "P=802");
        ck_assert_str_eq(three->stdout_target.path, "/var/log/supd/w@3.log");
        ck_assert_uint_eq(three->instance, 3);
        ck_assert_uint_eq(three->instances, 3);
        ck_assert_str_eq(three->template_name, "w");
        ck_assert_ptr_eq(two->directory, three->directory);
        ck_assert_ptr_eq(two->credentials, three->credentials);
        ck_assert_ptr_null(config_find_service(l.config, "w@4"));
}
END_TEST

START_TEST(percent_i_without_instances_is_left_and_pointed_out) {
        _loaded_ l = load_text("[service:a]\ncommand = /bin/echo %i %n\n[service:b]\nshell = printf %i 3\n");
        ck_assert_str_eq(l.messages,
                        "supd.ini:2: warning: service:a.command: %i is left as it is: the service has no instances");
        ck_assert_int_eq(l.result, 0);
        ck_assert_str_eq(config_find_service(l.config, "a")->command[1], "%i");
        ck_assert_str_eq(config_find_service(l.config, "a")->command[2], "a");
        ck_assert_str_eq(config_find_service(l.config, "b")->shell, "printf %i 3");
}
END_TEST

START_TEST(variables_come_from_the_given_environment_but_not_into_shell) {
        _loaded_ l = load_text("[service:a]\ncommand = /bin/echo ${PORT} ${NOPE:-none} \"${SENTENCE}\" $$x "
                               "$1\nstop_timeout = ${NOPE:-4s}\n"
                               "[service:b]\nshell = echo ${PORT} $$ ${NOPE}\n");
        const ServiceConfig *a = sound_service(&l, "a");
        ck_assert_str_eq(a->command[1], "8080");
        ck_assert_str_eq(a->command[2], "none");
        ck_assert_str_eq(a->command[3], "two words");
        ck_assert_str_eq(a->command[4], "$x");
        ck_assert_str_eq(a->command[5], "$1");
        ck_assert_uint_eq(a->stop_timeout, 4 * USEC_PER_SEC);
        ck_assert_str_eq(sound_service(&l, "b")->shell, "echo ${PORT} $$ ${NOPE}");
}
END_TEST

START_TEST(every_error_of_every_file_is_reported_at_once) {
        write_file("conf.d/a.ini", "[service:a]\ncomand = /bin/true\nuser = no-such-user-here\n");
        write_file("conf.d/b.ini",
                        "junk\n[servce:b]\ncommand = x\n[service:b]\ncommand = ${NOPE}\nrestart = allways\n");
        _loaded_ l = load_text("x = 1\n[defaults]\nnice = 99\n[service:m]\ncommand = /bin/true\ncommand = "
                               "/bin/false\nshell = x\n");
        ck_assert_int_eq(l.result, -EBADMSG);
        ck_assert_str_eq(l.messages,
                        "supd.ini:1: x: this key stands before the first section\n"
                        "supd.ini:6: service:m.command: this key is set twice; the first is in supd.ini, line 5\n"
                        "conf.d/a.ini:2: service:a.comand: unknown key; did you mean `command`?\n"
                        "conf.d/b.ini:1: neither `[section]` nor `key = value` nor a comment\n"
                        "conf.d/b.ini:2: unknown section [servce:b]; did you mean `service`?\n"
                        "conf.d/b.ini:5: service:b.command: the variable NOPE is not set in supd's environment\n"
                        "supd.ini:3: defaults.nice: `99` is out of range (-20 to 19)\n"
                        "supd.ini:7: service:m.shell: there is a command as well; a service has one of the two\n"
                        "conf.d/a.ini:3: service:a.user: unknown user `no-such-user-here`\n"
                        "conf.d/b.ini:6: service:b.restart: unknown value `allways`; did you mean `always`?");
}
END_TEST

START_TEST(sections_of_one_name_are_refused_with_both_places) {
        write_file("conf.d/a.ini", "\n[service:a]\ncommand = /bin/false\nnice = 3\n");
        assert_refused("[service:a]\ncommand = /bin/true\n", "conf.d/a.ini:2: service:a: there are two sections of "
                                                             "this name; the first is in supd.ini, line 1");
        assert_refused("[defaults]\nnice=1\n[defaults]\nnice=2\n",
                        "supd.ini:3: defaults: there are two sections of this name; the first is in supd.ini, line 1");
}
END_TEST

START_TEST(supd_and_defaults_may_be_spread_but_no_key_stands_twice) {
        write_file("conf.d/a.ini", "[defaults]\nnice = 3\numask = 077\n[supd]\nlog_keep = 3\n");
        assert_refused("[defaults]\nnice = 1\n[supd]\nlog_max_size = 1M\n",
                        "conf.d/a.ini:2: defaults.nice: this key is set twice; the first is in supd.ini, line 2");
        write_file("conf.d/a.ini", "[defaults]\nnice = 3\n[supd]\nlog_keep = 3\n");
        _loaded_ l = load_text("[defaults]\numask = 077\n[supd]\nlog_max_size = 1M\n");
        ck_assert_str_eq(l.messages, "");
        ck_assert_uint_eq(l.config->daemon.log_keep, 3);
        ck_assert_uint_eq(l.config->daemon.log_max_size, 1 << 20);
}
END_TEST

START_TEST(includes_are_relative_to_their_file_and_read_once) {
        write_file("x/one.ini", "[service:one]\ncommand = /bin/true\n[supd]\ninclude = two.ini\n");
        write_file("x/two.ini", "[service:two]\ncommand = /bin/true\n");
        write_file("conf.d/unseen.ini", "junk");
        _loaded_ l = load_text("[supd]\ninclude = x/*.ini, x/two.ini nothing/*.ini\n");
        ck_assert_str_eq(l.messages, "");
        ck_assert_uint_eq(l.config->n_services, 2);
        ck_assert_str_eq(l.config->services[0]->name, "one");
        ck_assert_str_eq(l.config->services[1]->name, "two");
        ck_assert_uint_eq(strv_length(l.config->daemon.include), 3);
}
END_TEST

START_TEST(includes_that_cannot_be_read_are_named_where_they_are_asked_for) {
        write_file("x/loop.ini", "[supd]\ninclude = ../supd.ini\n");
        write_file("x/sub/file.ini", "");
        assert_refused("[supd]\ninclude = missing.ini x x/loop.ini\n",
                        "supd.ini:2: supd.include: missing.ini: No such file or directory\n"
                        "supd.ini:2: supd.include: x: is a directory; to read what is in it, write DIRECTORY/*.ini\n"
                        "x/loop.ini:2: supd.include: x/../supd.ini: includes itself, directly or through the files it "
                        "includes");
        _loaded_ l = load_text("[supd]\ninclude = *.ini\n");
        ck_assert_int_eq(l.result, 0);
        ck_assert_str_eq(l.messages,
                        "supd.ini:2: warning: supd.include: supd.ini is matched by a pattern in a file that it "
                        "includes itself; it is not read twice");
}
END_TEST

START_TEST(an_included_pipe_is_refused_because_it_could_be_waited_for_for_ever) {
        (void) path_of("");
        ck_assert_int_eq(mkfifo(path_of("pipe"), 0600), 0);
        assert_refused("[supd]\ninclude = pipe\n", "supd.ini:2: supd.include: pipe: not a regular file");
}
END_TEST

START_TEST(an_empty_include_is_none_and_no_include_is_conf_d) {
        write_file("conf.d/a.ini", "[service:a]\ncommand = /bin/true\n");
        write_file("conf.d/a.ini.bak", "junk");
        Loaded none = load_text("[supd]\ninclude =\n");
        ck_assert_uint_eq(none.config->n_services, 0);
        ck_assert_ptr_null(none.config->daemon.include);
        config_unref(none.config);
        free(none.messages);
        _loaded_ l = load_text("");
        (void) sound_service(&l, "a");
        ck_assert_str_eq(l.config->daemon.include[0], "conf.d/*.ini");
}
END_TEST

START_TEST(a_directory_is_read_in_the_order_of_its_names) {
        write_file("d/b.ini", "[service:b]\ncommand = /bin/true\n");
        write_file("d/B.ini", "[service:B]\ncommand = /bin/true\n");
        write_file("d/a.ini", "[service:a]\ncommand = /bin/true\n");
        write_file("d/.hidden.ini", "junk");
        write_file("d/readme", "junk");
        write_file("d/conf.d/unseen.ini", "junk");
        _loaded_ l = load_named("d");
        ck_assert_str_eq(l.messages, "");
        ck_assert_uint_eq(l.config->n_services, 3);
        ck_assert_str_eq(l.config->services[0]->name, "B");
        ck_assert_str_eq(l.config->services[1]->name, "a");
        ck_assert_str_eq(l.config->services[2]->name, "b");
}
END_TEST

START_TEST(a_main_file_that_is_not_there_is_the_systems_error) {
        _loaded_ l = load_named("nothing.ini");
        ck_assert_int_eq(l.result, -ENOENT);
        ck_assert_str_eq(l.messages, "nothing.ini: No such file or directory");
}
END_TEST

START_TEST(skip_service_leaves_out_what_is_wrong_and_only_that) {
        static const char text[] =
                        "[supd]\non_config_error = skip-service\n[service:bad]\ncommand = /bin/true\nnice = x\n"
                        "[service:good]\ncommand = /bin/true\n[service:a b]\ncommand = /bin/true\n"
                        "[group:g]\nservices = bad good\n[service:open]\ncommand = /bin/true\njunk\n";
        _loaded_ l = load_text(text);
        ck_assert_int_eq(l.result, 0);
        ck_assert_uint_eq(l.diagnostics.n_errors, 3);
        ck_assert_uint_eq(l.config->n_services, 1);
        ck_assert_str_eq(l.config->services[0]->name, "good");
        ck_assert_ptr_null(config_find_service(l.config, "bad"));
        ck_assert_ptr_nonnull(config_find_group(l.config, "g"));
}
END_TEST

START_TEST(skip_service_does_not_excuse_errors_outside_of_services) {
        assert_refused("junk\n[supd]\non_config_error = skip-service\n",
                        "supd.ini:1: neither `[section]` nor `key = value` nor a comment");
        assert_refused("[supd]\non_config_error = skip-service\nlog_keep = many\n",
                        "supd.ini:3: supd.log_keep: `many` is not a whole number");
        assert_refused("[supd]\non_config_error = skip-service\n[defaults]\nnice = many\n",
                        "supd.ini:4: defaults.nice: `many` is not a whole number");
}
END_TEST

START_TEST(the_caller_decides_on_errors_when_the_file_does_not) {
        write_file("supd.ini", "[service:bad]\nnice = x\n[service:good]\ncommand = /bin/true\n");
        LoadOptions o = { .path = path_of("supd.ini"), .is_root = true, .on_error = ON_CONFIG_ERROR_SKIP_SERVICE };
        _loaded_ l = load_with(&o);
        ck_assert_int_eq(l.result, 0);
        ck_assert_uint_eq(l.config->n_services, 1);
}
END_TEST

START_TEST(paths_of_the_daemon_depend_on_who_runs_it) {
        write_file("supd.ini", "");
        char *const xdg[] = { (char *) "HOME=/home/me", (char *) "XDG_RUNTIME_DIR=/run/user/7", NULL };
        LoadOptions o = { .path = path_of("supd.ini"), .environment = xdg };
        Loaded user = load_with(&o);
        ck_assert_str_eq(user.config->daemon.log_directory, "/home/me/.local/state/supd");
        ck_assert_str_eq(user.config->daemon.log_file, "/home/me/.local/state/supd/supd.log");
        ck_assert_str_eq(user.config->daemon.pid_file, "/run/user/7/supd/supd.pid");
        config_unref(user.config);
        free(user.messages);
        o.is_root = true;
        o.runtime_directory = "/run/other";
        _loaded_ root = load_with(&o);
        ck_assert_str_eq(root.config->daemon.log_directory, "/var/log/supd");
        ck_assert_str_eq(root.config->daemon.pid_file, "/run/other/supd.pid");
        ck_assert_uint_eq(root.config->daemon.control_gid, (gid_t) -1);
}
END_TEST

static void assert_path(int (*function)(bool, char *const *, char **), bool is_root, char *const *environment, int r,
                const char *wanted) {
        _cleanup_(freep) char *path = NULL;
        ck_assert_int_eq(function(is_root, environment, &path), r);
        if (r == 0)
                ck_assert_str_eq(path, wanted);
}

START_TEST(default_paths_follow_the_xdg_rules) {
        char *const both[] = { (char *) "HOME=/h", (char *) "XDG_CONFIG_HOME=/x", (char *) "XDG_RUNTIME_DIR=/r", NULL };
        char *const relative[] = { (char *) "HOME=/h", (char *) "XDG_CONFIG_HOME=x", (char *) "SUPD_RUNTIME_DIR=/own",
                NULL };
        assert_path(config_default_path, false, both, 0, "/x/supd/supd.ini");
        assert_path(config_default_path, false, relative, 0, "/h/.config/supd/supd.ini");
        assert_path(config_default_path, false, NULL, -ENOENT, NULL);
        assert_path(runtime_directory_default, false, both, 0, "/r/supd");
        assert_path(runtime_directory_default, true, both, 0, "/run/supd");
        assert_path(runtime_directory_default, true, relative, 0, "/own");
        assert_path(runtime_directory_default, false, NULL, -ENXIO, NULL);
}
END_TEST

START_TEST(users_and_groups_are_resolved) {
        _loaded_ l = load_text(
                        "[service:a]\ncommand = /bin/true\nuser = daemon\n"
                        "[service:b]\ncommand = /bin/true\nuser = 1\ngroup = 4242\nsupplementary_groups = 7, daemon\n"
                        "[service:c]\ncommand = /bin/true\nuser = 3141592\n[service:d]\ncommand = /bin/true\nuser = "
                        "daemon\n");
        const Credentials *a = sound_service(&l, "a")->credentials, *b = sound_service(&l, "b")->credentials;
        const Credentials *c = sound_service(&l, "c")->credentials;
        ck_assert(a->uid == 1 && a->gid == 1 && a->n_groups >= 1 && a->groups[0] == 1);
        ck_assert_str_eq(a->user_name, "daemon");
        ck_assert_ptr_nonnull(a->home);
        ck_assert(b->uid == 1 && b->gid == 4242 && b->n_groups == 2 && b->groups[0] == 7 && b->groups[1] == 1);
        ck_assert(c->uid == 3141592 && c->gid == 3141592 && !c->user_name && !c->home && c->n_groups == 1);
        ck_assert_uint_eq(c->groups[0], 3141592);
        ck_assert_ptr_eq(sound_service(&l, "d")->credentials, a);
}
END_TEST

START_TEST(a_thousand_services_are_small_and_all_found) {
        char *text = NULL;
        size_t size = 0;
        FILE *f = open_memstream(&text, &size);
        fputs("[defaults]\nuser = daemon\nenvironment = A=1 B=2\nlimit_nofile = 1000\n", f);
        for (int i = 0; i < 1000; i++)
                fprintf(f, "[service:svc%d]\ncommand = /bin/sleep %d\nrestart = always\nstop_timeout = 5s\n", i, i);
        fclose(f);
        _loaded_ l = load_text(text);
        free(text);
        for (int i = 0; i < 1000; i++) {
                char name[16];
                snprintf(name, sizeof(name), "svc%d", i);
                const ServiceConfig *c = sound_service(&l, name);
                ck_assert_ptr_eq(c, l.config->services[i]);
                ck_assert_ptr_eq(c->environment, l.config->services[0]->environment);
                ck_assert_ptr_eq(c->limits, l.config->services[0]->limits);
        }
        ck_assert_uint_lt(l.config->arena.n_bytes / 1000, sizeof(ServiceConfig) + 100);
}
END_TEST

START_TEST(a_file_full_of_mistakes_is_given_up_on_in_time) {
        size_t n = 4 << 20;
        char *text = malloc(n + 1);
        ck_assert_ptr_nonnull(text);
        memcpy(text, "[service:a]\n", 12);
        for (size_t i = 12; i < n; i++)
                text[i] = "comand=x\n"[(i - 12) % 9];
        text[n] = '\0';
        _loaded_ l = load_text(text);
        free(text);
        ck_assert_int_eq(l.result, -EBADMSG);
        ck_assert_uint_eq(l.diagnostics.n_items, DIAGNOSTICS_MAX);
        ck_assert_uint_lt(l.diagnostics.n_errors, DIAGNOSTICS_MAX + 10);
}
END_TEST

START_TEST(a_config_lives_until_its_last_reference) {
        _loaded_ l = load_text("[service:a]\ncommand = /bin/true\n");
        Config *second = config_ref(l.config);
        l.config = config_unref(l.config);
        ck_assert_ptr_null(l.config);
        ck_assert_str_eq(second->services[0]->name, "a");
        ck_assert_ptr_null(config_unref(second));
        ck_assert_ptr_null(config_unref(NULL));
}
END_TEST

RUN_TESTS("load", one_service_arrives_as_written, five_thousand_characters_of_command_line_arrive, a_megabyte_arrives,
                defaults_count_from_any_file_and_in_any_order, a_service_takes_back_what_defaults_say,
                instances_get_their_number_and_name, percent_i_without_instances_is_left_and_pointed_out,
                variables_come_from_the_given_environment_but_not_into_shell,
                every_error_of_every_file_is_reported_at_once, sections_of_one_name_are_refused_with_both_places,
                supd_and_defaults_may_be_spread_but_no_key_stands_twice,
                includes_are_relative_to_their_file_and_read_once,
                includes_that_cannot_be_read_are_named_where_they_are_asked_for,
                an_included_pipe_is_refused_because_it_could_be_waited_for_for_ever,
                an_empty_include_is_none_and_no_include_is_conf_d, a_directory_is_read_in_the_order_of_its_names,
                a_main_file_that_is_not_there_is_the_systems_error, skip_service_leaves_out_what_is_wrong_and_only_that,
                skip_service_does_not_excuse_errors_outside_of_services,
                the_caller_decides_on_errors_when_the_file_does_not, paths_of_the_daemon_depend_on_who_runs_it,
                default_paths_follow_the_xdg_rules, users_and_groups_are_resolved,
                a_thousand_services_are_small_and_all_found, a_file_full_of_mistakes_is_given_up_on_in_time,
                a_config_lives_until_its_last_reference);
