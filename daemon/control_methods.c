/* The methods that order something, and the table of them all. Each turns its arguments into requests of the manager and
 * the answers into a reply; what may happen to a service is decided elsewhere, and logged where it is decided. */
#include <signal.h>
#include <string.h>

#include "daemon/control_internal.h"

typedef struct Order {
        JobKind kind;
        StopMode mode;
        bool backwards; /* what was started last is stopped first */
} Order;

static int order_error(int r, sd_bus_error *e) {
        if (r == -ESHUTDOWN)
                return sd_bus_error_set(e, SUPD_ERROR_SHUTTING_DOWN, "supd is shutting down; nothing is started any more");
        return r;
}

/* One request per service; the reply names those that are to be waited for. */
static int order_services(ControlPeer *peer, sd_bus_message *call, const Selection *s, const Order *o, sd_bus_error *e) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        int r;

        if ((r = sd_bus_message_new_method_return(call, &reply)) < 0 ||
                (r = sd_bus_message_open_container(reply, 'a', "(" SUPD_JOB_ITEM ")")) < 0)
                return r;
        for (size_t i = 0; i < s->n; i++) {
                Service *service = s->items[o->backwards ? s->n - 1 - i : i];
                uint32_t id;

                r = control_peer_request(peer, service, o->kind, o->mode, &id);
                if (r < 0)
                        return order_error(r, e);
                if (r > 0 && (r = sd_bus_message_append(reply, "(" SUPD_JOB_ITEM ")", id, service->config->name)) < 0)
                        return r;
        }
        if ((r = sd_bus_message_close_container(reply)) < 0 || (r = sd_bus_send(NULL, reply, NULL)) < 0)
                return r;
        control_peer_account(peer, 64 * (s->n + 1));
        return 1;
}

static int read_stop_mode(sd_bus_message *m, StopMode *ret, sd_bus_error *e) {
        const char *word;

        int r = sd_bus_message_read(m, "s", &word);
        if (r < 0)
                return r;
        int mode = stop_mode_from_string(word);
        if (mode < 0)
                return sd_bus_error_setf(
                        e, SD_BUS_ERROR_INVALID_ARGS, "mode '%s' is not one of graceful, normal, now", word);
        *ret = (StopMode) mode;
        return 0;
}

static int method_start(sd_bus_message *m, void *userdata, sd_bus_error *e) {
        ControlPeer *peer = userdata;
        _cleanup_(selection_done) Selection s = { 0 };

        int r = selection_read(peer->control->manager, m, false, &s, e);
        if (r < 0)
                return r;
        return order_services(peer, m, &s, &(Order){ .kind = JOB_START, .mode = STOP_NORMAL }, e);
}

static int order_with_mode(sd_bus_message *m, ControlPeer *peer, JobKind kind, bool backwards, sd_bus_error *e) {
        _cleanup_(selection_done) Selection s = { 0 };
        Order o = { .kind = kind, .backwards = backwards };
        int r;

        if ((r = selection_read(peer->control->manager, m, false, &s, e)) < 0 || (r = read_stop_mode(m, &o.mode, e)) < 0)
                return r;
        return order_services(peer, m, &s, &o, e);
}

static int method_stop(sd_bus_message *m, void *userdata, sd_bus_error *e) {
        return order_with_mode(m, userdata, JOB_STOP, true, e);
}

static int method_restart(sd_bus_message *m, void *userdata, sd_bus_error *e) {
        return order_with_mode(m, userdata, JOB_RESTART, false, e);
}

/* --- signals to what is running --- */

typedef struct Signalling {
        int signo; /* 0: each service's reload_signal */
        bool whole_scope;
} Signalling;

static int signal_service(ControlPeer *peer, Service *s, const Signalling *what) {
        Manager *m = peer->control->manager;
        const Requester *who = control_peer_requester(peer);

        return what->signo > 0 ? manager_kill(m, s, what->signo, what->whole_scope, who) : manager_reload_service(m, s, who);
}

static const char *not_signalled_reason(int error) {
        if (error == -ENXIO || error == -ESRCH)
                return "it is not running; start it first";
        if (error == -EOPNOTSUPP)
                return "it has no reload_signal: set one in its section, or restart it";
        return strerror(-error);
}

/* With nothing signalled at all the call failed, and the first reason is the reason. */
static int signalling_failed(const Selection *s, const int *results, sd_bus_error *e) {
        const char *name = results[0] == -EOPNOTSUPP ? SUPD_ERROR_NOT_SUPPORTED : SUPD_ERROR_NOT_RUNNING;

        return sd_bus_error_setf(
                e, name, "%s was not signalled: %s", s->items[0]->config->name, not_signalled_reason(results[0]));
}

static int reply_signalled(ControlPeer *peer, sd_bus_message *call, const Selection *s, const int *results) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        int r;

        if ((r = sd_bus_message_new_method_return(call, &reply)) < 0 || (r = sd_bus_message_open_container(reply, 'a', "s")) < 0)
                return r;
        for (size_t i = 0; i < s->n; i++)
                if (results[i] >= 0 && (r = sd_bus_message_append(reply, "s", s->items[i]->config->name)) < 0)
                        return r;
        if ((r = sd_bus_message_close_container(reply)) < 0 || (r = sd_bus_message_open_container(reply, 'a', "(ss)")) < 0)
                return r;
        for (size_t i = 0; i < s->n; i++)
                if (results[i] < 0 && (r = sd_bus_message_append(reply, "(ss)", s->items[i]->config->name,
                                               not_signalled_reason(results[i]))) < 0)
                        return r;
        if ((r = sd_bus_message_close_container(reply)) < 0 || (r = sd_bus_send(NULL, reply, NULL)) < 0)
                return r;
        control_peer_account(peer, 96 * (s->n + 1));
        return 1;
}

static int signal_services(ControlPeer *peer, sd_bus_message *m, const Selection *s, const Signalling *what, sd_bus_error *e) {
        _cleanup_(freep) int *results = calloc(MAX(s->n, (size_t) 1), sizeof(*results));
        size_t n_signalled = 0;

        if (!results)
                return -ENOMEM;
        for (size_t i = 0; i < s->n; i++) {
                results[i] = signal_service(peer, s->items[i], what);
                n_signalled += results[i] >= 0;
        }
        if (n_signalled == 0 && s->n > 0)
                return signalling_failed(s, results, e);
        return reply_signalled(peer, m, s, results);
}

static int method_reload_services(sd_bus_message *m, void *userdata, sd_bus_error *e) {
        ControlPeer *peer = userdata;
        _cleanup_(selection_done) Selection s = { 0 };

        int r = selection_read(peer->control->manager, m, false, &s, e);
        if (r < 0)
                return r;
        return signal_services(peer, m, &s, &(Signalling){ 0 }, e);
}

static int read_signalling(sd_bus_message *m, Signalling *ret, sd_bus_error *e) {
        const char *whom;
        int32_t signo;

        int r = sd_bus_message_read(m, "is", &signo, &whom);
        if (r < 0)
                return r;
        if (signo < 1 || signo > SIGRTMAX)
                return sd_bus_error_setf(e, SD_BUS_ERROR_INVALID_ARGS, "%d is not the number of a signal", (int) signo);
        if (strcmp(whom, "main") != 0 && strcmp(whom, "all") != 0)
                return sd_bus_error_setf(e, SD_BUS_ERROR_INVALID_ARGS, "whom '%s' is not one of main, all", whom);
        *ret = (Signalling){ .signo = signo, .whole_scope = strcmp(whom, "all") == 0 };
        return 0;
}

static int method_kill(sd_bus_message *m, void *userdata, sd_bus_error *e) {
        ControlPeer *peer = userdata;
        _cleanup_(selection_done) Selection s = { 0 };
        Signalling what = { 0 };
        int r;

        if ((r = selection_read(peer->control->manager, m, false, &s, e)) < 0 || (r = read_signalling(m, &what, e)) < 0)
                return r;
        return signal_services(peer, m, &s, &what, e);
}

static int method_shutdown(sd_bus_message *m, void *userdata, sd_bus_error *e) {
        ControlPeer *peer = userdata;
        Manager *manager = peer->control->manager;
        StopMode mode = STOP_NORMAL;

        int r = read_stop_mode(m, &mode, e);
        if (r < 0)
                return r;
        if (mode == STOP_GRACEFUL)
                return sd_bus_error_set(e, SD_BUS_ERROR_INVALID_ARGS, "a shutdown is normal or now");
        if ((r = sd_bus_reply_method_return(m, NULL)) < 0)
                return r;
        manager_shutdown(manager, control_peer_requester(peer));
        if (mode == STOP_NOW) /* the second request is the one that hurries */
                manager_shutdown(manager, control_peer_requester(peer));
        return 1;
}

static int peer_subscribe(sd_bus_message *m, ControlPeer *peer, bool want) {
        if (peer->subscribed != want)
                peer->control->n_subscribed += want ? 1 : (size_t) -1;
        peer->subscribed = want;
        return sd_bus_reply_method_return(m, NULL);
}

static int method_subscribe(sd_bus_message *m, void *userdata, sd_bus_error *e _unused_) {
        return peer_subscribe(m, userdata, true);
}

static int method_unsubscribe(sd_bus_message *m, void *userdata, sd_bus_error *e _unused_) {
        return peer_subscribe(m, userdata, false);
}

/* Everybody who got as far as a method may do everything, see control_access.c. */
#define METHOD(name, args, result, handler) \
        SD_BUS_METHOD_WITH_ARGS(name, SD_BUS_ARGS args, SD_BUS_RESULT result, handler, SD_BUS_VTABLE_UNPRIVILEGED)
#define METHOD_WITHOUT_ARGS(name, result, handler) \
        SD_BUS_METHOD_WITH_ARGS(name, SD_BUS_NO_ARGS, SD_BUS_RESULT result, handler, SD_BUS_VTABLE_UNPRIVILEGED)
#define METHOD_WITHOUT_RESULT(name, args, handler) \
        SD_BUS_METHOD_WITH_ARGS(name, SD_BUS_ARGS args, SD_BUS_NO_RESULT, handler, SD_BUS_VTABLE_UNPRIVILEGED)

const sd_bus_vtable control_manager_vtable[] = {
        SD_BUS_VTABLE_START(0),
        METHOD("ListServices", ("as", patterns), (SUPD_LIST_SIGNATURE, services), control_method_list_services),
        METHOD("GetService", ("s", name), ("a{sv}", service), control_method_get_service),
        METHOD("Start", ("as", patterns), (SUPD_JOBS_SIGNATURE, jobs), method_start),
        METHOD("Stop", ("as", patterns, "s", mode), (SUPD_JOBS_SIGNATURE, jobs), method_stop),
        METHOD("Restart", ("as", patterns, "s", mode), (SUPD_JOBS_SIGNATURE, jobs), method_restart),
        METHOD("ReloadServices", ("as", patterns), ("as", signalled, SUPD_NOT_SIGNALLED_SIGNATURE, not_signalled),
                method_reload_services),
        METHOD("Kill", ("as", patterns, "i", signo, "s", whom),
                ("as", signalled, SUPD_NOT_SIGNALLED_SIGNATURE, not_signalled), method_kill),
        METHOD_WITHOUT_ARGS("ReloadConfiguration", (SUPD_CHANGES_SIGNATURE, changes, "as", warnings),
                control_method_reload_configuration),
        METHOD_WITHOUT_ARGS("PlanConfiguration", (SUPD_CHANGES_SIGNATURE, changes, "as", warnings),
                control_method_plan_configuration),
        METHOD("GetEvents", ("b", follow), (SUPD_EVENTS_SIGNATURE, events), control_method_get_events),
        METHOD("ReadLog", ("s", name, "s", stream, "u", lines), ("ay", data), control_method_read_log),
        METHOD_WITHOUT_ARGS("GetVersion", ("s", version), control_method_get_version),
        METHOD_WITHOUT_ARGS("GetStatus", ("a{sv}", status), control_method_get_status),
        METHOD_WITHOUT_RESULT("Shutdown", ("s", mode), method_shutdown),
        SD_BUS_METHOD("Subscribe", NULL, NULL, method_subscribe, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("Unsubscribe", NULL, NULL, method_unsubscribe, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_SIGNAL_WITH_ARGS(SUPD_SIGNAL_JOB_DONE, SD_BUS_ARGS(SUPD_JOB_DONE_SIGNATURE, jobs), 0),
        SD_BUS_SIGNAL_WITH_ARGS(
                SUPD_SIGNAL_STATE_CHANGED, SD_BUS_ARGS("s", service, "s", phase, "s", note), 0),
        SD_BUS_SIGNAL_WITH_ARGS(SUPD_SIGNAL_EVENTS, SD_BUS_ARGS(SUPD_EVENTS_SIGNATURE, events), 0),
        SD_BUS_VTABLE_END,
};
