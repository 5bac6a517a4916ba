/* The timer heap behind a real event loop; deadlines lie in the past, so nothing waits. */
#include "daemon/service.h"
#include "daemon/timers.h"
#include "tests/unit/daemon/temp_dir.h"

#define N_SERVICES 200

static sd_event *event;
static Timers timers;
static Service services[N_SERVICES];
static usec_t now;

static Service *fired[10 * N_SERVICES];
static size_t n_fired;
static void (*when_fired)(Service *s);

static void on_deadline(Service *s) {
        ck_assert_uint_eq(s->timer_index, SIZE_MAX);
        fired[n_fired++] = s;
        if (when_fired)
                when_fired(s);
}

static void setup(void) {
        n_fired = 0;
        when_fired = NULL;
        for (size_t i = 0; i < N_SERVICES; i++)
                services[i] = (Service){ .timer_index = SIZE_MAX, .state.deadline = USEC_INFINITY };
        struct timespec ts;
        ck_assert_int_eq(clock_gettime(CLOCK_MONOTONIC, &ts), 0);
        now = usec_from_timespec(&ts);
        ck_assert_int_ge(sd_event_new(&event), 0);
        ck_assert_int_eq(timers_init(&timers, event, on_deadline), 0);
        ck_assert_int_eq(timers_reserve(&timers, N_SERVICES), 0);
}

static void teardown(void) {
        timers_done(&timers);
        event = sd_event_unref(event);
}

static void arm(Service *s, usec_t deadline) {
        s->state.deadline = deadline;
        timers_update(&timers, s);
}

static int source_state(void) {
        int enabled = -1;
        ck_assert_int_ge(sd_event_source_get_enabled(timers.source, &enabled), 0);
        return enabled;
}

static bool heap_is_sound(void) {
        for (size_t i = 0; i < timers.n; i++) {
                const Service *s = timers.heap[i];
                if (s->timer_index != i || timers.heap[(i - (i > 0)) / 2]->state.deadline > s->state.deadline)
                        return false;
        }
        return true;
}

START_TEST(deadlines_fire_once_and_in_order) {
        uint32_t x = 1;
        size_t n_wanted = 0;
        for (size_t i = 0; i < 20 * N_SERVICES; i++) {
                x = x * 1664525 + 1013904223;
                Service *s = &services[(x >> 8) % N_SERVICES];
                if (x >> 30 == 0)
                        timers_remove(&timers, s);
                else
                        arm(s, x >> 30 == 1 ? USEC_INFINITY : now - (x >> 4) % 1000);
                ck_assert(heap_is_sound());
        }
        for (size_t i = 0; i < N_SERVICES; i++)
                n_wanted += services[i].timer_index != SIZE_MAX;
        ck_assert_uint_gt(n_wanted, 20);
        ck_assert_int_gt(sd_event_run(event, 0), 0);
        ck_assert_uint_eq(n_fired, n_wanted);
        for (size_t i = 1; i < n_fired; i++)
                ck_assert_uint_le(fired[i - 1]->state.deadline, fired[i]->state.deadline);
        ck_assert_int_eq(sd_event_run(event, 0), 0);
}
END_TEST

START_TEST(nothing_is_armed_while_nobody_waits) {
        ck_assert_int_eq(source_state(), SD_EVENT_OFF);
        arm(&services[0], now + USEC_PER_SEC);
        ck_assert_int_eq(source_state(), SD_EVENT_ONESHOT);
        arm(&services[0], USEC_INFINITY);
        ck_assert_int_eq(source_state(), SD_EVENT_OFF);
        arm(&services[0], now - 1);
        ck_assert_int_gt(sd_event_run(event, 0), 0);
        ck_assert_int_eq(source_state(), SD_EVENT_OFF);
}
END_TEST

START_TEST(source_follows_the_earliest_deadline) {
        uint64_t armed;
        arm(&services[0], now + 3000000);
        arm(&services[1], now + 2000000);
        arm(&services[2], now + 4000000);
        ck_assert_int_ge(sd_event_source_get_time(timers.source, &armed), 0);
        ck_assert_uint_eq(armed, now + 2000000);
        timers_remove(&timers, &services[1]);
        ck_assert_int_ge(sd_event_source_get_time(timers.source, &armed), 0);
        ck_assert_uint_eq(armed, now + 3000000);
}
END_TEST

START_TEST(deadline_is_met_exactly_and_never_early) {
        arm(&services[0], now + 5000);
        while (n_fired == 0)
                ck_assert_int_ge(sd_event_run(event, USEC_PER_SEC), 0);
        uint64_t at, accuracy;
        ck_assert_int_ge(sd_event_source_get_time_accuracy(timers.source, &accuracy), 0);
        ck_assert_uint_eq(accuracy, 1);
        ck_assert_int_ge(sd_event_now(event, CLOCK_MONOTONIC, &at), 0);
        ck_assert_uint_ge(at, now + 5000);
}
END_TEST

static void disturb_others(Service *s) {
        if (s != &services[0])
                return;
        timers_remove(&timers, &services[1]);
        arm(&services[2], now - 90);
        arm(&services[3], now + USEC_PER_MINUTE);
}

START_TEST(handler_may_change_every_other_service) {
        when_fired = disturb_others;
        arm(&services[0], now - 100);
        arm(&services[1], now - 50);
        arm(&services[3], now - 40);
        arm(&services[4], now - 30);
        ck_assert_int_gt(sd_event_run(event, 0), 0);
        ck_assert_uint_eq(n_fired, 3);
        ck_assert_ptr_eq(fired[1], &services[2]);
        ck_assert_ptr_eq(fired[2], &services[4]);
        ck_assert_uint_eq(timers.n, 1);
}
END_TEST

static void arm_again(Service *s) {
        arm(s, now - 1000);
}

START_TEST(service_that_is_always_due_does_not_hold_the_loop) {
        when_fired = arm_again;
        arm(&services[0], now - 100);
        arm(&services[1], now - 100);
        ck_assert_int_gt(sd_event_run(event, 0), 0);
        ck_assert_uint_eq(n_fired, 2);
        ck_assert_int_gt(sd_event_run(event, 0), 0);
        ck_assert_uint_eq(n_fired, 4);
}
END_TEST

START_TEST(end_disarms_every_service) {
        arm(&services[0], now + USEC_PER_SEC);
        timers_done(&timers);
        ck_assert_uint_eq(services[0].timer_index, SIZE_MAX);
        ck_assert_int_eq(sd_event_run(event, 0), 0);
}
END_TEST

int main(void) {
        TCase *t = tcase_create("timers");
        tcase_add_checked_fixture(t, setup, teardown);
        tcase_add_test(t, deadlines_fire_once_and_in_order);
        tcase_add_test(t, nothing_is_armed_while_nobody_waits);
        tcase_add_test(t, source_follows_the_earliest_deadline);
        tcase_add_test(t, deadline_is_met_exactly_and_never_early);
        tcase_add_test(t, handler_may_change_every_other_service);
        tcase_add_test(t, service_that_is_always_due_does_not_hold_the_loop);
        tcase_add_test(t, end_disarms_every_service);
        return run_suite("timers", t);
}
