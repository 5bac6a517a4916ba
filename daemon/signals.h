/* What each signal to supd means. Every catchable one has a decided answer, so that supd does the same as PID 1, where the
 * kernel drops signals that have no handler, and elsewhere, where the default of most is to end the process. */
#pragma once

#include "daemon/manager.h"

/* Blocks them all and reads them in the loop; SIGCHLD is the reaper's, and blocked here too. */
int signals_init(Manager *m);
