/* Real daemons from INI files: nginx, redis, gunicorn and php-fpm as Debian packages them.
 *
 * Each is started, answers over TCP, has its master killed with SIGKILL and comes back on the same port at the first
 * try, is reloaded, and stops gracefully with requests in flight that all complete. The requests wait for this test:
 * whatever serves them asks the test's own back end, which answers when the stop is under way. */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"

/* --- the test's side of the network --- */

static struct sockaddr_in loopback(int port) {
        return (struct sockaddr_in){
                .sin_family = AF_INET, .sin_port = htons((uint16_t) port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)
        };
}

static void set_deadline(int fd) {
        struct timeval t = { .tv_sec = (time_t) ((deadline_ms() - now_ms()) / 1000) };
        ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)), 0);
}

/* The back end that keeps requests in flight until it is told to answer. */
typedef struct Backend {
        int listener, port;
        int held[64];
        unsigned n_held;
} Backend;

static Backend backend_open(void) {
        Backend b = { .listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
        struct sockaddr_in a = loopback(0);
        socklen_t n = sizeof(a);
        ck_assert_int_eq(bind(b.listener, (struct sockaddr *) &a, sizeof(a)), 0);
        ck_assert_int_eq(listen(b.listener, 64), 0);
        ck_assert_int_eq(getsockname(b.listener, (struct sockaddr *) &a, &n), 0);
        b.port = ntohs(a.sin_port);
        set_deadline(b.listener);
        return b;
}

/* Until so many requests have come through to here. */
static void backend_hold(Backend *b, unsigned n) {
        while (b->n_held < n) {
                int fd = accept4(b->listener, NULL, NULL, SOCK_CLOEXEC);
                ck_assert_msg(fd >= 0, "only %u of %u requests came through: %s\n%s", b->n_held, n, strerror(errno),
                                supd_log());
                char request[4096];
                set_deadline(fd);
                ck_assert_int_gt(recv(fd, request, sizeof(request), 0), 0);
                b->held[b->n_held++] = fd;
        }
}

static void backend_answer(Backend *b) {
        for (unsigned i = 0; i < b->n_held; i++) {
                dprintf(b->held[i], "HTTP/1.0 200 OK\r\nContent-Length: 11\r\n\r\nin flight %u", i % 10);
                close(b->held[i]);
        }
        b->n_held = 0;
}

static int connect_to(int port) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct sockaddr_in a = loopback(port);
        ck_assert_msg(connect(fd, (struct sockaddr *) &a, sizeof(a)) == 0, "port %d: %s\n%s", port, strerror(errno),
                        supd_log());
        set_deadline(fd);
        return fd;
}

static int http_begin(int port, const char *path) {
        int fd = connect_to(port);
        dprintf(fd, "GET %s HTTP/1.0\r\nHost: test\r\n\r\n", path);
        return fd;
}

static char *read_all(int fd) {
        char buffer[16384];
        size_t n = 0;
        for (ssize_t k; n < sizeof(buffer) - 1 && (k = read(fd, buffer + n, sizeof(buffer) - 1 - n)) != 0;) {
                ck_assert_msg(k > 0, "reading the answer: %s", strerror(errno));
                n += (size_t) k;
        }
        buffer[n] = 0;
        close(fd);
        return text("%s", buffer);
}

static void http_expect(int fd, const char *body) {
        char *answer = read_all(fd);
        ck_assert_msg(strncmp(answer, "HTTP/1.", 7) == 0 && strstr(answer, " 200 "), "answer:\n%s\n%s", answer,
                        supd_log());
        assert_contains(answer, body);
}

static void http_get(int port, const char *path, const char *body) {
        http_expect(http_begin(port, path), body);
}

/* --- what all of them have to go through --- */

typedef struct RealService {
        const char *name;
        const char *process; /* a word of the command lines of all its processes */
        int port;
        unsigned n_processes; /* of a healthy one */
        void (*answers)(const struct RealService *r);
        const char *worker_line; /* each worker logs this when it can be signalled; NULL: it can from the beginning */
        unsigned n_workers;
        unsigned n_worker_lines; /* that were due so far */
} RealService;

static char *log_of(const RealService *r) {
        return text("%s/%s.log", box.log, r->name);
}

static void wait_until_up(RealService *r) {
        wait_for_phase(r->name, "running");
        r->n_worker_lines += r->n_workers;
        if (r->worker_line)
                wait_for_lines(log_of(r), r->worker_line, r->n_worker_lines);
        wait_until(port_is_open(r->port));
        wait_until(count_processes(r->process) >= r->n_processes);
        r->answers(r);
}

/* Section 4 of the matter: children that outlive the master hold the port; the next master must find it free. */
static void survives_a_killed_master(RealService *r) {
        for (int round = 0; round < 3; round++) {
                View before = view(r->name);
                ck_assert_int_eq(kill(before.pid, SIGKILL), 0);
                wait_until(view(r->name).restarts == before.restarts + 1);
                wait_until_up(r);
                View after = view(r->name);
                ck_assert_int_ne(after.pid, before.pid);
                /* At the first try: no further restart was needed, and nobody complained about the address. */
                ck_assert_uint_eq(after.restarts, before.restarts + 1);
        }
        assert_lacks(must_read(log_of(r)), "in use");
        ck_assert_uint_eq(count_processes(r->process), r->n_processes);
}

static unsigned n_alive(const pid_t *pids, unsigned n) {
        unsigned alive = 0;
        for (unsigned i = 0; i < n; i++)
                alive += process_exists(pids[i]);
        return alive;
}

/* The master stays, and each of its workers makes room for a new one. */
static void reloads_in_place(RealService *r) {
        pid_t master = service_pid(r->name), workers[16];
        unsigned n = children_of(master, workers, 16);
        ck_assert_uint_eq(n, r->n_processes - 1);
        supctl_ok("reload", r->name);
        wait_until(n_alive(workers, n) == 0);
        wait_until_up(r);
        wait_until(count_processes(r->process) == r->n_processes);
        ck_assert_int_eq(service_pid(r->name), master);
        ck_assert_uint_eq(view(r->name).restarts, 3);
}

static void stops_with_nothing_left(const RealService *r) {
        supctl_ok("stop", r->name);
        ck_assert_uint_eq(count_processes(r->process), 0);
        ck_assert(!port_is_open(r->port));
        ck_assert_str_eq(view(r->name).result, "success");
}

#define N_FLIGHTS_MAX 16

typedef int RequestBegin(int port);
typedef void RequestExpect(int fd, const char *body);

/* Requests have reached the back end, a graceful stop begins, and only when the service says that it has begun to stop
 * are they answered. */
static void drains(const RealService *r, Backend *backend, unsigned n, RequestBegin *begin, RequestExpect *expect,
                const char *stop_line) {
        int flights[N_FLIGHTS_MAX];
        for (unsigned i = 0; i < n; i++)
                flights[i] = begin(r->port);
        backend_hold(backend, n);
        unsigned n_stop_lines = count_lines(log_of(r), stop_line);
        Background *stop = supctl_begin("stop", "--graceful", r->name);
        wait_for_phase(r->name, "stopping");
        wait_for_lines(log_of(r), stop_line, n_stop_lines + 1);
        ck_assert(supctl_is_running(stop));
        backend_answer(backend);
        for (unsigned i = 0; i < n; i++)
                expect(flights[i], "in flight");
        Run done = supctl_finish(stop);
        ck_assert_msg(done.code == 0, "exit %d: %s%s", done.code, done.out, done.err);
        ck_assert_uint_eq(count_processes(r->process), 0);
        ck_assert(!port_is_open(r->port));
        ck_assert_str_eq(view(r->name).result, "success");
}

static int http_begin_slow(int port) {
        return http_begin(port, "/slow");
}

/* --- nginx --- */

static void nginx_answers(const RealService *r) {
        http_get(r->port, "/", "hello from nginx");
}

/* As root its workers are another user, who opens /dev/stderr by name. */
static RealService nginx_start(Backend *backend) {
        RealService r = { "nginx", "nginx:", free_port(), 3, nginx_answers, NULL, 0, 0 };
        box_write("nginx/html/index.html", "hello from nginx\n");
        char *conf = box_write("nginx/nginx.conf",
                        "worker_processes 2;\npid %s/nginx/pid;\nerror_log /dev/stderr notice;\nevents {}\n%s"
                        "http {\n  access_log /dev/stdout;\n"
                        "  client_body_temp_path %s/nginx/body; proxy_temp_path %s/nginx/proxy; fastcgi_temp_path "
                        "%s/nginx/fcgi;\n"
                        "  uwsgi_temp_path %s/nginx/uwsgi; scgi_temp_path %s/nginx/scgi;\n"
                        "  server { listen 127.0.0.1:%d; root %s/nginx/html;\n"
                        "    location /slow { proxy_pass http://127.0.0.1:%d; proxy_read_timeout 600s; } }\n}\n",
                        box.dir, it_is_root() ? "user nobody nogroup;\n" : "", box.dir, box.dir, box.dir, box.dir,
                        box.dir, r.port, box.dir, backend->port);
        conf_write("[service:nginx]\ncommand = nginx -c %s -g 'daemon off;'\nstop_signal = QUIT\nreload_signal = HUP\n"
                   "restart_delay = 0\nstop_timeout = 20s\n",
                        conf);
        supd_start();
        wait_until_up(&r);
        return r;
}

START_TEST(nginx_lives_under_supd) {
        Backend backend = backend_open();
        RealService r = nginx_start(&backend);
        wait_for_line(text("%s/nginx.log", box.log), "GET / ");
        survives_a_killed_master(&r);
        reloads_in_place(&r);
        stops_with_nothing_left(&r);
        supctl_ok("start", "nginx");
        wait_until_up(&r);
        drains(&r, &backend, 8, http_begin_slow, http_expect, "gracefully shutting down");
}
END_TEST

/* --- gunicorn --- */

static void gunicorn_answers(const RealService *r) {
        http_get(r->port, "/", "hello from gunicorn");
}

/* A worker that is signalled before it has handlers of its own puts the signal into its master's queue, where it is
 * lost: the application is loaded after that. */
static RealService gunicorn_start(Backend *backend) {
        RealService r = { "gunicorn", "/gunicorn", free_port(), 5, gunicorn_answers, "application loaded", 4, 0 };
        box_write("gunicorn/app.py",
                        "import os, socket\n"
                        "os.write(2, b'application loaded\\n')\n"
                        "def app(environ, start_response):\n"
                        "    body = b'hello from gunicorn\\n'\n"
                        "    if environ['PATH_INFO'] == '/slow':\n"
                        "        s = socket.create_connection(('127.0.0.1', %d))\n"
                        "        s.sendall(b'wait')\n"
                        "        body = s.makefile('rb').read()\n"
                        "    start_response('200 OK', [('Content-Length', str(len(body)))])\n"
                        "    return [body]\n",
                        backend->port);
        conf_write("[service:gunicorn]\ncommand = /usr/bin/gunicorn -w 4 -b 127.0.0.1:%d --timeout 600 "
                   "--graceful-timeout 600 "
                   "--worker-tmp-dir %s app:app\n"
                   "directory = %s/gunicorn\nenvironment = PYTHONDONTWRITEBYTECODE=1\n%s"
                   "reload_signal = HUP\nrestart_delay = 0\nstop_timeout = 20s\n",
                        r.port, box.dir, box.dir, it_is_root() ? "user = nobody\n" : "");
        return r;
}

START_TEST(gunicorn_lives_under_supd) {
        Backend backend = backend_open();
        RealService r = gunicorn_start(&backend);
        supd_start();
        wait_until_up(&r);
        survives_a_killed_master(&r);
        reloads_in_place(&r);
        stops_with_nothing_left(&r);
        supctl_ok("start", "gunicorn");
        wait_until_up(&r);
        drains(&r, &backend, 4, http_begin_slow, http_expect, "Handling signal: term");
}
END_TEST

/* --- redis --- */

/* One command in the inline form; the first line of the reply. */
static char *redis_ask(int port, const char *command) {
        int fd = connect_to(port);
        dprintf(fd, "%s\r\nQUIT\r\n", command);
        return read_all(fd);
}

static void redis_answers(const RealService *r) {
        /* "LOADING" is an answer too, but not the one. */
        wait_until(strncmp(redis_ask(r->port, "PING"), "+PONG", 5) == 0);
}

START_TEST(redis_lives_under_supd) {
        RealService r = { "redis", "redis-server", free_port(), 1, redis_answers, NULL, 0, 0 };
        ck_assert_int_eq(mkdir(in_box("redis"), 0777), 0);
        ck_assert_int_eq(chmod(in_box("redis"), 0777), 0);
        conf_write("[service:redis]\ncommand = redis-server --port %d --bind 127.0.0.1 --dir %s/redis --save '900 1'\n"
                   "restart_delay = 0\nstop_timeout = 20s\n%s",
                        r.port, box.dir, it_is_root() ? "user = nobody\n" : "");
        supd_start();
        wait_until_up(&r);
        survives_a_killed_master(&r);
        assert_contains(redis_ask(r.port, "SET colour green"), "+OK");

        /* Commands that it has read before the stop are answered, and it saves before it ends. */
        int flight = connect_to(r.port);
        dprintf(flight, "GET colour\r\nBLPOP nothing 0\r\n");
        char reply[64] = "";
        ck_assert_int_gt(recv(flight, reply, sizeof(reply) - 1, 0), 0);
        assert_contains(reply, "green");
        supctl_ok("stop", "--graceful", "redis");
        close(flight);
        ck_assert_uint_eq(count_processes(r.process), 0);
        ck_assert_str_eq(view("redis").result, "success");

        supctl_ok("start", "redis");
        wait_until_up(&r);
        assert_contains(redis_ask(r.port, "GET colour"), "green");
        stops_with_nothing_left(&r);
}
END_TEST

/* --- php-fpm --- */

/* A FastCGI record: version 1, type, request 1, length. */
static void fcgi_record(int fd, unsigned type, const void *body, size_t n) {
        unsigned char header[8] = { 1, (unsigned char) type, 0, 1, (unsigned char) (n >> 8), (unsigned char) n, 0, 0 };
        ck_assert_int_eq(send(fd, header, 8, MSG_NOSIGNAL), 8);
        if (n > 0)
                ck_assert_int_eq(send(fd, body, n, MSG_NOSIGNAL), (ssize_t) n);
}

enum { FCGI_BEGIN = 1, FCGI_PARAMS = 4, FCGI_STDIN = 5 };

static size_t fcgi_pair(char *to, const char *name, const char *value) {
        size_t n = strlen(name), v = strlen(value);
        ck_assert(n < 128 && v < 128);
        to[0] = (char) n;
        to[1] = (char) v;
        memcpy(to + 2, name, n);
        memcpy(to + 2 + n, value, v);
        return 2 + n + v;
}

static int php_begin(int port, const char *script) {
        static const unsigned char begin[8] = { 0, 1 /* responder */, 0, 0, 0, 0, 0, 0 };
        int fd = connect_to(port);
        char params[1024];
        size_t n = 0;
        n += fcgi_pair(params + n, "SCRIPT_FILENAME", script);
        n += fcgi_pair(params + n, "REQUEST_METHOD", "GET");
        fcgi_record(fd, FCGI_BEGIN, begin, sizeof(begin));
        fcgi_record(fd, FCGI_PARAMS, params, n);
        fcgi_record(fd, FCGI_PARAMS, NULL, 0);
        fcgi_record(fd, FCGI_STDIN, NULL, 0);
        return fd;
}

/* The records' headers hold NUL bytes: take out what can be read. */
static void php_expect(int fd, const char *body) {
        char buffer[8192];
        size_t n = 0;
        for (ssize_t k; n < sizeof(buffer) - 1 && (k = read(fd, buffer + n, sizeof(buffer) - 1 - n)) > 0;)
                n += (size_t) k;
        close(fd);
        for (size_t i = 0; i < n; i++)
                if (buffer[i] == 0)
                        buffer[i] = ' ';
        buffer[n] = 0;
        assert_contains(buffer, body);
}

static void php_answers(const RealService *r) {
        php_expect(php_begin(r->port, in_box("php/hello.php")), "hello from php");
}

static int php_begin_slow(int port) {
        return php_begin(port, in_box("php/slow.php"));
}

START_TEST(php_fpm_lives_under_supd) {
        Backend backend = backend_open();
        RealService r = { "php", "php-fpm:", free_port(), 4, php_answers, NULL, 0, 0 };
        box_write("php/hello.php", "<?php echo 'hello from php';\n");
        box_write("php/slow.php",
                        "<?php $s = stream_socket_client('tcp://127.0.0.1:%d'); stream_set_timeout($s, 600);\n"
                        "fwrite($s, 'wait'); echo stream_get_contents($s);\n",
                        backend.port);
        char *conf = box_write("php/fpm.conf",
                        "[global]\nerror_log = /dev/stderr\ndaemonize = no\nprocess_control_timeout = 600s\n"
                        "[www]\nlisten = 127.0.0.1:%d\npm = static\npm.max_children = 3\ncatch_workers_output = "
                        "yes\n%s",
                        r.port, it_is_root() ? "user = nobody\ngroup = nogroup\n" : "");
        conf_write("[service:php]\ncommand = php-fpm8.2 --nodaemonize --fpm-config %s\nstop_signal = QUIT\n"
                   "reload_signal = USR2\nrestart_delay = 0\nstop_timeout = 20s\n",
                        conf);
        supd_start();
        wait_until_up(&r);
        survives_a_killed_master(&r);
        reloads_in_place(&r);
        stops_with_nothing_left(&r);

        supctl_ok("start", "php");
        wait_until_up(&r);
        drains(&r, &backend, 3, php_begin_slow, php_expect, "Finishing");
}
END_TEST

/* --- php-fpm as another user altogether: real-daemons say that it needs a /dev/stderr that it may open --- */

START_TEST(php_fpm_as_nobody_opens_its_log_by_name) {
        int port = free_port();
        char *conf = box_write("php/fpm.conf",
                        "[global]\nerror_log = /dev/stderr\ndaemonize = no\n"
                        "[www]\nlisten = 127.0.0.1:%d\npm = static\npm.max_children = 1\n",
                        port);
        conf_write("[service:php]\nuser = nobody\ncommand = php-fpm8.2 --nodaemonize --fpm-config %s\nstop_signal = "
                   "QUIT\n",
                        conf);
        supd_start();
        wait_until(port_is_open(port));
        wait_for_line(text("%s/php.log", box.log), "ready to handle connections");
        ck_assert_uint_eq(view("php").restarts, 0);
}
END_TEST

int main(void) {
        Suite *s = suite_create("real");
        TCase *c = it_case(s, "real");
        tcase_add_test(c, nginx_lives_under_supd);
        tcase_add_test(c, gunicorn_lives_under_supd);
        tcase_add_test(c, redis_lives_under_supd);
        tcase_add_test(c, php_fpm_lives_under_supd);
        if (it_is_root())
                tcase_add_test(c, php_fpm_as_nobody_opens_its_log_by_name);
        return it_main(s);
}
