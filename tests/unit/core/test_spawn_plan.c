/* Spawn plans: what is in them, in which order, and the words for what failed. */
#include <string.h>

#include "daemon/core/spawn_plan.h"
#include "tests/unit/core/service_fixture.h"
#include "tests/unit/run_tests.h"

static SpawnPlan plan;
static sigset_t no_signals;

static SpawnInput input(char *const *base) {
        return (SpawnInput){ .invocation_id = "0123", .base_environment = base, .ignored_signals = &no_signals };
}

static void build(const ServiceConfig *c, const SpawnInput *in) {
        ck_assert_int_eq(spawn_plan_build(c, in, &plan), 0);
}

static const char *env(const char *name) {
        size_t l = strlen(name);
        const char *found = NULL;
        for (size_t i = 0; i < plan.n_envp; i++)
                if (strncmp(plan.envp[i], name, l) == 0 && plan.envp[i][l] == '=') {
                        ck_assert_ptr_null(found); /* no name twice */
                        found = plan.envp[i] + l + 1;
                }
        ck_assert_ptr_null(plan.envp[plan.n_envp]);
        return found;
}

static size_t find_step(SpawnStepKind kind) {
        for (size_t i = 0; i < plan.n_steps; i++)
                if (plan.steps[i].kind == kind)
                        return i;
        return SIZE_MAX;
}

START_TEST(steps_come_in_the_order_of_the_enum) {
        gid_t groups[] = { 5 };
        Credentials cred = { .uid = 1, .gid = 2, .groups = groups, .n_groups = 1, .user_name = "u" };
        ResourceLimit limits[] = { { .resource = RLIMIT_NOFILE, .soft = 1, .hard = 2 }, { .resource = RLIMIT_CORE } };
        cpu_set_t cpus;
        ServiceConfig c = fixture_config();
        c.credentials = &cred;
        c.limits = limits;
        c.n_limits = 2;
        c.cpu_affinity = &cpus;
        c.has_nice = c.has_oom_score_adjust = c.no_new_privileges = true;
        c.root_directory = "/srv";
        SpawnInput in = input(NULL);
        build(&c, &in);
        for (size_t i = 1; i < plan.n_steps; i++)
                ck_assert_int_le(plan.steps[i - 1].kind, plan.steps[i].kind);
        for (int kind = 0; kind < _SPAWN_STEP_KIND_MAX; kind++)
                ck_assert_uint_ne(find_step((SpawnStepKind) kind), SIZE_MAX);
        spawn_plan_done(&plan);
}
END_TEST

START_TEST(steps_that_nothing_asks_for_are_absent) {
        ServiceConfig c = fixture_config();
        SpawnInput in = input(NULL);
        build(&c, &in);
        const SpawnStepKind absent[] = { SPAWN_STEP_USER, SPAWN_STEP_GROUPS, SPAWN_STEP_LIMIT, SPAWN_STEP_NICE,
                SPAWN_STEP_OOM_SCORE, SPAWN_STEP_ROOT, SPAWN_STEP_CPU_AFFINITY, SPAWN_STEP_NO_NEW_PRIVILEGES };
        for (size_t i = 0; i < ARRAY_SIZE(absent); i++)
                ck_assert_uint_eq(find_step(absent[i]), SIZE_MAX);
        spawn_plan_done(&plan);
}
END_TEST

START_TEST(later_sources_of_environment_win) {
        char *base[] = { (char *) "A=base", (char *) "B=base", (char *) "C=base", NULL };
        char *file[] = { (char *) "B=file", (char *) "C=file", NULL };
        char *own[] = { (char *) "C=own", (char *) "SUPD_SERVICE=forged", NULL };
        ServiceConfig c = fixture_config();
        c.environment = own;
        SpawnInput in = input(base);
        in.file_environment = file;
        build(&c, &in);
        ck_assert_str_eq(env("A"), "base");
        ck_assert_str_eq(env("B"), "file");
        ck_assert_str_eq(env("C"), "own");
        ck_assert_str_eq(env("SUPD_SERVICE"), "web");
        ck_assert_str_eq(env("SUPD_INVOCATION_ID"), "0123");
        ck_assert_str_eq(env("PATH"), DEFAULT_PATH);
        spawn_plan_done(&plan);
}
END_TEST

START_TEST(clear_environment_keeps_nothing_of_supds_own) {
        char *base[] = { (char *) "A=base", (char *) "PATH=/odd", NULL };
        ServiceConfig c = fixture_config();
        c.clear_environment = true;
        SpawnInput in = input(base);
        build(&c, &in);
        ck_assert_ptr_null(env("A"));
        ck_assert_str_eq(env("PATH"), DEFAULT_PATH);
        spawn_plan_done(&plan);
}
END_TEST

START_TEST(user_brings_home_and_names) {
        Credentials cred = { .user_name = "www", .home = "/srv/www", .shell = "/bin/false" };
        char *base[] = { (char *) "HOME=/root", (char *) "USER=root", NULL };
        ServiceConfig c = fixture_config();
        c.user = "www";
        c.credentials = &cred;
        SpawnInput in = input(base);
        build(&c, &in);
        ck_assert_str_eq(env("HOME"), "/srv/www");
        ck_assert_str_eq(env("USER"), "www");
        ck_assert_str_eq(env("LOGNAME"), "www");
        ck_assert_str_eq(env("SHELL"), "/bin/false");
        spawn_plan_done(&plan);
}
END_TEST

START_TEST(bare_program_name_is_searched_in_the_services_own_path) {
        char *command[] = { (char *) "gunicorn", NULL };
        char *own[] = { (char *) "PATH=/opt/bin::/usr/bin", NULL };
        ServiceConfig c = fixture_config();
        c.command = command;
        c.environment = own;
        SpawnInput in = input(NULL);
        build(&c, &in);
        ck_assert_uint_eq(strv_length(plan.candidates), 2); /* the empty element would be the current directory */
        ck_assert_str_eq(plan.candidates[0], "/opt/bin/gunicorn");
        ck_assert_str_eq(plan.candidates[1], "/usr/bin/gunicorn");
        ck_assert_str_eq(plan.argv[0], "gunicorn");
        spawn_plan_done(&plan);
}
END_TEST

START_TEST(shell_is_run_by_sh) {
        ServiceConfig c = fixture_config();
        c.command = NULL;
        c.shell = "echo a ; echo b";
        SpawnInput in = input(NULL);
        build(&c, &in);
        ck_assert_str_eq(plan.program, "/bin/sh");
        ck_assert_str_eq(plan.argv[1], "-c");
        ck_assert_str_eq(plan.argv[2], "echo a ; echo b");
        ck_assert_ptr_null(plan.argv[3]);
        ck_assert_ptr_null(plan.candidates);
        spawn_plan_done(&plan);
}
END_TEST

START_TEST(changed_limits_are_restored_unless_configured) {
        ResourceLimit restore[] = { { .resource = RLIMIT_NOFILE, .soft = 1024, .hard = 4096 } };
        ResourceLimit own[] = { { .resource = RLIMIT_NOFILE, .soft = 77, .hard = 77 } };
        ServiceConfig c = fixture_config();
        SpawnInput in = input(NULL);
        in.restore_limits = restore;
        in.n_restore_limits = 1;
        build(&c, &in);
        ck_assert_uint_eq(plan.steps[find_step(SPAWN_STEP_LIMIT)].limit->soft, 1024);
        spawn_plan_done(&plan);
        c.limits = own;
        c.n_limits = 1;
        build(&c, &in);
        ck_assert_uint_eq(plan.steps[find_step(SPAWN_STEP_LIMIT)].limit->soft, 77);
        ck_assert_int_ne(plan.steps[find_step(SPAWN_STEP_LIMIT) + 1].kind, SPAWN_STEP_LIMIT);
        spawn_plan_done(&plan);
}
END_TEST

static void check_words(SpawnStepKind kind, int error, const char *expected) {
        _cleanup_(freep) char *text = spawn_step_describe_error(&plan, find_step(kind), error);
        ck_assert_str_eq(text, expected);
}

START_TEST(failures_are_named_by_step_and_subject) {
        Credentials cred = { .uid = 33, .gid = 34 };
        ServiceConfig c = fixture_config();
        c.directory = "/srv/app";
        c.root_directory = "/jail";
        c.credentials = &cred;
        SpawnInput in = input(NULL);
        build(&c, &in);
        check_words(SPAWN_STEP_DIRECTORY, ENOENT, "directory /srv/app: No such file or directory");
        check_words(SPAWN_STEP_ROOT, EPERM, "root_directory /jail: Operation not permitted");
        check_words(SPAWN_STEP_EXEC, EACCES, "command /bin/true: Permission denied");
        check_words(SPAWN_STEP_USER, EPERM, "user 33: Operation not permitted");
        check_words(SPAWN_STEP_SESSION, EPERM, "session: Operation not permitted");
        spawn_plan_done(&plan);
}
END_TEST

RUN_TESTS("spawn_plan", steps_come_in_the_order_of_the_enum, steps_that_nothing_asks_for_are_absent,
        later_sources_of_environment_win, clear_environment_keeps_nothing_of_supds_own, user_brings_home_and_names,
        bare_program_name_is_searched_in_the_services_own_path, shell_is_run_by_sh,
        changed_limits_are_restored_unless_configured, failures_are_named_by_step_and_subject)
