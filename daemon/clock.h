/* The wall clock, which is only ever shown; whatever is armed or measured is CLOCK_MONOTONIC, by sd_event_now(3). */
#pragma once

#include <time.h>

#include "conf/base/usec.h"

static inline usec_t realtime_now(void) {
        struct timespec ts = { 0 };
        (void) clock_gettime(CLOCK_REALTIME, &ts);
        return usec_from_timespec(&ts);
}
