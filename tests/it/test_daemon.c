/* The daemon itself: detaching, the one per runtime directory, signals, reload, the end. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

static const char *marker_service(const char *name, const char *options) {
        return text("[service:%s]\ncommand = %s --marker %s/%s.marker %s\n", name, program_path("rude"), box.dir, name,
                        options);
}

static char *marker_of(const char *name) {
        return in_box("%s.marker", name);
}

static char *link_target(const char *path) {
        char target[4096];
        ssize_t n = readlink(path, target, sizeof(target) - 1);
        ck_assert_msg(n >= 0, "%s: %s", path, strerror(errno));
        return text("%.*s", (int) n, target);
}

/* --- detaching --- */

START_TEST(detaches_from_everything_of_its_starter) {
        box.dirty_start = true;
        conf_write("%s", marker_service("web", ""));
        supd_start();
        wait_for_line(marker_of("web"), "ready");

        ck_assert_msg(getsid(box.supd) != getsid(0), "supd stayed in our session");
        ck_assert_msg(getsid(box.supd) != box.supd, "supd leads its session: it could get a controlling terminal");
        ck_assert_str_eq(link_target(text("/proc/%d/cwd", box.supd)), "/");
        for (int fd = 0; fd <= 2; fd++)
                ck_assert_str_eq(link_target(text("/proc/%d/fd/%d", box.supd, fd)), "/dev/null");
        ck_assert_msg(access(text("/proc/%d/fd/%d", box.supd, CARELESS_FD), F_OK) < 0,
                        "supd kept a descriptor of its starter");
        assert_contains(must_read(text("/proc/%d/status", box.supd)), "Umask:\t0022");
}
END_TEST

START_TEST(pid_file_is_there_while_it_runs) {
        conf_write("%s", marker_service("web", ""));
        supd_start();
        char *path = text("%s/supd.pid", box.run);
        ck_assert_str_eq(must_read(path), text("%d\n", box.supd));
        supd_stop();
        ck_assert_msg(access(path, F_OK) < 0, "%s is still there", path);
        ck_assert_msg(access(text("%s/control.sock", box.run), F_OK) < 0, "the control socket is still there");
}
END_TEST

START_TEST(starter_tells_why_supd_did_not_start) {
        conf_write("[service:web]\ncommand = /bin/true\ncomand = /bin/true\n");
        Run r = supd_run(NULL);
        ck_assert_int_ne(r.code, 0);
        assert_contains(r.err, "supd.ini:");
        assert_contains(r.err, "comand");

        /* A reason that only the detached process can find. */
        box_write("file", "not a directory\n");
        conf_write("%s", marker_service("web", ""));
        r = run_argv((const char *const[]){ program_path("supd"), "-c", box.conf, "--runtime-dir", in_box("file"),
                                     NULL },
                        NULL);
        ck_assert_int_ne(r.code, 0);
        assert_contains(r.err, in_box("file"));
        assert_contains(r.err, strerror(ENOTDIR));
        ck_assert_msg(access(marker_of("web"), F_OK) < 0, "a service was started nevertheless");
}
END_TEST

START_TEST(missing_configuration_is_named) {
        ck_assert_int_eq(unlink(box.conf), 0);
        Run r = supd_run(NULL);
        ck_assert_int_ne(r.code, 0);
        assert_contains(r.err, box.conf);
        assert_contains(r.err, strerror(ENOENT));
}
END_TEST

START_TEST(second_supd_is_refused_by_name_of_the_first) {
        conf_write("%s", marker_service("web", ""));
        supd_start();
        wait_for_line(marker_of("web"), "ready");

        Run detached = supd_run(NULL);
        ck_assert_int_ne(detached.code, 0);
        assert_contains(detached.err, text("%d", box.supd));
        Run foreground = supd_run("--foreground");
        ck_assert_int_ne(foreground.code, 0);
        assert_contains(foreground.err, text("%d", box.supd));

        ck_assert_uint_eq(count_lines(marker_of("web"), "start"), 1);
        supctl_ok("is-active", "web");
}
END_TEST

START_TEST(what_a_killed_supd_left_is_no_obstacle) {
        conf_write("[service:web]\ncommand = /bin/true\nautostart = no\n");
        supd_start();
        supd_signal(SIGKILL);
        (void) supd_wait();
        ck_assert_int_eq(access(text("%s/control.sock", box.run), F_OK), 0);
        supd_start();
        supctl_ok("status");
}
END_TEST

START_TEST(foreground_stays_and_logs_to_stderr) {
        conf_write("%s", marker_service("web", ""));
        supd_start_foreground();
        wait_for_line(marker_of("web"), "ready");
        ck_assert_int_eq(process_parent(box.supd), getpid());
        wait_for_line(in_box("supd.out"), "web: started");
}
END_TEST

/* --- the end --- */

static void stops_everything(int signo) {
        conf_write("%s%s%s", marker_service("a", ""), marker_service("b", "--children 2"),
                        marker_service("c", "--escape 1"));
        supd_start();
        for (const char *name = "abc"; *name; name++)
                wait_for_line(marker_of(text("%c", *name)), "ready");
        wait_for_lines(marker_of("b"), "child", 2);
        wait_for_line(marker_of("c"), "escapee");
        supd_signal(signo);
        int status = supd_wait();
        ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "wait status %x", status);
        for (const char *name = "abc"; *name; name++)
                wait_for_line(marker_of(text("%c", *name)), "got TERM");
        ck_assert_uint_eq(count_processes(program_path("rude")), 0);
}

START_TEST(sigterm_stops_everything_and_exits_0) {
        stops_everything(SIGTERM);
}
END_TEST

START_TEST(sigint_stops_everything_and_exits_0) {
        stops_everything(SIGINT);
}
END_TEST

START_TEST(second_sigterm_hurries) {
        conf_write("[defaults]\nstop_timeout = 1h\n%s", marker_service("stubborn", "--ignore TERM"));
        supd_start();
        wait_for_line(marker_of("stubborn"), "ready");
        supd_signal(SIGTERM);
        wait_for_line(marker_of("stubborn"), "got TERM");
        supd_signal(SIGTERM);
        int status = supd_wait();
        ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "wait status %x", status);
}
END_TEST

START_TEST(signals_without_meaning_are_survived) {
        conf_write("%s", marker_service("web", ""));
        supd_start();
        pid_t pid = wait_for_pid(marker_of("web"), "ready");
        static const int harmless[] = { SIGPIPE, SIGCHLD, SIGWINCH, SIGURG, SIGCONT, SIGUSR1, SIGUSR2, SIGALRM };
        for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
                supd_signal(harmless[i]);
        ck_assert_int_eq(service_pid("web"), pid);
}
END_TEST

/* --- reload --- */

START_TEST(sighup_applies_what_changed_and_leaves_the_rest) {
        conf_write("%s%s", marker_service("stays", ""), marker_service("goes", ""));
        supd_start();
        pid_t pid = wait_for_pid(marker_of("stays"), "ready");
        pid_t goes = wait_for_pid(marker_of("goes"), "ready");

        conf_write("%s%s", marker_service("stays", ""), marker_service("comes", ""));
        supd_signal(SIGHUP);
        wait_for_line(marker_of("comes"), "ready");
        wait_for_exit(goes);
        ck_assert_int_eq(service_pid("stays"), pid);
        wait_until(supctl("status", "goes").code == 4);
}
END_TEST

START_TEST(hot_keys_change_under_a_running_service) {
        conf_write("%sstop_timeout = 1h\n", marker_service("web", "--ignore TERM"));
        supd_start();
        pid_t pid = wait_for_pid(marker_of("web"), "ready");
        conf_write("%sstop_timeout = 50ms\n", marker_service("web", "--ignore TERM"));
        supctl_ok("reload");
        ck_assert_int_eq(service_pid("web"), pid);
        ck_assert(!view("web").pending_restart);
        supctl_ok("stop", "web");
}
END_TEST

START_TEST(a_key_that_needs_a_restart_waits_for_one) {
        conf_write("%s", marker_service("web", ""));
        supd_start();
        pid_t pid = wait_for_pid(marker_of("web"), "ready");
        conf_write("%s", marker_service("web", "--say new"));
        supctl_ok("reload");
        ck_assert_int_eq(service_pid("web"), pid);
        ck_assert(view("web").pending_restart);
        supctl_ok("restart", "web");
        wait_for_line(text("%s/web.log", box.log), "new");
        ck_assert(!view("web").pending_restart);
}
END_TEST

START_TEST(bad_configuration_at_reload_changes_nothing) {
        conf_write("%s%s", marker_service("a", ""), marker_service("b", ""));
        supd_start();
        pid_t a = wait_for_pid(marker_of("a"), "ready"), b = wait_for_pid(marker_of("b"), "ready");

        conf_write("%sfrobnicate = yes\n%s", marker_service("a", "--say new"), marker_service("c", ""));
        Run r = supctl("reload");
        ck_assert_int_eq(r.code, 1);
        assert_contains(r.err, "frobnicate");
        supd_signal(SIGHUP);
        wait_for_line(text("%s/supd.log", box.log), "frobnicate");
        ck_assert_int_eq(service_pid("a"), a);
        ck_assert_int_eq(service_pid("b"), b);
        ck_assert_int_eq(supctl("status", "c").code, 4);
        ck_assert(!view("a").pending_restart);
}
END_TEST

/* --- errors at the first start --- */

START_TEST(bad_configuration_is_refused_whole) {
        conf_write("%s[service:bad]\ncommand = /bin/true\nrestart = sometimes\n", marker_service("good", ""));
        Run r = supd_run(NULL);
        ck_assert_int_eq(r.code, 1);
        assert_contains(r.err, "sometimes");
        ck_assert_msg(access(marker_of("good"), F_OK) < 0, "a service was started nevertheless");
}
END_TEST

START_TEST(skip_service_leaves_out_only_the_bad_one_and_says_so) {
        conf_write_supd("on_config_error = skip-service\n",
                        "%s[service:bad]\ncommand = /bin/true\nrestart = sometimes\n", marker_service("good", ""));
        Run r = supd_run(NULL);
        ck_assert_msg(r.code == 0, "exit %d: %s", r.code, r.err);
        box.supd = atoi(must_read(text("%s/supd.pid", box.run)));
        assert_contains(text("%s%s", r.err, supd_log()), "sometimes");
        wait_for_line(marker_of("good"), "ready");
        ck_assert_int_eq(supctl("status", "bad").code, 4);
}
END_TEST

/* --- where things are --- */

static Run with_environment(const char *program, const char *verb, char *const *environment) {
        return run_argv((const char *const[]){ program_path(program), verb, NULL },
                        &(RunOptions){ .environment = environment });
}

static char *sanitizer_environment(const char *name) {
        return text("%s=%s", name, getenv(name));
}

START_TEST(runtime_directory_comes_from_the_environment) {
        conf_write("%s", marker_service("web", ""));
        char *environment[] = { text("SUPD_RUNTIME_DIR=%s", box.run), sanitizer_environment("ASAN_OPTIONS"),
                sanitizer_environment("UBSAN_OPTIONS"), NULL };
        Run r = run_argv((const char *const[]){ program_path("supd"), "-c", box.conf, NULL },
                        &(RunOptions){ .environment = environment });
        ck_assert_msg(r.code == 0, "%s", r.err);
        box.supd = atoi(must_read(text("%s/supd.pid", box.run)));
        r = with_environment("supctl", "status", environment);
        ck_assert_msg(r.code == 0, "%s", r.err);
        assert_contains(r.out, "web");
        wait_for_line(marker_of("web"), "ready");
}
END_TEST

START_TEST(plain_user_has_everything_below_xdg) {
        char *run_dir = in_box("xdg-run");
        ck_assert_int_eq(mkdir(run_dir, 0700), 0);
        box_write("xdg-config/supd/supd.ini", "%s%s", it_has_cgroup() ? "" : "[supd]\ncgroup = no\n",
                        marker_service("web", "--say hello"));
        char *environment[] = { text("XDG_RUNTIME_DIR=%s", run_dir), text("XDG_CONFIG_HOME=%s", in_box("xdg-config")),
                text("XDG_STATE_HOME=%s", in_box("xdg-state")), sanitizer_environment("ASAN_OPTIONS"),
                sanitizer_environment("UBSAN_OPTIONS"), NULL };
        Run r = run_argv((const char *const[]){ program_path("supd"), NULL },
                        &(RunOptions){ .environment = environment });
        ck_assert_msg(r.code == 0, "%s", r.err);
        box.supd = atoi(must_read(text("%s/supd/supd.pid", run_dir)));
        wait_for_line(marker_of("web"), "ready");
        wait_for_line(in_box("xdg-state/supd/web.log"), "hello");
        r = with_environment("supctl", "status", environment);
        ck_assert_msg(r.code == 0, "%s", r.err);
}
END_TEST

START_TEST(nothing_is_read_from_the_current_directory) {
        conf_write("%s", marker_service("web", ""));
        ck_assert_int_eq(chdir(in_box("conf")), 0);
        char *environment[] = { text("XDG_RUNTIME_DIR=%s", in_box("nowhere")),
                text("XDG_CONFIG_HOME=%s", in_box("empty")), NULL };
        Run r = run_argv((const char *const[]){ program_path("supd"), NULL },
                        &(RunOptions){ .environment = environment });
        ck_assert_int_ne(r.code, 0);
        ck_assert_msg(access(marker_of("web"), F_OK) < 0, "a service was started from ./supd.ini");
        ck_assert_int_eq(chdir("/"), 0);
}
END_TEST

static unsigned long n_wake_ups(void) {
        char *status = must_read(text("/proc/%d/status", box.supd));
        const char *line = strstr(status, "\nvoluntary_ctxt_switches:");
        ck_assert_ptr_nonnull(line);
        return strtoul(strchr(line, ':') + 1, NULL, 10);
}

/* That nothing happens is no event: the one place where a time is waited for. */
START_TEST(idle_means_asleep) {
        char *conf = text("%s", "");
        for (int i = 0; i < 100; i++)
                conf = text("%s[service:s%d]\ncommand = %s --marker %s/m\n", conf, i, program_path("rude"), box.dir);
        conf_write("%s", conf);
        supd_start();
        wait_for_lines(in_box("m"), "ready", 100);
        supctl_ok("status");
        wait_until(process_state(box.supd) == 'S');
        unsigned long before = n_wake_ups();
        usleep(1500000);
        ck_assert_uint_eq(n_wake_ups(), before);
}
END_TEST

START_TEST(scope_is_what_this_machine_allows) {
        conf_write("%s", marker_service("web", ""));
        supd_start();
        ck_assert_str_eq(daemon_scope(), it_has_cgroup() ? "cgroup" : "process");
        wait_for_line(marker_of("web"), "ready");
}
END_TEST

int main(void) {
        Suite *s = suite_create("daemon");
        TCase *c = it_case(s, "detach");
        tcase_add_test(c, detaches_from_everything_of_its_starter);
        tcase_add_test(c, pid_file_is_there_while_it_runs);
        tcase_add_test(c, starter_tells_why_supd_did_not_start);
        tcase_add_test(c, missing_configuration_is_named);
        tcase_add_test(c, second_supd_is_refused_by_name_of_the_first);
        tcase_add_test(c, what_a_killed_supd_left_is_no_obstacle);
        tcase_add_test(c, foreground_stays_and_logs_to_stderr);
        tcase_add_test(c, scope_is_what_this_machine_allows);
        tcase_add_test(c, idle_means_asleep);

        c = it_case(s, "end");
        tcase_add_test(c, sigterm_stops_everything_and_exits_0);
        tcase_add_test(c, sigint_stops_everything_and_exits_0);
        tcase_add_test(c, second_sigterm_hurries);
        tcase_add_test(c, signals_without_meaning_are_survived);

        c = it_case(s, "reload");
        tcase_add_test(c, sighup_applies_what_changed_and_leaves_the_rest);
        tcase_add_test(c, hot_keys_change_under_a_running_service);
        tcase_add_test(c, a_key_that_needs_a_restart_waits_for_one);
        tcase_add_test(c, bad_configuration_at_reload_changes_nothing);

        c = it_case(s, "errors at start");
        tcase_add_test(c, bad_configuration_is_refused_whole);
        tcase_add_test(c, skip_service_leaves_out_only_the_bad_one_and_says_so);

        c = it_case(s, "places");
        tcase_add_test(c, runtime_directory_comes_from_the_environment);
        if (!it_is_root()) {
                tcase_add_test(c, plain_user_has_everything_below_xdg);
                tcase_add_test(c, nothing_is_read_from_the_current_directory);
        }
        return it_main(s);
}
