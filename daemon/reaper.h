/* The one reaper: waits for every child, ours or adopted, and turns the end of a main process into an event. Nobody else in
 * supd may wait for a child, but spawn.c for one that never became its program. */
#pragma once

#include "daemon/manager.h"

/* SIGCHLD must be blocked already. */
int reaper_init(Manager *m);
