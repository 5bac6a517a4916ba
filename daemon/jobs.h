/* Requests that somebody waits for. A job holds no state of its service: job_judge() reads it off, whenever something has
 * happened, from a deferred event source. */
#pragma once

#include "daemon/manager.h"

/* Concludes all jobs whose outcome is known. */
void jobs_settle(Manager *m);
/* The service is about to be freed: its jobs end with what its last state says. */
void jobs_orphan(Service *s);
