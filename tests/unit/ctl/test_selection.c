/* What patterns select, on a manager whose services never start. */
#include "conf/load.h"
#include "daemon/control_internal.h"
#include "tests/unit/daemon/temp_dir.h"
#include "tests/unit/run_tests.h"

static const char config_text[] =
        "[service:zeta]\ncommand = /bin/true\n"
        "[service:web]\ncommand = /bin/true\ninstances = 3\n"
        "[service:db]\ncommand = /bin/true\n"
        "[service:db-backup]\ncommand = /bin/true\n"
        "[group:backend]\nservices = db* web@2\n";

static Config *config;
static Manager *manager;

static void setup(void) {
        _cleanup_(diagnostics_done) Diagnostics d = { 0 };

        temp_dir_setup();
        FILE *f = fopen(temp_path("supd.ini"), "we");
        ck_assert_ptr_nonnull(f);
        ck_assert_int_gt(fprintf(f, "[supd]\nlog_directory = %s\n%s", temp_dir, config_text), 0);
        ck_assert_int_eq(fclose(f), 0);
        const LoadOptions options = { .path = temp_path("supd.ini"), .is_root = true, .runtime_directory = temp_dir };
        ck_assert_int_eq(config_load(&options, &d, &config), 0);

        const ManagerOptions manager_options = { .load = options, .runtime_directory = temp_dir };
        ck_assert_int_eq(manager_new(&manager_options, config, &manager), 0);
}

static void teardown(void) {
        manager = manager_free(manager);
        config = config_unref(config);
        temp_dir_teardown();
}

/* The names, each with a blank behind; or "?pattern" for the one that matched nothing. */
static char *selected(const char *const *patterns) {
        Selection s = { 0 };
        const char *unmatched;
        char *text = NULL;
        size_t size;

        FILE *f = open_memstream(&text, &size);
        int r = selection_make(manager, (char *const *) patterns, &s, &unmatched);
        if (r == -ESRCH)
                (void) fprintf(f, "?%s", unmatched);
        else
                ck_assert_int_eq(r, 0);
        for (size_t i = 0; i < s.n; i++)
                (void) fprintf(f, "%s ", s.items[i]->config->name);
        ck_assert_int_eq(fclose(f), 0);
        selection_done(&s);
        return text;
}

#define assert_selects(wanted, ...)                                                     \
        do {                                                                            \
                char *_names = selected((const char *const[]){ __VA_ARGS__, NULL });          \
                ck_assert_str_eq(_names, wanted);                                       \
                free(_names);                                                           \
        } while (0)

START_TEST(names_and_instances) {
        assert_selects("db ", "db");
        assert_selects("web@2 ", "web@2");
}
END_TEST

START_TEST(template_is_all_its_instances) {
        assert_selects("web@1 web@2 web@3 ", "web");
}
END_TEST

START_TEST(groups_and_globs) {
        assert_selects("web@2 db db-backup ", "backend");
        assert_selects("db db-backup ", "d*");
        assert_selects("web@1 web@3 ", "web@[13]");
        assert_selects("zeta web@1 web@2 web@3 db db-backup ", "*");
}
END_TEST

START_TEST(all_is_every_service) {
        assert_selects("zeta web@1 web@2 web@3 db db-backup ", "all");
}
END_TEST

START_TEST(union_in_configuration_order_without_duplicates) {
        assert_selects("zeta web@2 db ", "db", "web@2", "zeta", "db", "web@2");
        assert_selects("web@1 web@2 web@3 db db-backup ", "backend", "web", "db");
        assert_selects("zeta web@1 web@2 web@3 db db-backup ", "all", "*", "all", "*", "all", "all", "all");
}
END_TEST

START_TEST(pattern_without_a_match_is_named) {
        assert_selects("?nope", "db", "nope", "web");
        assert_selects("?x*", "x*");
        assert_selects("?", "");
}
END_TEST

START_TEST(services_on_their_way_out_come_last) {
        manager->services[0]->gone = true;
        assert_selects("db zeta ", "zeta", "db");
}
END_TEST

int main(void) {
        TCase *t = tcase_create("selection");

        tcase_add_checked_fixture(t, setup, teardown);
        tcase_add_test(t, names_and_instances);
        tcase_add_test(t, template_is_all_its_instances);
        tcase_add_test(t, groups_and_globs);
        tcase_add_test(t, all_is_every_service);
        tcase_add_test(t, union_in_configuration_order_without_duplicates);
        tcase_add_test(t, pattern_without_a_match_is_named);
        tcase_add_test(t, services_on_their_way_out_come_last);
        return run_suite("selection", t);
}
