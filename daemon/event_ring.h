/* The last state changes of all services, for those who ask later. Owned by the Manager; bounded: the oldest makes room for the
 * newest. Never says anything, see control_events.c. */
#pragma once

#include "daemon/core/service_state.h"

#define EVENTS_KEPT 256

typedef struct StateEvent {
        usec_t realtime;
        ServicePhase phase;
        char *service, *note; /* a service may be forgotten before what happened to it */
} StateEvent;

typedef struct EventRing {
        StateEvent *items;  /* EVENTS_KEPT of them; NULL before the first event */
        uint64_t n_added;   /* ever */
} EventRing;

/* Takes the strings over, also where there is no memory to keep the event. */
void event_ring_add(EventRing *r, const StateEvent *e);
size_t event_ring_count(const EventRing *r);
const StateEvent *event_ring_get(const EventRing *r, size_t i); /* 0 is the oldest */
void event_ring_done(EventRing *r);
