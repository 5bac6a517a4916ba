/* What is said about a service in supd's own log: one place, so that each fact is said once and in the same words, and a
 * service that crashes ten thousand times a second cannot fill a disk. */
#pragma once

#include "daemon/manager.h"

/* Compares the state before and after a step and says what happened in between. */
void report_step(Service *s, const ServiceState *before);
void report_request(const Service *s, const char *verb, const Requester *who);
/* What is still alive after SIGKILL, by pid and command. */
void report_survivors(Service *s);

/* One short line about the state a service is in: "killed by signal KILL", "restarts in 200ms: exited with code 1". "" when
 * there is nothing to add. Heap; NULL: out of memory. */
char *report_note(const Service *s, usec_t now);
