/* Which phase is the end of which wait. */
#include "ctl/wait_goal.h"

#include "daemon/core/service_state.h"
#include "tests/unit/run_tests.h"

/* '.' pending, '+' reached, '!' unreachable; in the order of the goals: running, stopped, completed, failed. */
static const char *const expected[_SERVICE_PHASE_MAX] = {
        [PHASE_STOPPED] = "!+!!",
        [PHASE_STARTING] = "....",
        [PHASE_RUNNING] = "+...",
        [PHASE_RELOADING] = "+...",
        [PHASE_STOPPING] = "....",
        [PHASE_BACKOFF] = "....",
        [PHASE_EXITED] = "!++!",
        [PHASE_FAILED] = "!+!+",
};

START_TEST(every_phase_is_judged_for_every_goal) {
        for (int phase = 0; phase < _SERVICE_PHASE_MAX; phase++)
                for (int goal = 0; goal < _WAIT_GOAL_MAX; goal++) {
                        const char *name = service_phase_to_string((ServicePhase) phase);
                        ck_assert_msg(".+!"[wait_judge((WaitGoal) goal, name)] == expected[phase][goal], "%s, %s", name,
                                wait_goal_to_string((WaitGoal) goal));
                }
}
END_TEST

START_TEST(an_unknown_phase_is_waited_out) {
        for (int goal = 0; goal < _WAIT_GOAL_MAX; goal++)
                ck_assert_int_eq(wait_judge((WaitGoal) goal, "hibernating"), WAIT_PENDING);
}
END_TEST

RUN_TESTS("wait_goal", every_phase_is_judged_for_every_goal, an_unknown_phase_is_waited_out)
