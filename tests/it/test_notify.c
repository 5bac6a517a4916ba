/* Types and sd_notify(3): when a service counts as up, what it may say and who may say it, the watchdog; then real daemons that
 * speak the protocol. Nothing is proven by waiting for a while: each step is a message that the service was told to send. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "harness.h"

static char *fifo, *marker;

/* A service "web" that does what tell() says, once it runs. */
static void teller_configure(const char *keys) {
        fifo = in_box("web.fifo");
        marker = in_box("web.marker");
        ck_assert_int_eq(mkfifo(fifo, 0666), 0);
        ck_assert_int_eq(chmod(fifo, 0666), 0);
        conf_write("[service:web]\ncommand = %s %s %s\n%s\n", program_path("teller"), fifo, marker, keys);
        supd_start();
}

static void teller_start(const char *keys) {
        teller_configure(text("restart = no\n%s", keys));
        wait_for_line(marker, "up");
}

static void tell(const char *line) {
        int fd = open(fifo, O_WRONLY | O_CLOEXEC);
        ck_assert_int_ge(fd, 0);
        dprintf(fd, "%s\n", line);
        close(fd);
}

static void tell_and_wait(const char *line) {
        tell(line);
        wait_for_line(marker, text("did %s", line));
}

START_TEST(notify_service_is_starting_until_it_says_ready) {
        teller_start("type = notify");
        ck_assert_str_eq(view("web").phase, "starting");
        assert_contains(view("web").note, "READY=1");
        tell("say STATUS=Loading 3 tables");
        wait_until(strcmp(view("web").note, "Loading 3 tables") == 0);
        ck_assert_str_eq(view("web").phase, "starting");
        tell("say RELOADING=1"); /* haproxy and caddy, before the first READY */
        tell("say READY=1|STATUS=Taking your requests now|X_OTHER=1\n");
        wait_for_phase("web", "running");
        ck_assert_str_eq(view("web").note, "Taking your requests now");
        tell("say RELOADING=1");
        wait_for_phase("web", "reloading");
        tell("say READY=1|STATUS=");
        wait_for_phase("web", "running");
        ck_assert_str_eq(view("web").note, "");
}
END_TEST

START_TEST(start_waits_for_ready) {
        teller_start("type = notify\nautostart = yes");
        Background *start = supctl_begin("start", "web");
        tell_and_wait("say STATUS=not yet");
        wait_until(strcmp(view("web").note, "not yet") == 0);
        ck_assert(supctl_is_running(start));
        tell("say READY=1");
        ck_assert_int_eq(supctl_finish(start).code, 0);
}
END_TEST

START_TEST(not_ready_in_time_is_a_failure_with_that_reason) {
        teller_start("type = notify\nstart_timeout = 200ms");
        wait_for_phase("web", "failed");
        View v = view("web");
        ck_assert_str_eq(v.result, "timeout");
        assert_contains(v.note, "not ready within start_timeout");
}
END_TEST

START_TEST(ending_before_ready_is_a_failure_even_with_code_0) {
        teller_configure("type = notify\nrestart = no\nautostart = no");
        Background *start = supctl_begin("start", "web");
        wait_for_line(marker, "up");
        tell("exit 0");
        Run r = supctl_finish(start);
        ck_assert_int_eq(r.code, 1);
        assert_contains(r.err, "before it said READY=1");
        ck_assert_str_eq(view("web").result, "protocol");
}
END_TEST

START_TEST(only_the_main_process_counts_unless_all_may_speak) {
        teller_start("type = notify");
        tell_and_wait("child READY=1"); /* squid without notify_access = all */
        tell_and_wait("say STATUS=after the child");
        wait_until(strcmp(view("web").note, "after the child") == 0); /* so the child's message has been read, too */
        ck_assert_str_eq(view("web").phase, "starting");
}
END_TEST

START_TEST(any_process_of_the_scope_may_speak_with_access_all) {
        teller_start("type = notify\nnotify_access = all");
        tell("child READY=1");
        wait_for_phase("web", "running");
        tell("stranger STATUS=from afar"); /* own session, adopted by supd */
        wait_until(strcmp(view("web").note, "from afar") == 0);
}
END_TEST

START_TEST(a_simple_service_has_no_notify_socket) {
        teller_start("");
        ck_assert_str_eq(view("web").phase, "running");
        tell("say READY=1");
        wait_for_line(marker, "no NOTIFY_SOCKET");
}
END_TEST

/* From this process, which belongs to no service. */
static void send_as_stranger(const char *path, const char *message) {
        struct sockaddr_un a = { .sun_family = AF_UNIX };
        ck_assert_uint_lt(strlen(path), sizeof(a.sun_path));
        strcpy(a.sun_path, path);
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        ck_assert_int_eq(sendto(fd, message, strlen(message), 0, (struct sockaddr *) &a, sizeof(a)), (ssize_t) strlen(message));
        close(fd);
}

START_TEST(garbage_and_strangers_do_no_harm) {
        teller_start("type = notify");
        char *socket_path = text("%s/notify.sock", box.run);
        send_as_stranger(socket_path, "READY=1\nSTATUS=forged");
        tell("say READY=maybe|MAINPID=1|WATCHDOG_USEC=x|=|||\x01\xff");
        tell("say MAINPID=1");
        tell_and_wait("say STATUS=still here");
        wait_until(strcmp(view("web").note, "still here") == 0);
        ck_assert_str_eq(view("web").phase, "starting");
}
END_TEST

START_TEST(a_missed_watchdog_is_killed_and_restarted) {
        teller_configure("type = notify\nwatchdog = 300ms\nrestart_delay = 10ms\n");
        wait_for_line(marker, "up");
        wait_for_line(marker, "watchdog 300000");
        pid_t first = view("web").pid;
        tell("say READY=1");
        wait_for_lines(marker, "up", 2); /* no ping: aborted, started anew */
        wait_for_exit(first);
        assert_contains(supctl("status", "web").out, "ABRT"); /* exit 3: it is starting again */
        assert_contains(supd_log(), "its watchdog ran out");
}
END_TEST

START_TEST(a_service_may_ask_to_be_taken_for_hung) {
        teller_start("type = notify");
        tell("say READY=1");
        wait_for_phase("web", "running");
        tell("say WATCHDOG=trigger");
        wait_for_phase("web", "failed");
        ck_assert_str_eq(view("web").result, "watchdog");
}
END_TEST

START_TEST(an_announced_end_is_stopping) {
        teller_start("type = notify");
        tell("say READY=1");
        wait_for_phase("web", "running");
        tell("say STOPPING=1");
        wait_for_phase("web", "stopping");
        tell("exit 0");
        wait_for_phase("web", "exited");
}
END_TEST

START_TEST(oneshot_start_returns_when_it_is_done) {
        conf_write("[service:migrate]\ntype = oneshot\nautostart = no\nshell = echo done > %s\n"
                   "[service:broken]\ntype = oneshot\nautostart = no\nrestart = no\nshell = exit 4\n",
                in_box("result"));
        supd_start();
        supctl_ok("start", "migrate");
        ck_assert_str_eq(must_read(in_box("result")), "done\n");
        ck_assert_str_eq(view("migrate").phase, "exited");
        Run r = supctl("start", "broken");
        ck_assert_int_eq(r.code, 1);
        assert_contains(r.err, "exited with code 4");
}
END_TEST

/* --- real daemons --- */

START_TEST(redis_says_when_it_is_ready) {
        int port = free_port();
        conf_write("[service:redis]\ntype = notify\nautostart = no\nstart_timeout = 60s\n"
                   "command = redis-server --supervised auto --port %d --bind 127.0.0.1 --save '' --dir %s\n",
                port, box.dir);
        supd_start();
        supctl_ok("start", "redis");
        ck_assert(port_is_open(port)); /* ready means ready */
        assert_contains(view("redis").note, "Ready to accept connections");
        supctl_ok("stop", "redis");
        ck_assert(!port_is_open(port));
}
END_TEST

START_TEST(gunicorn_says_when_it_is_ready) {
        int port = free_port();
        box_write("app/app.py", "def app(environ, start_response):\n    start_response('200 OK', [])\n    return [b'x']\n");
        conf_write("[service:g]\ntype = notify\nautostart = no\nstart_timeout = 60s\nreload_signal = HUP\n"
                   "command = gunicorn --chdir %s -w 2 -b 127.0.0.1:%d app:app\n",
                in_box("app"), port);
        supd_start();
        supctl_ok("start", "g");
        ck_assert(port_is_open(port));
        assert_contains(view("g").note, "arbiter booted");
        pid_t master = service_pid("g");
        ck_assert_int_eq(kill(master, SIGKILL), 0);
        wait_until(view("g").restarts == 1 && strcmp(view("g").phase, "running") == 0);
        ck_assert(port_is_open(port));
        supctl_ok("stop", "--now", "g"); /* READY comes before the workers can be signalled: a graceful stop may take its 30 s */
}
END_TEST

START_TEST(php_fpm_repeats_ready_and_changes_nothing) {
        int port = free_port();
        char *conf = box_write("fpm.conf", "[global]\nerror_log = /dev/stderr\ndaemonize = no\nsystemd_interval = 1\n"
                                           "[www]\nlisten = 127.0.0.1:%d\npm = static\npm.max_children = 1\n%s",
                port, it_is_root() ? "user = nobody\n" : "");
        conf_write("[service:php]\ntype = notify\nautostart = no\nstart_timeout = 60s\nstop_signal = QUIT\nreload_signal = USR2\n"
                   "command = php-fpm8.2 --nodaemonize --fpm-config %s\n",
                conf);
        supd_start();
        supctl_ok("start", "php");
        ck_assert(port_is_open(port));
        pid_t master = service_pid("php");
        wait_until(strstr(view("php").note, "Processes active")); /* its second READY, a second later */
        ck_assert_str_eq(view("php").phase, "running");
        ck_assert_int_eq(service_pid("php"), master);
        supctl_ok("reload", "php");
        wait_until(strstr(view("php").note, "Ready to handle connections"));
        supctl_ok("stop", "php");
}
END_TEST

int main(void) {
        Suite *s = suite_create("notify");
        TCase *c = it_case(s, "protocol");
        tcase_add_test(c, notify_service_is_starting_until_it_says_ready);
        tcase_add_test(c, start_waits_for_ready);
        tcase_add_test(c, not_ready_in_time_is_a_failure_with_that_reason);
        tcase_add_test(c, ending_before_ready_is_a_failure_even_with_code_0);
        tcase_add_test(c, only_the_main_process_counts_unless_all_may_speak);
        tcase_add_test(c, any_process_of_the_scope_may_speak_with_access_all);
        tcase_add_test(c, a_simple_service_has_no_notify_socket);
        tcase_add_test(c, garbage_and_strangers_do_no_harm);
        tcase_add_test(c, a_missed_watchdog_is_killed_and_restarted);
        tcase_add_test(c, a_service_may_ask_to_be_taken_for_hung);
        tcase_add_test(c, an_announced_end_is_stopping);
        tcase_add_test(c, oneshot_start_returns_when_it_is_done);

        c = it_case(s, "daemons");
        tcase_add_test(c, redis_says_when_it_is_ready);
        tcase_add_test(c, gunicorn_says_when_it_is_ready);
        tcase_add_test(c, php_fpm_repeats_ready_and_changes_nothing);
        return it_main(s);
}
