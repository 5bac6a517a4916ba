/* See event_ring.h. */
#include "daemon/event_ring.h"

static void event_done(StateEvent *e) {
        free(e->service);
        free(e->note);
        *e = (StateEvent){ 0 };
}

void event_ring_add(EventRing *r, const StateEvent *e) {
        StateEvent copy = *e;

        if (!r->items)
                r->items = calloc(EVENTS_KEPT, sizeof *r->items);
        if (!r->items) { /* no memory for history, supervision goes on */
                event_done(&copy);
                return;
        }
        StateEvent *slot = &r->items[r->n_added++ % EVENTS_KEPT];
        event_done(slot);
        *slot = copy;
}

size_t event_ring_count(const EventRing *r) {
        return (size_t) MIN(r->n_added, (uint64_t) EVENTS_KEPT);
}

const StateEvent *event_ring_get(const EventRing *r, size_t i) {
        return &r->items[(r->n_added - event_ring_count(r) + i) % EVENTS_KEPT];
}

void event_ring_done(EventRing *r) {
        for (size_t i = 0; i < event_ring_count(r); i++)
                event_done(&r->items[i]);
        free(r->items);
        *r = (EventRing){ 0 };
}
