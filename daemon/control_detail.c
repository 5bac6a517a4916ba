/* The methods that tell all about one service: GetService and ReadLog. They may read /proc and a log file, both bounded. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "conf/base/parse.h"
#include "conf/base/tail.h"
#include "daemon/control_internal.h"
#include "daemon/core/decision.h"
#include "daemon/log_stream.h"
#include "daemon/report.h"

/* A scope of ten thousand processes is not a reply that anybody reads. */
#define PROCESSES_TOLD_MAX 1000
/* A fair guess at the reply, for the queue's bound in bytes. */
#define DETAIL_SIZE_GUESS 4096

static int append_basics(sd_bus_message *m, const Service *s, usec_t now) {
        const ServiceState *state = &s->state;
        _cleanup_(freep) char *note = report_note(s, now);
        int r;

        if ((r = sd_bus_message_append(m, "{sv}{sv}{sv}{sv}", "Name", "s", s->config->name, "Phase", "s",
                     service_phase_to_string(state->phase), "Goal", "s", service_goal_to_string(state->goal), "Result", "s",
                     service_result_to_string(state->result))) < 0 ||
                (r = sd_bus_message_append(m, "{sv}{sv}{sv}{sv}", "Description", "s", s->config->description ?: "", "Note",
                         "s", control_utf8(note), "MainPID", "u", (uint32_t) s->main.pid,
                         "PhaseSinceRealtime", "t", s->phase_realtime)) < 0)
                return r;
        return sd_bus_message_append(m, "{sv}{sv}{sv}{sv}{sv}", "NextStartIn", "t",
                state->phase == PHASE_BACKOFF ? usec_sub(state->deadline, now) : USEC_INFINITY, "StartedRealtime", "t",
                s->started_realtime, "Uptime", "t", state->main_alive ? usec_sub(now, state->started_at) : (usec_t) 0,
                "Restarts", "u", (uint32_t) state->n_restarts, "PendingRestart", "b", (int) s->pending_restart);
}

static int append_definition(sd_bus_message *m, const Service *s) {
        const ServiceConfig *c = s->config;
        char id[INVOCATION_ID_FORMAT_MAX];
        _cleanup_(freep) char *command = c->shell ? strdup(c->shell) : format_argv(c->command);

        if (!command)
                return -ENOMEM;
        (void) service_format_invocation_id(s, id);
        return sd_bus_message_append(m, "{sv}{sv}{sv}{sv}{sv}", "Frozen", "b", (int) s->state.main_frozen, "InvocationID",
                "s", id, "ConfigFile", "s", c->file ?: "", "ConfigLine", "u", (uint32_t) c->line, "Command", "s", command);
}

static int append_path(sd_bus_message *m, const char *key, const LogStream *stream) {
        const char *path = stream ? log_stream_path(stream) : NULL;

        return path ? sd_bus_message_append(m, "{sv}", key, "s", path) : 0;
}

/* Opens {s v( array of item ) for one key; closed by close_array(). */
static int open_array(sd_bus_message *m, const char *key, const char *type, const char *item) {
        int r;

        if ((r = sd_bus_message_open_container(m, 'e', "sv")) < 0 || (r = sd_bus_message_append(m, "s", key)) < 0 ||
                (r = sd_bus_message_open_container(m, 'v', type)) < 0)
                return r;
        return sd_bus_message_open_container(m, 'a', item);
}

static int close_array(sd_bus_message *m) {
        int r = 0;

        for (unsigned i = 0; i < 3 && r >= 0; i++)
                r = sd_bus_message_close_container(m);
        return r;
}

static int append_process(sd_bus_message *m, const ScopeProcess *p) {
        char state[2] = { p->state, '\0' };

        return sd_bus_message_append(
                m, "(" SUPD_PROCESS_ITEM ")", (uint32_t) p->pid, (uint32_t) p->ppid, state, control_utf8(p->command));
}

static int append_processes(sd_bus_message *m, const ScopeUsage *u) {
        int r = open_array(m, "Processes", "a(" SUPD_PROCESS_ITEM ")", "(" SUPD_PROCESS_ITEM ")");

        for (size_t i = 0; i < MIN(u->n_processes, (size_t) PROCESSES_TOLD_MAX) && r >= 0; i++)
                r = append_process(m, &u->processes[i]);
        return r < 0 ? r : close_array(m);
}

static int append_usage(sd_bus_message *m, Service *s) {
        ScopeUsage u;

        int r = manager_scope_usage(s->manager, s, &u);
        if (r < 0)
                return r == -ENOMEM ? r : 0; /* /proc may be out of reach: the rest is still worth telling */
        if (u.memory_bytes != UINT64_MAX)
                r = sd_bus_message_append(m, "{sv}", "MemoryBytes", "t", u.memory_bytes);
        if (r >= 0 && u.cpu_usec != USEC_INFINITY)
                r = sd_bus_message_append(m, "{sv}", "CPUUsec", "t", u.cpu_usec);
        if (r >= 0)
                r = append_processes(m, &u);
        scope_usage_done(&u);
        return r;
}

static int append_exit(sd_bus_message *m, const ExitRecord *x) {
        char buf[EXIT_STATUS_FORMAT_MAX];

        return sd_bus_message_append(m, "(" SUPD_EXIT_ITEM ")", x->realtime, x->run_time,
                x->status.kind == EXIT_NONE ? "" : exit_status_format(x->status, buf), service_result_to_string(x->result),
                x->spawn_error ? strerror((int) x->spawn_error) : "", (int) x->requested);
}

static int append_exits(sd_bus_message *m, const Service *s) {
        unsigned n = s->exits ? MIN(s->n_exits, (unsigned) EXIT_RECORDS_MAX) : 0;
        int r = open_array(m, "Exits", "a(" SUPD_EXIT_ITEM ")", "(" SUPD_EXIT_ITEM ")");

        for (unsigned i = 1; i <= n && r >= 0; i++)
                r = append_exit(m, &s->exits[(s->n_exits - i) % EXIT_RECORDS_MAX]);
        return r < 0 ? r : close_array(m);
}

/* Who wanted it so, and what supd made of that. */
static int append_reasons(sd_bus_message *m, const Service *s, usec_t now) {
        _cleanup_(freep) char *decision = decision_explain(s->config, &s->state, now);
        const Request *last = &s->last_request;

        return sd_bus_message_append(m, "{sv}{sv}{sv}{sv}{sv}{sv}", "Decision", "s", control_utf8(decision), "Request", "s",
                request_kind_to_string(last->kind), "RequestRealtime", "t", last->realtime, "RequestPID", "u",
                (uint32_t) last->who.pid, "RequestUID", "u", (uint32_t) last->who.uid, "RequestCommand", "s", last->who.comm);
}

static int append_detail(sd_bus_message *m, Service *s, usec_t now) {
        int r;

        if ((r = sd_bus_message_open_container(m, 'a', "{sv}")) < 0 || (r = append_basics(m, s, now)) < 0 ||
                (r = append_definition(m, s)) < 0 || (r = append_path(m, "StdoutPath", s->stdout_stream)) < 0 ||
                (r = append_path(m, "StderrPath", s->stderr_stream)) < 0 || (r = append_usage(m, s)) < 0 ||
                (r = append_reasons(m, s, now)) < 0 || (r = append_exits(m, s)) < 0)
                return r;
        return sd_bus_message_close_container(m);
}

int control_method_get_service(sd_bus_message *m, void *userdata, sd_bus_error *e) {
        ControlPeer *peer = userdata;
        Manager *manager = peer->control->manager;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const char *name;
        uint64_t now;
        int r;

        if ((r = sd_bus_message_read(m, "s", &name)) < 0)
                return r;
        Service *s = manager_find_service(manager, name);
        if (!s)
                return selection_unknown(manager, name, e);
        if ((r = sd_event_now(manager->event, CLOCK_MONOTONIC, &now)) < 0 ||
                (r = sd_bus_message_new_method_return(m, &reply)) < 0 || (r = append_detail(reply, s, now)) < 0 ||
                (r = sd_bus_send(NULL, reply, NULL)) < 0)
                return r;
        control_peer_account(peer, DETAIL_SIZE_GUESS);
        return 1;
}

/* --- ReadLog --- */

static int find_log(const Service *s, const char *which, const char **ret, sd_bus_error *e) {
        const LogStream *stream = NULL;

        if (strcmp(which, "stdout") == 0)
                stream = s->stdout_stream;
        else if (strcmp(which, "stderr") == 0)
                stream = s->stderr_stream ?: s->config->stderr_target.kind == OUTPUT_SAME ? s->stdout_stream : NULL;
        else
                return sd_bus_error_setf(e, SD_BUS_ERROR_INVALID_ARGS, "stream '%s' is not one of stdout, stderr", which);

        const char *path = stream ? log_stream_path(stream) : NULL;
        if (!path)
                return sd_bus_error_setf(e, SUPD_ERROR_NOT_SUPPORTED,
                        "%s of %s is not written to a file by supd; see `supctl explain %s`", which, s->config->name, which);
        *ret = path;
        return 0;
}

static int reply_log(ControlPeer *peer, sd_bus_message *call, const char *path, uint32_t n_lines, sd_bus_error *e) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_(freep) char *data = NULL;
        size_t size;
        int r;

        _cleanup_(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (fd < 0)
                return sd_bus_error_set_errnof(e, errno, "%s: %s", path, strerror(errno));
        r = tail_read(fd, n_lines, SUPD_READ_LOG_MAX, &data, &size, NULL);
        if (r < 0)
                return sd_bus_error_set_errnof(e, r, "%s: %s", path, strerror(-r));
        if ((r = sd_bus_message_new_method_return(call, &reply)) < 0 ||
                (r = sd_bus_message_append_array(reply, 'y', data, size)) < 0 || (r = sd_bus_send(NULL, reply, NULL)) < 0)
                return r;
        control_peer_account(peer, size);
        return 1;
}

int control_method_read_log(sd_bus_message *m, void *userdata, sd_bus_error *e) {
        ControlPeer *peer = userdata;
        const char *name, *which, *path = NULL;
        uint32_t n_lines;
        int r;

        if ((r = sd_bus_message_read(m, "ssu", &name, &which, &n_lines)) < 0)
                return r;
        Service *s = manager_find_service(peer->control->manager, name);
        if (!s)
                return selection_unknown(peer->control->manager, name, e);
        if ((r = find_log(s, which, &path, e)) < 0)
                return r;
        return reply_log(peer, m, path, n_lines, e);
}
