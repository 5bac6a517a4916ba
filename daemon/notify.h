/* The notify socket: one datagram socket for all services (RUNTIME_DIR/notify.sock), on which they speak sd_notify(3). Maps each
 * sender to its service and turns what it says into events. */
#pragma once

#include "daemon/manager.h"

typedef struct Notify Notify;

int notify_new(Manager *m, Notify **ret);
Notify *notify_free(Notify *n); /* unlinks the socket; accepts NULL */

/* The value of NOTIFY_SOCKET. */
const char *notify_path(const Notify *n);
