/* supd's own view of its services, asked over its control socket as any D-Bus client could: a second witness beside
 * supctl. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "ctl/protocol.h"
#include "harness_internal.h"

static sd_bus *connect_bus(void) {
        sd_bus *bus = NULL;
        ck_assert_int_ge(sd_bus_new(&bus), 0);
        ck_assert_int_ge(sd_bus_set_address(bus, text("unix:path=%s/%s", box.run, SUPD_CONTROL_SOCKET)), 0);
        ck_assert_int_ge(sd_bus_set_method_call_timeout(bus, it_deadline_length() * 1000), 0);
        int r = sd_bus_start(bus);
        ck_assert_msg(r >= 0, "control socket: %s; supd's log:\n%s", strerror(-r), supd_log());
        return bus;
}

static sd_bus_message *call(sd_bus *bus, const char *method, const char *pattern) {
        sd_bus_message *m = NULL, *reply = NULL;
        sd_bus_error error = SD_BUS_ERROR_NULL;
        ck_assert_int_ge(sd_bus_message_new_method_call(bus, &m, NULL, SUPD_BUS_PATH, SUPD_BUS_INTERFACE, method), 0);
        if (pattern)
                ck_assert_int_ge(sd_bus_message_append(m, "as", 1, pattern), 0);
        int r = sd_bus_call(bus, m, 0, &error, &reply);
        ck_assert_msg(r >= 0, "%s(%s): %s; supd's log:\n%s", method, pattern ? pattern : "",
                        error.message ? error.message : strerror(-r), supd_log());
        sd_bus_message_unref(m);
        return reply;
}

static char *copy_or_empty(const char *s) {
        return text("%s", s ? s : "");
}

static View view_on(sd_bus *bus, const char *service) {
        sd_bus_message *reply = call(bus, "ListServices", service);
        ck_assert_int_ge(sd_bus_message_enter_container(reply, 'a', "(" SUPD_LIST_ITEM ")"), 0);
        const char *name, *phase, *goal, *result, *description, *note;
        uint32_t pid, restarts;
        uint64_t since, next, started, uptime;
        int pending;
        int r = sd_bus_message_read(reply, "(" SUPD_LIST_ITEM ")", &name, &phase, &goal, &result, &description, &note,
                        &pid, &since, &next, &started, &uptime, &restarts, &pending);
        ck_assert_msg(r > 0, "ListServices(%s): %d", service, r);
        View v = { copy_or_empty(name), copy_or_empty(phase), copy_or_empty(goal), copy_or_empty(result),
                copy_or_empty(description), copy_or_empty(note), (pid_t) pid, next, uptime, restarts, pending != 0 };
        sd_bus_message_unref(reply);
        return v;
}

View view(const char *service) {
        sd_bus *bus = connect_bus();
        View v = view_on(bus, service);
        sd_bus_flush_close_unref(bus);
        return v;
}

pid_t service_pid(const char *service) {
        View v = view(service);
        ck_assert_msg(v.pid > 1, "%s has no main process: %s, %s", service, v.phase, v.note);
        return v.pid;
}

/* Subscribed before the first look, so that no change can fall between. */
void wait_for_phase(const char *service, const char *phase) {
        uint64_t deadline = deadline_ms();
        sd_bus *bus = connect_bus();
        sd_bus_message_unref(call(bus, "Subscribe", NULL));
        for (;;) {
                View v = view_on(bus, service);
                if (strcmp(v.phase, phase) == 0)
                        break;
                bool news = false;
                int r;
                while ((r = sd_bus_process(bus, NULL)) > 0)
                        news = true;
                ck_assert_msg(r >= 0, "waiting for %s: %s; supd's log:\n%s", service, strerror(-r), supd_log());
                if (news)
                        continue;
                uint64_t now = now_ms();
                ck_assert_msg(now < deadline, "%s is %s (goal %s, %s, %s), not %s; supd's log:\n%s", service, v.phase,
                                v.goal, v.result, v.note, phase, supd_log());
                r = sd_bus_wait(bus, (deadline - now) * 1000);
                ck_assert_msg(r >= 0 || r == -EINTR, "sd_bus_wait: %s", strerror(-r));
        }
        sd_bus_flush_close_unref(bus);
}

/* One value of GetStatus; the dictionary is small. */
static void daemon_status(const char *key, const char *type, void *ret) {
        sd_bus *bus = connect_bus();
        sd_bus_message *reply = call(bus, "GetStatus", NULL);
        bool found = false;
        ck_assert_int_ge(sd_bus_message_enter_container(reply, 'a', "{sv}"), 0);
        while (sd_bus_message_enter_container(reply, 'e', "sv") > 0) {
                const char *name;
                ck_assert_int_gt(sd_bus_message_read(reply, "s", &name), 0);
                if (strcmp(name, key) == 0) {
                        ck_assert_int_gt(sd_bus_message_read(reply, "v", type, ret), 0);
                        found = true;
                        if (type[0] == 's')
                                *(char **) ret = text("%s", *(const char **) ret);
                } else
                        ck_assert_int_gt(sd_bus_message_skip(reply, "v"), 0);
                ck_assert_int_ge(sd_bus_message_exit_container(reply), 0);
        }
        ck_assert_msg(found, "GetStatus says no %s", key);
        sd_bus_message_unref(reply);
        sd_bus_flush_close_unref(bus);
}

char *daemon_scope(void) {
        char *s = NULL;
        daemon_status("Scope", "s", &s);
        return s;
}

uint64_t daemon_orphans_reaped(void) {
        uint64_t n = 0;
        daemon_status("OrphansReaped", "t", &n);
        return n;
}
