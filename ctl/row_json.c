/* See row_json.h; documented in VERBS.md. */
#include "ctl/row_json.h"

json_t *row_to_json(const ServiceRow *r) {
        return json_pack("{s:s, s:s, s:b, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:b}",
                "name", r->name,
                "phase", r->phase,
                "active", row_is_running(r),
                "goal", r->goal,
                "result", r->result,
                "description", json_text(r->description),
                "note", json_text(r->note),
                "main_pid", r->main_pid ? json_integer(r->main_pid) : json_null(),
                "phase_since_usec", json_realtime(r->phase_since_realtime),
                "next_start_in_usec", json_usec(r->next_start_in),
                "started_usec", json_realtime(r->started_realtime),
                "uptime_usec", r->main_pid ? json_usec(r->uptime) : json_null(),
                "restarts", (json_int_t) r->n_restarts,
                "pending_restart", r->pending_restart);
}

json_t *rows_to_json(const ServiceList *list) {
        json_t *services = json_array();

        for (size_t i = 0; i < list->n; i++)
                (void) json_array_append_new(services, row_to_json(&list->rows[i]));
        return services;
}

static json_t *processes_to_json(const ServiceDetail *d) {
        json_t *list = json_array();

        for (size_t i = 0; i < d->n_processes; i++) {
                const ProcessInfo *p = &d->processes[i];

                (void) json_array_append_new(list, json_pack("{s:I, s:I, s:s, s:s}", "pid", (json_int_t) p->pid, "ppid",
                                                           (json_int_t) p->ppid, "state", p->state, "command", p->command));
        }
        return list;
}

static json_t *exits_to_json(const ServiceDetail *d) {
        json_t *list = json_array();

        for (size_t i = 0; i < d->n_exits; i++) {
                const ExitInfo *x = &d->exits[i];

                (void) json_array_append_new(list, json_pack("{s:o, s:I, s:o, s:s, s:o, s:b}", "time_usec",
                                                           json_realtime(x->realtime), "ran_usec", (json_int_t) x->run_time,
                                                           "status", json_text(x->status), "result", x->result,
                                                           "spawn_error", json_text(x->spawn_error), "requested",
                                                           x->requested));
        }
        return list;
}

static json_t *request_to_json(const ServiceDetail *d) {
        bool known = d->request_pid != 0;

        if (!*d->request)
                return json_null();
        return json_pack("{s:s, s:o, s:o, s:o, s:o}", "kind", d->request, "time_usec", json_realtime(d->request_realtime), "uid",
                known ? json_integer(d->request_uid) : json_null(), "pid", known ? json_integer(d->request_pid) : json_null(),
                "command", json_text(d->request_command));
}

json_t *detail_to_json(const ServiceDetail *d) {
        json_t *root = row_to_json(&d->row);
        json_t *more = json_pack("{s:b, s:o, s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
                "frozen", d->frozen,
                "invocation_id", json_text(d->invocation_id),
                "config_file", json_text(d->config_file),
                "config_line", (json_int_t) d->config_line,
                "command", json_text(d->command),
                "memory_bytes", json_usec(d->memory_bytes),
                "cpu_usec", json_usec(d->cpu_usec),
                "stdout_path", json_text(d->stdout_path),
                "stderr_path", json_text(d->stderr_path),
                "processes", processes_to_json(d),
                "exits", exits_to_json(d),
                "decision", json_text(d->decision),
                "request", request_to_json(d));

        if (root && more)
                (void) json_object_update(root, more);
        json_decref(more);
        return root;
}

json_t *daemon_to_json(const DaemonInfo *d) {
        return json_pack("{s:s, s:I, s:o, s:o, s:I, s:I, s:I, s:I, s:b, s:s}",
                "version", d->version,
                "pid", (json_int_t) d->pid,
                "started_usec", json_realtime(d->started_realtime),
                "config_file", json_text(d->config_file),
                "services", (json_int_t) d->n_services,
                "running", (json_int_t) d->n_running,
                "failed", (json_int_t) d->n_failed,
                "orphans_reaped", (json_int_t) d->n_orphans_reaped,
                "shutting_down", d->shutting_down,
                "scope", d->scope);
}
