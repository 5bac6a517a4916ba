/* The state machine, one behaviour at a time. A little executor keeps score: what was ordered, what is alive. */
#include "daemon/core/job.h"
#include "tests/unit/core/service_fixture.h"
#include "tests/unit/run_tests.h"

static ServiceConfig config;
static ServiceState state;
static ActionList actions;
static usec_t now;

static void setup(void) {
        config = fixture_config();
        now = 1000 * USEC_PER_SEC;
        service_state_init(&state, 42, now);
}

static int step(ServiceEvent e) {
        return service_step(&config, &state, &e, now, &actions);
}

static bool ordered(ServiceActionKind kind, int signo) {
        for (size_t i = 0; i < actions.n; i++)
                if (actions.items[i].kind == kind && actions.items[i].signo == signo)
                        return true;
        return false;
}

static void start(void) {
        ck_assert_int_eq(step((ServiceEvent){ .kind = EVENT_START, .origin = START_OPERATOR }), 0);
        ck_assert(ordered(ACTION_SPAWN, 0));
        ck_assert_int_eq(step((ServiceEvent){ .kind = EVENT_SPAWNED }), 0);
        ck_assert_int_eq(state.phase, PHASE_RUNNING);
}

static void stop(StopMode mode) {
        ck_assert_int_eq(step((ServiceEvent){ .kind = EVENT_STOP, .stop_mode = mode }), 0);
}

static void main_exits(ExitKind kind, int value) {
        ck_assert_int_eq(step((ServiceEvent){ .kind = EVENT_MAIN_EXITED, .exit = { kind, value } }), 0);
        ck_assert(ordered(ACTION_CHECK_SCOPE, 0));
}

static void scope(ServiceEventKind kind) {
        ck_assert_int_eq(step((ServiceEvent){ .kind = kind }), 0);
}

static void timer_at_deadline(void) {
        ck_assert_uint_ne(state.deadline, USEC_INFINITY);
        now = state.deadline;
        ck_assert_int_eq(step((ServiceEvent){ .kind = EVENT_TIMER }), 0);
}

START_TEST(failure_is_restarted_after_the_delay) {
        start();
        main_exits(EXIT_CODE, 1);
        scope(EVENT_SCOPE_EMPTY);
        ck_assert_int_eq(state.phase, PHASE_BACKOFF);
        ck_assert_uint_eq(state.deadline, now + 100 * USEC_PER_MSEC);
        timer_at_deadline();
        ck_assert(ordered(ACTION_SPAWN, 0));
        ck_assert_uint_eq(state.n_restarts, 1);
}
END_TEST

START_TEST(clean_exit_is_final_under_on_failure) {
        start();
        main_exits(EXIT_CODE, 0);
        scope(EVENT_SCOPE_EMPTY);
        ck_assert_int_eq(state.phase, PHASE_EXITED);
        ck_assert_int_eq(state.goal, GOAL_UP);
        ck_assert_uint_eq(state.deadline, USEC_INFINITY);
}
END_TEST

START_TEST(zero_delay_restarts_without_a_timer) {
        config.restart = RESTART_ALWAYS;
        config.restart_delay = config.restart_delay_max = 0;
        start();
        main_exits(EXIT_CODE, 0);
        scope(EVENT_SCOPE_EMPTY);
        ck_assert_int_eq(state.phase, PHASE_STARTING);
        ck_assert(ordered(ACTION_SPAWN, 0));
}
END_TEST

START_TEST(leftovers_are_cleared_before_a_restart) {
        start();
        main_exits(EXIT_SIGNAL, SIGKILL);
        scope(EVENT_SCOPE_POPULATED);
        ck_assert_int_eq(state.phase, PHASE_STOPPING);
        ck_assert(ordered(ACTION_SIGNAL_SCOPE, SIGTERM));
        ck_assert(ordered(ACTION_SIGNAL_SCOPE, SIGCONT));
        timer_at_deadline();
        ck_assert(ordered(ACTION_SIGNAL_SCOPE, SIGKILL));
        scope(EVENT_SCOPE_EMPTY);
        ck_assert_int_eq(state.phase, PHASE_BACKOFF);
        ck_assert_int_eq(state.result, RESULT_SIGNAL);
}
END_TEST

START_TEST(mixed_signals_the_rest_when_the_main_process_has_ended) {
        start();
        stop(STOP_NORMAL);
        ck_assert(ordered(ACTION_SIGNAL_MAIN, SIGTERM));
        ck_assert(!ordered(ACTION_SIGNAL_SCOPE, SIGTERM));
        usec_t deadline = state.deadline;
        ck_assert_uint_eq(deadline, now + config.stop_timeout);
        now += USEC_PER_SEC;
        main_exits(EXIT_CODE, 0);
        scope(EVENT_SCOPE_POPULATED);
        ck_assert(ordered(ACTION_SIGNAL_SCOPE, SIGTERM));
        ck_assert_uint_eq(state.deadline, deadline); /* one stop_timeout for all of it */
        scope(EVENT_SCOPE_EMPTY);
        ck_assert_int_eq(state.phase, PHASE_STOPPED);
}
END_TEST

START_TEST(all_signals_the_whole_scope_at_once) {
        config.kill_mode = KILL_MODE_ALL;
        start();
        stop(STOP_NORMAL);
        ck_assert(ordered(ACTION_SIGNAL_SCOPE, SIGTERM));
        main_exits(EXIT_CODE, 0);
        scope(EVENT_SCOPE_POPULATED);
        ck_assert_int_eq(state.phase, PHASE_STOPPING);
        scope(EVENT_SCOPE_EMPTY);
        ck_assert_int_eq(state.phase, PHASE_STOPPED);
}
END_TEST

START_TEST(process_leaves_the_rest_alone) {
        config.kill_mode = KILL_MODE_PROCESS;
        start();
        stop(STOP_NORMAL);
        ck_assert(ordered(ACTION_SIGNAL_MAIN, SIGTERM));
        main_exits(EXIT_CODE, 0);
        scope(EVENT_SCOPE_POPULATED);
        ck_assert_uint_eq(actions.n, 0);
        ck_assert_int_eq(state.phase, PHASE_STOPPED);
}
END_TEST

START_TEST(process_kills_the_main_process_only) {
        config.kill_mode = KILL_MODE_PROCESS;
        start();
        stop(STOP_NORMAL);
        timer_at_deadline();
        ck_assert(ordered(ACTION_SIGNAL_MAIN, SIGKILL));
        ck_assert(!ordered(ACTION_SIGNAL_SCOPE, SIGKILL));
}
END_TEST

START_TEST(any_exit_after_our_stop_request_is_no_failure) {
        const ExitStatus ends[] = { { EXIT_CODE, 1 }, { EXIT_CODE, 143 }, { EXIT_SIGNAL, SIGTERM }, { EXIT_CORE_DUMP, SIGSEGV } };
        for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
                setup();
                start();
                stop(STOP_NORMAL);
                main_exits(ends[i].kind, ends[i].value);
                scope(EVENT_SCOPE_EMPTY);
                ck_assert_int_eq(state.phase, PHASE_STOPPED);
                ck_assert_int_eq(state.result, RESULT_SUCCESS);
        }
}
END_TEST

START_TEST(stop_timeout_kills_and_says_so) {
        start();
        stop(STOP_NORMAL);
        timer_at_deadline();
        ck_assert(ordered(ACTION_SIGNAL_SCOPE, SIGKILL));
        main_exits(EXIT_SIGNAL, SIGKILL);
        scope(EVENT_SCOPE_EMPTY);
        ck_assert_int_eq(state.phase, PHASE_STOPPED);
        ck_assert_int_eq(state.result, RESULT_TIMEOUT);
}
END_TEST

START_TEST(kill_is_repeated_at_growing_distance_until_the_scope_is_empty) {
        start();
        stop(STOP_NORMAL);
        timer_at_deadline();
        main_exits(EXIT_SIGNAL, SIGKILL);
        scope(EVENT_SCOPE_POPULATED);
        usec_t last = 0;
        for (int i = 0; i < 10; i++) {
                usec_t distance = state.deadline - now;
                ck_assert(distance >= last || distance == 30 * USEC_PER_SEC);
                ck_assert_uint_le(distance, 30 * USEC_PER_SEC);
                last = distance;
                timer_at_deadline();
                ck_assert(ordered(ACTION_SIGNAL_SCOPE, SIGKILL));
                ck_assert(ordered(ACTION_CHECK_SCOPE, 0));
        }
        ck_assert_int_eq(state.phase, PHASE_STOPPING);
}
END_TEST

START_TEST(kill_signal_is_used_once_then_sigkill) {
        config.kill_signal = SIGABRT;
        start();
        stop(STOP_NORMAL);
        timer_at_deadline();
        ck_assert(ordered(ACTION_SIGNAL_SCOPE, SIGABRT));
        timer_at_deadline();
        ck_assert(ordered(ACTION_SIGNAL_SCOPE, SIGKILL));
}
END_TEST

START_TEST(graceful_stop_never_kills) {
        start();
        stop(STOP_GRACEFUL);
        ck_assert(ordered(ACTION_SIGNAL_MAIN, SIGTERM));
        ck_assert_uint_eq(state.deadline, USEC_INFINITY);
        now += 3600 * USEC_PER_SEC;
        step((ServiceEvent){ .kind = EVENT_TIMER });
        ck_assert_uint_eq(actions.n, 0);
}
END_TEST

START_TEST(a_later_stop_can_only_hurry) {
        start();
        stop(STOP_GRACEFUL);
        stop(STOP_NORMAL);
        ck_assert_uint_eq(state.deadline, now + config.stop_timeout);
        stop(STOP_GRACEFUL);
        ck_assert_int_eq(state.stop_mode, STOP_NORMAL);
        ck_assert_uint_ne(state.deadline, USEC_INFINITY);
        stop(STOP_NOW);
        ck_assert(ordered(ACTION_SIGNAL_SCOPE, SIGKILL));
}
END_TEST

START_TEST(stop_wins_over_pending_restart) {
        start();
        main_exits(EXIT_CODE, 1);
        scope(EVENT_SCOPE_EMPTY);
        ck_assert_int_eq(state.phase, PHASE_BACKOFF);
        stop(STOP_NORMAL);
        ck_assert_int_eq(state.phase, PHASE_STOPPED);
        now += USEC_PER_MINUTE;
        step((ServiceEvent){ .kind = EVENT_TIMER }); /* one that was under way already */
        ck_assert_uint_eq(actions.n, 0);
        ck_assert_int_eq(state.phase, PHASE_STOPPED);
}
END_TEST

START_TEST(stop_wins_while_leftovers_are_cleared) {
        start();
        main_exits(EXIT_CODE, 1);
        scope(EVENT_SCOPE_POPULATED);
        stop(STOP_NORMAL);
        scope(EVENT_SCOPE_EMPTY);
        ck_assert_int_eq(state.phase, PHASE_STOPPED);
        ck_assert_uint_eq(actions.n, 0);
}
END_TEST

START_TEST(start_during_stop_follows_the_stop) {
        start();
        stop(STOP_NORMAL);
        step((ServiceEvent){ .kind = EVENT_START, .origin = START_OPERATOR });
        ck_assert_uint_eq(actions.n, 0);
        main_exits(EXIT_CODE, 0);
        scope(EVENT_SCOPE_EMPTY);
        ck_assert(ordered(ACTION_SPAWN, 0));
}
END_TEST

START_TEST(restart_stops_then_starts_without_delay_or_count) {
        start();
        step((ServiceEvent){ .kind = EVENT_RESTART, .stop_mode = STOP_NORMAL });
        ck_assert(ordered(ACTION_SIGNAL_MAIN, SIGTERM));
        main_exits(EXIT_CODE, 1);
        scope(EVENT_SCOPE_EMPTY);
        ck_assert(ordered(ACTION_SPAWN, 0));
        ck_assert_uint_eq(state.n_restarts, 0);
}
END_TEST

START_TEST(start_limit_gives_up_and_the_operator_clears_it) {
        config.start_limit_burst = 3;
        config.restart_delay = config.restart_delay_max = USEC_PER_MSEC;
        start();
        for (int i = 0; i < 3; i++) {
                main_exits(EXIT_CODE, 1);
                scope(EVENT_SCOPE_EMPTY);
                timer_at_deadline();
                step((ServiceEvent){ .kind = EVENT_SPAWNED });
        }
        main_exits(EXIT_CODE, 1);
        scope(EVENT_SCOPE_EMPTY);
        timer_at_deadline();
        ck_assert_int_eq(state.phase, PHASE_FAILED);
        ck_assert_int_eq(state.result, RESULT_START_LIMIT);
        start();
        ck_assert_uint_eq(state.start_limit.n_starts, 0);
        ck_assert_uint_eq(state.backoff.n_failures, 0);
}
END_TEST

START_TEST(missing_program_is_tried_again_no_faster_than_once_a_second) {
        config.restart_delay = config.restart_delay_max = 0;
        step((ServiceEvent){ .kind = EVENT_START, .origin = START_OPERATOR });
        step((ServiceEvent){ .kind = EVENT_SPAWN_FAILED, .error = ENOENT });
        ck_assert_int_eq(state.phase, PHASE_BACKOFF);
        ck_assert_uint_ge(state.deadline - now, USEC_PER_SEC);
        ck_assert_int_eq(state.spawn_error, ENOENT);
}
END_TEST

START_TEST(missing_program_is_final_where_the_policy_says_no) {
        config.restart = RESTART_NO;
        step((ServiceEvent){ .kind = EVENT_START, .origin = START_OPERATOR });
        step((ServiceEvent){ .kind = EVENT_SPAWN_FAILED, .error = ENOENT });
        ck_assert_int_eq(state.phase, PHASE_FAILED);
        ck_assert_int_eq(state.result, RESULT_SPAWN_FAILED);
}
END_TEST

START_TEST(lack_of_processes_is_tried_again_whatever_the_policy) {
        const int errors[] = { EAGAIN, ENOMEM, EMFILE, ENFILE };
        config.restart = RESTART_NO;
        for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
                setup();
                config.restart = RESTART_NO;
                step((ServiceEvent){ .kind = EVENT_START, .origin = START_AUTOMATIC });
                step((ServiceEvent){ .kind = EVENT_SPAWN_FAILED, .error = errors[i] });
                ck_assert_int_eq(state.phase, PHASE_BACKOFF);
        }
}
END_TEST

START_TEST(min_uptime_forgets_the_backoff) {
        start();
        for (int i = 0; i < 4; i++) {
                main_exits(EXIT_CODE, 1);
                scope(EVENT_SCOPE_EMPTY);
                timer_at_deadline();
                step((ServiceEvent){ .kind = EVENT_SPAWNED });
        }
        ck_assert_uint_eq(state.backoff.n_failures, 4);
        now += config.min_uptime;
        main_exits(EXIT_CODE, 1);
        scope(EVENT_SCOPE_EMPTY);
        ck_assert_uint_eq(state.deadline - now, config.restart_delay);
}
END_TEST

START_TEST(frozen_and_continued_are_seen) {
        start();
        scope(EVENT_MAIN_FROZEN);
        ck_assert(state.main_frozen);
        ck_assert_int_eq(state.phase, PHASE_RUNNING);
        scope(EVENT_MAIN_CONTINUED);
        ck_assert(!state.main_frozen);
}
END_TEST

START_TEST(reload_needs_a_running_service_and_a_signal) {
        ck_assert_int_eq(step((ServiceEvent){ .kind = EVENT_RELOAD }), -EINVAL);
        start();
        ck_assert_int_eq(step((ServiceEvent){ .kind = EVENT_RELOAD }), -EINVAL);
        config.reload_signal = SIGHUP;
        ck_assert_int_eq(step((ServiceEvent){ .kind = EVENT_RELOAD }), 0);
        ck_assert(ordered(ACTION_SIGNAL_MAIN, SIGHUP));
        ck_assert_uint_eq(actions.n, 1);
}
END_TEST

START_TEST(impossible_events_change_nothing) {
        ServiceState before = state;
        ck_assert_int_eq(step((ServiceEvent){ .kind = EVENT_SPAWNED }), -EINVAL);
        ck_assert_int_eq(step((ServiceEvent){ .kind = EVENT_MAIN_EXITED, .exit = { EXIT_CODE, 0 } }), -EINVAL);
        ck_assert_int_eq(step((ServiceEvent){ .kind = EVENT_MAIN_FROZEN }), -EINVAL);
        ck_assert_mem_eq(&before, &state, sizeof state);
}
END_TEST

START_TEST(jobs_are_judged_by_the_state_alone) {
        uint32_t before = state.n_spawns;
        ck_assert_int_eq(job_judge(JOB_STOP, before, &state), JOB_DONE);
        start();
        ck_assert_int_eq(job_judge(JOB_START, before, &state), JOB_DONE);
        before = state.n_spawns;
        ck_assert_int_eq(job_judge(JOB_RESTART, before, &state), JOB_PENDING);
        ck_assert_int_eq(job_judge(JOB_STOP, before, &state), JOB_CANCELED);
        stop(STOP_NORMAL);
        ck_assert_int_eq(job_judge(JOB_STOP, before, &state), JOB_PENDING);
        ck_assert_int_eq(job_judge(JOB_RESTART, before, &state), JOB_CANCELED);
        main_exits(EXIT_CODE, 0);
        scope(EVENT_SCOPE_EMPTY);
        ck_assert_int_eq(job_judge(JOB_STOP, before, &state), JOB_DONE);
        step((ServiceEvent){ .kind = EVENT_START, .origin = START_OPERATOR });
        step((ServiceEvent){ .kind = EVENT_SPAWN_FAILED, .error = ENOENT });
        ck_assert_int_eq(job_judge(JOB_START, before, &state), JOB_FAILED);
}
END_TEST

/* --- types and what services say --- */

static void spawn_of_type(ServiceType type) {
        config.type = type;
        ck_assert_int_eq(step((ServiceEvent){ .kind = EVENT_START, .origin = START_OPERATOR }), 0);
        ck_assert_int_eq(step((ServiceEvent){ .kind = EVENT_SPAWNED }), 0);
        ck_assert_int_eq(state.phase, PHASE_STARTING);
}

static void say(ServiceEventKind kind) {
        ck_assert_int_eq(step((ServiceEvent){ .kind = kind }), 0);
}

START_TEST(notify_service_is_up_when_it_says_so) {
        spawn_of_type(SERVICE_TYPE_NOTIFY);
        ck_assert_uint_eq(state.deadline, now + config.start_timeout);
        ck_assert_int_eq(job_judge(JOB_START, 0, &state), JOB_PENDING);
        say(EVENT_READY);
        ck_assert_int_eq(state.phase, PHASE_RUNNING);
        ck_assert_uint_eq(state.deadline, USEC_INFINITY);
        ck_assert_int_eq(job_judge(JOB_START, 0, &state), JOB_DONE);
        say(EVENT_READY); /* php-fpm: for ever */
        ck_assert_uint_eq(state.n_ready, 1);
}
END_TEST

START_TEST(reloading_before_the_first_ready_is_still_starting) {
        spawn_of_type(SERVICE_TYPE_NOTIFY);
        say(EVENT_RELOADING);
        ck_assert_int_eq(state.phase, PHASE_STARTING);
        say(EVENT_READY);
        say(EVENT_RELOADING);
        ck_assert_int_eq(state.phase, PHASE_RELOADING);
        say(EVENT_READY);
        ck_assert_int_eq(state.phase, PHASE_RUNNING);
        ck_assert_uint_eq(state.n_ready, 1);
}
END_TEST

START_TEST(start_timeout_ends_the_attempt_as_a_failure) {
        spawn_of_type(SERVICE_TYPE_NOTIFY);
        timer_at_deadline();
        ck_assert(ordered(ACTION_SIGNAL_MAIN, SIGTERM));
        main_exits(EXIT_CODE, 0); /* clean, but too late */
        scope(EVENT_SCOPE_EMPTY);
        ck_assert_int_eq(state.result, RESULT_TIMEOUT);
        ck_assert_int_eq(state.phase, PHASE_BACKOFF);
        ck_assert_int_eq(job_judge(JOB_START, 0, &state), JOB_FAILED);
}
END_TEST

START_TEST(ending_before_ready_breaks_the_promise) {
        spawn_of_type(SERVICE_TYPE_NOTIFY);
        main_exits(EXIT_CODE, 0);
        scope(EVENT_SCOPE_EMPTY);
        ck_assert_int_eq(state.result, RESULT_PROTOCOL);
        ck_assert_int_eq(state.phase, PHASE_BACKOFF);
}
END_TEST

START_TEST(stop_while_starting_is_a_stop) {
        spawn_of_type(SERVICE_TYPE_NOTIFY);
        stop(STOP_NORMAL);
        ck_assert(ordered(ACTION_SIGNAL_MAIN, SIGTERM));
        say(EVENT_READY); /* too late */
        ck_assert_int_eq(state.phase, PHASE_STOPPING);
        main_exits(EXIT_CODE, 1);
        scope(EVENT_SCOPE_EMPTY);
        ck_assert_int_eq(state.phase, PHASE_STOPPED);
        ck_assert_int_eq(state.result, RESULT_SUCCESS);
}
END_TEST

START_TEST(oneshot_is_done_when_it_has_ended_well) {
        spawn_of_type(SERVICE_TYPE_ONESHOT);
        ck_assert_int_eq(job_judge(JOB_START, 0, &state), JOB_PENDING);
        main_exits(EXIT_CODE, 0);
        scope(EVENT_SCOPE_EMPTY);
        ck_assert_int_eq(state.phase, PHASE_EXITED);
        ck_assert_int_eq(job_judge(JOB_START, 0, &state), JOB_DONE);
}
END_TEST

START_TEST(oneshot_that_fails_fails_its_start) {
        config.restart = RESTART_NO;
        spawn_of_type(SERVICE_TYPE_ONESHOT);
        main_exits(EXIT_CODE, 1);
        scope(EVENT_SCOPE_EMPTY);
        ck_assert_int_eq(state.phase, PHASE_FAILED);
        ck_assert_int_eq(job_judge(JOB_START, 0, &state), JOB_FAILED);
}
END_TEST

START_TEST(extended_timeouts_count_from_now_and_never_shorten) {
        spawn_of_type(SERVICE_TYPE_NOTIFY);
        usec_t first = state.deadline;
        step((ServiceEvent){ .kind = EVENT_EXTEND_TIMEOUT, .span = USEC_PER_SEC });
        ck_assert_uint_eq(state.deadline, first);
        step((ServiceEvent){ .kind = EVENT_EXTEND_TIMEOUT, .span = 100 * USEC_PER_SEC });
        ck_assert_uint_eq(state.deadline, now + 100 * USEC_PER_SEC);
        say(EVENT_READY);
        stop(STOP_NORMAL);
        step((ServiceEvent){ .kind = EVENT_EXTEND_TIMEOUT, .span = 30 * USEC_PER_SEC }); /* mariadb */
        ck_assert_uint_eq(state.deadline, now + 30 * USEC_PER_SEC);
        ck_assert_uint_eq(state.stop_deadline, state.deadline);
}
END_TEST

START_TEST(missed_watchdog_is_aborted_and_restarted) {
        config.watchdog = 3 * USEC_PER_SEC;
        config.watchdog_signal = SIGABRT;
        spawn_of_type(SERVICE_TYPE_NOTIFY);
        say(EVENT_READY);
        now += 2 * USEC_PER_SEC;
        say(EVENT_WATCHDOG_PING);
        ck_assert_uint_eq(state.deadline, now + config.watchdog);
        timer_at_deadline();
        ck_assert(ordered(ACTION_SIGNAL_MAIN, SIGABRT));
        main_exits(EXIT_CORE_DUMP, SIGABRT);
        scope(EVENT_SCOPE_EMPTY);
        ck_assert_int_eq(state.result, RESULT_WATCHDOG);
        ck_assert_int_eq(state.phase, PHASE_BACKOFF);
}
END_TEST

START_TEST(watchdog_may_be_triggered_and_changed_by_the_service) {
        spawn_of_type(SERVICE_TYPE_NOTIFY);
        say(EVENT_READY);
        say(EVENT_WATCHDOG_PING); /* php-fpm: nobody asked */
        ck_assert_uint_eq(state.deadline, USEC_INFINITY);
        step((ServiceEvent){ .kind = EVENT_WATCHDOG_CHANGE, .span = USEC_PER_SEC });
        ck_assert_uint_eq(state.deadline, now + USEC_PER_SEC);
        config.watchdog_signal = SIGABRT;
        say(EVENT_WATCHDOG_TRIGGER);
        ck_assert(ordered(ACTION_SIGNAL_MAIN, SIGABRT));
}
END_TEST

START_TEST(a_service_that_announces_its_end_gets_stop_timeout) {
        spawn_of_type(SERVICE_TYPE_NOTIFY);
        say(EVENT_READY);
        say(EVENT_STOPPING);
        ck_assert_int_eq(state.phase, PHASE_STOPPING);
        ck_assert_uint_eq(actions.n, 0);
        ck_assert_uint_eq(state.deadline, now + config.stop_timeout);
        main_exits(EXIT_CODE, 3);
        scope(EVENT_SCOPE_EMPTY);
        ck_assert_int_eq(state.result, RESULT_EXIT_CODE); /* nobody had asked */
}
END_TEST

RUN_TESTS_WITH(setup, "service_state",
        failure_is_restarted_after_the_delay,
        clean_exit_is_final_under_on_failure,
        zero_delay_restarts_without_a_timer,
        leftovers_are_cleared_before_a_restart,
        mixed_signals_the_rest_when_the_main_process_has_ended,
        all_signals_the_whole_scope_at_once,
        process_leaves_the_rest_alone,
        process_kills_the_main_process_only,
        any_exit_after_our_stop_request_is_no_failure,
        stop_timeout_kills_and_says_so,
        kill_is_repeated_at_growing_distance_until_the_scope_is_empty,
        kill_signal_is_used_once_then_sigkill,
        graceful_stop_never_kills,
        a_later_stop_can_only_hurry,
        stop_wins_over_pending_restart,
        stop_wins_while_leftovers_are_cleared,
        start_during_stop_follows_the_stop,
        restart_stops_then_starts_without_delay_or_count,
        start_limit_gives_up_and_the_operator_clears_it,
        missing_program_is_tried_again_no_faster_than_once_a_second,
        missing_program_is_final_where_the_policy_says_no,
        lack_of_processes_is_tried_again_whatever_the_policy,
        min_uptime_forgets_the_backoff,
        frozen_and_continued_are_seen,
        reload_needs_a_running_service_and_a_signal,
        impossible_events_change_nothing,
        jobs_are_judged_by_the_state_alone,
        notify_service_is_up_when_it_says_so,
        reloading_before_the_first_ready_is_still_starting,
        start_timeout_ends_the_attempt_as_a_failure,
        ending_before_ready_breaks_the_promise,
        stop_while_starting_is_a_stop,
        oneshot_is_done_when_it_has_ended_well,
        oneshot_that_fails_fails_its_start,
        extended_timeouts_count_from_now_and_never_shorten,
        missed_watchdog_is_aborted_and_restarted,
        watchdog_may_be_triggered_and_changed_by_the_service,
        a_service_that_announces_its_end_gets_stop_timeout)
