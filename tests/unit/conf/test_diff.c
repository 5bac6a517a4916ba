/* diff.h: what a reload would change, key by key. */
#include "conf/diff.h"

#include "tests/unit/conf/loaded.h"

/* One line per change, one word per key. */
static char *diff_texts(const char *old_text, const char *new_text) {
        char *said = NULL;
        size_t size = 0;
        Loaded x = load_text(old_text);
        ck_assert_str_eq(x.messages, "");
        _loaded_ y = load_text(new_text);
        ck_assert_str_eq(y.messages, "");
        ConfigDiff d = { 0 };
        ck_assert_int_eq(config_diff(x.config, y.config, &d), 0);
        FILE *f = open_memstream(&said, &size);
        for (size_t i = 0; i < d.n_changes; i++) {
                const ServiceChange *c = &d.changes[i];
                fprintf(f, "%s: %s", (c->new_config ? c->new_config : c->old_config)->name,
                                service_change_kind_to_string(c->kind));
                for (size_t k = 0; k < c->n_keys; k++)
                        fprintf(f, "; %s %s -> %s%s", c->keys[k].key, c->keys[k].old_value ? c->keys[k].old_value : "-",
                                        c->keys[k].new_value ? c->keys[k].new_value : "-",
                                        c->keys[k].needs_restart ? " (restart)" : "");
                fputc('\n', f);
        }
        fclose(f);
        config_diff_done(&d);
        config_unref(x.config);
        free(x.messages);
        return said;
}

static void assert_diff(const char *old_text, const char *new_text, const char *wanted) {
        _cleanup_(freep) char *said = diff_texts(old_text, new_text);
        ck_assert_str_eq(said, wanted);
}

#define A "[service:a]\ncommand = /bin/true\n"
#define B "[service:b]\ncommand = /bin/true\n"

START_TEST(equal_configurations_have_no_changes) {
        static const char full[] = A "user = daemon\nenvironment = A=1\nlimit_nofile = 10\ncpu_affinity = 0\nnice = 0\n"
                                     "success_exit_status = 3\nstdout = /var/log/x\n";
        assert_diff(full, full, "");
        assert_diff(A B, B A, ""); /* order is no property of a service */
        assert_diff(A, "[defaults]\nrestart = on-failure\n\n\n" A "stop_timeout = 10000ms\n", "");
}
END_TEST

START_TEST(added_and_removed_services_are_told_removed_first) {
        assert_diff(A B, B "[service:c]\ncommand = /bin/true\n", "a: removed\nc: added\n");
}
END_TEST

START_TEST(hot_and_cold_keys_are_told_apart) {
        assert_diff(A B, A "restart = always\nstop_timeout = 3s\n" B,
                        "a: changed; restart on-failure -> always; stop_timeout 10s -> 3s\n");
        assert_diff(A, "[service:a]\ncommand = /bin/false 'x y'\nlog_keep = 9\n",
                        "a: changed-restart; command /bin/true -> /bin/false 'x y' (restart); log_keep 5 -> "
                        "9\n");
}
END_TEST

START_TEST(a_change_of_defaults_reaches_every_service) {
        assert_diff(A B, "[defaults]\nnice = 0\n" A B,
                        "a: changed-restart; nice - -> 0 (restart)\nb: changed-restart; nice - -> 0 "
                        "(restart)\n");
}
END_TEST

START_TEST(each_limit_is_a_key_of_its_own) {
        assert_diff(A "limit_nofile = 10\nlimit_core = 0\n", A "limit_nofile = 10:20\nlimit_cpu = 1min\n",
                        "a: changed-restart; limit_core 0B -> - (restart); limit_cpu - -> 60 (restart); "
                        "limit_nofile 10 -> 10:20 (restart)\n");
}
END_TEST

START_TEST(more_instances_do_not_disturb_the_others) {
        assert_diff(A "instances = 2\n", A "instances = 3\n", "a@3: added\n");
        assert_diff(A "instances = 2\n", A, "a@1: removed\na@2: removed\na: added\n");
}
END_TEST

RUN_TESTS("diff", equal_configurations_have_no_changes, added_and_removed_services_are_told_removed_first,
                hot_and_cold_keys_are_told_apart, a_change_of_defaults_reaches_every_service,
                each_limit_is_a_key_of_its_own, more_instances_do_not_disturb_the_others);
