/* One timer for all services: a binary heap of deadlines behind a single sd-event source, so that a thousand services cost a
 * pointer each and an idle daemon has nothing armed. Deadlines are CLOCK_MONOTONIC. */
#pragma once

#include <systemd/sd-event.h>

#include "conf/base/usec.h"

typedef struct Service Service;
typedef void (*TimerHandler)(Service *s);

typedef struct Timers {
        sd_event_source *source;
        Service **heap; /* ordered by state.deadline */
        size_t n, allocated;
        TimerHandler handler;
} Timers;

int timers_init(Timers *t, sd_event *event, TimerHandler handler);
void timers_done(Timers *t);

/* Room for n services, so that timers_update() cannot fail. -ENOMEM. */
int timers_reserve(Timers *t, size_t n);

/* To be called whenever s->state.deadline may have changed; arms, moves or disarms. */
void timers_update(Timers *t, Service *s);
void timers_remove(Timers *t, Service *s);
