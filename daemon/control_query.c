/* The methods that only ask, for many services at once: ListServices, GetStatus, GetVersion. Nothing here is kept between two
 * calls, and nothing but memory is read: a list of a thousand services is one message made in about a millisecond. */
#include <string.h>

#include "daemon/control_internal.h"
#include "daemon/report.h"
#include "daemon/scope.h"

/* Length of the UTF-8 sequence at p by its first byte, or 0. */
static size_t sequence_length(unsigned char c) {
        if (c < 0x80)
                return 1;
        if (c >= 0xc2 && c < 0xe0)
                return 2;
        if (c >= 0xe0 && c < 0xf0)
                return 3;
        return c >= 0xf0 && c < 0xf5 ? 4 : 0;
}

/* Overlong forms, surrogates and what is beyond U+10FFFF are refused by sd-bus, so they are here. */
static bool sequence_is_valid(const unsigned char *p, size_t n) {
        for (size_t i = 1; i < n; i++)
                if ((p[i] & 0xc0) != 0x80)
                        return false;
        if (n == 3)
                return !(p[0] == 0xe0 && p[1] < 0xa0) && !(p[0] == 0xed && p[1] > 0x9f);
        if (n == 4)
                return !(p[0] == 0xf0 && p[1] < 0x90) && !(p[0] == 0xf4 && p[1] > 0x8f);
        return n > 0;
}

char *control_utf8(char *s) {
        static char nothing[] = "";
        unsigned char *p = (unsigned char *) s;

        if (!s)
                return nothing;
        while (*p) {
                size_t n = sequence_length(*p);

                if (sequence_is_valid(p, n))
                        p += n;
                else
                        *p++ = '?';
        }
        return s;
}

static int append_service(sd_bus_message *m, const Service *s, usec_t now, size_t *size) {
        _cleanup_(freep) char *text = report_note(s, now);
        const ServiceState *state = &s->state;
        const char *note = control_utf8(text), *description = s->config->description ?: "";

        *size += 128 + strlen(s->config->name) + strlen(note) + strlen(description);
        return sd_bus_message_append(m, "(" SUPD_LIST_ITEM ")", s->config->name, service_phase_to_string(state->phase),
                service_goal_to_string(state->goal), service_result_to_string(state->result), description, note,
                (uint32_t) s->main.pid, s->phase_realtime,
                state->phase == PHASE_BACKOFF ? usec_sub(state->deadline, now) : USEC_INFINITY, s->started_realtime,
                state->main_alive ? usec_sub(now, state->started_at) : 0, (uint32_t) state->n_restarts,
                (int) s->pending_restart);
}

int control_method_list_services(sd_bus_message *m, void *userdata, sd_bus_error *e) {
        ControlPeer *peer = userdata;
        Manager *manager = peer->control->manager;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_(selection_done) Selection s = { 0 };
        size_t size = 0;
        uint64_t now;
        int r;

        if ((r = selection_read(manager, m, true, &s, e)) < 0 || (r = sd_event_now(manager->event, CLOCK_MONOTONIC, &now)) < 0 ||
                (r = sd_bus_message_new_method_return(m, &reply)) < 0 ||
                (r = sd_bus_message_open_container(reply, 'a', "(" SUPD_LIST_ITEM ")")) < 0)
                return r;
        for (size_t i = 0; i < s.n; i++)
                if ((r = append_service(reply, s.items[i], now, &size)) < 0)
                        return r;
        if ((r = sd_bus_message_close_container(reply)) < 0 || (r = sd_bus_send(NULL, reply, NULL)) < 0)
                return r;
        control_peer_account(peer, size);
        return 1;
}

int control_method_get_version(sd_bus_message *m, void *userdata _unused_, sd_bus_error *e _unused_) {
        return sd_bus_reply_method_return(m, "s", SUPD_VERSION);
}

typedef struct Counts {
        uint32_t running, failed;
} Counts;

static Counts count_services(const Manager *m) {
        Counts c = { 0 };

        for (size_t i = 0; i < m->n_services; i++) {
                const Service *s = m->services[i];

                c.running += service_phase_is_up(s->state.phase);
                c.failed += s->state.phase == PHASE_FAILED;
        }
        return c;
}

int control_method_get_status(sd_bus_message *m, void *userdata, sd_bus_error *e _unused_) {
        ControlPeer *peer = userdata;
        const Manager *manager = peer->control->manager;
        Counts c = count_services(manager);

        return sd_bus_reply_method_return(m, "a{sv}", 10,
                "Version", "s", SUPD_VERSION,
                "PID", "u", (uint32_t) getpid(),
                "StartedRealtime", "t", manager->started_realtime,
                "ConfigFile", "s", manager->config->path ?: "",
                "Services", "u", (uint32_t) manager->n_services,
                "Running", "u", c.running,
                "Failed", "u", c.failed,
                "OrphansReaped", "t", manager->n_orphans_reaped,
                "ShuttingDown", "b", (int) manager->shutting_down,
                "Scope", "s", scopes_kind(manager->scopes));
}
