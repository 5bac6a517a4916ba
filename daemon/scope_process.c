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
        char own[INVOCATION_ID_FORMAT_MAX];
        return strcmp(service_format_invocation_id(s, own), id) == 0;
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

/* --- going down --- */

/* Deeper trees than this are cut off; the environment tag still finds what hangs below, once it is adopted. */
#define DEPTH_MAX 64

typedef int (*Visitor)(const ProcStat *p, void *userdata);

/* All descendants, parents before children. Ends with the first negative answer of visit. */
static int visit_below(pid_t parent, unsigned depth, Visitor visit, void *userdata) {
        _cleanup_(freep) pid_t *children = NULL;
        size_t n = 0;
        int r = 0;

        if (depth == 0 || proc_list_children(parent, &children, &n) < 0)
                return 0;
        for (size_t i = 0; r >= 0 && i < n; i++) {
                ProcStat p;
                if (proc_read_stat(children[i], &p) < 0 || p.ppid != parent)
                        continue; /* gone since the list was made */
                r = visit(&p, userdata);
                if (r >= 0)
                        r = visit_below(p.pid, depth - 1, visit, userdata);
        }
        return r;
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

static int note_descendant(const ProcStat *p, void *userdata) {
        Service *s = userdata;
        return has_session(s, p) ? 0 : note_one(s, p);
}

void process_scope_note_kin(Service *s) {
        s->n_kin = 0;
        if (s->main.pid != 0)
                (void) visit_below(s->main.pid, DEPTH_MAX, note_descendant, s);
}

static bool is_main_process(Manager *m, pid_t pid) {
        return manager_find_by_pid(m, pid) != NULL;
}

/* --- is anything left? --- */

static int children_load(Scopes *scopes, pid_t **ret, size_t *ret_n) {
        if (scopes->children_fd >= 0)
                return proc_read_children(scopes->children_fd, ret, ret_n);
        return proc_list_children(getpid(), ret, ret_n);
}

/* Once per batch of the reaper or turn of the loop, not once per service: a thousand services that end or are signalled
 * together share one list. */
static int adopted_load(Scopes *scopes, Manager *m) {
        uint64_t turn = 0;
        (void) sd_event_get_iteration(m->event, &turn);
        if (scopes->adopted_valid && scopes->adopted_turn == turn)
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
        scopes->adopted_turn = turn;
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

static int append(const ProcStat *p, void *userdata) {
        return p->state == 'Z' || p->state == 'X' ? 0 : proc_list_add(userdata, p);
}

static int append_tree(ProcList *l, const ProcStat *root) {
        int r = append(root, l);
        return r < 0 ? r : visit_below(root->pid, DEPTH_MAX, append, l);
}

static int append_adopted(Scopes *scopes, Service *s, ProcList *l) {
        int r = adopted_load(scopes, s->manager);
        for (size_t i = 0; r >= 0 && i < scopes->n_adopted; i++) {
                ProcStat p;
                if (proc_read_stat(scopes->adopted[i], &p) >= 0 && belongs_by_mark(s, &p))
                        r = append_tree(l, &p);
        }
        return r;
}

/* From the roots down, so that the cost is that of the scope and not of the machine. */
int process_scope_list(Scopes *scopes, Service *s, ProcStat **ret, size_t *ret_n) {
        ProcList l = { 0 };
        ProcStat main;
        int r = 0;

        if (s->main.pid != 0 && proc_read_stat(s->main.pid, &main) >= 0)
                r = append_tree(&l, &main);
        if (r >= 0)
                r = append_adopted(scopes, s, &l);
        if (r < 0) {
                proc_list_done(&l);
                return r;
        }
        *ret = l.items;
        *ret_n = l.n;
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
