/* Starts processes: carries out a SpawnPlan, vfork-style, so that the cost does not grow with the daemon's memory or its
 * number of descriptors. The only place in supd that creates a process for a service.
 *
 * The child shares our memory until it executes its program, so it reports a failure by writing {step, errno} into it, and
 * between clone and execve only raw system calls happen (signal-safety(7)). */
#pragma once

#include "daemon/core/spawn_plan.h"

/* Once per process, early: reserves the low descriptors that the child's stdio is staged in (3, 4, 5) and the child's stack.
 * -errno. */
int spawn_setup(void);

typedef struct SpawnTarget {
        int stdin_fd, stdout_fd, stderr_fd; /* borrowed; -1: /dev/null */
        int cgroup_fd;                      /* directory of the cgroup to be born in, borrowed; -1: none */
} SpawnTarget;

typedef struct SpawnOutcome {
        pid_t pid;
        int pidfd;          /* -1: the kernel gave none */
        bool in_cgroup;     /* born in target->cgroup_fd; else the caller has to move it there */
        bool failed_in_child; /* error came from plan->steps[failed_step], not from clone */
        size_t failed_step;
} SpawnOutcome;

/* 0: the program runs. -errno: it does not; where a child got as far as to fail, it has been reaped. */
int spawn_execute(const SpawnPlan *plan, const SpawnTarget *target, SpawnOutcome *ret);

/* Executes the plan in the calling process; for the child of spawn_execute() only. Writes the step and the errno before
 * _exit(127). */
typedef struct SpawnChild {
        const SpawnPlan *plan;
        bool own_files; /* the descriptor table is already our own: no close_range(CLOSE_RANGE_UNSHARE) */
        volatile size_t step;
        volatile int error;
} SpawnChild;

void spawn_child_run(void *child) __attribute__((noreturn));

/* The first of three descriptors that are always open in supd: /dev/null, or what is staged for the next child. */
#define SPAWN_STAGE_FD 3
