/* schema.h: the table is complete and consistent, and each type reads what it shows. */
#include "conf/schema.h"

#include <string.h>

#include "tests/unit/run_tests.h"

typedef struct Parsed {
        Arena arena;
        SchemaContext context;
        ServiceConfig service;
} Parsed;

static void parsed_init(Parsed *p) {
        memset(p, 0, sizeof(*p));
        p->context.arena = &p->arena;
        p->context.log_directory = "/var/log/supd";
        ck_assert_int_eq(schema_set_defaults(SCHEMA_SERVICE, &p->context, &p->service), 0);
}

static void parsed_done(Parsed *p) {
        free(p->context.reason);
        free(p->context.warning);
        arena_done(&p->arena);
}

static const SchemaKey *key_named(const char *name) {
        const SchemaKey *k = schema_find(SCHEMA_SERVICE, name);
        ck_assert_msg(k, "no key %s", name);
        return k;
}

static void assert_shows(const char *name, const char *text, const char *wanted) {
        _cleanup_(parsed_done) Parsed p;
        _cleanup_(freep) char *shown = NULL;
        parsed_init(&p);
        int r = schema_parse(key_named(name), text, &p.context, &p.service);
        ck_assert_msg(r == 0, "%s = %s: %s", name, text, p.context.reason ? p.context.reason : "?");
        ck_assert_int_eq(schema_format(key_named(name), &p.service, &shown), 0);
        ck_assert_msg(shown && strcmp(shown, wanted) == 0, "%s = %s is shown as %s", name, text,
                        shown ? shown : "(nothing)");
        /* what is shown reads back to an equal value */
        ServiceConfig again = p.service;
        ck_assert_int_eq(schema_parse(key_named(name), shown, &p.context, &again), 0);
        ck_assert(schema_equal(key_named(name), &p.service, &again));
}

static void assert_refuses(const char *name, const char *text, const char *wanted) {
        _cleanup_(parsed_done) Parsed p;
        parsed_init(&p);
        ServiceConfig before = p.service;
        int r = schema_parse(key_named(name), text, &p.context, &p.service);
        ck_assert_msg(r == -EINVAL || r == -ERANGE, "%s = %s gave %d", name, text, r);
        ck_assert_str_eq(p.context.reason, wanted);
        ck_assert_mem_eq(&before, &p.service, sizeof(before));
}

START_TEST(every_key_is_documented_and_found) {
        for (size_t i = 0; i < n_schema_keys; i++) {
                const SchemaKey *k = &schema_keys[i];
                ck_assert_ptr_eq(schema_find(k->section, k->name), k); /* no name twice in a section */
                ck_assert_msg(k->help && strlen(k->help) > 10 && !strchr(k->help, '\n'), "%s has no help", k->name);
                ck_assert_msg(k->help[strlen(k->help) - 1] != '.', "%s", k->name);
                ck_assert(schema_type_name(k) && schema_type_help(k));
                ck_assert_ptr_nonnull(schema_topic_to_string(k->topic));
                ck_assert_msg(k->section != SCHEMA_SERVICE || k->offset < sizeof(ServiceConfig), "%s", k->name);
        }
        ck_assert_ptr_null(schema_find(SCHEMA_SERVICE, "nothing"));
        ck_assert_ptr_null(schema_find(SCHEMA_GROUP, "command"));
}
END_TEST

START_TEST(every_key_of_the_specification_is_there) {
        static const char *const keys[] = { "command", "shell", "description", "autostart", "instances", "directory",
                "root_directory", "user", "group", "supplementary_groups", "umask", "nice", "oom_score_adjust",
                "cpu_affinity", "no_new_privileges", "environment", "environment_file", "clear_environment", "restart",
                "restart_delay", "restart_delay_max", "restart_backoff", "restart_jitter", "min_uptime",
                "start_limit_burst", "start_limit_interval", "success_exit_status", "restart_prevent_exit_status",
                "restart_force_exit_status", "start_timeout", "stop_signal", "stop_timeout", "kill_mode", "kill_signal",
                "reload_signal", "stdout", "stderr", "log_max_size", "log_keep" };
        for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
                (void) key_named(keys[i]);
}
END_TEST

START_TEST(every_resource_limit_of_linux_has_a_key) {
        for (int resource = 0; resource < (int) RLIMIT_NLIMITS; resource++) {
                bool found = false;
                for (size_t i = 0; i < n_schema_keys; i++)
                        found |= strncmp(schema_keys[i].name, "limit_", 6) == 0 && schema_keys[i].argument == resource;
                ck_assert_msg(found, "resource %d", resource);
        }
}
END_TEST

START_TEST(defaults_are_those_that_are_documented) {
        _cleanup_(parsed_done) Parsed p;
        parsed_init(&p);
        const ServiceConfig *c = &p.service;
        ck_assert(c->autostart && c->restart == RESTART_ON_FAILURE && c->kill_mode == KILL_MODE_MIXED);
        ck_assert(c->restart_delay == 100000 && c->restart_delay_max == 60 * USEC_PER_SEC && c->restart_backoff == 2);
        ck_assert(c->restart_jitter == 10 && c->min_uptime == 10 * USEC_PER_SEC && c->start_limit_burst == 0);
        ck_assert(c->start_limit_interval == 10 * USEC_PER_SEC && c->start_timeout == 90 * USEC_PER_SEC);
        ck_assert(c->stop_timeout == 10 * USEC_PER_SEC && c->stop_signal == SIGTERM && c->kill_signal == SIGKILL);
        ck_assert(c->reload_signal == 0 && c->umask == 022 && c->stdout_target.kind == OUTPUT_AUTO);
        ck_assert(c->stderr_target.kind == OUTPUT_SAME && c->log_max_size == 10 << 20 && c->log_keep == 5);
        ck_assert(!c->has_nice && !c->has_oom_score_adjust && !c->clear_environment && !c->no_new_privileges);
        ck_assert_str_eq(c->directory, "/");
        ck_assert(!c->command && !c->shell && !c->user && !c->environment && c->n_limits == 0);
}
END_TEST

START_TEST(the_words_of_a_choice_are_those_of_its_enum) {
        const char *const *words = schema_type_words(key_named("restart"));
        for (int i = 0; i < _RESTART_MODE_MAX; i++) {
                ck_assert_str_eq(words[i], restart_mode_to_string((RestartMode) i));
                ck_assert_int_eq(restart_mode_from_string(words[i]), i);
        }
        ck_assert_ptr_null(words[_RESTART_MODE_MAX]);
        ck_assert_ptr_null(schema_type_words(key_named("kill_mode"))[_KILL_MODE_MAX]);
        ck_assert_ptr_null(schema_type_words(key_named("command")));
        ck_assert_int_eq(restart_mode_from_string("nothing"), -EINVAL);
        for (int i = 0; i < _OUTPUT_KIND_MAX; i++)
                ck_assert_int_eq(output_kind_from_string(output_kind_to_string((OutputKind) i)), i);
}
END_TEST

START_TEST(values_are_shown_as_they_could_be_written) {
        assert_shows("command", "nginx  -g 'daemon off;'", "nginx -g 'daemon off;'");
        assert_shows("shell", "a | b; c \"$X\"", "a | b; c \"$X\"");
        assert_shows("start_timeout", "3723s", "3723000ms"); /* 1h 2min would lose three seconds */
        assert_shows("start_timeout", "90", "1min 30s");
        assert_shows("start_timeout", "1.0001s", "1000100us");
        assert_shows("stop_timeout", "infinity", "infinity");
        assert_shows("log_max_size", "1536K", "1.5M");
        assert_shows("log_max_size", "1000000", "1000000B");
        assert_shows("restart_jitter", "25", "25%");
        assert_shows("restart_jitter", "0%", "0%");
        assert_shows("restart_backoff", "1.25", "1.25");
        assert_shows("umask", "27", "027");
        assert_shows("stop_signal", "sigrtmin+2", "RTMIN+2");
        assert_shows("nice", "-20", "-20");
        assert_shows("nice", "0", "0");
        assert_shows("oom_score_adjust", "-1000", "-1000");
        assert_shows("cpu_affinity", "0-3, 5 7-7", "0-3 5 7");
        assert_shows("success_exit_status", "143 SIGTERM, 2 usr1 143", "2 143 USR1 TERM");
        assert_shows("environment", "A=1 B='two words' A=3", "A=1 'B=two words' A=3");
        assert_shows("environment_file", "/etc/a, -/etc/b", "/etc/a -/etc/b");
        assert_shows("stdout", "/var/log/x.log", "/var/log/x.log");
        assert_shows("stdout", "x.log", "/var/log/supd/x.log");
        assert_shows("stdout", "web/out", "/var/log/supd/web/out");
        assert_shows("stderr", "same", "same");
        assert_shows("autostart", "OFF", "no");
        assert_shows("limit_nofile", "1024:4096", "1024:4096");
        assert_shows("limit_nofile", "infinity", "infinity");
        assert_shows("limit_core", "0:1.5G", "0B:1.5G");
        assert_shows("limit_cpu", "2h:infinity", "7200:infinity");
        assert_shows("limit_cpu", "1500ms", "2"); /* never less than asked for */
        assert_shows("limit_rttime", "500", "500");
        assert_shows("limit_rttime", "1s", "1000000");
}
END_TEST

START_TEST(wrong_values_say_what_would_be_right) {
        assert_refuses("restart", "allways", "unknown value `allways`; did you mean `always`?");
        assert_refuses("restart", "sometimes",
                        "unknown value `sometimes`; it is one of: no, always, on-success, on-failure, on-abnormal");
        assert_refuses("restart", "Always", "unknown value `Always`; did you mean `always`?");
        assert_refuses("autostart", "maybe", "`maybe` is neither yes nor no");
        assert_refuses("stop_timeout", "10 parsecs",
                        "`10 parsecs` is not a duration (write 10s, 250ms, 1min 30s or infinity)");
        assert_refuses("log_max_size", "big", "`big` is not a size (write 512, 64K, 10M, 1.5G or infinity)");
        assert_refuses("log_keep", "-1", "`-1` is not a whole number");
        assert_refuses("log_keep", "10001", "`10001` is out of range (0 to 10000)");
        assert_refuses("restart_jitter", "101%", "`101` is out of range (0 to 100)");
        assert_refuses("restart_backoff", "0.5", "`0.5` is out of range (1 to 1000)");
        assert_refuses("instances", "0", "`0` is out of range (1 to 10000)");
        assert_refuses("nice", "20", "`20` is out of range (-20 to 19)");
        assert_refuses("umask", "0888", "`0888` is not an octal number (such as 022)");
        assert_refuses("stop_signal", "TREM", "`TREM` is not a signal; did you mean `TERM`?");
        assert_refuses("stop_signal", "99", "`99` is not a signal");
        assert_refuses("directory", "srv", "`srv` is not an absolute path");
        assert_refuses("command", "a 'b", "single quote is not closed");
        assert_refuses("command", "'' b", "the name of the program is empty");
        assert_refuses("environment", "A=1 B", "`B` is not NAME=value");
        assert_refuses("environment", "=1", "`=1` is not NAME=value");
        assert_refuses("environment_file", "etc/a", "`etc/a` is not an absolute path");
        assert_refuses("stdout", "same", "only stderr can be `same`");
        assert_refuses("stdout", "jurnal", "unknown value `jurnal`; did you mean `journal`?");
        assert_refuses("stdout", "everything",
                        "unknown value `everything`; it is one of: auto, inherit, null, journal, or a path");
        assert_refuses("stderr", "logs/", "`logs/` is a directory");
        assert_refuses("limit_nofile", "4096:1024", "the soft limit is above the hard limit in `4096:1024`");
        assert_refuses("limit_nofile", "infinity:1", "the soft limit is above the hard limit in `infinity:1`");
        assert_refuses("limit_nofile", "1:2:3",
                        "`1:2:3` is not a limit (write SOFT or SOFT:HARD, each a number or infinity)");
        assert_refuses("limit_as", "lots", "`lots` is not a limit (write SOFT or SOFT:HARD, each a size or infinity)");
        assert_refuses("cpu_affinity", "3-1", "`3-1` is not a processor (0 to 1023) or a range such as 0-3");
        assert_refuses("cpu_affinity", "1024", "`1024` is not a processor (0 to 1023) or a range such as 0-3");
        assert_refuses("success_exit_status", "256", "`256` is neither an exit code (0 to 255) nor a signal name");
}
END_TEST

START_TEST(a_long_wrong_value_is_quoted_in_part_and_never_half_a_character) {
        _cleanup_(parsed_done) Parsed p;
        char text[400];
        parsed_init(&p);
        for (size_t i = 0; i < 100; i++)
                memcpy(text + 3 * i, "€", 4);
        ck_assert_int_eq(schema_parse(key_named("autostart"), text, &p.context, &p.service), -EINVAL);
        ck_assert_uint_eq(strlen(p.context.reason), 60 + strlen("`` is neither yes nor no"));
        memcpy(text, "x", 1);
        memmove(text + 1, text + 3, 200);
        text[200] = '\0';
        ck_assert_int_eq(schema_parse(key_named("autostart"), text, &p.context, &p.service), -EINVAL);
        ck_assert_uint_eq(strlen(p.context.reason), 58 + strlen("`` is neither yes nor no"));
}
END_TEST

START_TEST(an_empty_value_is_the_built_in_default_again) {
        _cleanup_(parsed_done) Parsed p;
        parsed_init(&p);
        ServiceConfig fresh = p.service;
        for (size_t i = 0; i < n_schema_keys; i++) {
                const SchemaKey *k = &schema_keys[i];
                if (k->section != SCHEMA_SERVICE)
                        continue;
                const char *text = strcmp(k->name, "nice") == 0 ? "5" : strcmp(k->name, "limit_nofile") == 0 ? "7" : "";
                ck_assert_int_eq(schema_parse(k, text, &p.context, &p.service), 0);
                ck_assert(schema_equal(k, &fresh, &p.service) == !*text);
                ck_assert_int_eq(schema_parse(k, "", &p.context, &p.service), 0);
                ck_assert(schema_equal(k, &fresh, &p.service));
        }
}
END_TEST

START_TEST(limits_are_independent_of_their_order) {
        _cleanup_(parsed_done) Parsed p;
        parsed_init(&p);
        ServiceConfig other = p.service;
        static const char *const names[] = { "limit_nofile", "limit_core", "limit_rttime" };
        for (size_t i = 0; i < 3; i++) {
                ck_assert_int_eq(schema_parse(key_named(names[i]), "10", &p.context, &p.service), 0);
                ck_assert_int_eq(schema_parse(key_named(names[2 - i]), "10", &p.context, &other), 0);
        }
        ck_assert_uint_eq(p.service.n_limits, 3);
        ck_assert_ptr_eq(p.service.limits, other.limits); /* shared */
        ck_assert_int_eq(schema_parse(key_named("limit_core"), "", &p.context, &p.service), 0);
        ck_assert_uint_eq(p.service.n_limits, 2);
        ck_assert(schema_equal(key_named("limit_nofile"), &p.service, &other));
        ck_assert(!schema_equal(key_named("limit_core"), &p.service, &other));
}
END_TEST

START_TEST(a_comma_between_assignments_is_pointed_out_unless_quoted) {
        _cleanup_(parsed_done) Parsed p;
        parsed_init(&p);
        const SchemaKey *k = key_named("environment");
        ck_assert_int_eq(schema_parse(k, "OPTS=\"-a=b,c=d\" X=1,2", &p.context, &p.service), 0);
        ck_assert_ptr_null(p.context.warning);
        ck_assert_int_eq(schema_parse(k, "A=\"1\",B=\"2\"", &p.context, &p.service), 0);
        ck_assert_ptr_nonnull(p.context.warning);
        ck_assert_str_eq(p.service.environment[0], "A=1,B=2");
}
END_TEST

RUN_TESTS("schema", every_key_is_documented_and_found, every_key_of_the_specification_is_there,
                every_resource_limit_of_linux_has_a_key, defaults_are_those_that_are_documented,
                the_words_of_a_choice_are_those_of_its_enum, values_are_shown_as_they_could_be_written,
                wrong_values_say_what_would_be_right, a_long_wrong_value_is_quoted_in_part_and_never_half_a_character,
                an_empty_value_is_the_built_in_default_again, limits_are_independent_of_their_order,
                a_comma_between_assignments_is_pointed_out_unless_quoted);
