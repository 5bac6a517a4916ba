/* What scope.c shares with the two ways of knowing a scope, and nobody else. */
#pragma once

#include "daemon/proc.h"
#include "daemon/scope.h"

struct Scopes {
        /* "cgroup" */
        int cgroup_fd;    /* our own subtree, in which each service has a directory; -1: the way is "process" */
        char *cgroup_path; /* absolute, of the same */

        /* "process" */
        pid_t *adopted;   /* our direct children that are no main process, as of the last look */
        size_t n_adopted;
        bool adopted_valid; /* until scopes_invalidate(), and within one turn of the loop */
        uint64_t adopted_turn;
        int children_fd;  /* our children file, kept open; -1: the kernel has none, walk /proc */
};

int cgroup_prepare(Scopes *scopes, Service *s, int *ret_fd);
int cgroup_attach(Scopes *scopes, Service *s, pid_t pid);
bool cgroup_is_empty(Scopes *scopes, Service *s);
int cgroup_list_pids(Scopes *scopes, Service *s, pid_t **ret, size_t *ret_n);
int cgroup_kill(Scopes *scopes, Service *s); /* -ENOENT: the kernel has no cgroup.kill (before 5.14) */
int cgroup_cpu_usage(Scopes *scopes, Service *s, usec_t *ret);
Service *cgroup_find_service(Scopes *scopes, Manager *m, pid_t pid);
void cgroup_watch(Scopes *scopes, Service *s);
void cgroup_release(Scopes *scopes, Service *s);

void process_scope_note_kin(Service *s);
bool process_scope_is_empty(Scopes *scopes, Service *s);
Service *process_scope_find_service(Manager *m, pid_t pid);
int process_scope_list(Scopes *scopes, Service *s, ProcStat **ret, size_t *ret_n);
