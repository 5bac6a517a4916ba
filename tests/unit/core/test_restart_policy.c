/* Policy, backoff and start limit. */
#include "daemon/core/restart_policy.h"
#include "tests/unit/core/service_fixture.h"
#include "tests/unit/run_tests.h"

#define NO_JITTER 0

START_TEST(policies_by_table) {
        /*                 no always success failure abnormal */
        static const struct {
                ServiceResult result;
                bool wants[_RESTART_MODE_MAX];
        } table[] = {
                { RESULT_SUCCESS, { false, true, true, false, false } },
                { RESULT_EXIT_CODE, { false, true, false, true, false } },
                { RESULT_SIGNAL, { false, true, false, true, true } },
                { RESULT_CORE_DUMP, { false, true, false, true, true } },
                { RESULT_TIMEOUT, { false, true, false, true, true } },
                { RESULT_WATCHDOG, { false, true, false, true, true } },
                { RESULT_PROTOCOL, { false, true, false, true, false } },
                { RESULT_SPAWN_FAILED, { false, true, false, true, false } },
        };
        ServiceConfig c = fixture_config();
        for (size_t i = 0; i < ARRAY_SIZE(table); i++)
                for (int mode = 0; mode < _RESTART_MODE_MAX; mode++) {
                        c.restart = (RestartMode) mode;
                        ck_assert_msg(restart_policy_wants(&c, table[i].result, (ExitStatus){ 0 }) == table[i].wants[mode],
                                "result %d, mode %d", table[i].result, mode);
                }
}
END_TEST

START_TEST(prevent_and_force_override_the_mode) {
        ExitStatusSet prevent = { .codes = { 1u << 7 } }, force = { .signals = { 1ull << SIGUSR1 } };
        ServiceConfig c = fixture_config();
        c.restart_prevent_exit_status = &prevent;
        c.restart_force_exit_status = &force;
        c.restart = RESTART_ALWAYS;
        ck_assert(!restart_policy_wants(&c, RESULT_EXIT_CODE, (ExitStatus){ EXIT_CODE, 7 }));
        ck_assert(restart_policy_wants(&c, RESULT_EXIT_CODE, (ExitStatus){ EXIT_CODE, 8 }));
        c.restart = RESTART_NO;
        ck_assert(restart_policy_wants(&c, RESULT_SIGNAL, (ExitStatus){ EXIT_SIGNAL, SIGUSR1 }));
        ck_assert(!restart_policy_wants(&c, RESULT_SIGNAL, (ExitStatus){ EXIT_SIGNAL, SIGUSR2 }));
}
END_TEST

START_TEST(backoff_grows_by_the_factor_up_to_the_cap) {
        ServiceConfig c = fixture_config();
        Backoff b = { 0 };
        usec_t expected = c.restart_delay;
        for (b.n_failures = 0; b.n_failures < 40; b.n_failures++) {
                ck_assert_uint_eq(backoff_delay(&c, &b, 12345), expected);
                expected = MIN(expected * 2, c.restart_delay_max);
        }
}
END_TEST

START_TEST(backoff_survives_extremes) {
        ServiceConfig c = fixture_config();
        Backoff b = { .n_failures = UINT32_MAX };
        c.restart_delay = 0;
        ck_assert_uint_eq(backoff_delay(&c, &b, 1), 0);
        c.restart_delay = USEC_PER_SEC;
        c.restart_backoff = 1;
        ck_assert_uint_eq(backoff_delay(&c, &b, 1), USEC_PER_SEC);
        c.restart_backoff = 1e9;
        ck_assert_uint_eq(backoff_delay(&c, &b, 1), c.restart_delay_max);
}
END_TEST

START_TEST(jitter_stays_within_its_reach_and_uses_all_of_it) {
        ServiceConfig c = fixture_config();
        Backoff b = { 0 };
        c.restart_delay = c.restart_delay_max = 1000;
        c.restart_jitter = 25;
        ck_assert_uint_eq(backoff_delay(&c, &b, 0), 750);
        ck_assert_uint_eq(backoff_delay(&c, &b, UINT32_MAX), 1250);
        for (uint32_t r = 1; r < 4000000000u; r += 98765432u) {
                usec_t d = backoff_delay(&c, &b, r);
                ck_assert(d >= 750 && d <= 1250);
        }
}
END_TEST

START_TEST(start_limit_counts_per_window) {
        ServiceConfig c = fixture_config();
        StartLimit l = { 0 };
        usec_t now = USEC_PER_SEC;
        c.start_limit_burst = 2;
        ck_assert(start_limit_admit(&c, &l, now));
        ck_assert(start_limit_admit(&c, &l, now + 1));
        ck_assert(!start_limit_admit(&c, &l, now + 2));
        ck_assert(!start_limit_admit(&c, &l, now + c.start_limit_interval - 1));
        ck_assert(start_limit_admit(&c, &l, now + c.start_limit_interval));
}
END_TEST

START_TEST(burst_zero_is_no_limit) {
        ServiceConfig c = fixture_config();
        StartLimit l = { 0 };
        for (int i = 0; i < 1000; i++)
                ck_assert(start_limit_admit(&c, &l, 1));
}
END_TEST

RUN_TESTS("restart_policy", policies_by_table, prevent_and_force_override_the_mode,
        backoff_grows_by_the_factor_up_to_the_cap, backoff_survives_extremes,
        jitter_stays_within_its_reach_and_uses_all_of_it, start_limit_counts_per_window, burst_zero_is_no_limit)
