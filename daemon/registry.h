/* Adding and removing services: for manager.c, which owns the tables, and reload.c, which changes them. */
#pragma once

#include "daemon/manager.h"

/* At the end of the order. ret may be NULL. -ENOMEM. */
int manager_add_service(Manager *m, const ServiceConfig *config, Service **ret);
/* Frees it; never from inside a dispatch of the same service. */
void manager_remove_service(Manager *m, Service *s);
