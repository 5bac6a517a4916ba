/* Scopes without cgroups. What belongs to a service is found from the outside in: each of our direct children either is the
 * main process of a service or was adopted when its parent ended; an adopted one is attributed by a mark of its run; and
 * whatever descends from an attributed process belongs with it.
 *
 * The marks: session and process group; the environment tag SUPD_INVOCATION_ID; having been seen below the main process when
 * that was asked to end; and holding the service's log pipe as stdout or stderr. A process that shed all of these (own
 * session, cleared environment, closed output) and whose parents all ended before anybody looked cannot be attributed: it is
 * adopted and reaped, but of no scope. Only a cgroup holds such a one. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/log_stream.h"
#include "daemon/scope_internal.h"

/* Descendants noted per service; beyond it the other marks have to do. */
#define KIN_MAX 4096

static bool has_session(const Service *s, const ProcStat *p) {
        return s->session != 0 && (p->session == s->session || p->pgrp == s->session);
}

static bool is_invocation(const Service *s, const char *id) {
        char own[2 * sizeof s->invocation_id + 1];
        for (size_t i = 0; i < sizeof s->invocation_id; i++)
                sprintf(own + 2 * i, "%02x", s->invocation_id[i]);
        return strcmp(own, id) == 0;
}

static bool has_tag(const Service *s, const ProcStat *p) {
        _cleanup_(freep) char *id = NULL;
        return proc_read_environment(p->pid, "SUPD_INVOCATION_ID", &id) >= 0 && is_invocation(s, id);
}

static bool is_kin(const Service *s, const ProcStat *p) {
        for (size_t i = 0; i < s->n_kin; i++)
                if (s->kin[i].pid == p->pid && s->kin[i].start_ticks == p->start_ticks)
                        return true;
        return false;
}

static bool holds_stream(const LogStream *stream, const ProcStat *p) {
        struct stat st;
        if (!stream || fstat(log_stream_fd(stream), &st) < 0)
                return false;
        return proc_fd_is_pipe(p->pid, STDOUT_FILENO, st.st_ino) || proc_fd_is_pipe(p->pid, STDERR_FILENO, st.st_ino);
}

/* Whether an adopted process was born in the current run of the service. The cheap marks first. */
static bool belongs_by_mark(const Service *s, const ProcStat *p) {
        return has_session(s, p) || is_kin(s, p) || has_tag(s, p) || holds_stream(s->stdout_stream, p) ||
                holds_stream(s->stderr_stream, p);
}

/* --- noting descendants --- */

static int note_one(Service *s, const ProcStat *p) {
        if (s->n_kin >= KIN_MAX)
                return -ENOSPC;
        Kin *grown = realloc(s->kin, (s->n_kin + 1) * sizeof *grown);
        if (!grown)
                return -ENOMEM;
        s->kin = grown;
        s->kin[s->n_kin++] = (Kin){ .pid = p->pid, .start_ticks = p->start_ticks };
        return 0;
}

static void note_below(Service *s, pid_t pid, unsigned depth) {
        _cleanup_(freep) pid_t *children = NULL;
        size_t n = 0;

        if (depth == 0 || proc_list_children(pid, &children, &n) < 0)
                return;
        for (size_t i = 0; i < n; i++) {
                ProcStat p;
                if (proc_read_stat(children[i], &p) >= 0 && !has_session(s, &p) && note_one(s, &p) < 0)
                        return;
                note_below(s, children[i], depth - 1);
        }
}

void process_scope_note_kin(Service *s) {
        s->n_kin = 0;
        if (s->main.pid != 0)
                note_below(s, s->main.pid, 64);
}

static bool is_main_process(Manager *m, pid_t pid) {
        return manager_find_by_pid(m, pid) != NULL;
}

/* --- is anything left? --- */

/* Kernels without the children file: the same list from a walk of /proc. */
static int children_from_walk(pid_t **ret, size_t *ret_n) {
        _cleanup_(freep) ProcStat *all = NULL;
        size_t n, n_children = 0;
        pid_t self = getpid();

        int r = proc_list(&all, &n);
        if (r < 0)
                return r;
        pid_t *pids = malloc((n + 1) * sizeof *pids);
        if (!pids)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++)
                if (all[i].ppid == self)
                        pids[n_children++] = all[i].pid;
        *ret = pids;
        *ret_n = n_children;
        return 0;
}

static int children_load(Scopes *scopes, pid_t **ret, size_t *ret_n) {
        return scopes->children_fd >= 0 ? proc_read_children(scopes->children_fd, ret, ret_n) :
                                          children_from_walk(ret, ret_n);
}

/* Once per batch of the reaper, not once per service: a thousand services that end together share one list. */
static int adopted_load(Scopes *scopes, Manager *m) {
        if (scopes->adopted_valid)
                return 0;
        free(scopes->adopted);
        scopes->adopted = NULL;
        scopes->n_adopted = 0;

        int r = children_load(scopes, &scopes->adopted, &scopes->n_adopted);
        if (r < 0)
                return r;
        size_t n = 0;
        for (size_t i = 0; i < scopes->n_adopted; i++)
                if (!is_main_process(m, scopes->adopted[i]))
                        scopes->adopted[n++] = scopes->adopted[i];
        scopes->n_adopted = n;
        scopes->adopted_valid = true;
        return 0;
}

/* Once the main process is gone, an adopted child is the only root that a leftover can hang from. Most services never leave
 * one, so this is a look at an empty list. */
bool process_scope_is_empty(Scopes *scopes, Service *s) {
        if (adopted_load(scopes, s->manager) < 0)
                return true;
        for (size_t i = 0; i < scopes->n_adopted; i++) {
                ProcStat p;
                if (proc_read_stat(scopes->adopted[i], &p) < 0 || p.state == 'Z' || p.state == 'X')
                        continue;
                if (belongs_by_mark(s, &p))
                        return false;
        }
        return true;
}

/* --- who is in it --- */

typedef struct Walk {
        Service *service;
        ProcStat *all; /* sorted by pid */
        size_t n;
        signed char *member; /* 1 yes, 0 no, -1 not known yet */
        pid_t self;
} Walk;

static int compare_pid(const void *a, const void *b) {
        const ProcStat *x = a, *y = b;
        return (x->pid > y->pid) - (x->pid < y->pid);
}

static bool walk_is_member(Walk *w, size_t i, unsigned depth) {
        if (w->member[i] >= 0)
                return w->member[i];
        w->member[i] = 0; /* cuts a cycle: the snapshot is not atomic, and a reused pid could make one */

        const ProcStat *p = &w->all[i];
        bool yes = false;
        if (p->pid == w->service->main.pid) {
                yes = true;
        } else if (p->ppid == w->self) {
                yes = !is_main_process(w->service->manager, p->pid) && belongs_by_mark(w->service, p);
        } else if (depth > 0) {
                ProcStat key = { .pid = p->ppid };
                ProcStat *parent = bsearch(&key, w->all, w->n, sizeof key, compare_pid);
                yes = parent && walk_is_member(w, (size_t) (parent - w->all), depth - 1);
        }
        w->member[i] = yes;
        return yes;
}

int process_scope_list(Service *s, ProcStat **ret, size_t *ret_n) {
        Walk w = { .service = s, .self = getpid() };
        size_t n = 0;

        int r = proc_list(&w.all, &w.n);
        if (r < 0)
                return r;
        w.member = malloc(w.n + 1);
        if (!w.member) {
                free(w.all);
                return -ENOMEM;
        }
        memset(w.member, -1, w.n);
        qsort(w.all, w.n, sizeof *w.all, compare_pid);
        for (size_t i = 0; i < w.n; i++)
                (void) walk_is_member(&w, i, 4096);
        for (size_t i = 0; i < w.n; i++)
                if (w.member[i] && w.all[i].state != 'Z')
                        w.all[n++] = w.all[i];
        free(w.member);
        *ret = w.all;
        *ret_n = n;
        return 0;
}

/* --- whose is it --- */

static Service *find_by_mark(Manager *m, const ProcStat *p) {
        _cleanup_(freep) char *id = NULL;

        for (size_t i = 0; i < m->n_services; i++)
                if (has_session(m->services[i], p) || is_kin(m->services[i], p))
                        return m->services[i];
        if (proc_read_environment(p->pid, "SUPD_INVOCATION_ID", &id) < 0)
                return NULL;
        for (size_t i = 0; i < m->n_services; i++)
                if (is_invocation(m->services[i], id))
                        return m->services[i];
        return NULL;
}

/* Up the line of parents, to a main process or to one that we adopted. */
Service *process_scope_find_service(Manager *m, pid_t pid) {
        pid_t self = getpid();
        ProcStat p;

        for (unsigned depth = 0; depth < 256; depth++) {
                Service *s = manager_find_by_pid(m, pid);
                if (s)
                        return s;
                if (proc_read_stat(pid, &p) < 0 || p.ppid <= 0)
                        return NULL;
                if (p.ppid == self)
                        return find_by_mark(m, &p);
                pid = p.ppid;
        }
        return NULL;
}
