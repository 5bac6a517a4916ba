/* The clocks: one to wait by, one to show. */
#pragma once

#include <time.h>

#include "conf/base/usec.h"

static inline usec_t clock_read(clockid_t id) {
        struct timespec ts;

        (void) clock_gettime(id, &ts);
        return usec_from_timespec(&ts);
}

static inline usec_t now_monotonic(void) {
        return clock_read(CLOCK_MONOTONIC);
}

static inline usec_t now_realtime(void) {
        return clock_read(CLOCK_REALTIME);
}
