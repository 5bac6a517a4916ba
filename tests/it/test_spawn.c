/* What a service inherits, key by key, as the program `inherited` saw it. Needs root: most keys do. */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"

/* Runs `inherited` as service "probe" with these keys and returns what it wrote. */
static char *inherited_with(const char *keys) {
        conf_write("[service:probe]\ncommand = %s %s/seen\n%s\n", program_path("inherited"), box.dir, keys);
        supd_start();
        wait_for_file(in_box("seen"));
        char *seen = must_read(in_box("seen"));
        ck_assert_str_eq(value_of(seen, "end"), "yes");
        return seen;
}

static void assert_value(const char *seen, const char *key, const char *expected) {
        const char *v = value_of(seen, key);
        ck_assert_msg(v && strcmp(v, expected) == 0, "%s is «%s», not «%s»; all of it:\n%s", key, v ? v : "(not there)",
                        expected, seen);
}

static void assert_no_value(const char *seen, const char *key) {
        ck_assert_msg(!value_of(seen, key), "%s is there: «%s»", key, value_of(seen, key));
}

/* --- clean, whatever supd was started with --- */

static unsigned count_fds(const char *seen) {
        unsigned n = 0;
        for (const char *p = seen; (p = strstr(p, "\nfd.")); p++)
                n++;
        return n;
}

static void assert_clean(const char *seen) {
        assert_value(seen, "blocked", "0000000000000000");
        assert_value(seen, "ignored", "0000000000000000");
        assert_value(seen, "caught", "0000000000000000");
        ck_assert_msg(count_fds(seen) == 3, "more than three descriptors:\n%s", seen);
        assert_value(seen, "fd.0", "/dev/null");
        ck_assert_msg(strncmp(value_of(seen, "fd.1"), "pipe:", 5) == 0, "stdout is %s", value_of(seen, "fd.1"));
        assert_value(seen, "fd.2", value_of(seen, "fd.1"));
        assert_value(seen, "sid", value_of(seen, "pid"));
        assert_value(seen, "pgid", value_of(seen, "pid"));
        assert_value(seen, "tty", "no");
        assert_value(seen, "ppid", text("%d", box.supd));
        assert_value(seen, "subreaper", "0");
        assert_value(seen, "cwd", "/");
        assert_value(seen, "root", "/");
        assert_value(seen, "umask", "0022");
        assert_value(seen, "no_new_privs", "0");
}

START_TEST(child_of_a_clean_supd_is_clean) {
        assert_clean(inherited_with(""));
}
END_TEST

START_TEST(child_of_a_carelessly_started_supd_is_clean) {
        box.dirty_start = true;
        assert_clean(inherited_with(""));
}
END_TEST

START_TEST(child_after_many_others_is_clean) {
        char *conf = text(
                        "[service:probe]\ncommand = %s %s/seen\nautostart = no\n", program_path("inherited"), box.dir);
        for (int i = 0; i < 60; i++)
                conf = text("%s[service:s%d]\ncommand = %s --marker %s/m\n", conf, i, program_path("rude"), box.dir);
        conf_write("%s", conf);
        supd_start();
        wait_for_lines(in_box("m"), "ready", 60);
        supctl_ok("start", "probe");
        wait_for_file(in_box("seen"));
        assert_clean(must_read(in_box("seen")));
}
END_TEST

START_TEST(limits_and_priority_are_those_supd_was_started_with) {
        struct rlimit nofile = { 0 }, wanted;
        ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &nofile), 0);
        wanted = (struct rlimit){ 777, nofile.rlim_max };
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &wanted), 0);
        char *own = must_read("/proc/self/oom_score_adj");
        own[strcspn(own, "\n")] = 0;
        char *seen = inherited_with("");
        assert_value(seen, "limit_nofile", text("777:%llu", (unsigned long long) nofile.rlim_max));
        assert_value(seen, "oom_score_adj", own);
        assert_value(seen, "nice", "0");
}
END_TEST

/* --- as whom --- */

START_TEST(user_sets_ids_groups_and_environment) {
        struct passwd *nobody = getpwuid(NOBODY);
        ck_assert_ptr_nonnull(nobody);
        char *seen = inherited_with(text("user = %s", nobody->pw_name));
        assert_value(seen, "uid", text("%u:%u:%u", NOBODY, NOBODY, NOBODY));
        assert_value(seen, "gid", text("%u:%u:%u", nobody->pw_gid, nobody->pw_gid, nobody->pw_gid));
        assert_value(seen, "groups", text("%u", nobody->pw_gid));
        assert_value(seen, "env.USER", nobody->pw_name);
        assert_value(seen, "env.LOGNAME", nobody->pw_name);
        assert_value(seen, "env.HOME", nobody->pw_dir);
        assert_value(seen, "env.SHELL", nobody->pw_shell);
}
END_TEST

START_TEST(number_without_a_user_is_enough) {
        char *seen = inherited_with("user = 12345");
        assert_value(seen, "uid", "12345:12345:12345");
        assert_value(seen, "gid", "12345:12345:12345");
        ck_assert_msg(!strstr(value_of(seen, "groups"), ",") && strcmp(value_of(seen, "groups"), "0") != 0,
                        "it kept supd's groups: %s", value_of(seen, "groups"));
}
END_TEST

START_TEST(group_and_supplementary_groups_are_the_written_ones) {
        struct group *adm = getgrnam("adm"), *mail = getgrnam("mail"), *daemon = getgrnam("daemon");
        ck_assert(adm && mail && daemon);
        gid_t adm_gid = getgrnam("adm")->gr_gid, mail_gid = getgrnam("mail")->gr_gid,
              daemon_gid = getgrnam("daemon")->gr_gid;
        char *seen = inherited_with("user = nobody\ngroup = daemon\nsupplementary_groups = adm mail");
        assert_value(seen, "gid", text("%u:%u:%u", daemon_gid, daemon_gid, daemon_gid));
        char *groups = text(",%s,", value_of(seen, "groups"));
        assert_contains(groups, text(",%u,", adm_gid));
        assert_contains(groups, text(",%u,", mail_gid));
        assert_lacks(groups, text(",%u,", NOBODY));
}
END_TEST

START_TEST(directory_is_entered_with_the_rights_of_the_service) {
        char *closed = in_box("closed");
        ck_assert_int_eq(mkdir(closed, 0700), 0);
        conf_write("[service:probe]\ncommand = /bin/true\nuser = nobody\ndirectory = %s\nrestart = no\n", closed);
        supd_start();
        wait_for_phase("probe", "failed");
        assert_contains(view("probe").note, text("directory %s: %s", closed, strerror(EACCES)));
}
END_TEST

/* --- where and how --- */

START_TEST(directory_umask_nice_and_score) {
        char *seen = inherited_with(text("directory = %s\numask = 0027\nnice = 5\noom_score_adjust = 500", box.dir));
        assert_value(seen, "cwd", box.dir);
        assert_value(seen, "umask", "0027");
        assert_value(seen, "nice", "5");
        assert_value(seen, "oom_score_adj", "500");
}
END_TEST

START_TEST(limits_are_set_soft_and_hard) {
        char *seen = inherited_with(
                        "limit_nofile = 100:200\nlimit_core = 0\nlimit_fsize = 1M\nlimit_cpu = 100:infinity\n"
                        "limit_nproc = 50\nlimit_stack = 1M:2M\nlimit_as = 1G\nlimit_data = 512M\n"
                        "limit_memlock = 64K\nlimit_rss = 1G\nlimit_locks = 7\nlimit_sigpending = 8\n"
                        "limit_msgqueue = 9\nlimit_nice = 0\nlimit_rtprio = 0\nlimit_rttime = 1000");
        assert_value(seen, "limit_nofile", "100:200");
        assert_value(seen, "limit_core", "0:0");
        assert_value(seen, "limit_fsize", "1048576:1048576");
        assert_value(seen, "limit_cpu", "100:infinity");
        assert_value(seen, "limit_nproc", "50:50");
        assert_value(seen, "limit_stack", "1048576:2097152");
        assert_value(seen, "limit_as", "1073741824:1073741824");
        assert_value(seen, "limit_data", "536870912:536870912");
        assert_value(seen, "limit_memlock", "65536:65536");
        assert_value(seen, "limit_rss", "1073741824:1073741824");
        assert_value(seen, "limit_locks", "7:7");
        assert_value(seen, "limit_sigpending", "8:8");
        assert_value(seen, "limit_msgqueue", "9:9");
        assert_value(seen, "limit_nice", "0:0");
        assert_value(seen, "limit_rtprio", "0:0");
        assert_value(seen, "limit_rttime", "1000:1000");
}
END_TEST

START_TEST(affinity_is_set) {
        cpu_set_t allowed;
        ck_assert_int_eq(sched_getaffinity(0, sizeof(allowed), &allowed), 0);
        int cpu = 0;
        for (int i = 0; i < CPU_SETSIZE; i++)
                if (CPU_ISSET(i, &allowed))
                        cpu = i;
        assert_value(inherited_with(text("cpu_affinity = %d", cpu)), "affinity", text("%d", cpu));
}
END_TEST

START_TEST(no_new_privileges_is_set) {
        assert_value(inherited_with("no_new_privileges = yes"), "no_new_privs", "1");
}
END_TEST

START_TEST(root_directory_is_the_root) {
        char *root = in_box("root");
        ck_assert_int_eq(mkdir(root, 0755), 0);
        Run r = run("/bin/cp", program_path("inherited"), root);
        ck_assert_int_eq(r.code, 0);
        ck_assert_int_eq(mkdir(in_box("root/inner"), 0777), 0);
        ck_assert_int_eq(chmod(in_box("root/inner"), 0777), 0);
        conf_write("[service:probe]\ncommand = /inherited /inner/seen\nroot_directory = %s\ndirectory = /inner\nuser = "
                   "nobody\n",
                        root);
        supd_start();
        wait_for_file(in_box("root/inner/seen"));
        char *seen = must_read(in_box("root/inner/seen"));
        assert_value(seen, "cwd", "/inner");
        assert_value(seen, "uid", text("%u:%u:%u", NOBODY, NOBODY, NOBODY));
        ck_assert_uint_eq(count_fds(seen), 3);
}
END_TEST

/* --- environment --- */

START_TEST(environment_has_what_supd_adds) {
        setenv("FROM_OUTSIDE", "outer", 1);
        char *seen = inherited_with("environment = A=1 \"B=two words\" C=semi;colon D=x=y E=");
        assert_value(seen, "env.SUPD_SERVICE", "probe");
        ck_assert_uint_eq(strlen(value_of(seen, "env.SUPD_INVOCATION_ID")), 32);
        assert_value(seen, "env.A", "1");
        assert_value(seen, "env.B", "two words");
        assert_value(seen, "env.C", "semi;colon");
        assert_value(seen, "env.D", "x=y");
        assert_value(seen, "env.E", "");
        assert_value(seen, "env.FROM_OUTSIDE", "outer");
}
END_TEST

START_TEST(clear_environment_hands_down_nothing) {
        setenv("FROM_OUTSIDE", "outer", 1);
        char *seen = inherited_with("clear_environment = yes\nenvironment = A=1");
        assert_no_value(seen, "env.FROM_OUTSIDE");
        assert_value(seen, "env.A", "1");
        assert_value(seen, "env.SUPD_SERVICE", "probe");
        ck_assert_ptr_nonnull(value_of(seen, "env.PATH"));
}
END_TEST

START_TEST(environment_file_is_read_and_environment_wins) {
        char *file = box_write("service.env", "# a comment\n\nFROM_FILE=yes\nBOTH=file\nQUOTED=\"two words\"\n");
        char *seen = inherited_with(text("environment_file = %s -%s/not-there\nenvironment = BOTH=key", file, box.dir));
        assert_value(seen, "env.FROM_FILE", "yes");
        assert_value(seen, "env.BOTH", "key");
        assert_value(seen, "env.QUOTED", "two words");
}
END_TEST

START_TEST(missing_environment_file_is_a_clear_failure) {
        conf_write("[service:probe]\ncommand = /bin/true\nenvironment_file = %s/not-there\nrestart = no\n", box.dir);
        supd_start();
        wait_for_phase("probe", "failed");
        assert_contains(view("probe").note, text("%s/not-there", box.dir));
        assert_contains(view("probe").note, strerror(ENOENT));
}
END_TEST

/* --- command line --- */

START_TEST(arguments_arrive_as_quoted) {
        conf_write("[service:probe]\ncommand = %s %s/seen 'single ; quoted' \"double \\\"x\\\"\" back\\ slash a=b %%%% "
                   "# ; ü€\n",
                        program_path("inherited"), box.dir);
        supd_start();
        wait_for_file(in_box("seen"));
        char *seen = must_read(in_box("seen"));
        static const char *const expected[] = { "single ; quoted", "double \"x\"", "back slash", "a=b", "%", "#", ";",
                "ü€" };
        for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
                assert_value(seen, text("argv.%zu", i + 2), expected[i]);
        assert_value(seen, "argc", "10");
}
END_TEST

START_TEST(program_is_found_by_the_path_of_the_service) {
        conf_write("[service:probe]\ncommand = inherited %s/seen\nenvironment = PATH=/nonexistent:%s\n", box.dir,
                        getenv("SUPD_IT_BIN"));
        supd_start();
        wait_for_file(in_box("seen"));
        assert_value(must_read(in_box("seen")), "argv.0", "inherited");
}
END_TEST

START_TEST(instances_know_who_they_are) {
        conf_write("[service:probe]\ninstances = 3\ncommand = %s %s/seen.%%i %%n\nenvironment = PORT=900%%i\n",
                        program_path("inherited"), box.dir);
        supd_start();
        for (int i = 1; i <= 3; i++) {
                wait_for_file(in_box("seen.%d", i));
                char *seen = must_read(in_box("seen.%d", i));
                assert_value(seen, "argv.2", text("probe@%d", i));
                assert_value(seen, "env.PORT", text("900%d", i));
                assert_value(seen, "env.SUPD_SERVICE", text("probe@%d", i));
        }
}
END_TEST

START_TEST(each_run_has_an_invocation_id_of_its_own) {
        char *seen = inherited_with("");
        char *first = value_of(seen, "env.SUPD_INVOCATION_ID");
        ck_assert_int_eq(unlink(in_box("seen")), 0);
        supctl_ok("restart", "probe");
        wait_for_file(in_box("seen"));
        ck_assert_str_ne(value_of(must_read(in_box("seen")), "env.SUPD_INVOCATION_ID"), first);
}
END_TEST

int main(void) {
        Suite *s = suite_create("spawn");
        TCase *c = it_case(s, "clean");
        tcase_add_test(c, child_of_a_clean_supd_is_clean);
        tcase_add_test(c, child_of_a_carelessly_started_supd_is_clean);
        tcase_add_test(c, child_after_many_others_is_clean);
        tcase_add_test(c, limits_and_priority_are_those_supd_was_started_with);

        c = it_case(s, "user");
        tcase_add_test(c, user_sets_ids_groups_and_environment);
        tcase_add_test(c, number_without_a_user_is_enough);
        tcase_add_test(c, group_and_supplementary_groups_are_the_written_ones);
        tcase_add_test(c, directory_is_entered_with_the_rights_of_the_service);

        c = it_case(s, "context");
        tcase_add_test(c, directory_umask_nice_and_score);
        tcase_add_test(c, limits_are_set_soft_and_hard);
        tcase_add_test(c, affinity_is_set);
        tcase_add_test(c, no_new_privileges_is_set);
        tcase_add_test(c, root_directory_is_the_root);

        c = it_case(s, "environment");
        tcase_add_test(c, environment_has_what_supd_adds);
        tcase_add_test(c, clear_environment_hands_down_nothing);
        tcase_add_test(c, environment_file_is_read_and_environment_wins);
        tcase_add_test(c, missing_environment_file_is_a_clear_failure);

        c = it_case(s, "command");
        tcase_add_test(c, arguments_arrive_as_quoted);
        tcase_add_test(c, program_is_found_by_the_path_of_the_service);
        tcase_add_test(c, instances_know_who_they_are);
        tcase_add_test(c, each_run_has_an_invocation_id_of_its_own);
        return it_main(s);
}
