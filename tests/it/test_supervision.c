/* Restart policies, back-off, the start limit, exec failures by step, exits in words, and what the kernel may refuse.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"

static char *marker_of(const char *name) {
        return in_box("%s.marker", name);
}

/* A rude service with a marker of its own; keys are further lines of its section. */
static const char *service(const char *name, const char *options, const char *keys) {
        return text("[service:%s]\ncommand = %s --marker %s/%s.marker %s\n%s\n", name, program_path("rude"), box.dir,
                        name, options, keys);
}

/* --- restart policies --- */

static const struct {
        const char *policy, *exit, *end; /* end: the phase it comes to rest in; NULL: it is started again */
} policies[] = {
        { "no", "--exit 0", "exited" },
        { "no", "--exit 3", "failed" },
        { "no", "--signal KILL", "failed" },
        { "always", "--exit 0", NULL },
        { "always", "--exit 3", NULL },
        { "always", "--signal KILL", NULL },
        { "on-success", "--exit 0", NULL },
        { "on-success", "--exit 3", "failed" },
        { "on-success", "--signal KILL", "failed" },
        { "on-failure", "--exit 0", "exited" },
        { "on-failure", "--exit 3", NULL },
        { "on-failure", "--signal KILL", NULL },
        { "on-abnormal", "--exit 0", "exited" },
        { "on-abnormal", "--exit 3", "failed" },
        { "on-abnormal", "--signal KILL", NULL },
        { "on-failure", "--signal TERM", "exited" },
        { "on-abnormal", "--core", NULL },
};

#define N_POLICIES (sizeof(policies) / sizeof(policies[0]))

START_TEST(each_policy_restarts_after_what_it_says) {
        char *conf = text("[defaults]\nrestart_delay = 20ms\nrestart_backoff = 1\n");
        for (size_t i = 0; i < N_POLICIES; i++)
                conf = text("%s%s", conf,
                                service(text("p%zu", i), policies[i].exit,
                                                text("restart = %s\ndirectory = %s\n", policies[i].policy, box.dir)));
        conf_write("%s", conf);
        supd_start();
        for (size_t i = 0; i < N_POLICIES; i++) {
                char *name = text("p%zu", i);
                if (policies[i].end)
                        wait_for_phase(name, policies[i].end);
                else
                        wait_for_lines(marker_of(name), "start", 4);
        }
        /* By now those that must not start again have had the time of the others to do it wrongly. */
        for (size_t i = 0; i < N_POLICIES; i++)
                if (policies[i].end)
                        ck_assert_msg(count_lines(marker_of(text("p%zu", i)), "start") == 1,
                                        "restart = %s, %s: started again", policies[i].policy, policies[i].exit);
}
END_TEST

START_TEST(exit_status_sets_overrule_the_policy) {
        conf_write("[defaults]\nrestart_delay = 20ms\nrestart_backoff = 1\n%s%s%s%s",
                        service("fine", "--exit 7", "restart = on-failure\nsuccess_exit_status = 7 USR1"),
                        service("fine-signal", "--signal USR1", "restart = on-failure\nsuccess_exit_status = 7 USR1"),
                        service("never", "--exit 8", "restart = always\nrestart_prevent_exit_status = 8"),
                        service("forced", "--exit 9", "restart = no\nrestart_force_exit_status = 9"));
        supd_start();
        wait_for_lines(marker_of("forced"), "start", 4);
        wait_for_phase("fine", "exited");
        wait_for_phase("fine-signal", "exited");
        wait_for_phase("never", "failed");
        ck_assert_uint_eq(count_lines(marker_of("never"), "start"), 1);
}
END_TEST

START_TEST(killed_service_comes_back_with_a_new_pid) {
        conf_write("%s", service("web", "", "restart_delay = 10ms"));
        supd_start();
        pid_t first = wait_for_pid(marker_of("web"), "ready");
        ck_assert_int_eq(kill(first, SIGKILL), 0);
        wait_for_lines(marker_of("web"), "ready", 2);
        wait_for_phase("web", "running");
        View v = view("web");
        ck_assert_int_ne(v.pid, first);
        ck_assert_uint_eq(v.restarts, 1);
}
END_TEST

START_TEST(backoff_grows_to_its_maximum) {
        conf_write("%s", service("web", "--exit 1",
                                         "restart_delay = 10ms\nrestart_backoff = 2\nrestart_jitter = "
                                         "0\nrestart_delay_max = 60ms"));
        supd_start();
        char *log = text("%s/supd.log", box.log);
        wait_for_line(log, "next attempt in 10ms");
        wait_for_line(log, "next attempt in 20ms");
        wait_for_line(log, "next attempt in 40ms");
        wait_for_lines(log, "next attempt in 60ms", 3);
        assert_lacks(must_read(log), "next attempt in 80ms");
}
END_TEST

START_TEST(start_limit_gives_up_and_a_manual_start_clears_it) {
        conf_write("%s", service("web", "--exit 1",
                                         "restart = always\nrestart_delay = 0\nstart_limit_burst = "
                                         "3\nstart_limit_interval = 1h"));
        supd_start();
        wait_for_phase("web", "failed");
        View v = view("web");
        ck_assert_str_eq(v.result, "start-limit");
        assert_contains(v.note, "start limit");
        unsigned n = count_lines(marker_of("web"), "start");
        ck_assert_msg(n == 4, "%u starts: the first and three automatic ones were to be", n);

        /* The manual start is not counted either: it is followed by three automatic ones again. */
        (void) supctl("start", "web");
        wait_for_lines(marker_of("web"), "start", 8);
        wait_for_phase("web", "failed");
        ck_assert_uint_eq(count_lines(marker_of("web"), "start"), 8);
}
END_TEST

START_TEST(stop_wins_over_a_pending_restart) {
        conf_write("%s", service("web", "--exit 1", "restart = always\nrestart_delay = 1h\nrestart_jitter = 0"));
        supd_start();
        wait_for_phase("web", "backoff");
        ck_assert_uint_gt(view("web").next_start_in, (uint64_t) 3000 * 1000000);
        supctl_ok("stop", "web");
        View v = view("web");
        ck_assert_str_eq(v.phase, "stopped");
        ck_assert_uint_eq(v.next_start_in, UINT64_MAX);
}
END_TEST

START_TEST(start_during_backoff_starts_at_once) {
        conf_write("%s", service("web", text("--fail-unless %s/go", box.dir), "restart = always\nrestart_delay = 1h"));
        supd_start();
        wait_for_phase("web", "backoff");
        box_write("go", "%s", "");
        supctl_ok("start", "web");
        wait_for_line(marker_of("web"), "ready");
        ck_assert_str_eq(view("web").phase, "running");
}
END_TEST

/* --- exits in words --- */

START_TEST(exit_is_decoded_in_full) {
        struct rlimit core;
        ck_assert_int_eq(getrlimit(RLIMIT_CORE, &core), 0);
        conf_write("[defaults]\nrestart = no\ndirectory = %s\n%s%s%s", box.dir, service("code", "--exit 42", ""),
                        service("signal", "--signal SEGV", "limit_core = 0"), service("core", "--core", ""));
        supd_start();
        wait_for_phase("code", "failed");
        assert_contains(view("code").note, "exited with code 42");
        ck_assert_str_eq(view("code").result, "exit-code");
        wait_for_phase("signal", "failed");
        assert_contains(view("signal").note, "killed by signal SEGV");
        ck_assert_str_eq(view("signal").result, "signal");
        wait_for_phase("core", "failed");
        /* Whether there can be a core dump at all is decided by the limit that this machine set. */
        bool dumps = core.rlim_max > 0;
        assert_contains(view("core").note, dumps ? "dumped core on signal ABRT" : "killed by signal ABRT");
        ck_assert_str_eq(view("core").result, dumps ? "core-dump" : "signal");
        assert_contains(supctl("status", "code").out, "42");
}
END_TEST

START_TEST(a_service_stopped_by_a_signal_is_shown_as_such) {
        conf_write("%s", service("web", "--stop-self", ""));
        supd_start();
        pid_t pid = wait_for_pid(marker_of("web"), "start");
        wait_until(strstr(view("web").note, "stopped by a signal"));
        ck_assert_str_eq(view("web").phase, "running");
        ck_assert_int_eq(view("web").pid, pid);
        assert_contains(supctl("status", "web").out, "stopped by a signal");
        ck_assert_int_eq(kill(pid, SIGCONT), 0);
        wait_for_line(marker_of("web"), "ready");
        wait_until(!strstr(view("web").note, "stopped by a signal"));
}
END_TEST

START_TEST(a_stopped_process_can_still_be_stopped_politely) {
        conf_write("%s", service("web", "--stop-self", "stop_timeout = 1h"));
        supd_start();
        pid_t pid = wait_for_pid(marker_of("web"), "start");
        wait_until(process_state(pid) == 'T');
        supctl_ok("stop", "web");
        wait_for_line(marker_of("web"), "got TERM");
}
END_TEST

/* --- what never becomes a program --- */

static void fails_with(const char *name, const char *reason) {
        wait_for_phase(name, "failed");
        View v = view(name);
        ck_assert_str_eq(v.result, "spawn-failed");
        assert_contains(v.note, reason);
}

START_TEST(spawn_failures_are_told_apart_and_name_their_step) {
        box_write("not-executable", "#!/bin/sh\n");
        char *script = box_write("bad-interpreter", "#!/nonexistent/interpreter\n");
        ck_assert_int_eq(chmod(script, 0755), 0);
        conf_write("[defaults]\nrestart = no\n"
                   "[service:program]\ncommand = /nonexistent/program\n"
                   "[service:executable]\ncommand = %s/not-executable\n"
                   "[service:interpreter]\ncommand = %s\n"
                   "[service:directory]\ncommand = /bin/true\ndirectory = /nonexistent/place\n"
                   "[service:path]\ncommand = program-that-is-nowhere\n",
                        box.dir, script);
        supd_start();
        fails_with("program", text("/nonexistent/program: %s", strerror(ENOENT)));
        fails_with("executable", text("not-executable: %s", strerror(EACCES)));
        fails_with("interpreter", "bad-interpreter");
        fails_with("directory", text("directory /nonexistent/place: %s", strerror(ENOENT)));
        fails_with("path", "program-that-is-nowhere");
        Run r = supctl("start", "directory");
        ck_assert_int_eq(r.code, 1);
        assert_contains(text("%s%s", r.out, r.err), "directory /nonexistent/place");
}
END_TEST

START_TEST(a_missing_program_does_not_loop_at_full_speed) {
        conf_write("[service:web]\ncommand = /nonexistent/program\nrestart = always\nrestart_delay = 0\nrestart_jitter "
                   "= 0\n");
        supd_start();
        wait_for_phase("web", "backoff");
        View v = view("web");
        ck_assert_uint_eq(v.restarts, 0);
        ck_assert_msg(v.next_start_in > 300000 && v.next_start_in <= 1000000, "next attempt in %lu us",
                        v.next_start_in);
}
END_TEST

START_TEST(a_program_that_came_late_is_started_by_hand) {
        conf_write("[service:web]\ncommand = %s/late --marker %s --linger\nrestart = no\n", box.dir, marker_of("web"));
        supd_start();
        wait_for_phase("web", "failed");
        ck_assert_int_eq(symlink(program_path("rude"), in_box("late")), 0);
        supctl_ok("start", "web");
        wait_for_line(marker_of("web"), "escapee");
        ck_assert_str_eq(view("web").phase, "running");
}
END_TEST

/* --- what a killed main process leaves --- */

START_TEST(port_is_free_before_the_restart) {
        int port = free_port();
        conf_write("[service:web]\ncommand = %s %d 4 %s\nrestart_delay = 0\n", program_path("holder"), port,
                        marker_of("web"));
        supd_start();
        for (unsigned round = 1; round <= 3; round++) {
                wait_for_lines(marker_of("web"), "ready", round);
                wait_for_lines(marker_of("web"), "worker", 4 * round);
                pid_t master = service_pid("web");
                ck_assert(port_is_open(port));
                ck_assert_int_eq(kill(master, SIGKILL), 0);
        }
        wait_for_lines(marker_of("web"), "ready", 4);
        wait_for_lines(marker_of("web"), "worker", 16);
        ck_assert_msg(count_lines(marker_of("web"), "bind") == 0, "a master found the port taken:\n%s",
                        must_read(marker_of("web")));
        ck_assert_uint_eq(count_processes("holder"), 5);
}
END_TEST

START_TEST(leftovers_that_ignore_the_signal_are_killed_before_the_restart) {
        conf_write("%s", service("web", "--children 2 --children-ignore --escape 1",
                                         "restart_delay = 0\nstop_timeout = 100ms"));
        supd_start();
        pid_t first = wait_for_pid(marker_of("web"), "ready");
        wait_for_lines(marker_of("web"), "child", 2);
        wait_for_line(marker_of("web"), "escapee");
        ck_assert_int_eq(kill(first, SIGKILL), 0);
        wait_for_lines(marker_of("web"), "ready", 2);
        wait_for_lines(marker_of("web"), "child", 4);
        wait_for_lines(marker_of("web"), "escapee", 2);
        ck_assert_uint_eq(count_processes(program_path("rude")), 4);
}
END_TEST

/* --- what the kernel may refuse --- */

static struct rlimit limit_supd(__rlimit_resource_t resource, rlim_t soft) {
        struct rlimit old, wanted;
        ck_assert_int_eq(prlimit(box.supd, resource, NULL, &old), 0);
        wanted = old;
        wanted.rlim_cur = soft;
        ck_assert_int_eq(prlimit(box.supd, resource, &wanted, NULL), 0);
        return old;
}

/* Only a plain user has a limit of processes that the kernel enforces. */
START_TEST(a_refused_fork_is_survived_said_and_tried_again) {
        conf_write("%s", service("web", "", "autostart = no\nrestart = no"));
        supd_start();
        struct rlimit old = limit_supd(RLIMIT_NPROC, 1);
        (void) supctl("start", "--no-wait", "web");
        wait_for_phase("web", "backoff");
        assert_contains(view("web").note, strerror(EAGAIN));
        wait_for_line(text("%s/supd.log", box.log), strerror(EAGAIN));
        ck_assert_int_eq(prlimit(box.supd, RLIMIT_NPROC, &old, NULL), 0);
        wait_for_line(marker_of("web"), "ready");
        ck_assert_str_eq(view("web").phase, "running");
}
END_TEST

START_TEST(running_out_of_descriptors_is_survived) {
        conf_write("%s", service("web", "", "restart_delay = 10ms"));
        supd_start();
        pid_t first = wait_for_pid(marker_of("web"), "ready");
        pid_t supd = box.supd;
        struct rlimit old = limit_supd(RLIMIT_NOFILE, 3);
        Background *client = supctl_begin("status");
        ck_assert_int_eq(kill(first, SIGKILL), 0);
        supd_signal(SIGHUP);
        wait_for_line(text("%s/supd.log", box.log), strerror(EMFILE));
        ck_assert_int_eq(prlimit(box.supd, RLIMIT_NOFILE, &old, NULL), 0);

        wait_for_lines(marker_of("web"), "ready", 2);
        Run r = supctl_finish(client);
        ck_assert_msg(r.code == 0, "the client that waited: exit %d, %s", r.code, r.err);
        ck_assert_int_eq(supd, box.supd);
        wait_for_phase("web", "running");
}
END_TEST

int main(void) {
        Suite *s = suite_create("supervision");
        TCase *c = it_case(s, "policy");
        tcase_add_test(c, each_policy_restarts_after_what_it_says);
        tcase_add_test(c, exit_status_sets_overrule_the_policy);
        tcase_add_test(c, killed_service_comes_back_with_a_new_pid);
        tcase_add_test(c, backoff_grows_to_its_maximum);
        tcase_add_test(c, start_limit_gives_up_and_a_manual_start_clears_it);
        tcase_add_test(c, stop_wins_over_a_pending_restart);
        tcase_add_test(c, start_during_backoff_starts_at_once);

        c = it_case(s, "exits");
        tcase_add_test(c, exit_is_decoded_in_full);
        tcase_add_test(c, a_service_stopped_by_a_signal_is_shown_as_such);
        tcase_add_test(c, a_stopped_process_can_still_be_stopped_politely);

        c = it_case(s, "spawn failures");
        tcase_add_test(c, spawn_failures_are_told_apart_and_name_their_step);
        tcase_add_test(c, a_missing_program_does_not_loop_at_full_speed);
        tcase_add_test(c, a_program_that_came_late_is_started_by_hand);

        c = it_case(s, "leftovers");
        tcase_add_test(c, port_is_free_before_the_restart);
        tcase_add_test(c, leftovers_that_ignore_the_signal_are_killed_before_the_restart);

        c = it_case(s, "refusals");
        if (!it_is_root())
                tcase_add_test(c, a_refused_fork_is_survived_said_and_tried_again);
        tcase_add_test(c, running_out_of_descriptors_is_survived);
        return it_main(s);
}
