/* The only place that carries out what service_step() decides. Every change of a service's state goes through here. */
#pragma once

#include "daemon/manager.h"

/* One event, and everything that follows from it at once (a spawn's answer, say). What service_step() returned for it. */
int service_dispatch(Service *s, const ServiceEvent *event);
