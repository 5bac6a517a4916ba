/* The face of both ways of knowing a scope, and what they have in common: signalling many processes without hitting a stranger
 * whose pid was reused. */
#include "daemon/scope.h"

#include <fcntl.h>
#include <string.h>

#include "daemon/cgroup_tree.h"
#include "daemon/log.h"
#include "daemon/pidfd.h"
#include "daemon/scope_internal.h"

/* New processes may be born while a list is worked off; this many passes, then the next kill round has to do. */
#define SIGNAL_PASSES_MAX 16

static bool by_cgroup(const Scopes *scopes) {
        return scopes->cgroup_fd >= 0;
}

int scopes_new(CgroupMode mode, Scopes **ret) {
        Scopes *scopes = calloc(1, sizeof *scopes);
        if (!scopes)
                return -ENOMEM;
        scopes->cgroup_fd = scopes->children_fd = -1;
        if (mode == CGROUP_MODE_AUTO) {
                int r = cgroup_tree_open(&scopes->cgroup_fd, &scopes->cgroup_path);
                if (r < 0)
                        log_debug("no writable cgroup v2 (%s): scopes are found by process", strerror(-r));
        }
        if (!by_cgroup(scopes))
                scopes->children_fd = proc_open_own_children();
        *ret = scopes;
        return 0;
}

/* What kill_mode = process left alone lives on in there, and keeps it. */
static void remove_own_cgroup(Scopes *scopes) {
        int r = cgroup_tree_remove(AT_FDCWD, scopes->cgroup_path);
        if (r < 0 && r != -EBUSY)
                log_warning("cannot remove cgroup %s: %s", scopes->cgroup_path, strerror(-r));
}

Scopes *scopes_free(Scopes *scopes) {
        if (!scopes)
                return NULL;
        if (scopes->cgroup_fd >= 0)
                remove_own_cgroup(scopes);
        fd_close(scopes->cgroup_fd);
        fd_close(scopes->children_fd);
        free(scopes->cgroup_path);
        free(scopes->adopted);
        free(scopes);
        return NULL;
}

const char *scopes_kind(const Scopes *scopes) {
        return by_cgroup(scopes) ? "cgroup" : "process";
}

int scope_prepare(Scopes *scopes, Service *s, int *ret_fd) {
        *ret_fd = -1;
        return by_cgroup(scopes) ? cgroup_prepare(scopes, s, ret_fd) : 0;
}

int scope_attach(Scopes *scopes, Service *s, pid_t pid) {
        return by_cgroup(scopes) ? cgroup_attach(scopes, s, pid) : 0;
}

bool scope_is_empty(Scopes *scopes, Service *s) {
        return by_cgroup(scopes) ? cgroup_is_empty(scopes, s) : process_scope_is_empty(scopes, s);
}

void scope_note_kin(Scopes *scopes, Service *s) {
        if (!by_cgroup(scopes))
                process_scope_note_kin(s);
}

void scopes_invalidate(Scopes *scopes) {
        scopes->adopted_valid = false;
}

void scope_watch(Scopes *scopes, Service *s) {
        if (by_cgroup(scopes))
                cgroup_watch(scopes, s);
}

void scope_unwatch(Service *s) {
        s->scope_source = sd_event_source_disable_unref(s->scope_source);
}

void scope_release(Scopes *scopes, Service *s) {
        scope_unwatch(s);
        if (by_cgroup(scopes))
                cgroup_release(scopes, s);
}

static int cgroup_scope_list(Scopes *scopes, Service *s, ProcStat **ret, size_t *ret_n) {
        _cleanup_(freep) pid_t *pids = NULL;
        size_t n_pids, n = 0;

        int r = cgroup_list_pids(scopes, s, &pids, &n_pids);
        if (r < 0)
                return r;
        ProcStat *list = calloc(n_pids + 1, sizeof *list);
        if (!list)
                return -ENOMEM;
        for (size_t i = 0; i < n_pids; i++)
                if (proc_read_stat(pids[i], &list[n]) >= 0 && list[n].state != 'Z')
                        n++;
        *ret = list;
        *ret_n = n;
        return 0;
}

int scope_list(Scopes *scopes, Service *s, ProcStat **ret, size_t *ret_n) {
        return by_cgroup(scopes) ? cgroup_scope_list(scopes, s, ret, ret_n) : process_scope_list(scopes, s, ret, ret_n);
}

Service *scope_find_service(Scopes *scopes, Manager *m, pid_t pid) {
        return by_cgroup(scopes) ? cgroup_find_service(scopes, m, pid) : process_scope_find_service(m, pid);
}

int scope_cpu_usage(Scopes *scopes, Service *s, usec_t *ret) {
        return by_cgroup(scopes) && s->has_cgroup ? cgroup_cpu_usage(scopes, s, ret) : -ENODATA;
}

/* --- signalling --- */

typedef struct Target {
        pid_t pid;
        uint64_t start_ticks;
} Target;

typedef struct TargetSet {
        Target *items;
        size_t n;
} TargetSet;

static bool target_set_has(const TargetSet *set, const ProcStat *p) {
        for (size_t i = 0; i < set->n; i++)
                if (set->items[i].pid == p->pid && set->items[i].start_ticks == p->start_ticks)
                        return true;
        return false;
}

static int target_set_add(TargetSet *set, const ProcStat *p) {
        Target *grown = realloc(set->items, (set->n + 1) * sizeof *grown);
        if (!grown)
                return -ENOMEM;
        set->items = grown;
        set->items[set->n++] = (Target){ .pid = p->pid, .start_ticks = p->start_ticks };
        return 0;
}

/* The pidfd is opened first and the start time read after it: if they agree with the list, the pidfd is the process of the
 * list, and no later reuse of the number can redirect the signal. */
static int signal_one(const ProcStat *p, int signo) {
        _cleanup_(fd_closep) int fd = pidfd_get(p->pid);
        ProcStat now;

        if (fd == -ESRCH)
                return -ESRCH;
        int r = proc_read_stat(p->pid, &now);
        if (r < 0)
                return r;
        return now.start_ticks == p->start_ticks ? process_send_signal(fd, p->pid, signo) : -ESRCH;
}

static int signal_pass(Scopes *scopes, Service *s, int signo, TargetSet *done) {
        _cleanup_(freep) ProcStat *list = NULL;
        size_t n;
        int reached = 0;

        int r = scope_list(scopes, s, &list, &n);
        if (r < 0)
                return r;
        for (size_t i = 0; i < n; i++) {
                if (target_set_has(done, &list[i]))
                        continue;
                r = target_set_add(done, &list[i]);
                if (r < 0)
                        return r;
                r = signal_one(&list[i], signo);
                if (r < 0 && r != -ESRCH)
                        log_warning("%s: cannot signal pid %d (%s): %s", s->config->name, list[i].pid, list[i].comm,
                                strerror(-r));
                reached++;
        }
        return reached;
}

int scope_signal(Scopes *scopes, Service *s, int signo) {
        TargetSet done = { 0 };
        int r, reached = 0;

        if (signo == SIGKILL && by_cgroup(scopes) && s->has_cgroup && cgroup_kill(scopes, s) >= 0)
                return 1;
        for (int pass = 0; pass < SIGNAL_PASSES_MAX; pass++) {
                if (signo == SIGKILL || pass > 1) /* somebody may be running away: do not work from an old list */
                        scopes_invalidate(scopes);
                r = signal_pass(scopes, s, signo, &done);
                if (r <= 0)
                        break;
                reached += r;
        }
        free(done.items);
        return r < 0 ? r : reached;
}
