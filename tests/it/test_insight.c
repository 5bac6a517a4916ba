/* What supd tells about itself before, while and after it acts: plan, reload, why, events, wait. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "ctl/protocol.h"
#include "harness.h"

enum { OK = 0, FAILED = 1, USAGE = 2, CHANGES = 2, NO_SUCH_SERVICE = 4, NO_DAEMON = 6, TIMED_OUT = 7 };

static char *marker_of(const char *name) {
        return in_box("%s.marker", name);
}

static const char *service(const char *name, const char *options, const char *keys) {
        return text("[service:%s]\ncommand = %s --marker %s/%s.marker %s\n%s\n", name, program_path("rude"), box.dir, name,
                options, keys);
}

#define assert_exit(expected, ...)                                                                                  \
        ({                                                                                                          \
                Run _r = supctl(__VA_ARGS__);                                                                       \
                ck_assert_msg(_r.code == (expected), "%s: exit %d, not %d\n%s%s", #__VA_ARGS__, _r.code, (expected), \
                        _r.out, _r.err);                                                                            \
                _r;                                                                                                 \
        })

static json_t *json_of(const char *s) {
        json_error_t e;
        json_t *root = json_loads(s, 0, &e);
        ck_assert_msg(root != NULL, "no JSON: %s\n%s", e.text, s);
        return root;
}

static const char *json_get(json_t *object, const char *key) {
        const char *s = json_string_value(json_object_get(object, key));
        return s ? s : "";
}

/* The first object of an array whose key has this value. */
static json_t *json_find(json_t *array, const char *key, const char *value) {
        for (size_t i = 0; i < json_array_size(array); i++)
                if (strcmp(json_get(json_array_get(array, i), key), value) == 0)
                        return json_array_get(array, i);
        ck_abort_msg("no %s %s in %s", key, value, json_dumps(array, 0));
}

/* --- plan --- */

START_TEST(plan_tells_what_reload_then_does) {
        conf_write("%s%s", service("web", "", "nice = 1"), service("goes", "", ""));
        supd_start();
        wait_for_line(marker_of("web"), "ready");
        wait_for_line(marker_of("goes"), "ready");
        pid_t web = service_pid("web"), goes = service_pid("goes");
        assert_contains(assert_exit(OK, "plan").out, "nothing");

        conf_write("%s%s", service("web", "", "nice = 2\nstop_timeout = 3s"), service("comes", "", ""));
        Run plan = assert_exit(CHANGES, "plan");
        assert_contains(plan.out, "web: changed, takes effect at the next start\n");
        assert_contains(plan.out, "nice: 1 -> 2  (needs a restart)");
        assert_contains(plan.out, "stop_timeout: 10s -> 3s  (at once)");
        assert_contains(plan.out, "goes: removed");
        assert_contains(plan.out, "comes: added");
        ck_assert_int_eq(service_pid("web"), web);
        ck_assert_int_eq(service_pid("goes"), goes);
        ck_assert(!view("web").pending_restart);
        assert_exit(NO_SUCH_SERVICE, "status", "comes");

        json_t *planned = json_of(assert_exit(CHANGES, "--json", "plan").out);
        json_t *done = json_of(supctl_ok("--json", "reload"));
        ck_assert_msg(json_equal(planned, done), "%s\n%s", json_dumps(planned, 0), json_dumps(done, 0));
        ck_assert_str_eq(
                json_get(json_find(json_object_get(planned, "changes"), "service", "web"), "change"), "changed-restart");
        ck_assert(view("web").pending_restart);
        assert_exit(OK, "plan");
        wait_for_line(marker_of("comes"), "ready");
}
END_TEST

START_TEST(plan_shows_errors_as_reload_does) {
        conf_write("%s", service("web", "", ""));
        supd_start();
        pid_t web = wait_for_pid(marker_of("web"), "ready");
        conf_write("%s", service("web", "", "nice = much"));
        Run plan = assert_exit(FAILED, "plan"), reload = assert_exit(FAILED, "reload");
        assert_contains(plan.err, "nice");
        assert_contains(plan.err, text("%s:", box.conf));
        ck_assert_str_eq(strchr(plan.err, '\n'), strchr(reload.err, '\n'));
        ck_assert_int_eq(service_pid("web"), web);
}
END_TEST

/* --- reload --restart-changed --- */

START_TEST(restart_changed_restarts_what_needs_it_and_nothing_else) {
        const char *idle = "autostart = no\n";
        conf_write("%s%s%s%s", service("cold", "", "nice = 1"), service("hot", "", ""), service("same", "", ""),
                service("idle", "", text("%snice = 1", idle)));
        supd_start();
        wait_for_line(marker_of("cold"), "ready");
        wait_for_line(marker_of("hot"), "ready");
        wait_for_line(marker_of("same"), "ready");
        pid_t cold = service_pid("cold"), hot = service_pid("hot"), same = service_pid("same");

        conf_write("%s%s%s%s", service("cold", "", "nice = 2"), service("hot", "", "stop_timeout = 3s"),
                service("same", "", ""), service("idle", "", text("%snice = 2", idle)));
        assert_contains(supctl_ok("reload"), "--restart-changed");
        ck_assert_int_eq(service_pid("cold"), cold);
        ck_assert(view("cold").pending_restart);
        assert_contains(supctl_ok("status", "cold"), "pending restart");

        /* what an earlier reload left is made good too */
        char *out = supctl_ok("reload", "--restart-changed");
        assert_contains(out, "cold: restarted");
        assert_lacks(out, "hot");
        pid_t now = service_pid("cold");
        ck_assert_int_ne(now, cold);
        ck_assert(!process_exists(cold));
        ck_assert(!view("cold").pending_restart);
        ck_assert_int_eq(service_pid("hot"), hot);
        ck_assert_int_eq(service_pid("same"), same);
        ck_assert_str_eq(view("idle").phase, "stopped");
        assert_lacks(supctl_ok("reload", "--restart-changed"), "restarted");
        ck_assert_int_eq(service_pid("cold"), now);
}
END_TEST

START_TEST(restart_changed_tells_who_did_not_come_back) {
        conf_write("%s", service("web", "", ""));
        supd_start();
        wait_for_line(marker_of("web"), "ready");
        conf_write("[service:web]\ncommand = /nonexistent/program\nrestart = no\n");
        Run r = assert_exit(FAILED, "--json", "reload", "--restart-changed");
        assert_contains(r.err, "/nonexistent/program");
        json_t *outcome = json_find(json_object_get(json_of(r.out), "services"), "name", "web");
        ck_assert_str_eq(json_get(outcome, "result"), "failed");
        ck_assert_str_eq(json_get(json_find(json_object_get(json_of(r.out), "changes"), "service", "web"), "change"),
                "changed-restart");
        assert_exit(USAGE, "reload", "--restart-changed", "web");
}
END_TEST

/* --- why --- */

static json_t *why_of(const char *name) {
        json_t *services = json_object_get(json_of(supctl_ok("--json", "why", name)), "services");
        ck_assert_uint_eq(json_array_size(services), 1);
        return json_array_get(services, 0);
}

static void assert_decision(const char *name, const char *words) {
        assert_contains(json_get(why_of(name), "decision"), words);
        assert_contains(supctl_ok("why", name), words);
}

START_TEST(why_names_the_requester) {
        conf_write("%s%s", service("web", "", ""), service("idle", "", "autostart = no"));
        supd_start();
        wait_for_line(marker_of("web"), "ready");
        assert_contains(supctl_ok("why", "web"), "autostart by supd itself");
        ck_assert(json_is_null(json_object_get(json_object_get(why_of("web"), "request"), "pid")));
        ck_assert(json_is_null(json_object_get(why_of("idle"), "request")));
        assert_decision("idle", "autostart = no");

        Background *stop = supctl_begin("stop", "web");
        ck_assert_int_eq(supctl_finish(stop).code, OK);
        char *why = supctl_ok("why", "web");
        assert_contains(why, text("stop by uid %u", (unsigned) getuid()));
        assert_contains(why, "(supctl)");
        assert_contains(why, "nothing but a request starts it again");
        json_t *request = json_object_get(why_of("web"), "request");
        ck_assert_str_eq(json_get(request, "kind"), "stop");
        ck_assert_int_eq(json_integer_value(json_object_get(request, "uid")), getuid());
        ck_assert_int_gt(json_integer_value(json_object_get(request, "pid")), 1);

        supctl_ok("restart", "web");
        ck_assert_str_eq(json_get(json_object_get(why_of("web"), "request"), "kind"), "restart");
        conf_write("%s%s%s", service("web", "", ""), service("idle", "", "autostart = no"), service("new", "", ""));
        supctl_ok("reload");
        assert_contains(supctl_ok("why", "new"), text("reload by uid %u", (unsigned) getuid()));
        ck_assert_str_eq(json_get(json_object_get(why_of("web"), "request"), "kind"), "restart");
        wait_for_line(marker_of("new"), "ready");
}
END_TEST

START_TEST(why_tells_the_policy_and_the_next_attempt) {
        conf_write("%s%s%s%s", service("done", "--exit 0", "restart = on-failure"), service("never", "--exit 3", "restart = no"),
                service("slow", "--exit 4", "restart = always\nrestart_delay = 1h\nrestart_delay_max = 1h\nrestart_jitter = 0"),
                service("loop", "--exit 5", "restart = always\nrestart_delay = 0\nstart_limit_burst = 3\n"
                                            "start_limit_interval = 1h"));
        supd_start();
        wait_for_phase("done", "exited");
        wait_for_phase("never", "failed");
        wait_for_phase("slow", "backoff");
        wait_for_phase("loop", "failed");
        assert_decision("done", "restart = on-failure: exited with code 0 is a success, so it is not started again");
        assert_decision("never", "restart = no: exited with code 3, and it is not started again");
        assert_decision("slow", "restart = always: exited with code 4, and it is started again; next attempt in ");
        assert_decision("slow", ": restart 1, backoff 1 x");
        assert_decision("loop", "start_limit_burst 3 in 1h was reached");
        assert_decision("loop", "supctl start loop tries again");
        ck_assert_uint_eq(json_array_size(json_object_get(why_of("loop"), "exits")), 4);
}
END_TEST

START_TEST(why_shows_exits_and_the_last_lines) {
        conf_write("%s", service("web", "--say hello --exit 6", "restart = no"));
        supd_start();
        wait_for_phase("web", "failed");
        wait_for_line(text("%s/web.log", box.log), "hello");
        char *why = supctl_ok("why", "web");
        assert_contains(why, "Last exits:");
        assert_contains(why, "exited with code 6 after ");
        assert_contains(why, "  hello\n");
        ck_assert_str_eq(json_string_value(json_array_get(json_object_get(why_of("web"), "log"), 0)), "hello");
        assert_exit(NO_SUCH_SERVICE, "why", "wbe");
        assert_exit(USAGE, "why");
}
END_TEST

/* --- wait --- */

START_TEST(wait_is_over_at_once_when_it_is_so) {
        conf_write("%s%s%s%s", service("web", "", ""), service("idle", "", "autostart = no"), service("done", "--exit 0", ""),
                service("bad", "--exit 2", "restart = no"));
        supd_start();
        wait_for_phase("web", "running");
        wait_for_phase("done", "exited");
        wait_for_phase("bad", "failed");
        supctl_ok("wait", "web");
        supctl_ok("wait", "--running", "web");
        supctl_ok("wait", "--completed", "done");
        supctl_ok("wait", "--failed", "bad");
        supctl_ok("wait", "--stopped", "idle", "done", "bad");
        assert_contains(assert_exit(FAILED, "wait", "--running", "idle").err, "idle: is stopped and will not be running");
        assert_exit(FAILED, "wait", "--completed", "bad");
        assert_exit(FAILED, "wait", "--failed", "done");
        assert_contains(assert_exit(TIMED_OUT, "wait", "--stopped", "--timeout", "10ms", "web").err, "web: is running");
        assert_exit(NO_SUCH_SERVICE, "wait", "wbe");
        assert_exit(USAGE, "wait", "--failed", "--stopped", "web");
        json_t *waited = json_of(assert_exit(FAILED, "--json", "wait", "web", "idle").out);
        ck_assert_str_eq(json_get(json_find(json_object_get(waited, "services"), "name", "web"), "result"), "reached");
        ck_assert_str_eq(json_get(json_find(json_object_get(waited, "services"), "name", "idle"), "result"), "unreachable");
}
END_TEST

/* Whether a wait in the background has subscribed when the event comes is not known here: it must end the same either way. */
START_TEST(wait_ends_with_the_event) {
        conf_write("%s%s", service("web", "--exit 0 --on USR1", "restart = on-failure"),
                service("bad", "--exit 2 --on USR1", "restart = no"));
        supd_start();
        wait_for_line(marker_of("web"), "ready");
        wait_for_line(marker_of("bad"), "ready");
        Background *completed = supctl_begin("wait", "--completed", "web");
        Background *failed = supctl_begin("wait", "--failed", "--timeout", "1h", "bad");
        Background *in_vain = supctl_begin("wait", "--completed", "bad", "web");
        Background *stopped = supctl_begin("wait", "--stopped", "all");
        supctl_ok("kill", "--signal", "USR1", "bad");
        ck_assert_int_eq(supctl_finish(failed).code, OK);
        Run r = supctl_finish(in_vain);
        ck_assert_int_eq(r.code, FAILED);
        assert_contains(r.err, "bad: is failed and will not be completed");
        ck_assert(supctl_is_running(stopped));
        supctl_ok("kill", "--signal", "USR1", "web");
        ck_assert_int_eq(supctl_finish(completed).code, OK);
        ck_assert_int_eq(supctl_finish(stopped).code, OK);
}
END_TEST

START_TEST(wait_goes_through_restarts) {
        conf_write("%s", service("web", text("--fail-unless %s", in_box("go")),
                "restart = always\nrestart_delay = 10ms\nrestart_delay_max = 10ms\nautostart = no"));
        supd_start();
        supctl_ok("start", "--no-wait", "web");
        Background *stopped = supctl_begin("wait", "--stopped", "web");
        box_write("go", "%s", "");
        wait_for_line(marker_of("web"), "ready");
        supctl_ok("wait", "--running", "web");
        supctl_ok("restart", "web");
        ck_assert(supctl_is_running(stopped));
        supctl_ok("stop", "web");
        ck_assert_int_eq(supctl_finish(stopped).code, OK);
}
END_TEST

START_TEST(wait_ends_with_a_service_that_is_forgotten) {
        conf_write("%s%s", service("web", "", ""), service("goes", "", ""));
        supd_start();
        wait_for_line(marker_of("goes"), "ready");
        Background *stopped = supctl_begin("wait", "--stopped", "goes");
        Background *failed = supctl_begin("wait", "--failed", "goes");
        wait_for_line(marker_of("web"), "ready");
        conf_write("%s", service("web", "", ""));
        supctl_ok("reload");
        int code = supctl_finish(stopped).code;
        ck_assert_msg(code == OK || code == NO_SUCH_SERVICE, "exit %d", code);
        code = supctl_finish(failed).code;
        ck_assert_msg(code == FAILED || code == NO_SUCH_SERVICE, "exit %d", code);
}
END_TEST

/* --- events --- */

/* supctl events --follow, its output in a file that can be waited for. */
static pid_t follow_into(const char *path, const char *option) {
        const char *supctl_path = program_path("supctl");
        pid_t pid = fork();
        ck_assert_int_ge(pid, 0);
        if (pid == 0) {
                int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
                (void) dup2(fd, STDOUT_FILENO);
                (void) execl(supctl_path, "supctl", "--runtime-dir", box.run, "events", "--follow", option, NULL);
                _exit(127);
        }
        return pid;
}

static int exit_code_of(pid_t pid) {
        int status;
        wait_for_exit(pid);
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The phases of one service as `events` tells them, each followed by a blank. */
static char *phases_of(const char *name) {
        char *lines = supctl_ok("--json", "events", name), *phases = text("%s", "");
        for (char *line = strtok(lines, "\n"); line; line = strtok(NULL, "\n")) {
                json_t *event = json_of(line);
                ck_assert_str_eq(json_get(event, "service"), name);
                ck_assert_int_gt(json_integer_value(json_object_get(event, "time_usec")), 0);
                phases = text("%s%s ", phases, json_get(event, "phase"));
        }
        return phases;
}

START_TEST(events_tell_every_phase_in_order) {
        conf_write("%s%s%s", service("once", "--exit 3", "restart = no"), service("web", "", ""),
                service("idle", "", "autostart = no"));
        supd_start();
        wait_for_phase("once", "failed");
        wait_for_line(marker_of("web"), "ready");
        supctl_ok("stop", "web");
        ck_assert_str_eq(phases_of("once"), "starting running stopping failed ");
        ck_assert_str_eq(phases_of("web"), "starting running stopping stopped ");
        ck_assert_str_eq(phases_of("idle"), "");
        char *all = supctl_ok("events");
        assert_contains(all, " once: failed (exited with code 3)\n");
        assert_contains(all, " web: stopped\n");
        assert_exit(NO_SUCH_SERVICE, "events", "wbe");
}
END_TEST

START_TEST(events_follow_until_interrupted) {
        conf_write("%s%s", service("web", "", ""), service("other", "", ""));
        supd_start();
        wait_for_line(marker_of("web"), "ready");
        char *text_lines = in_box("events"), *json_lines = in_box("events.json");
        pid_t pid = follow_into(text_lines, "all"), json_pid = follow_into(json_lines, "--json");
        wait_for_line(text_lines, "web: running");
        wait_for_line(json_lines, "\"web\",\"phase\":\"running\"");
        supctl_ok("restart", "web");
        wait_for_lines(text_lines, "web: running", 2);
        wait_for_lines(json_lines, "\"web\",\"phase\":\"running\"", 2);
        ck_assert_uint_eq(count_lines(text_lines, "web: stopping"), 1);
        ck_assert_uint_eq(count_lines(text_lines, "web: starting"), 2);
        ck_assert_int_eq(kill(pid, SIGINT), 0);
        ck_assert_int_eq(exit_code_of(pid), OK);
        ck_assert_int_eq(kill(json_pid, SIGINT), 0);
        ck_assert_int_eq(exit_code_of(json_pid), OK);
}
END_TEST

START_TEST(events_follow_until_supd_ends) {
        conf_write("%s", service("web", "", ""));
        supd_start();
        char *lines = in_box("events");
        pid_t pid = follow_into(lines, "web");
        wait_for_line(lines, "web: running");
        wait_for_line(marker_of("web"), "ready");
        supd_stop();
        ck_assert_int_eq(exit_code_of(pid), NO_DAEMON);
        ck_assert_uint_eq(count_lines(lines, "web: stopped"), 1);
}
END_TEST

START_TEST(events_follow_until_nobody_reads) {
        conf_write("%s", service("web", "", ""));
        supd_start();
        wait_for_line(marker_of("web"), "ready");
        Run r = run("/bin/sh", "-c", text("%s --runtime-dir %s events --follow | head -n 1", program_path("supctl"), box.run));
        ck_assert_int_eq(r.code, 0);
        assert_contains(r.out, "web: starting");
}
END_TEST

START_TEST(a_burst_of_events_drops_nobody) {
        conf_write("%s[service:many]\ncommand = %s\ninstances = 300\nautostart = no\n", service("web", "", ""),
                program_path("rude"));
        supd_start();
        char *lines = in_box("events");
        pid_t pid = follow_into(lines, NULL);
        wait_for_line(lines, "web: running"); /* from here on it follows */
        supctl_ok("start", "many");
        wait_for_lines(lines, ": running", 301);
        ck_assert_uint_eq(count_lines(lines, ": starting"), 301);
        supctl_ok("stop", "--now", "many");
        wait_for_lines(lines, ": stopped", 300);
        ck_assert_int_eq(kill(pid, SIGINT), 0);
        ck_assert_int_eq(exit_code_of(pid), OK);
        char *last = supctl_ok("events");
        unsigned n = 0;
        for (char *p = last; (p = strchr(p, '\n')); p++)
                n++;
        ck_assert_uint_eq(n, 256);
}
END_TEST

/* A follower that never reads again: not even supctl's own buffers are in between. */
static sd_bus *follow_without_reading(void) {
        sd_bus *bus = NULL;
        ck_assert_int_ge(sd_bus_new(&bus), 0);
        ck_assert_int_ge(sd_bus_set_address(bus, text("unix:path=%s/%s", box.run, SUPD_CONTROL_SOCKET)), 0);
        ck_assert_int_ge(sd_bus_start(bus), 0);
        ck_assert_int_ge(
                sd_bus_call_method(bus, NULL, SUPD_BUS_PATH, SUPD_BUS_INTERFACE, "GetEvents", NULL, NULL, "b", 1), 0);
        return bus;
}

/* With a handler a reply is sent; it is never read. */
static int ignore_reply(sd_bus_message *m, void *userdata, sd_bus_error *e) {
        (void) m, (void) userdata, (void) e;
        return 0;
}

/* What is unread does not hide that the other end is closed. */
static bool is_hung_up(sd_bus *bus, uint64_t wait_ms) {
        struct pollfd p = { .fd = sd_bus_get_fd(bus) };
        return poll(&p, 1, (int) wait_ms) > 0 && (p.revents & POLLHUP);
}

START_TEST(a_follower_that_does_not_read_is_dropped_and_supd_goes_on) {
        conf_write("%s[service:loop]\ncommand = /bin/true\nautostart = no\nrestart = always\nrestart_delay = 0\n"
                   "[service:many]\ncommand = %s\ninstances = 64\n", service("web", "", ""), program_path("rude"));
        supd_start();
        wait_for_line(marker_of("web"), "ready");
        supctl_ok("restart", "--now", "many");
        sd_bus *bus = follow_without_reading();
        /* Answers of 256 events fill most of a socket buffer, which sd-bus makes 8 MiB where it may. */
        for (unsigned i = 0; i < 850; i++)
                if (sd_bus_call_method_async(bus, NULL, NULL, SUPD_BUS_PATH, SUPD_BUS_INTERFACE, "GetEvents", ignore_reply, NULL,
                            "b", 1) < 0)
                        break; /* dropped already */
        supctl_ok("start", "loop");
        ck_assert(is_hung_up(bus, deadline_ms() - now_ms()));
        supctl_ok("stop", "loop");
        supctl_ok("restart", "web");
        assert_contains(supctl_ok("events", "web"), "web: running");
        sd_bus_close_unref(bus);
}
END_TEST

/* Asks until the socket takes no more: what comes then waits in supd's queue. */
static void fill_queue(sd_bus *bus) {
        int before = -1, unread = 0;
        while (unread != before) {
                before = unread;
                for (unsigned i = 0; i < 20; i++)
                        ck_assert_int_ge(sd_bus_call_method_async(bus, NULL, NULL, SUPD_BUS_PATH, SUPD_BUS_INTERFACE,
                                                 "GetEvents", ignore_reply, NULL, "b", 1), 0);
                supctl_ok("list"); /* supd has been through its loop */
                ck_assert_int_eq(ioctl(sd_bus_get_fd(bus), FIONREAD, &unread), 0);
        }
}

START_TEST(a_follower_that_does_not_read_does_not_hold_up_the_end) {
        conf_write("[service:many]\ncommand = %s\ninstances = 128\n", program_path("rude"));
        supd_start();
        supctl_ok("restart", "--now", "many");
        sd_bus *bus = follow_without_reading();
        fill_queue(bus);
        ck_assert(!is_hung_up(bus, 0));
        supd_stop();
        sd_bus_close_unref(bus);
}
END_TEST

int main(void) {
        Suite *s = suite_create("insight");
        TCase *c = it_case(s, "plan");
        tcase_add_test(c, plan_tells_what_reload_then_does);
        tcase_add_test(c, plan_shows_errors_as_reload_does);

        c = it_case(s, "restart-changed");
        tcase_add_test(c, restart_changed_restarts_what_needs_it_and_nothing_else);
        tcase_add_test(c, restart_changed_tells_who_did_not_come_back);

        c = it_case(s, "why");
        tcase_add_test(c, why_names_the_requester);
        tcase_add_test(c, why_tells_the_policy_and_the_next_attempt);
        tcase_add_test(c, why_shows_exits_and_the_last_lines);

        c = it_case(s, "wait");
        tcase_add_test(c, wait_is_over_at_once_when_it_is_so);
        tcase_add_test(c, wait_ends_with_the_event);
        tcase_add_test(c, wait_goes_through_restarts);
        tcase_add_test(c, wait_ends_with_a_service_that_is_forgotten);

        c = it_case(s, "events");
        tcase_add_test(c, events_tell_every_phase_in_order);
        tcase_add_test(c, events_follow_until_interrupted);
        tcase_add_test(c, events_follow_until_supd_ends);
        tcase_add_test(c, events_follow_until_nobody_reads);
        tcase_add_test(c, a_burst_of_events_drops_nobody);
        tcase_add_test(c, a_follower_that_does_not_read_is_dropped_and_supd_goes_on);
        tcase_add_test(c, a_follower_that_does_not_read_does_not_hold_up_the_end);
        return it_main(s);
}
