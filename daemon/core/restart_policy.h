/* Whether to start a service again, and after which delay. Pure: time and randomness come in as arguments. */
#pragma once

#include "daemon/core/exit_status.h"

/* Delay before the next attempt, honest: it is what status shows, and nothing shortens it but the operator. */
typedef struct Backoff {
        unsigned n_failures; /* automatic restarts since the service last ran for min_uptime */
} Backoff;

/* At most start_limit_burst automatic starts in each start_limit_interval; the first one opens the window. */
typedef struct StartLimit {
        usec_t window_start;
        unsigned n_starts;
} StartLimit;

/* A program that cannot be executed is tried again no faster than this, whatever restart_delay says. */
#define SPAWN_FAILURE_DELAY_MIN USEC_PER_SEC

/* An end that no exit code tells of: a signal, a core dump, a time-out, a watchdog. */
bool service_result_is_abnormal(ServiceResult result);
bool restart_policy_wants(const ServiceConfig *c, ServiceResult result, ExitStatus status);

/* The delay before attempt number n_failures + 1; random is any uniformly distributed value, used for the jitter. */
usec_t backoff_delay(const ServiceConfig *c, const Backoff *b, uint32_t random);

/* Counts an automatic start at now. False: the limit is reached and this start must not happen. */
bool start_limit_admit(const ServiceConfig *c, StartLimit *l, usec_t now);
