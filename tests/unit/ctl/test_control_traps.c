/* What goes wrong with a message socket that anybody may talk to, each as a peer would do it. */
#include <ftw.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "tests/unit/ctl/control_server.h"
#include "tests/unit/run_tests.h"

#define DEADLINE (20 * USEC_PER_SEC)

static const char two_services[] = "[service:web]\ncommand = /bin/sleep inf\nautostart = no\n"
                                   "[service:db]\ncommand = /bin/sleep inf\nautostart = no\n";

/* --- messages by hand --- */

typedef struct Blob {
        unsigned char bytes[512];
        size_t n;
} Blob;

static void blob_align(Blob *b, size_t to) {
        while (b->n % to)
                b->bytes[b->n++] = 0;
}

static void blob_u32(Blob *b, uint32_t v) {
        blob_align(b, 4);
        memcpy(b->bytes + b->n, &v, 4);
        b->n += 4;
}

static void blob_field(Blob *b, unsigned char code, char type, const char *value) {
        const unsigned char head[] = { code, 1, (unsigned char) type, 0 };

        blob_align(b, 8);
        memcpy(b->bytes + b->n, head, 4);
        b->n += 4;
        blob_u32(b, (uint32_t) strlen(value));
        memcpy(b->bytes + b->n, value, strlen(value) + 1);
        b->n += strlen(value) + 1;
}

/* A call without arguments. */
static Blob call_blob(const char *method) {
        const union {
                uint16_t v;
                unsigned char little;
        } order = { 1 };
        Blob b = { .bytes = { order.little ? 'l' : 'B', 1, 0, 1 }, .n = 4 };

        blob_u32(&b, 0);
        blob_u32(&b, 1);
        blob_u32(&b, 0);
        blob_field(&b, 1, 'o', SUPD_BUS_PATH);
        blob_field(&b, 2, 's', SUPD_BUS_INTERFACE);
        blob_field(&b, 3, 's', method);
        uint32_t fields = (uint32_t) b.n - 16;
        memcpy(b.bytes + 12, &fields, 4);
        blob_align(&b, 8);
        return b;
}

static const char handshake[] = "\0AUTH EXTERNAL\r\nDATA\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n";

static void send_all(int fd, const void *data, size_t size) {
        ck_assert_int_eq(send(fd, data, size, MSG_NOSIGNAL), (ssize_t) size);
}

/* Reads until the connection closes, the deadline, or `wanted` bytes are there. Returns how many came. */
static size_t receive(int fd, char *buf, size_t wanted, usec_t within) {
        usec_t until = test_now() + within;
        size_t n = 0;

        while (n < wanted) {
                struct pollfd p = { .fd = fd, .events = POLLIN };
                usec_t now = test_now();
                if (now >= until || poll(&p, 1, (int) ((until - now) / 1000) + 1) <= 0)
                        break;
                ssize_t k = recv(fd, buf + n, wanted - n, 0);
                if (k <= 0)
                        break;
                n += (size_t) k;
        }
        return n;
}

/* True when the other side hung up within the time. What it still had to say is thrown away. */
static bool is_hung_up(int fd, usec_t within) {
        usec_t until = test_now() + within;
        char buf[4096];

        for (;;) {
                struct pollfd p = { .fd = fd, .events = POLLIN };
                usec_t now = test_now();
                if (now >= until || poll(&p, 1, (int) ((until - now) / 1000) + 1) <= 0)
                        return false;
                if (recv(fd, buf, sizeof(buf), 0) <= 0)
                        return true;
        }
}

START_TEST(call_in_the_same_write_as_begin_is_answered) {
        ControlServer s = server_start(two_services, 0);
        Blob call = call_blob("GetVersion");
        char buf[1024];
        int fd = connect_raw(&s);

        memcpy(buf, handshake, sizeof(handshake) - 1);
        memcpy(buf + sizeof(handshake) - 1, call.bytes, call.n);
        send_all(fd, buf, sizeof(handshake) - 1 + call.n);

        /* "DATA", "OK " and 32 digits, "AGREE_UNIX_FD", then a reply: little endian, type 2. */
        size_t lines = 6 + 3 + 32 + 2 + 15;
        size_t n = receive(fd, buf, lines + 16, 3 * USEC_PER_SEC);
        ck_assert_msg(n == lines + 16, "only %zu bytes came: %.*s", n, (int) n, buf);
        ck_assert_int_eq(buf[lines + 1], 2);
        (void) close(fd);
        server_stop(&s);
}
END_TEST

START_TEST(several_calls_in_the_same_write_as_begin_are_all_answered) {
        ControlServer s = server_start(two_services, 0);
        Blob call = call_blob("GetVersion");
        char buf[4096];
        size_t n = sizeof(handshake) - 1, lines = 6 + 3 + 32 + 2 + 15;
        int fd = connect_raw(&s);

        memcpy(buf, handshake, n);
        for (unsigned i = 0; i < 5; i++, n += call.n)
                memcpy(buf + n, call.bytes, call.n);
        send_all(fd, buf, n);
        size_t first = receive(fd, buf, lines + 16, 3 * USEC_PER_SEC);
        ck_assert_uint_eq(first, lines + 16);
        uint32_t body, fields;
        memcpy(&body, buf + lines + 4, 4);
        memcpy(&fields, buf + lines + 12, 4);
        size_t one = 16 + (fields + 7) / 8 * 8 + body;
        ck_assert_uint_eq(receive(fd, buf, 5 * one - 16, 3 * USEC_PER_SEC), 5 * one - 16);
        (void) close(fd);
        server_stop(&s);
}
END_TEST

/* --- a peer that asks and never reads --- */

static size_t flood(int fd, const Blob *call, usec_t within) {
        usec_t until = test_now() + within;
        size_t n = 0;

        while (test_now() < until) {
                struct pollfd p = { .fd = fd, .events = POLLOUT };
                ssize_t k = send(fd, call->bytes, call->n, MSG_NOSIGNAL | MSG_DONTWAIT);
                if (k < 0 && errno != EAGAIN)
                        return n;
                if (k < 0)
                        (void) poll(&p, 1, 100);
                n += k > 0;
        }
        ck_abort_msg("still connected after %zu calls", n);
        return n;
}

/* AddressSanitizer keeps what was freed, up to 256 MB of it. */
#if defined(__SANITIZE_ADDRESS__)
#define GROWTH_MAX_KB (400UL * 1024)
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GROWTH_MAX_KB (400UL * 1024)
#endif
#endif
#ifndef GROWTH_MAX_KB
#define GROWTH_MAX_KB (32UL * 1024)
#endif

START_TEST(peer_that_never_reads_is_dropped) {
        char config[65536] = "";
        for (unsigned i = 0; i < 300; i++)
                (void) snprintf(config + strlen(config), sizeof(config) - strlen(config),
                        "[service:s%u]\ncommand = /bin/sleep inf\nautostart = no\ndescription = %0100u\n", i, i);
        ControlServer s = server_start(config, 0);
        unsigned long before = server_status(&s, "VmRSS:");
        Blob call = call_blob("GetStatus");
        int fd = connect_raw(&s);

        send_all(fd, handshake, sizeof(handshake) - 1);
        (void) flood(fd, &call, DEADLINE);
        unsigned long grown = server_status(&s, "VmHWM:") - before;
        ck_assert_msg(grown < GROWTH_MAX_KB, "the server grew by %lu kB", grown);
        assert_answers(&s);
        (void) close(fd);
        server_stop(&s);
}
END_TEST

/* Without an argument list ListServices is malformed: each call is answered with an error, and those are not read either. */
START_TEST(peer_that_reads_no_errors_is_dropped) {
        ControlServer s = server_start(two_services, 0);
        Blob call = call_blob("ListServices");
        int fd = connect_raw(&s);

        send_all(fd, handshake, sizeof(handshake) - 1);
        (void) flood(fd, &call, DEADLINE);
        assert_answers(&s);
        (void) close(fd);
        server_stop(&s);
}
END_TEST

/* --- many peers, garbage --- */

START_TEST(five_hundred_connections_do_no_harm) {
        ControlServer s = server_start(two_services, 0);
        assert_answers(&s);
        unsigned n_fds = server_count_fds(&s);
        int fds[500];

        for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
                ck_assert_int_ge(fds[i] = connect_raw(&s), 0);
        ck_assert_uint_le(server_count_fds(&s), n_fds + SUPD_PEERS_MAX);
        for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
                (void) close(fds[i]);
        assert_answers(&s);

        usec_t until = test_now() + DEADLINE;
        while (server_count_fds(&s) > n_fds && test_now() < until)
                assert_answers(&s);
        ck_assert_uint_le(server_count_fds(&s), n_fds);
        server_stop(&s);
}
END_TEST

START_TEST(silent_connections_lose_their_slots) {
        ControlServer s = server_start(two_services, 0);
        int fds[300];

        for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
                ck_assert_int_ge(fds[i] = connect_raw(&s), 0);
        /* Every slot is taken by somebody who says nothing, and yet: */
        assert_answers(&s);
        ck_assert_msg(is_hung_up(fds[0], 10 * USEC_PER_SEC), "a peer that never authenticated is still connected");
        for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
                (void) close(fds[i]);
        server_stop(&s);
}
END_TEST

START_TEST(garbage_harms_nobody) {
        ControlServer s = server_start(two_services, 0);
        unsigned seed = 7;
        char junk[4096];

        for (unsigned i = 0; i < 200; i++) {
                int fd = connect_raw(&s);
                for (size_t k = 0; k < sizeof(junk); k++)
                        junk[k] = (char) (rand_r(&seed) >> 8);
                if (i % 2)
                        send_all(fd, handshake, sizeof(handshake) - 1);
                (void) send(fd, junk, 1 + (size_t) rand_r(&seed) % sizeof(junk), MSG_NOSIGNAL | MSG_DONTWAIT);
                (void) close(fd);
        }
        assert_answers(&s);
        server_stop(&s);
}
END_TEST

/* Each byte of a good call bent in turn. */
START_TEST(bent_messages_harm_nobody) {
        ControlServer s = server_start(two_services, 0);
        Blob call = call_blob("GetStatus");

        for (size_t i = 0; i < call.n; i++) {
                Blob bent = call;
                int fd = connect_raw(&s);

                bent.bytes[i] ^= 0x81;
                send_all(fd, handshake, sizeof(handshake) - 1);
                send_all(fd, bent.bytes, bent.n);
                (void) close(fd);
        }
        assert_answers(&s);
        server_stop(&s);
}
END_TEST

/* --- descriptors --- */

static bool is_served(int fd) {
        Blob call = call_blob("GetVersion");
        char buf[96];

        if (send(fd, handshake, sizeof(handshake) - 1, MSG_NOSIGNAL) < 0 || send(fd, call.bytes, call.n, MSG_NOSIGNAL) < 0)
                return false;
        return receive(fd, buf, sizeof(buf), USEC_PER_SEC) == sizeof(buf);
}

START_TEST(without_descriptors_it_neither_spins_nor_stays_deaf) {
        ControlServer s = server_start(two_services, 64);
        int fds[100];

        for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
                ck_assert_int_ge(fds[i] = connect_raw(&s), 0);
        ck_assert_msg(is_served(fds[0]), "the first connection is not served");
        usec_t until = test_now() + DEADLINE;
        while (server_count_fds(&s) < 66 && test_now() < until) /* two entries are . and .. */
                (void) poll(NULL, 0, 5);
        ck_assert_uint_ge(server_count_fds(&s), 66);

        usec_t cpu = server_cpu(&s);
        ck_assert_int_eq(poll(NULL, 0, 500), 0); /* the one thing to see here is that nothing happens */
        usec_t used = server_cpu(&s) - cpu;
        ck_assert_msg(used < 100 * USEC_PER_MSEC, "%lu us of processor time in half a second", (unsigned long) used);

        for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
                (void) close(fds[i]);
        assert_answers(&s);
        server_stop(&s);
}
END_TEST

/* --- strangers --- */

#define STRANGER 65534

/* In a process of its own as another user. 0: refused as it should be. */
static int be_refused(const ControlServer *s, const char *hint) {
        sd_bus_error e = SD_BUS_ERROR_NULL;
        sd_bus_message *reply = NULL;
        sd_bus *bus;
        int fd;

        if (setgroups(0, NULL) < 0 || setresgid(STRANGER, STRANGER, STRANGER) < 0 ||
                setresuid(STRANGER, STRANGER, STRANGER) < 0)
                return 2;
        fd = connect_raw(s);
        if (fd < 0 || sd_bus_new(&bus) < 0 || sd_bus_set_fd(bus, fd, fd) < 0 || sd_bus_start(bus) < 0)
                return 3;
        if (sd_bus_call_method(bus, SUPD_BUS_NAME, SUPD_BUS_PATH, SUPD_BUS_INTERFACE, "GetVersion", &e, &reply, NULL) >= 0)
                return 4;
        if (!sd_bus_error_has_name(&e, SUPD_ERROR_ACCESS_DENIED))
                return 5;
        return e.message && strstr(e.message, hint) ? 0 : 6;
}

static void assert_stranger_is_refused(const char *config, const char *hint) {
        ControlServer s = server_start(config, 0);
        int status;

        ck_assert_int_eq(chmod(s.directory, 0755), 0);
        ck_assert_int_eq(chmod(s.socket_path, 0666), 0); /* so that the file system does not refuse already */
        pid_t pid = fork();
        if (pid == 0)
                _exit(be_refused(&s, hint));
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "wait status %#x", status);
        assert_answers(&s);
        server_stop(&s);
}

START_TEST(stranger_is_refused_and_told_what_to_configure) {
        if (geteuid() == 0)
                assert_stranger_is_refused(two_services, "control_group");
}
END_TEST

START_TEST(stranger_is_told_the_group) {
        if (geteuid() == 0)
                assert_stranger_is_refused("control_group = daemon\n[service:a]\ncommand = /bin/true\n", "'daemon'");
}
END_TEST

START_TEST(socket_is_for_owner_and_group_only) {
        ControlServer s = server_start("control_group = daemon\n[service:a]\ncommand = /bin/sleep inf\n", 0);
        const struct group *g = getgrnam("daemon");
        struct stat st;

        ck_assert_ptr_nonnull(g);
        ck_assert_int_eq(stat(s.socket_path, &st), 0);
        ck_assert_uint_eq(st.st_mode & 07777, 0660);
        if (geteuid() == 0)
                ck_assert_uint_eq(st.st_gid, g->gr_gid);
        server_stop(&s);
}
END_TEST

/* --- jobs --- */

typedef struct News {
        uint32_t ids[8];
        size_t n;
} News;

static int on_news(sd_bus_message *m, void *userdata, sd_bus_error *e _unused_) {
        News *news = userdata;
        const char *service, *result, *message;
        uint32_t id;

        if (!sd_bus_message_is_signal(m, SUPD_BUS_INTERFACE, SUPD_SIGNAL_JOB_DONE))
                return 0;
        ck_assert_int_gt(sd_bus_message_enter_container(m, 'a', "(" SUPD_JOB_DONE_ITEM ")"), 0);
        while (sd_bus_message_read(m, "(" SUPD_JOB_DONE_ITEM ")", &id, &service, &result, &message) > 0) {
                ck_assert_uint_lt(news->n, ARRAY_SIZE(news->ids));
                ck_assert_str_eq(result, "done");
                news->ids[news->n++] = id;
        }
        return 1;
}

static sd_bus_message *order(sd_bus *bus, const char *method, const char *pattern, const char *mode) {
        _cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
        sd_bus_message *m, *reply = NULL;

        ck_assert_int_ge(
                sd_bus_message_new_method_call(bus, &m, SUPD_BUS_NAME, SUPD_BUS_PATH, SUPD_BUS_INTERFACE, method), 0);
        ck_assert_int_ge(sd_bus_message_append(m, "as", 1, pattern), 0);
        if (mode)
                ck_assert_int_ge(sd_bus_message_append(m, "s", mode), 0);
        int r = sd_bus_call(bus, m, 0, &e, &reply);
        ck_assert_msg(r >= 0, "%s: %s", method, e.message);
        sd_bus_message_unref(m);
        return reply;
}

START_TEST(each_job_is_reported_once_and_after_the_reply) {
        ControlServer s = server_start(two_services, 0);
        sd_bus *bus = connect_bus(&s);
        News news = { 0 };
        uint32_t id;
        const char *service;

        ck_assert_int_ge(sd_bus_add_filter(bus, NULL, on_news, &news), 0);
        sd_bus_message_unref(order(bus, "Start", "all", NULL));
        sd_bus_message *reply = order(bus, "Stop", "all", "now");
        ck_assert_uint_eq(news.n, 0);
        ck_assert_int_gt(sd_bus_message_enter_container(reply, 'a', "(" SUPD_JOB_ITEM ")"), 0);
        ck_assert_int_gt(sd_bus_message_read(reply, "(us)", &id, &service), 0);
        ck_assert_str_eq(service, "db"); /* stopped in reverse order */
        sd_bus_message_unref(reply);

        usec_t until = test_now() + DEADLINE;
        while (news.n < 2 && test_now() < until) {
                int r = sd_bus_process(bus, NULL);
                ck_assert_int_ge(r, 0);
                if (r == 0)
                        (void) sd_bus_wait(bus, USEC_PER_SEC);
        }
        ck_assert_uint_eq(news.n, 2);
        ck_assert_uint_ne(news.ids[0], news.ids[1]);
        sd_bus_close_unref(bus);
        server_stop(&s);
}
END_TEST

START_TEST(peer_that_leaves_takes_its_jobs_along) {
        ControlServer s = server_start(two_services, 0);

        for (unsigned i = 0; i < 50; i++) {
                sd_bus *bus = connect_bus(&s);
                sd_bus_message_unref(order(bus, "Restart", "all", "normal"));
                sd_bus_close_unref(bus);
        }
        assert_answers(&s);
        server_stop(&s);
}
END_TEST

/* --- tools --- */

START_TEST(busctl_introspects_and_calls) {
        ControlServer s = server_start(two_services, 0);
        char command[512], out[16384];

        (void) snprintf(command, sizeof(command),
                "busctl --address=unix:path=%s introspect %s %s && busctl --address=unix:path=%s call %s %s %s ListServices as 0",
                s.socket_path, SUPD_BUS_NAME, SUPD_BUS_PATH, s.socket_path, SUPD_BUS_NAME, SUPD_BUS_PATH, SUPD_BUS_INTERFACE);
        FILE *p = popen(command, "re");
        ck_assert_ptr_nonnull(p);
        size_t n = fread(out, 1, sizeof(out) - 1, p);
        out[n] = '\0';
        ck_assert_msg(pclose(p) == 0, "busctl failed: %s", out);
        ck_assert_msg(strstr(out, ".ListServices") && strstr(out, "\"web\""), "unexpected: %s", out);
        server_stop(&s);
}
END_TEST

static int n_armed;

static int look_for_timer(const char *path, const struct stat *st _unused_, int type _unused_) {
        FILE *f = fopen(path, "re");
        char line[128];

        while (f && fgets(line, sizeof(line), f))
                if (strncmp(line, "it_value:", 9) == 0 && strncmp(line, "it_value: (0, 0)", 16) != 0)
                        n_armed++;
        if (f)
                (void) fclose(f);
        return 0;
}

static bool no_timer_is_armed(const ControlServer *s) {
        char path[64];

        n_armed = 0;
        (void) snprintf(path, sizeof(path), "/proc/%d/fdinfo", (int) s->pid);
        ck_assert_int_eq(ftw(path, look_for_timer, 8), 0);
        return n_armed == 0;
}

START_TEST(connected_peer_that_is_quiet_arms_no_timer) {
        ControlServer s = server_start(two_services, 0);
        sd_bus *bus = connect_bus(&s);
        usec_t until = test_now() + 3 * USEC_PER_SEC;

        sd_bus_message_unref(order(bus, "ListServices", "all", NULL));
        while (!no_timer_is_armed(&s) && test_now() < until)
                (void) poll(NULL, 0, 5);
        ck_assert_msg(no_timer_is_armed(&s), "a timer is armed though nothing is going on");
        sd_bus_close_unref(bus);
        server_stop(&s);
}
END_TEST

RUN_TESTS("control_traps", call_in_the_same_write_as_begin_is_answered,
        several_calls_in_the_same_write_as_begin_are_all_answered, peer_that_never_reads_is_dropped,
        peer_that_reads_no_errors_is_dropped, five_hundred_connections_do_no_harm, silent_connections_lose_their_slots,
        garbage_harms_nobody, bent_messages_harm_nobody, without_descriptors_it_neither_spins_nor_stays_deaf,
        stranger_is_refused_and_told_what_to_configure, stranger_is_told_the_group, socket_is_for_owner_and_group_only,
        each_job_is_reported_once_and_after_the_reply, peer_that_leaves_takes_its_jobs_along, busctl_introspects_and_calls,
        connected_peer_that_is_quiet_arms_no_timer)
