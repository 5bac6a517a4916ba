/* The Manager: its life, its tables, and what is kept up to date after each step of a service. See manager.h. */
#include "daemon/manager.h"

#include <string.h>

#include "daemon/actions.h"
#include "daemon/clock.h"
#include "daemon/control.h"
#include "daemon/jobs.h"
#include "daemon/log.h"
#include "daemon/notify.h"
#include "daemon/output.h"
#include "daemon/pidfd.h"
#include "daemon/reaper.h"
#include "daemon/registry.h"
#include "daemon/report.h"
#include "daemon/scope.h"
#include "daemon/signals.h"

/* --- tables --- */

Service *manager_find_service(Manager *m, const char *name) {
        for (HashNode *n = hash_table_first(&m->services_by_name, hash_string(name)); n; n = hash_node_next_equal(n)) {
                Service *s = container_of(n, Service, by_name);
                if (strcmp(s->config->name, name) == 0)
                        return s;
        }
        return NULL;
}

Service *manager_find_by_pid(Manager *m, pid_t pid) {
        for (HashNode *n = hash_table_first(&m->services_by_pid, hash_u64((uint64_t) pid)); n;
                n = hash_node_next_equal(n)) {
                Service *s = container_of(n, Service, by_pid);
                if (s->main.pid == pid)
                        return s;
        }
        return NULL;
}

int manager_add_service(Manager *m, const ServiceConfig *config, Service **ret) {
        Service **grown = realloc(m->services, (m->n_services + 1) * sizeof *grown);
        if (!grown)
                return -ENOMEM;
        m->services = grown;

        Service *s;
        int r = service_new(m, config, &s);
        if (r < 0)
                return r;
        r = timers_reserve(&m->timers, m->n_services + 1);
        if (r >= 0)
                r = hash_table_insert(&m->services_by_name, &s->by_name, hash_string(config->name));
        if (r < 0) {
                service_free(s);
                return r;
        }
        s->phase_realtime = realtime_now();
        s->order = (unsigned) m->n_services;
        m->services[m->n_services++] = s;
        if (ret)
                *ret = s;
        return 0;
}

void manager_remove_service(Manager *m, Service *s) {
        jobs_orphan(s);
        timers_remove(&m->timers, s);
        list_remove(&s->scope_watch);
        scope_release(m->scopes, s);
        hash_table_remove(&m->services_by_name, &s->by_name);
        if (s->main.pid != 0)
                hash_table_remove(&m->services_by_pid, &s->by_pid);
        for (size_t i = m->n_services; i > 0; i--)
                if (m->services[i - 1] == s) {
                        memmove(m->services + i - 1, m->services + i, (m->n_services - i) * sizeof *m->services);
                        m->n_services--;
                        break;
                }
        service_free(s);
}

/* --- what the executor tells --- */

void manager_adopt_main(Service *s, pid_t pid, int pidfd) {
        s->main = (Process){ .pid = pid, .pidfd = pidfd };
        s->session = pid;
        s->started_realtime = realtime_now();
        /* cannot fail: the table has its buckets since manager_new(), and a failed growth only makes chains longer */
        (void) hash_table_insert(&s->manager->services_by_pid, &s->by_pid, hash_u64((uint64_t) pid));
}

void manager_replace_main(Service *s, pid_t pid) {
        manager_forget_main(s);
        s->main = (Process){ .pid = pid, .pidfd = MAX(pidfd_get(pid), -1) };
        (void) hash_table_insert(&s->manager->services_by_pid, &s->by_pid, hash_u64((uint64_t) pid));
}

void manager_forget_main(Service *s) {
        hash_table_remove(&s->manager->services_by_pid, &s->by_pid);
        s->main.pid = 0;
        s->main.pidfd = fd_close(s->main.pidfd);
        control_resume_accept(s->manager->control);
}

static void record_exit(Service *s, const ExitRecord *record) {
        if (!s->exits)
                s->exits = calloc(EXIT_RECORDS_MAX, sizeof *s->exits);
        if (s->exits) /* else: no memory for history, supervision goes on */
                s->exits[s->n_exits++ % EXIT_RECORDS_MAX] = *record;
}

static void record_event(Service *s) {
        Manager *m = s->manager;
        usec_t now;

        (void) sd_event_now(m->event, CLOCK_MONOTONIC, &now);
        StateEvent e = {
                .realtime = realtime_now(),
                .phase = s->state.phase,
                .service = strdup(s->config->name),
                .note = report_note(s, now),
        };
        if (!e.service) {
                free(e.note);
                return;
        }
        control_tell_event(m->control, &e);
        event_ring_add(&m->events, &e);
}

void manager_note_step(Service *s, const ServiceState *before, const ServiceEvent *event) {
        const ServiceState *st = &s->state;

        if (event->kind == EVENT_MAIN_EXITED && before->main_alive)
                record_exit(s,
                        &(ExitRecord){ .realtime = realtime_now(),
                                .run_time = usec_sub(st->exited_at, st->started_at),
                                .status = st->last_exit,
                                .result = st->result,
                                .requested = st->stop_requested });
        else if (event->kind == EVENT_SPAWN_FAILED)
                record_exit(s,
                        &(ExitRecord){ .realtime = realtime_now(),
                                .result = RESULT_SPAWN_FAILED,
                                .spawn_error = (uint32_t) event->error });
        if (st->phase != before->phase)
                s->phase_realtime = realtime_now();
        if (st->phase != before->phase || st->main_frozen != before->main_frozen)
                record_event(s);
}

static void count_active(Manager *m, ServicePhase from, ServicePhase to) {
        bool was = !service_phase_is_final(from), is = !service_phase_is_final(to);
        m->n_active += (size_t) (is - was);
}

/* A scope is worth watching only while its service waits for it. */
static void update_scope_watch(Service *s) {
        const ServiceState *st = &s->state;
        bool wanted = st->phase == PHASE_STOPPING && !st->main_alive && !st->scope_empty;

        if (wanted && !list_is_linked(&s->scope_watch)) {
                list_append(&s->manager->scope_watches, &s->scope_watch);
                scope_watch(s->manager->scopes, s);
        } else if (!wanted && list_is_linked(&s->scope_watch)) {
                list_remove(&s->scope_watch);
                scope_unwatch(s);
        }
}

static void settle_later(Manager *m) {
        (void) sd_event_source_set_enabled(m->settle_source, SD_EVENT_ONESHOT);
}

void manager_after_dispatch(Service *s, const ServiceState *before) {
        Manager *m = s->manager;
        bool survivors = s->state.n_kills == 2 && before->n_kills == 1;

        timers_update(&m->timers, s);
        update_scope_watch(s);
        count_active(m, before->phase, s->state.phase);
        if (survivors)
                report_survivors(s);
        if (s->state.phase != before->phase || s->state.n_spawns != before->n_spawns ||
                s->state.main_frozen != before->main_frozen)
                control_service_changed(m->control, s);
        if (!list_is_empty(&s->jobs) || s->gone || m->shutting_down)
                settle_later(m);
}

void manager_scope_changed(Service *s) {
        if (list_is_linked(&s->scope_watch) && scope_is_empty(s->manager->scopes, s))
                (void) service_dispatch(s, &(ServiceEvent){ .kind = EVENT_SCOPE_EMPTY });
}

void manager_check_scopes(Manager *m) {
        LIST_FOREACH(n, &m->scope_watches)
                manager_scope_changed(LIST_ENTRY(n, Service, scope_watch));
}

/* --- deferred: never from inside a dispatch, so that nobody's service is freed under his hands --- */

static void forget_gone_services(Manager *m) {
        for (size_t i = m->n_services; i > 0; i--) {
                Service *s = m->services[i - 1];
                if (!s->gone || !service_phase_is_final(s->state.phase))
                        continue;
                log_info("%s: no longer configured, forgotten", s->config->name);
                manager_remove_service(m, s);
        }
}

static int on_settle(sd_event_source *source _unused_, void *userdata) {
        Manager *m = userdata;

        jobs_settle(m);
        forget_gone_services(m);
        if (m->shutting_down && m->n_active == 0)
                return sd_event_exit(m->event, 0);
        return 0;
}

static void on_deadline(Service *s) {
        (void) service_dispatch(s, &(ServiceEvent){ .kind = EVENT_TIMER });
}

/* --- life --- */

static int add_configured_services(Manager *m) {
        for (size_t i = 0; i < m->config->n_services; i++) {
                int r = manager_add_service(m, m->config->services[i], NULL);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int manager_init(Manager *m) {
        int r = sd_event_new(&m->event);
        if (r >= 0)
                r = timers_init(&m->timers, m->event, on_deadline);
        if (r >= 0)
                r = sd_event_add_defer(m->event, &m->settle_source, on_settle, m);
        if (r >= 0)
                r = sd_event_source_set_enabled(m->settle_source, SD_EVENT_OFF);
        if (r >= 0)
                r = scopes_new(m->config->daemon.cgroup, &m->scopes);
        if (r >= 0)
                r = signals_init(m);
        if (r >= 0)
                r = reaper_init(m);
        if (r >= 0)
                r = notify_new(m, &m->notify);
        if (r >= 0)
                r = control_new(m, -1, &m->control);
        if (r >= 0)
                r = add_configured_services(m);
        return r;
}

int manager_new(const ManagerOptions *options, Config *config, Manager **ret) {
        _cleanup_(manager_freep) Manager *m = calloc(1, sizeof *m);
        if (!m)
                return -ENOMEM;
        m->options = *options;
        m->config = config_ref(config);
        m->started_realtime = realtime_now();
        list_init(&m->jobs);
        list_init(&m->scope_watches);

        int r = manager_init(m);
        if (r < 0)
                return r;
        *ret = STEAL_PTR(m);
        return 0;
}

Manager *manager_free(Manager *m) {
        if (!m)
                return NULL;
        m->control = control_free(m->control);
        while (m->n_services > 0)
                manager_remove_service(m, m->services[m->n_services - 1]);
        free(m->services);
        m->notify = notify_free(m->notify);
        m->scopes = scopes_free(m->scopes);
        timers_done(&m->timers);
        sd_event_source_unref(m->settle_source);
        sd_event_unref(m->event);
        hash_table_done(&m->services_by_name);
        hash_table_done(&m->services_by_pid);
        event_ring_done(&m->events);
        config_unref(m->config);
        free(m);
        return NULL;
}

void manager_start_services(Manager *m) {
        for (size_t i = 0; i < m->n_services; i++) {
                Service *s = m->services[i];

                if (!s->config->autostart)
                        continue;
                service_note_request(s, REQUEST_AUTOSTART, NULL);
                (void) service_dispatch(s, &(ServiceEvent){ .kind = EVENT_START, .origin = START_AUTOMATIC });
        }
}

int manager_run(Manager *m) {
        return sd_event_loop(m->event);
}

void manager_shutdown(Manager *m, const Requester *who) {
        StopMode mode = m->shutting_down ? STOP_NOW : STOP_NORMAL;

        if (who && who->pid != 0)
                log_info("shutdown requested by uid %u, pid %d (%s)", (unsigned) who->uid, who->pid, who->comm);
        log_info(m->shutting_down ? "shutting down at once" : "shutting down, stopping %zu services", m->n_active);
        m->shutting_down = true;
        for (size_t i = m->n_services; i > 0; i--) {
                Service *s = m->services[i - 1];

                if (s->state.goal == GOAL_UP) /* what was down already is so for its own reason */
                        service_note_request(s, REQUEST_SHUTDOWN, who);
                (void) service_dispatch(s, &(ServiceEvent){ .kind = EVENT_STOP, .stop_mode = mode });
        }
        settle_later(m);
}

void manager_reopen_logs(Manager *m) {
        int r = log_reopen();
        if (r < 0)
                log_error("cannot reopen supd's own log: %s", strerror(-r));
        for (size_t i = 0; i < m->n_services; i++)
                output_reopen(m->services[i]);
}
