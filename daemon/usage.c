/* What is going on inside a scope, for status: processes as a tree, memory, CPU time. Read from /proc when asked. */
#include <stdlib.h>
#include <string.h>

#include "daemon/manager.h"
#include "daemon/scope.h"

static bool has_parent_in(const ProcStat *p, const ProcStat *list, size_t n) {
        for (size_t i = 0; i < n; i++)
                if (list[i].pid == p->ppid)
                        return true;
        return false;
}

static void append_process(ScopeUsage *u, const ProcStat *p) {
        char *command = NULL;
        if (proc_read_command(p->pid, &command) < 0)
                command = strdup(p->comm); /* gone since the list was made */
        u->processes[u->n_processes++] =
                (ScopeProcess){ .pid = p->pid, .ppid = p->ppid, .state = p->state, .command = command };
}

static void append_children(ScopeUsage *u, pid_t parent, const ProcStat *list, size_t n, unsigned depth) {
        for (size_t i = 0; i < n && depth > 0; i++)
                if (list[i].ppid == parent) {
                        append_process(u, &list[i]);
                        append_children(u, list[i].pid, list, n, depth - 1);
                }
}

int manager_scope_usage(Manager *m, Service *s, ScopeUsage *ret) {
        _cleanup_(freep) ProcStat *list = NULL;
        ScopeUsage u = { 0 };
        size_t n;

        int r = scope_list(m->scopes, s, &list, &n);
        if (r < 0)
                return r;
        u.processes = calloc(n + 1, sizeof *u.processes);
        if (!u.processes)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                u.memory_bytes += list[i].resident_bytes;
                u.cpu_usec += list[i].cpu_usec;
                if (has_parent_in(&list[i], list, n))
                        continue;
                append_process(&u, &list[i]);
                append_children(&u, list[i].pid, list, n, 64);
        }
        usec_t cpu;
        if (scope_cpu_usage(m->scopes, s, &cpu) >= 0)
                u.cpu_usec = cpu;
        *ret = u;
        return 0;
}

void scope_usage_done(ScopeUsage *u) {
        for (size_t i = 0; i < u->n_processes; i++)
                free(u->processes[i].command);
        free(u->processes);
        *u = (ScopeUsage){ 0 };
}
