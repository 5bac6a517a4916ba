/* supctl, verb by verb: what it does, what it says, and its exit codes. And the control socket under bad treatment. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

enum {
        OK = 0,
        FAILED = 1,
        USAGE = 2,
        NOT_RUNNING = 3,
        NO_SUCH_SERVICE = 4,
        NO_PERMISSION = 5,
        NO_DAEMON = 6,
        TIMED_OUT = 7
};

static char *marker_of(const char *name) {
        return in_box("%s.marker", name);
}

static const char *service(const char *name, const char *options, const char *keys) {
        return text("[service:%s]\ncommand = %s --marker %s/%s.marker %s\n%s\n", name, program_path("rude"), box.dir,
                        name, options, keys);
}

#define assert_exit(expected, ...)                                                                                     \
        ({                                                                                                             \
                Run _r = supctl(__VA_ARGS__);                                                                          \
                ck_assert_msg(_r.code == (expected), "%s: exit %d, not %d\n%s%s", #__VA_ARGS__, _r.code, (expected),   \
                                _r.out, _r.err);                                                                       \
                _r;                                                                                                    \
        })

/* --- exit codes --- */

START_TEST(no_daemon_is_6_and_says_how_to_start_one) {
        static const char *const verbs[] = { "status", "list", "shutdown" };
        for (size_t i = 0; i < 3; i++)
                assert_contains(assert_exit(NO_DAEMON, verbs[i]).err, "supd");
        static const char *const named[] = { "start", "stop", "restart", "reload", "status", "is-active", "kill",
                "logs" };
        for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
                assert_contains(assert_exit(NO_DAEMON, named[i], "web").err, box.run);
}
END_TEST

START_TEST(wrong_usage_is_2) {
        assert_exit(USAGE, NULL);
        assert_contains(assert_exit(USAGE, "statsu").err, "status");
        assert_contains(assert_exit(USAGE, "status", "--jsno").err, "json");
        assert_exit(USAGE, "start");
        assert_exit(USAGE, "stop", "--graceful", "--now", "web");
        assert_exit(USAGE, "stop", "--timeout", "soon", "web");
        assert_exit(USAGE, "kill", "--signal", "NOPE", "web");
        assert_exit(USAGE, "start", "--follow", "web");
}
END_TEST

START_TEST(unknown_name_is_4_and_nothing_is_done) {
        conf_write("%s%s", service("web", "", "autostart = no"), service("db", "", ""));
        supd_start();
        pid_t db = wait_for_pid(marker_of("db"), "ready");
        assert_contains(assert_exit(NO_SUCH_SERVICE, "start", "wbe").err, "wbe");
        assert_exit(NO_SUCH_SERVICE, "start", "web", "nope");
        ck_assert_str_eq(view("web").phase, "stopped");
        assert_exit(NO_SUCH_SERVICE, "stop", "db", "nope-*");
        assert_exit(NO_SUCH_SERVICE, "restart", "nope");
        assert_exit(NO_SUCH_SERVICE, "status", "nope");
        assert_exit(NO_SUCH_SERVICE, "is-active", "nope");
        assert_exit(NO_SUCH_SERVICE, "kill", "nope");
        assert_exit(NO_SUCH_SERVICE, "logs", "nope");
        assert_exit(NO_SUCH_SERVICE, "reload", "nope");
        ck_assert_int_eq(service_pid("db"), db);
}
END_TEST

START_TEST(what_does_not_run_is_3) {
        conf_write("%s", service("web", "", "autostart = no\nreload_signal = HUP"));
        supd_start();
        assert_exit(NOT_RUNNING, "status", "web");
        assert_exit(NOT_RUNNING, "is-active", "web");
        assert_exit(NOT_RUNNING, "kill", "web");
        assert_exit(NOT_RUNNING, "reload", "web");
        assert_exit(OK, "stop", "web");
        assert_exit(OK, "start", "web");
        assert_exit(OK, "status", "web");
        assert_exit(OK, "is-active", "web");
}
END_TEST

START_TEST(strangers_are_refused_with_5) {
        conf_write("%s", service("web", "", ""));
        supd_start();
        pid_t pid = wait_for_pid(marker_of("web"), "ready");
        static const char *const verbs[] = { "start", "stop", "restart", "kill", "status" };
        for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
                Run r = supctl_as(NOBODY, verbs[i], "web");
                ck_assert_msg(r.code == NO_PERMISSION, "%s: exit %d: %s%s", verbs[i], r.code, r.out, r.err);
        }
        Run r = supctl_as(NOBODY, "shutdown");
        ck_assert_int_eq(r.code, NO_PERMISSION);
        assert_contains(r.err, "control_group");
        ck_assert_int_eq(service_pid("web"), pid);
}
END_TEST

START_TEST(members_of_the_control_group_may) {
        struct group *group = getgrnam("daemon");
        ck_assert_ptr_nonnull(group);
        gid_t gid = group->gr_gid;
        conf_write_supd("control_group = daemon\n", "%s", service("web", "", ""));
        supd_start();
        wait_for_line(marker_of("web"), "ready");
        Run r = supctl_argv(
                        (const char *const[]){ "restart", "web", NULL }, &(RunOptions){ .uid = NOBODY, .gid = gid });
        ck_assert_msg(r.code == OK, "exit %d: %s%s", r.code, r.out, r.err);
        wait_for_lines(marker_of("web"), "ready", 2);
        r = supctl_as(NOBODY, "restart", "web");
        ck_assert_int_eq(r.code, NO_PERMISSION);
        assert_contains(r.err, "daemon");
}
END_TEST

/* --- start, stop, restart --- */

START_TEST(start_stop_and_restart_do_what_they_say) {
        conf_write("%s", service("web", "", "autostart = no"));
        supd_start();
        supctl_ok("start", "web");
        pid_t first = service_pid("web");
        supctl_ok("start", "web");
        ck_assert_int_eq(service_pid("web"), first);
        supctl_ok("restart", "web");
        pid_t second = service_pid("web");
        ck_assert_int_ne(second, first);
        ck_assert(!process_exists(first));
        supctl_ok("stop", "web");
        ck_assert(!process_exists(second));
        supctl_ok("stop", "web");
        supctl_ok("restart", "web");
        ck_assert_str_eq(view("web").phase, "running");
        ck_assert_uint_eq(view("web").restarts, 0);
}
END_TEST

START_TEST(a_start_that_fails_is_1_with_the_reason) {
        conf_write("[service:web]\ncommand = /nonexistent/program\nautostart = no\nrestart = no\n");
        supd_start();
        Run r = assert_exit(FAILED, "start", "web");
        assert_contains(r.err, "/nonexistent/program");
        assert_contains(r.err, strerror(ENOENT));
}
END_TEST

START_TEST(no_wait_returns_before_the_service_has_stopped) {
        char *fifo = in_box("fifo");
        ck_assert_int_eq(mkfifo(fifo, 0666), 0);
        conf_write("%s", service("web", text("--drain %s", fifo), "stop_timeout = 1h"));
        supd_start();
        wait_for_line(marker_of("web"), "ready");
        assert_exit(OK, "stop", "--no-wait", "web");
        wait_for_line(marker_of("web"), "draining");
        ck_assert_str_eq(view("web").phase, "stopping");
        int fd = open(fifo, O_WRONLY | O_CLOEXEC);
        ck_assert_int_ge(fd, 0);
        close(fd);
        wait_for_phase("web", "stopped");
}
END_TEST

START_TEST(timeout_is_7_for_any_waiting_verb) {
        char *fifo = in_box("fifo");
        ck_assert_int_eq(mkfifo(fifo, 0666), 0);
        conf_write("%s", service("web", text("--drain %s", fifo), "stop_timeout = 1h"));
        supd_start();
        wait_for_line(marker_of("web"), "ready");
        assert_exit(TIMED_OUT, "stop", "--timeout", "100ms", "web");
        assert_exit(TIMED_OUT, "restart", "--timeout", "100ms", "web");
        supctl_ok("stop", "--now", "web");
}
END_TEST

/* --- names --- */

static unsigned n_running(void) {
        unsigned n = 0;
        static const char *const names[] = { "web@1", "web@2", "api", "api-worker", "db" };
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                n += strcmp(view(names[i]).phase, "running") == 0;
        return n;
}

START_TEST(names_are_services_instances_templates_groups_globs_and_all) {
        conf_write("[defaults]\nautostart = no\n%s%s%s[service:web]\ncommand = %s\ninstances = 2\n"
                   "[group:backend]\nservices = db api*\n",
                        service("api", "", ""), service("api-worker", "", ""), service("db", "", ""),
                        program_path("rude"));
        supd_start();
        supctl_ok("start", "web@2");
        ck_assert_uint_eq(n_running(), 1);
        ck_assert_str_eq(view("web@2").phase, "running");
        supctl_ok("start", "web");
        ck_assert_uint_eq(n_running(), 2);
        supctl_ok("start", "api*");
        ck_assert_uint_eq(n_running(), 4);
        supctl_ok("start", "backend");
        ck_assert_uint_eq(n_running(), 5);
        supctl_ok("stop", "backend");
        ck_assert_uint_eq(n_running(), 2);
        supctl_ok("stop", "all");
        ck_assert_uint_eq(n_running(), 0);
        supctl_ok("start", "db", "web@1");
        ck_assert_uint_eq(n_running(), 2);
        supctl_ok("start", "all");
        ck_assert_uint_eq(n_running(), 5);
}
END_TEST

/* --- list, status, is-active --- */

START_TEST(list_and_status_show_what_is) {
        conf_write("%s%s%s", service("web", "", "description = the front"), service("idle", "", "autostart = no"),
                        service("broken", "--exit 5", "restart = no"));
        supd_start();
        wait_for_line(marker_of("web"), "ready");
        wait_for_phase("broken", "failed");
        char *list = supctl_ok("list");
        assert_contains(list, "web");
        assert_contains(list, "running");
        assert_contains(list, "stopped");
        assert_contains(list, "failed");
        char *one = supctl_ok("list", "w*");
        assert_lacks(one, "idle");
        char *status = supctl("status").out;
        assert_contains(status, "web");
        assert_contains(status, "idle");
        char *web = supctl_ok("status", "web");
        assert_contains(web, text("%d", service_pid("web")));
        assert_contains(web, "the front");
        assert_contains(web, "running");
        assert_contains(supctl("status", "broken").out, "code 5");
        ck_assert_msg(!strchr(text("%s%s%s", list, status, web), '\033'), "colours where no terminal looks on");
}
END_TEST

START_TEST(is_active_is_silent_when_asked) {
        conf_write("%s%s", service("web", "", ""), service("idle", "", "autostart = no"));
        supd_start();
        wait_for_line(marker_of("web"), "ready");
        Run r = assert_exit(OK, "is-active", "--quiet", "web");
        ck_assert_str_eq(text("%s%s", r.out, r.err), "");
        r = assert_exit(NOT_RUNNING, "is-active", "--quiet", "web", "idle");
        ck_assert_str_eq(text("%s%s", r.out, r.err), "");
}
END_TEST

/* --- kill, reload --- */

START_TEST(kill_sends_to_the_main_process_or_to_all) {
        conf_write("%s", service("web", "--ignore TERM --children 1",
                                         "restart = always\nrestart_delay = 0\nstop_timeout = 100ms"));
        supd_start();
        pid_t child = wait_for_pid(marker_of("web"), "child");
        wait_for_line(marker_of("web"), "ready");
        supctl_ok("kill", "--signal", "HUP", "web");
        wait_for_line(marker_of("web"), "got HUP");
        supctl_ok("kill", "web");
        wait_for_line(marker_of("web"), "got TERM");
        ck_assert(process_exists(child));
        supctl_ok("kill", "--signal", "SIGKILL", "--whom", "all", "web");
        wait_for_exit(child);
        /* It was not stopped: the policy starts it again. */
        wait_for_lines(marker_of("web"), "ready", 2);
}
END_TEST

START_TEST(reload_of_a_service_sends_its_signal) {
        conf_write("%s%s", service("web", "", "reload_signal = HUP"), service("deaf", "", ""));
        supd_start();
        pid_t pid = wait_for_pid(marker_of("web"), "ready");
        wait_for_line(marker_of("deaf"), "ready");
        supctl_ok("reload", "web");
        wait_for_line(marker_of("web"), "got HUP");
        ck_assert_int_eq(service_pid("web"), pid);
        assert_contains(assert_exit(FAILED, "reload", "deaf").err, "reload_signal");
}
END_TEST

START_TEST(reload_tells_what_changed) {
        conf_write("%s%s", service("web", "", "nice = 1"), service("goes", "", ""));
        supd_start();
        wait_for_line(marker_of("web"), "ready");
        conf_write("%s%s", service("web", "", "nice = 2\nstop_timeout = 3s"), service("comes", "", ""));
        char *out = supctl_ok("reload");
        assert_contains(out, "web");
        assert_contains(out, "nice");
        assert_contains(out, "stop_timeout");
        assert_contains(out, "goes");
        assert_contains(out, "comes");
        wait_for_line(marker_of("comes"), "ready");
}
END_TEST

/* --- what the operator wants --- */

START_TEST(stopped_by_hand_stays_stopped_over_a_reload) {
        conf_write("%s%s%s", service("web", "", ""), service("other", "", ""), service("manual", "", "autostart = no"));
        supd_start();
        wait_for_line(marker_of("web"), "ready");
        supctl_ok("stop", "web");
        supctl_ok("start", "manual");
        pid_t manual = service_pid("manual");
        conf_write("%s%s%s%s%s", service("web", "--say changed", "stop_timeout = 3s"), service("other", "", ""),
                        service("manual", "", "autostart = no\nstop_timeout = 3s"),
                        service("later", "", "autostart = no"), service("new", "", ""));
        supctl_ok("reload");
        wait_for_line(marker_of("new"), "ready");
        ck_assert_str_eq(view("web").phase, "stopped");
        ck_assert_str_eq(view("web").goal, "down");
        ck_assert_str_eq(view("later").phase, "stopped");
        ck_assert_uint_eq(count_lines(marker_of("web"), "start"), 1);
        ck_assert_int_eq(service_pid("manual"), manual);
        supctl_ok("start", "web");
        wait_for_line(text("%s/web.log", box.log), "changed");
}
END_TEST

/* --- without a daemon --- */

START_TEST(explain_and_version_need_no_daemon) {
        char *out = supctl_ok("explain", "stop_timeout");
        assert_contains(out, "stop_signal");
        assert_contains(out, "10s");
        Run r = supctl("explain", "stop_timeuot");
        ck_assert_int_ne(r.code, OK);
        assert_contains(r.err, "stop_timeout");
        assert_contains(supctl("version").out, "supctl");
        assert_contains(supctl_ok("help"), "shutdown");
        assert_contains(supctl_ok("help", "stop"), "--graceful");
}
END_TEST

/* --- shutdown --- */

START_TEST(shutdown_waits_for_the_end) {
        conf_write("%s%s", service("a", "--children 1", ""), service("b", "--escape 1", ""));
        supd_start();
        wait_for_line(marker_of("a"), "ready");
        wait_for_line(marker_of("b"), "ready");
        supctl_ok("shutdown");
        int status = supd_wait();
        ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "wait status %x", status);
        ck_assert_uint_eq(count_processes(program_path("rude")), 0);
        wait_for_line(marker_of("a"), "got TERM");
        assert_exit(NO_DAEMON, "status");
}
END_TEST

START_TEST(shutdown_now_does_not_ask) {
        conf_write("[defaults]\nstop_timeout = 1h\n%s", service("a", "--ignore TERM", ""));
        supd_start();
        wait_for_line(marker_of("a"), "ready");
        supctl_ok("shutdown", "--now");
        int status = supd_wait();
        ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "wait status %x", status);
}
END_TEST

/* --- JSON --- */

static json_t *json_of(Run r) {
        json_error_t error;
        json_t *root = json_loads(r.out, 0, &error);
        ck_assert_msg(root != NULL, "no JSON (%s, line %d):\n%s%s", error.text, error.line, r.out, r.err);
        return root;
}

/* The first object anywhere below that has "name": name. */
static json_t *json_named(json_t *root, const char *name) {
        const char *key;
        size_t i;
        json_t *value, *found;
        if (json_is_object(root)) {
                const char *own = json_string_value(json_object_get(root, "name"));
                if (own && strcmp(own, name) == 0)
                        return root;
                json_object_foreach(root, key, value) if ((found = json_named(value, name))) return found;
        }
        json_array_foreach(root, i, value) if ((found = json_named(value, name))) return found;
        return NULL;
}

START_TEST(json_says_what_is) {
        conf_write("%s%s", service("web", "--children 1", "description = \"a ; b\" größer"),
                        service("idle", "", "autostart = no"));
        supd_start();
        wait_for_line(marker_of("web"), "child");
        static const char *const verbs[] = { "list", "status" };
        for (size_t i = 0; i < 2; i++) {
                json_t *web = json_named(json_of(supctl("--json", verbs[i])), "web");
                ck_assert_ptr_nonnull(web);
                ck_assert_str_eq(json_string_value(json_object_get(web, "phase")), "running");
                ck_assert_int_eq((int) json_integer_value(json_object_get(web, "main_pid")), service_pid("web"));
                ck_assert_str_eq(json_string_value(json_object_get(web, "description")), "\"a ; b\" größer");
        }
        json_t *detail = json_named(json_of(supctl("--json", "status", "web")), "web");
        ck_assert_ptr_nonnull(detail);
        ck_assert_uint_eq(json_array_size(json_object_get(detail, "processes")), 2);
        json_t *idle = json_named(json_of(supctl("--json", "status", "idle")), "idle");
        ck_assert_str_eq(json_string_value(json_object_get(idle, "phase")), "stopped");
}
END_TEST

START_TEST(every_verb_speaks_json) {
        conf_write("%s", service("web", "--say hello", "reload_signal = HUP"));
        supd_start();
        wait_for_line(text("%s/web.log", box.log), "hello");
        (void) json_of(assert_exit(OK, "--json", "stop", "web"));
        (void) json_of(assert_exit(OK, "--json", "start", "web"));
        (void) json_of(assert_exit(OK, "--json", "restart", "web"));
        (void) json_of(assert_exit(OK, "--json", "is-active", "web"));
        (void) json_of(assert_exit(OK, "--json", "reload", "web"));
        (void) json_of(assert_exit(OK, "--json", "reload"));
        (void) json_of(assert_exit(OK, "--json", "kill", "--signal", "HUP", "web"));
        (void) json_of(assert_exit(OK, "--json", "check", box.conf));
        (void) json_of(assert_exit(OK, "--json", "explain", "restart"));
        (void) json_of(assert_exit(OK, "--json", "version"));
        (void) json_of(assert_exit(OK, "--json", "help"));
        (void) json_of(assert_exit(OK, "--json", "shutdown"));
        (void) supd_wait();
}
END_TEST

/* --- the control socket under bad treatment --- */

static int connect_raw(void) {
        struct sockaddr_un a = { .sun_family = AF_UNIX };
        (void) snprintf(a.sun_path, sizeof(a.sun_path), "%s/control.sock", box.run);
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        ck_assert_int_ge(fd, 0);
        (void) connect(fd, (struct sockaddr *) &a, sizeof(a));
        return fd;
}

START_TEST(five_hundred_connections_and_garbage_do_no_harm) {
        conf_write("%s", service("web", "", "restart_delay = 0"));
        supd_start();
        pid_t pid = wait_for_pid(marker_of("web"), "ready");
        static char garbage[65536];
        for (size_t i = 0; i < sizeof(garbage); i++)
                garbage[i] = (char) (i * 7919);
        int fds[500];
        for (int i = 0; i < 500; i++) {
                fds[i] = connect_raw();
                if (i % 2)
                        (void) send(fds[i], garbage, sizeof(garbage), MSG_NOSIGNAL | MSG_DONTWAIT);
        }
        /* It supervises on, while they are all there. */
        ck_assert_int_eq(kill(pid, SIGKILL), 0);
        wait_for_lines(marker_of("web"), "ready", 2);
        for (int i = 0; i < 500; i++)
                close(fds[i]);
        supctl_ok("status");
}
END_TEST

START_TEST(a_client_that_goes_away_does_not_stop_what_it_asked_for) {
        char *fifo = in_box("fifo");
        ck_assert_int_eq(mkfifo(fifo, 0666), 0);
        conf_write("%s", service("web", text("--drain %s", fifo), "stop_timeout = 1h"));
        supd_start();
        wait_for_line(marker_of("web"), "ready");
        Background *stop = supctl_begin("stop", "web");
        wait_for_line(marker_of("web"), "draining");
        supctl_kill(stop, SIGKILL);
        ck_assert_int_eq(supctl_finish(stop).code, 128 + SIGKILL);
        int fd = open(fifo, O_WRONLY | O_CLOEXEC);
        ck_assert_int_ge(fd, 0);
        close(fd);
        wait_for_phase("web", "stopped");
}
END_TEST

int main(void) {
        Suite *s = suite_create("ctl");
        TCase *c = it_case(s, "exit codes");
        tcase_add_test(c, no_daemon_is_6_and_says_how_to_start_one);
        tcase_add_test(c, wrong_usage_is_2);
        tcase_add_test(c, unknown_name_is_4_and_nothing_is_done);
        tcase_add_test(c, what_does_not_run_is_3);
        if (it_is_root()) {
                tcase_add_test(c, strangers_are_refused_with_5);
                tcase_add_test(c, members_of_the_control_group_may);
        }

        c = it_case(s, "start and stop");
        tcase_add_test(c, start_stop_and_restart_do_what_they_say);
        tcase_add_test(c, a_start_that_fails_is_1_with_the_reason);
        tcase_add_test(c, no_wait_returns_before_the_service_has_stopped);
        tcase_add_test(c, timeout_is_7_for_any_waiting_verb);
        tcase_add_test(c, names_are_services_instances_templates_groups_globs_and_all);

        c = it_case(s, "other verbs");
        tcase_add_test(c, list_and_status_show_what_is);
        tcase_add_test(c, is_active_is_silent_when_asked);
        tcase_add_test(c, kill_sends_to_the_main_process_or_to_all);
        tcase_add_test(c, reload_of_a_service_sends_its_signal);
        tcase_add_test(c, reload_tells_what_changed);
        tcase_add_test(c, stopped_by_hand_stays_stopped_over_a_reload);
        tcase_add_test(c, explain_and_version_need_no_daemon);
        tcase_add_test(c, shutdown_waits_for_the_end);
        tcase_add_test(c, shutdown_now_does_not_ask);

        c = it_case(s, "json");
        tcase_add_test(c, json_says_what_is);
        tcase_add_test(c, every_verb_speaks_json);

        c = it_case(s, "bad treatment");
        tcase_add_test(c, five_hundred_connections_and_garbage_do_no_harm);
        tcase_add_test(c, a_client_that_goes_away_does_not_stop_what_it_asked_for);
        return it_main(s);
}
