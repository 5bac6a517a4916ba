/* The words for what was decided, by table: a state, and what is said about it. */
#include "daemon/core/decision.h"

#include <signal.h>
#include <stdlib.h>

#include "tests/unit/core/service_fixture.h"
#include "tests/unit/run_tests.h"

#define NOW (100 * USEC_PER_SEC)

typedef struct Row {
        RestartMode mode;
        ServiceState state;
        const char *words;
} Row;

static void assert_words(const ServiceConfig *c, const ServiceState *s, const char *words) {
        _cleanup_(freep) char *text = decision_explain(c, s, NOW);

        ck_assert_ptr_nonnull(text);
        ck_assert_str_eq(text, words);
}

static void assert_rows(const Row *rows, size_t n) {
        for (size_t i = 0; i < n; i++) {
                ServiceConfig c = fixture_config();
                c.restart = rows[i].mode;
                assert_words(&c, &rows[i].state, rows[i].words);
        }
}

#define ENDED(p, r, k, v) { .goal = GOAL_UP, .phase = (p), .result = (r), .last_exit = { (k), (v) }, .n_spawns = 1 }

START_TEST(the_policy_is_named_with_its_verdict) {
        static const Row rows[] = {
                { RESTART_ON_FAILURE, ENDED(PHASE_EXITED, RESULT_SUCCESS, EXIT_CODE, 0),
                        "restart = on-failure: exited with code 0 is a success, so it is not started again" },
                { RESTART_ON_SUCCESS, ENDED(PHASE_FAILED, RESULT_EXIT_CODE, EXIT_CODE, 3),
                        "restart = on-success: exited with code 3 is a failure, so it is not started again" },
                { RESTART_ON_ABNORMAL, ENDED(PHASE_FAILED, RESULT_EXIT_CODE, EXIT_CODE, 3),
                        "restart = on-abnormal: exited with code 3 is no abnormal end, so it is not started again" },
                { RESTART_NO, ENDED(PHASE_FAILED, RESULT_SIGNAL, EXIT_SIGNAL, SIGKILL),
                        "restart = no: killed by signal KILL, and it is not started again" },
                { RESTART_NO,
                        { .phase = PHASE_FAILED, .result = RESULT_SPAWN_FAILED, .spawn_error = ENOENT },
                        "restart = no: could not be started (No such file or directory), and it is not started again" },
        };
        assert_rows(rows, ARRAY_SIZE(rows));
}
END_TEST

START_TEST(lists_of_exit_statuses_are_named_where_they_decided) {
        ExitStatusSet seven = { .codes = { 1u << 7 } };
        ServiceConfig c = fixture_config();
        const ServiceState failed = ENDED(PHASE_FAILED, RESULT_EXIT_CODE, EXIT_CODE, 7);

        c.restart_prevent_exit_status = &seven;
        assert_words(&c, &failed, "restart_prevent_exit_status lists it: exited with code 7, so it is not started again");

        ServiceState again = failed;
        again.phase = PHASE_BACKOFF;
        again.deadline = NOW + USEC_PER_SEC;
        again.backoff.n_failures = 1;
        c = fixture_config();
        c.restart = RESTART_NO;
        c.restart_force_exit_status = &seven;
        assert_words(&c, &again,
                "restart_force_exit_status lists it: exited with code 7, so it is started again; next attempt in 1s: restart 1, "
                "backoff 1 x");
}
END_TEST

START_TEST(a_decision_older_than_the_configuration_is_not_explained_by_it) {
        static const Row rows[] = {
                { RESTART_ALWAYS, ENDED(PHASE_EXITED, RESULT_SUCCESS, EXIT_CODE, 0),
                        "exited with code 0, and it is not started again: so it was decided before the configuration was "
                        "changed" },
        };
        assert_rows(rows, ARRAY_SIZE(rows));
}
END_TEST

#define WAITS(error, n, restarts)                                                                                         \
        { .goal = GOAL_UP, .phase = PHASE_BACKOFF, .result = (error) ? RESULT_SPAWN_FAILED : RESULT_EXIT_CODE,           \
                .last_exit = { EXIT_CODE, 3 }, .spawn_error = (error), .backoff = { (n) }, .n_restarts = (restarts),     \
                .deadline = NOW + 1800 * USEC_PER_MSEC - 1 }

START_TEST(backoff_tells_the_next_attempt) {
        static const Row rows[] = {
                { RESTART_ON_FAILURE, WAITS(0, 2, 2),
                        "restart = on-failure: exited with code 3 is a failure, so it is started again; next attempt in 1.8s: "
                        "restart 3, backoff 2 x" },
                { RESTART_ALWAYS, WAITS(0, 4000000000, 9),
                        "restart = always: exited with code 3, and it is started again; next attempt in 1.8s: restart 10, "
                        "backoff at restart_delay_max 10s" },
                { RESTART_NO, WAITS(EAGAIN, 1, 0),
                        "could not be started (Resource temporarily unavailable): the machine is short of something, which is "
                        "no fault of the service, so it is started again; next attempt in 1.8s: restart 1, backoff 1 x" },
        };
        assert_rows(rows, ARRAY_SIZE(rows));

        /* no delay to be multiplied: no walk through four billion factors */
        ServiceConfig c = fixture_config();
        c.restart_delay = 0;
        assert_words(&c, &rows[1].state,
                "restart = on-failure: exited with code 3 is a failure, so it is started again; next attempt in 1.8s: restart "
                "10, backoff 1 x");
}
END_TEST

START_TEST(the_start_limit_names_the_way_out) {
        ServiceConfig c = fixture_config();
        const ServiceState s = ENDED(PHASE_FAILED, RESULT_START_LIMIT, EXIT_CODE, 3);

        c.start_limit_burst = 3;
        assert_words(&c, &s,
                "start_limit_burst 3 in 10s was reached (at last: exited with code 3); supctl start web tries again");
}
END_TEST

START_TEST(a_stop_wins_and_says_what_it_waits_for) {
        static const Row rows[] = {
                { RESTART_ALWAYS, { .phase = PHASE_STOPPED },
                        "it has never been started (autostart = no); supctl start web does" },
                { RESTART_ALWAYS, { .phase = PHASE_STOPPED, .n_spawns = 1 },
                        "a stop was requested, and a stop wins over every policy: nothing but a request starts it again" },
                { RESTART_ALWAYS, { .phase = PHASE_STOPPED, .n_spawns = 1, .result = RESULT_TIMEOUT },
                        "a stop was requested and it did not end within stop_timeout 10s, so it was killed; nothing but a "
                        "request starts it again" },
                { RESTART_ALWAYS, { .phase = PHASE_STOPPING, .stop_requested = true, .stop_deadline = NOW + 8 * USEC_PER_SEC },
                        "a stop was requested; SIGKILL follows in 8s" },
                { RESTART_ALWAYS, { .phase = PHASE_STOPPING, .stop_requested = true, .stop_deadline = USEC_INFINITY },
                        "a stop was requested; it has all the time it needs" },
                { RESTART_ALWAYS,
                        { .phase = PHASE_STOPPING, .stop_requested = true, .start_again = true, .stop_step = STOP_STEP_KILL,
                                .n_kills = 2 },
                        "a new start was requested, once nothing of this run is left; it is being killed, attempt 2" },
                { RESTART_ALWAYS,
                        { .phase = PHASE_STOPPING, .last_exit = { EXIT_SIGNAL, SIGSEGV },
                                .stop_deadline = NOW + 500 * USEC_PER_MSEC },
                        "the main process ended (killed by signal SEGV); what it left behind is cleared before the policy decides; "
                        "SIGKILL follows in 500ms" },
        };
        assert_rows(rows, ARRAY_SIZE(rows));
}
END_TEST

START_TEST(what_runs_has_its_prospects) {
        static const Row rows[] = {
                { RESTART_ON_FAILURE, { .phase = PHASE_RUNNING, .goal = GOAL_UP, .main_alive = true },
                        "it is wanted up; restart = on-failure: it is started again when it fails" },
                { RESTART_NO, { .phase = PHASE_RUNNING, .goal = GOAL_UP, .main_alive = true, .main_frozen = true },
                        "its main process is stopped by a signal; SIGCONT continues it" },
                { RESTART_NO, { .phase = PHASE_STARTING, .goal = GOAL_UP }, "it is being started" },
        };
        assert_rows(rows, ARRAY_SIZE(rows));
}
END_TEST

RUN_TESTS("decision", the_policy_is_named_with_its_verdict, lists_of_exit_statuses_are_named_where_they_decided,
        a_decision_older_than_the_configuration_is_not_explained_by_it, backoff_tells_the_next_attempt,
        the_start_limit_names_the_way_out, a_stop_wins_and_says_what_it_waits_for, what_runs_has_its_prospects)
