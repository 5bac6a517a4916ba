/* Stopping: whom the signal reaches, when SIGKILL follows, and that nothing of a service stays. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"

static char *marker;

/* One service "web" of the rude kind; its marker is the one that all tests here look at. */
static void start_web(const char *options, const char *keys) {
        marker = in_box("web.marker");
        conf_write("[service:web]\ncommand = %s --marker %s %s\n%s\n", program_path("rude"), marker, options, keys);
        supd_start();
        wait_for_line(marker, "ready");
}

static unsigned n_rude(void) {
        return count_processes(program_path("rude")) + count_processes("/proc/self/exe");
}

static char *make_fifo(void) {
        char *path = in_box("fifo");
        ck_assert_int_eq(mkfifo(path, 0666), 0);
        ck_assert_int_eq(chmod(path, 0666), 0);
        return path;
}

/* Lets a draining service end: it reads the fifo to its end. */
static void release(const char *fifo) {
        int fd = open(fifo, O_WRONLY | O_CLOEXEC);
        ck_assert_int_ge(fd, 0);
        close(fd);
}

/* --- kill_mode --- */

START_TEST(mixed_lets_the_main_process_drain_its_own_children) {
        char *fifo = make_fifo();
        start_web(text("--children 2 --drain %s", fifo), "stop_timeout = 1h");
        wait_for_lines(marker, "child", 2);
        Background *stop = supctl_begin("stop", "web");
        wait_for_line(marker, "draining");
        ck_assert_uint_eq(n_rude(), 3);
        release(fifo);
        ck_assert_int_eq(supctl_finish(stop).code, 0);
        wait_for_line(marker, "drained");
        ck_assert_uint_eq(n_rude(), 0);
        ck_assert_str_eq(view("web").result, "success");
}
END_TEST

START_TEST(all_signals_the_whole_scope_at_once) {
        char *fifo = make_fifo();
        start_web(text("--children 1 --escape 1 --drain %s", fifo), "stop_timeout = 1h\nkill_mode = all");
        pid_t child = wait_for_pid(marker, "child"), escapee = wait_for_pid(marker, "escapee");
        Background *stop = supctl_begin("stop", "web");
        wait_for_line(marker, "draining");
        wait_for_exit(child);
        wait_for_exit(escapee);
        ck_assert(supctl_is_running(stop));
        release(fifo);
        ck_assert_int_eq(supctl_finish(stop).code, 0);
        ck_assert_uint_eq(n_rude(), 0);
}
END_TEST

START_TEST(process_leaves_the_rest_and_shows_it) {
        start_web("--children 1", "kill_mode = process");
        pid_t child = wait_for_pid(marker, "child");
        supctl_ok("stop", "web");
        ck_assert_msg(process_exists(child), "kill_mode = process, and the child is gone");
        assert_contains(supctl("status", "web").out, text("%d", child));
        ck_assert_int_eq(kill(child, SIGKILL), 0);
        wait_for_exit(child);
}
END_TEST

START_TEST(process_mode_leaves_sessions_over_a_restart) {
        start_web("--escape 1", "kill_mode = process");
        pid_t escapee = wait_for_pid(marker, "escapee");
        supctl_ok("restart", "web");
        wait_for_lines(marker, "ready", 2);
        ck_assert(process_exists(escapee));
        supctl_ok("stop", "--now", "web");
        wait_for_exit(escapee);
}
END_TEST

/* --- time-outs --- */

START_TEST(sigkill_follows_after_stop_timeout) {
        start_web("--ignore TERM --children 1 --children-ignore --escape 1", "stop_timeout = 100ms");
        wait_for_line(marker, "child");
        wait_for_line(marker, "escapee");
        supctl_ok("stop", "web");
        wait_for_line(marker, "got TERM");
        ck_assert_uint_eq(n_rude(), 0);
        View v = view("web");
        ck_assert_str_eq(v.phase, "stopped");
        ck_assert_str_eq(v.result, "timeout");
        wait_for_line(text("%s/supd.log", box.log), "did not stop in time");
}
END_TEST

START_TEST(stop_signal_is_the_configured_one) {
        start_web("", "stop_signal = QUIT\nstop_timeout = 1h");
        supctl_ok("stop", "web");
        wait_for_line(marker, "got QUIT");
        assert_lacks(must_read(marker), "got TERM");
}
END_TEST

START_TEST(an_exit_after_our_request_is_no_failure_whatever_its_code) {
        start_web("--on TERM --exit 143", "restart = always");
        supctl_ok("stop", "web");
        View v = view("web");
        ck_assert_str_eq(v.phase, "stopped");
        ck_assert_str_eq(v.result, "success");
        ck_assert_uint_eq(count_lines(marker, "start"), 1);
}
END_TEST

/* --- graceful --- */

START_TEST(graceful_waits_as_long_as_it_takes) {
        char *fifo = make_fifo();
        start_web(text("--drain %s", fifo), "stop_timeout = 10ms");
        Background *stop = supctl_begin("stop", "--graceful", "web");
        wait_for_line(marker, "draining");
        /* Ten times stop_timeout later it is still there: that does not count here. */
        ck_assert_int_eq(supctl("stop", "--graceful", "--timeout", "100ms", "web").code, 7);
        ck_assert(supctl_is_running(stop));
        release(fifo);
        Run r = supctl_finish(stop);
        ck_assert_msg(r.code == 0, "exit %d: %s%s", r.code, r.out, r.err);
        wait_for_line(marker, "drained");
        ck_assert_str_eq(view("web").result, "success");
}
END_TEST

START_TEST(graceful_timeout_ends_the_waiting_and_not_the_service) {
        char *fifo = make_fifo();
        start_web(text("--drain %s", fifo), "stop_timeout = 10ms");
        pid_t pid = service_pid("web");
        Run r = supctl("stop", "--graceful", "--timeout", "200ms", "web");
        ck_assert_msg(r.code == 7, "exit %d: %s%s", r.code, r.out, r.err);
        /* It says who is still alive, by pid and command. */
        assert_contains(text("%s%s", r.out, r.err), text("%d", pid));
        assert_contains(text("%s%s", r.out, r.err), "rude");
        ck_assert(process_exists(pid));
        ck_assert_str_eq(view("web").phase, "stopping");
        wait_for_line(marker, "draining");
        release(fifo);
        wait_for_phase("web", "stopped");
        wait_for_line(marker, "drained");
}
END_TEST

START_TEST(a_graceful_stop_can_be_hurried) {
        char *fifo = make_fifo();
        start_web(text("--drain %s", fifo), "stop_timeout = 50ms");
        Background *stop = supctl_begin("stop", "--graceful", "web");
        wait_for_line(marker, "draining");
        supctl_ok("stop", "web");
        ck_assert_int_eq(supctl_finish(stop).code, 0);
        ck_assert_uint_eq(n_rude(), 0);
        assert_lacks(must_read(marker), "drained");
}
END_TEST

/* --- now --- */

START_TEST(now_kills_the_scope_at_once) {
        start_web("--ignore TERM --children 2 --children-ignore --escape 2", "stop_timeout = 1h");
        wait_for_lines(marker, "child", 2);
        wait_for_lines(marker, "escapee", 2);
        supctl_ok("stop", "--now", "web");
        ck_assert_uint_eq(n_rude(), 0);
        assert_lacks(must_read(marker), "got TERM");
}
END_TEST

/* --- nothing escapes --- */

START_TEST(escapees_are_found_and_ended) {
        start_web("--escape 3", "stop_timeout = 1h");
        wait_for_lines(marker, "escapee", 3);
        ck_assert_uint_eq(n_rude(), 4);
        supctl_ok("stop", "web");
        ck_assert_uint_eq(n_rude(), 0);
}
END_TEST

START_TEST(escapees_without_environment_are_found_too) {
        start_web("--escape 2 --escape-clean", "stop_timeout = 1h");
        wait_for_lines(marker, "escapee", 2);
        supctl_ok("stop", "web");
        ck_assert_uint_eq(n_rude(), 0);
}
END_TEST

/* What a daemon of the old school does; only its environment tells whose it is. */
START_TEST(escapees_that_let_go_of_their_output_are_found_too) {
        start_web("--escape 2 --escape-silent", "stop_timeout = 1h");
        wait_for_lines(marker, "escapee", 2);
        supctl_ok("stop", "web");
        ck_assert_uint_eq(n_rude(), 0);
}
END_TEST

START_TEST(a_service_is_known_by_its_processes) {
        start_web("--children 1 --escape 1", "");
        pid_t child = wait_for_pid(marker, "child"), escapee = wait_for_pid(marker, "escapee");
        char *out = supctl_ok("status", "web");
        assert_contains(out, text("%d", service_pid("web")));
        assert_contains(out, text("%d", child));
        assert_contains(out, text("%d", escapee));
}
END_TEST

START_TEST(services_do_not_kill_each_other) {
        conf_write("[service:a]\ncommand = %s --marker %s/a.marker --escape 1\n"
                   "[service:b]\ncommand = %s --marker %s/b.marker --escape 1 --children 1\n",
                        program_path("rude"), box.dir, program_path("rude"), box.dir);
        supd_start();
        pid_t escapee = wait_for_pid(in_box("b.marker"), "escapee"), child = wait_for_pid(in_box("b.marker"), "child");
        wait_for_line(in_box("a.marker"), "escapee");
        supctl_ok("stop", "--now", "a");
        ck_assert(process_exists(escapee));
        ck_assert(process_exists(child));
        ck_assert_uint_eq(n_rude(), 3);
}
END_TEST

START_TEST(restart_clears_what_the_last_run_left) {
        start_web("--escape 1 --children 1", "stop_timeout = 1h");
        pid_t escapee = wait_for_pid(marker, "escapee"), child = wait_for_pid(marker, "child");
        supctl_ok("restart", "web");
        wait_for_lines(marker, "ready", 2);
        ck_assert(!process_exists(escapee));
        ck_assert(!process_exists(child));
        wait_for_lines(marker, "escapee", 2);
        wait_for_lines(marker, "child", 2);
        ck_assert_uint_eq(n_rude(), 3);
}
END_TEST

int main(void) {
        Suite *s = suite_create("stop");
        TCase *c = it_case(s, "kill mode");
        tcase_add_test(c, mixed_lets_the_main_process_drain_its_own_children);
        tcase_add_test(c, all_signals_the_whole_scope_at_once);
        tcase_add_test(c, process_leaves_the_rest_and_shows_it);
        tcase_add_test(c, process_mode_leaves_sessions_over_a_restart);

        c = it_case(s, "time-outs");
        tcase_add_test(c, sigkill_follows_after_stop_timeout);
        tcase_add_test(c, stop_signal_is_the_configured_one);
        tcase_add_test(c, an_exit_after_our_request_is_no_failure_whatever_its_code);

        c = it_case(s, "graceful and now");
        tcase_add_test(c, graceful_waits_as_long_as_it_takes);
        tcase_add_test(c, graceful_timeout_ends_the_waiting_and_not_the_service);
        tcase_add_test(c, a_graceful_stop_can_be_hurried);
        tcase_add_test(c, now_kills_the_scope_at_once);

        c = it_case(s, "scope");
        tcase_add_test(c, escapees_are_found_and_ended);
        tcase_add_test(c, escapees_without_environment_are_found_too);
        tcase_add_test(c, escapees_that_let_go_of_their_output_are_found_too);
        tcase_add_test(c, a_service_is_known_by_its_processes);
        tcase_add_test(c, services_do_not_kill_each_other);
        tcase_add_test(c, restart_clears_what_the_last_run_left);
        return it_main(s);
}
