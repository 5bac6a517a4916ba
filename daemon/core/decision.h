/* Why a service is where it is: what the state machine decided last and what would change that, in words. Pure; the words
 * follow from configuration and state alone, nothing is remembered for them. */
#pragma once

#include "daemon/core/service_state.h"

/* One line, without a newline: "restart = on-failure: exited with code 0 is a success, so it is not started again". Heap; NULL:
 * out of memory. */
char *decision_explain(const ServiceConfig *c, const ServiceState *s, usec_t now);

/* Why the last run or attempt ended: "exited with code 3", "its watchdog ran out, dumped core on signal ABRT", "could not be
 * started (No such file or directory)". Returns buf. */
#define DECISION_ENDING_MAX 256
char *decision_format_ending(const ServiceState *s, char *buf);
