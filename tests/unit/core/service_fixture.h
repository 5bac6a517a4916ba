/* A ServiceConfig with plain values, for the tests of the core. */
#pragma once

#include "daemon/core/service_state.h"

static char *const fixture_command[] = { (char *) "/bin/true", NULL };

static inline ServiceConfig fixture_config(void) {
        return (ServiceConfig){
                .name = "web",
                .template_name = "web",
                .command = fixture_command,
                .umask = 022,
                .restart = RESTART_ON_FAILURE,
                .restart_delay = 100 * USEC_PER_MSEC,
                .restart_delay_max = 10 * USEC_PER_SEC,
                .restart_backoff = 2,
                .min_uptime = 5 * USEC_PER_SEC,
                .start_limit_interval = 10 * USEC_PER_SEC,
                .start_timeout = 30 * USEC_PER_SEC,
                .stop_timeout = 10 * USEC_PER_SEC,
                .stop_signal = SIGTERM,
                .kill_signal = SIGKILL,
                .kill_mode = KILL_MODE_MIXED,
        };
}
