/* The ring of events: what it keeps, in which order, and that it is bounded. */
#include "daemon/event_ring.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/run_tests.h"

static void add(EventRing *r, unsigned number) {
        StateEvent e = { .realtime = number, .phase = PHASE_RUNNING, .note = strdup("note") };

        ck_assert_int_gt(asprintf(&e.service, "web@%u", number), 0);
        event_ring_add(r, &e);
}

START_TEST(an_empty_ring_costs_nothing) {
        EventRing r = { 0 };

        ck_assert_uint_eq(event_ring_count(&r), 0);
        ck_assert_ptr_null(r.items);
        event_ring_done(&r);
}
END_TEST

START_TEST(the_oldest_makes_room_for_the_newest) {
        EventRing r = { 0 };

        for (unsigned n = 1; n <= 3 * EVENTS_KEPT + 5; n++) {
                char name[32];
                unsigned kept = MIN(n, EVENTS_KEPT);

                add(&r, n);
                ck_assert_uint_eq(event_ring_count(&r), kept);
                ck_assert_uint_eq(event_ring_get(&r, 0)->realtime, n - kept + 1);
                ck_assert_uint_eq(event_ring_get(&r, kept - 1)->realtime, n);
                (void) snprintf(name, sizeof(name), "web@%u", n);
                ck_assert_str_eq(event_ring_get(&r, kept - 1)->service, name);
        }
        event_ring_done(&r);
        ck_assert_uint_eq(event_ring_count(&r), 0);
}
END_TEST

RUN_TESTS("event_ring", an_empty_ring_costs_nothing, the_oldest_makes_room_for_the_newest)
