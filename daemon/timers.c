/* One timer for all services: a binary heap, the earliest deadline first. The Manager owns it; a Service knows its
 * place in the heap. It decides nothing and never changes a deadline.
 *
 * The key lives in the Service, so a service whose deadline changed must be handed to timers_update() before the
 * deadline of another one changes: the heap is repaired around one stale entry at a time. */
#include "daemon/timers.h"

#include "daemon/service.h"

/* 0 would mean sd-event's default of 250 ms. */
#define ACCURACY_USEC 1

static usec_t deadline_at(const Timers *t, size_t i) {
        return t->heap[i]->state.deadline;
}

static void place(Timers *t, size_t i, Service *s) {
        t->heap[i] = s;
        s->timer_index = i;
}

static void sift_up(Timers *t, size_t i) {
        Service *s = t->heap[i];
        while (i > 0) {
                size_t parent = (i - 1) / 2;
                if (deadline_at(t, parent) <= s->state.deadline)
                        break;
                place(t, i, t->heap[parent]);
                i = parent;
        }
        place(t, i, s);
}

static void sift_down(Timers *t, size_t i) {
        Service *s = t->heap[i];
        for (;;) {
                size_t child = 2 * i + 1;
                if (child + 1 < t->n && deadline_at(t, child + 1) < deadline_at(t, child))
                        child++;
                if (child >= t->n || s->state.deadline <= deadline_at(t, child))
                        break;
                place(t, i, t->heap[child]);
                i = child;
        }
        place(t, i, s);
}

static void heap_insert(Timers *t, Service *s) {
        assert(t->n < t->allocated);
        place(t, t->n++, s);
        sift_up(t, s->timer_index);
}

static void heap_remove(Timers *t, Service *s) {
        size_t i = s->timer_index;
        Service *last = t->heap[--t->n];
        s->timer_index = SIZE_MAX;
        if (last == s)
                return;
        place(t, i, last);
        sift_up(t, i);
        sift_down(t, last->timer_index);
}

static void heap_move(Timers *t, Service *s) {
        sift_up(t, s->timer_index);
        sift_down(t, s->timer_index);
}

/* Both calls cost a pass through sd-event's own queues, so they are left out where nothing changes. None of them can
 * fail here: the source exists and its loop is ours. */
static void arm(Timers *t) {
        int enabled = SD_EVENT_OFF;
        uint64_t armed = USEC_INFINITY;
        (void) sd_event_source_get_enabled(t->source, &enabled);
        (void) sd_event_source_get_time(t->source, &armed);
        if (t->n == 0) {
                if (enabled != SD_EVENT_OFF)
                        (void) sd_event_source_set_enabled(t->source, SD_EVENT_OFF);
                return;
        }
        if (armed != deadline_at(t, 0))
                (void) sd_event_source_set_time(t->source, deadline_at(t, 0));
        if (enabled == SD_EVENT_OFF)
                (void) sd_event_source_set_enabled(t->source, SD_EVENT_ONESHOT);
}

/* A service is taken out before its handler runs: the handler may arm it again, and arm or remove any other. No more
 * than were armed at the beginning: one that is due again at once waits for the next turn of the loop. */
static int on_time(sd_event_source *source, uint64_t armed, void *userdata) {
        Timers *t = userdata;
        uint64_t now = armed;
        (void) sd_event_now(sd_event_source_get_event(source), CLOCK_MONOTONIC, &now);
        for (size_t left = t->n; left > 0 && t->n > 0 && deadline_at(t, 0) <= now; left--) {
                Service *s = t->heap[0];
                heap_remove(t, s);
                t->handler(s);
        }
        arm(t);
        return 0;
}

int timers_init(Timers *t, sd_event *event, TimerHandler handler) {
        *t = (Timers){ .handler = handler };
        int r = sd_event_add_time(event, &t->source, CLOCK_MONOTONIC, USEC_INFINITY, ACCURACY_USEC, on_time, t);
        if (r < 0)
                return r;
        r = sd_event_source_set_enabled(t->source, SD_EVENT_OFF);
        if (r < 0)
                timers_done(t);
        return r < 0 ? r : 0;
}

void timers_done(Timers *t) {
        if (t->source)
                (void) sd_event_source_disable_unref(t->source);
        for (size_t i = 0; i < t->n; i++)
                t->heap[i]->timer_index = SIZE_MAX;
        free(t->heap);
        *t = (Timers){ 0 };
}

int timers_reserve(Timers *t, size_t n) {
        if (n <= t->allocated)
                return 0;
        Service **heap = reallocarray(t->heap, n, sizeof(Service *));
        if (!heap)
                return -ENOMEM;
        t->heap = heap;
        t->allocated = n;
        return 0;
}

void timers_update(Timers *t, Service *s) {
        bool wanted = s->state.deadline != USEC_INFINITY, armed = s->timer_index != SIZE_MAX;
        if (!wanted && !armed)
                return;
        if (!wanted)
                heap_remove(t, s);
        else if (!armed)
                heap_insert(t, s);
        else
                heap_move(t, s);
        arm(t);
}

void timers_remove(Timers *t, Service *s) {
        if (s->timer_index == SIZE_MAX)
                return;
        heap_remove(t, s);
        arm(t);
}
