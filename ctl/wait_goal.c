/* See wait_goal.h. */
#include "ctl/wait_goal.h"

static const char *const wait_goal_names[] = {
        [WAIT_RUNNING] = "running",
        [WAIT_STOPPED] = "stopped",
        [WAIT_COMPLETED] = "completed",
        [WAIT_FAILED] = "failed",
};
ENUM_TABLE(wait_goal, WaitGoal, wait_goal_names, _WAIT_GOAL_MAX);

WaitVerdict wait_judge(WaitGoal goal, const char *phase) {
        static const struct {
                const char *phase;
                WaitVerdict verdicts[_WAIT_GOAL_MAX];
        } table[] = {
                /*                running           stopped       completed         failed */
                { "running", { WAIT_REACHED, WAIT_PENDING, WAIT_PENDING, WAIT_PENDING } },
                { "reloading", { WAIT_REACHED, WAIT_PENDING, WAIT_PENDING, WAIT_PENDING } },
                { "stopped", { WAIT_UNREACHABLE, WAIT_REACHED, WAIT_UNREACHABLE, WAIT_UNREACHABLE } },
                { "exited", { WAIT_UNREACHABLE, WAIT_REACHED, WAIT_REACHED, WAIT_UNREACHABLE } },
                { "failed", { WAIT_UNREACHABLE, WAIT_REACHED, WAIT_UNREACHABLE, WAIT_REACHED } },
        };

        for (size_t i = 0; i < ARRAY_SIZE(table); i++)
                if (strcmp(table[i].phase, phase) == 0)
                        return table[i].verdicts[goal];
        return WAIT_PENDING;
}
