/* What `wait` waits for, judged from the phase of a service. Pure. */
#pragma once

#include "conf/base/enum_table.h"

typedef enum WaitGoal {
        WAIT_RUNNING,
        WAIT_STOPPED,   /* at rest, however it came there */
        WAIT_COMPLETED, /* ended cleanly, by itself */
        WAIT_FAILED,
        _WAIT_GOAL_MAX,
} WaitGoal;
ENUM_TABLE_DECLARE(wait_goal, WaitGoal); /* the names of the options */

typedef enum WaitVerdict {
        WAIT_PENDING,
        WAIT_REACHED,
        WAIT_UNREACHABLE, /* at rest elsewhere: supd will not take it there by itself */
} WaitVerdict;

/* A phase that is not known, of a newer supd, is pending. */
WaitVerdict wait_judge(WaitGoal goal, const char *phase);
