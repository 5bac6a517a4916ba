/* GetEvents, and what follows it: the changes of one turn of the event loop as one signal, so that starting a thousand services is
 * not two thousand messages, and only a peer that does not read for hundreds of turns meets the limits of its queue. */
#include <string.h>

#include "daemon/control_internal.h"

static int append_event(sd_bus_message *m, const StateEvent *e) {
        return sd_bus_message_append(m, "(" SUPD_EVENT_ITEM ")", e->realtime, e->service, service_phase_to_string(e->phase),
                control_utf8(e->note));
}

static size_t event_size(const StateEvent *e) {
        return 48 + strlen(e->service) + strlen(e->note ?: "");
}

/* --- what happens --- */

static int peer_begin_events(ControlPeer *peer) {
        int r = sd_bus_message_new_signal(peer->bus, &peer->events, SUPD_BUS_PATH, SUPD_BUS_INTERFACE, SUPD_SIGNAL_EVENTS);

        if (r >= 0)
                r = sd_bus_message_open_container(peer->events, 'a', "(" SUPD_EVENT_ITEM ")");
        peer->events_size = 64;
        return r;
}

static void peer_note_event(ControlPeer *peer, const StateEvent *e) {
        int r = peer->events ? 0 : peer_begin_events(peer);

        if (r >= 0)
                r = append_event(peer->events, e);
        if (r < 0)
                control_peer_drop(peer, strerror(-r));
        else {
                peer->events_size += event_size(e);
                control_peer_arm_work(peer);
        }
}

void control_tell_event(Control *c, const StateEvent *e) {
        if (!c || c->n_following == 0)
                return;
        LIST_FOREACH(node, &c->peers) {
                ControlPeer *peer = LIST_ENTRY(node, ControlPeer, by_control);

                if (peer->follows && !peer->closing)
                        peer_note_event(peer, e);
        }
}

void control_peer_send_events(ControlPeer *peer) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = STEAL_PTR(peer->events);
        int r;

        if (!m || peer->closing)
                return;
        if ((r = sd_bus_message_close_container(m)) < 0 || (r = sd_bus_send(peer->bus, m, NULL)) < 0)
                control_peer_drop(peer, strerror(-r));
        else
                control_peer_account(peer, peer->events_size);
}

/* --- what happened --- */

static int append_events(sd_bus_message *m, const EventRing *ring, size_t *size) {
        int r = sd_bus_message_open_container(m, 'a', "(" SUPD_EVENT_ITEM ")");

        for (size_t i = 0; i < event_ring_count(ring) && r >= 0; i++) {
                r = append_event(m, event_ring_get(ring, i));
                *size += event_size(event_ring_get(ring, i));
        }
        return r < 0 ? r : sd_bus_message_close_container(m);
}

int control_method_get_events(sd_bus_message *m, void *userdata, sd_bus_error *e _unused_) {
        ControlPeer *peer = userdata;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        size_t size = 64;
        int follow, r;

        control_peer_send_events(peer); /* told already: they stand in the reply as well, and must not come after it */
        if ((r = sd_bus_message_read(m, "b", &follow)) < 0 || (r = sd_bus_message_new_method_return(m, &reply)) < 0 ||
                (r = append_events(reply, &peer->control->manager->events, &size)) < 0 ||
                (r = sd_bus_send(NULL, reply, NULL)) < 0)
                return r;
        peer->control->n_following += (size_t) ((follow != 0) - peer->follows);
        peer->follows = follow;
        control_peer_account(peer, size);
        return 1;
}
