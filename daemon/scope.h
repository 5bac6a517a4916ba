/* The scope of a service: every process that its main process has begotten, however it tried to get away.
 *
 * Two ways to know it, chosen once at start. "cgroup": a cgroup v2 directory per service, where one is writable; the kernel
 * keeps the account. "process": session and process group of the main process, descent, and the environment tag
 * SUPD_INVOCATION_ID. The second rests on one fact: we are the subreaper (or PID 1) of all that we start, so whatever belongs
 * to a service whose main process is gone hangs below a direct child of ours, and the last one to end is reaped by us.
 *
 * Owned by the Manager. Never decides when to signal. */
#pragma once

#include "daemon/manager.h"
#include "daemon/proc.h"

int scopes_new(CgroupMode mode, Scopes **ret);
Scopes *scopes_free(Scopes *scopes); /* removes its (empty) cgroups; accepts NULL */
const char *scopes_kind(const Scopes *scopes); /* "cgroup", "process" */

/* Before a spawn: *ret_fd is the directory of the cgroup to be born in, for the caller to close, or -1 where there is none. */
int scope_prepare(Scopes *scopes, Service *s, int *ret_fd);
/* After a spawn that could not be born into the cgroup. */
int scope_attach(Scopes *scopes, Service *s, pid_t pid);

/* Before the main process is asked to end: whoever descends from it now is known to belong, also when it has a session of its
 * own and no environment, once its parent is gone. */
void scope_note_kin(Scopes *scopes, Service *s);

/* After the main process was reaped: is anything left? Errors count as empty, for nothing could be done about it. */
bool scope_is_empty(Scopes *scopes, Service *s);
/* What scope_is_empty() concluded from the list of our children is stale: some of them have just been reaped. */
void scopes_invalidate(Scopes *scopes);

/* Sends signo to every process of the scope, again for those that appeared meanwhile. The number reached, or -errno. */
int scope_signal(Scopes *scopes, Service *s, int signo);

/* Calls back through manager_scope_changed() when the scope may have become empty by other ways than our reaping. */
void scope_watch(Scopes *scopes, Service *s);
void scope_unwatch(Service *s);

/* The service is forgotten or supd ends: its cgroup goes, if it is empty. */
void scope_release(Scopes *scopes, Service *s);

/* Processes of the scope, in no order. Heap array. */
int scope_list(Scopes *scopes, Service *s, ProcStat **ret, size_t *ret_n);
/* The service to whose scope the process belongs; NULL: none. */
Service *scope_find_service(Scopes *scopes, Manager *m, pid_t pid);
/* CPU time of the whole scope, dead members included, where the kernel keeps it; -ENODATA elsewhere. */
int scope_cpu_usage(Scopes *scopes, Service *s, usec_t *ret);
