/* The control server: accepts peers on control.sock, judges them, and turns their calls into manager requests. It decides
 * nothing about services and holds no state of theirs. While nobody calls it holds no timer and wakes nobody. */
#pragma once

#include "daemon/manager.h"

/* Creates the socket (a stale one is replaced; the caller holds the lock of the runtime directory) and listens.
 * fd >= 0: use this listening socket instead (socket activation; taken over). -ENAMETOOLONG: the runtime directory's path does
 * not fit a socket address. */
int control_new(Manager *m, int fd, Control **ret);
Control *control_free(Control *c); /* unlinks the socket it created; accepts NULL */

/* The phase or note of a service changed: tell who subscribed. Cheap when nobody did. */
void control_service_changed(Control *c, const Service *s);
/* A state was entered or left: tell who follows the events. Cheap when nobody does. */
void control_tell_event(Control *c, const StateEvent *e);
/* A descriptor became free: try to accept again if that was given up. */
void control_resume_accept(Control *c);
/* After a reload: the socket goes to the control_group of the new configuration. Peers that are connected stay. */
void control_config_changed(Control *c);
