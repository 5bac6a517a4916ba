/* See jobs.h and manager.h: requests to services. */
#include "daemon/jobs.h"

#include <stdio.h>
#include <string.h>

#include "conf/base/parse.h"
#include "daemon/actions.h"
#include "daemon/report.h"

static int job_new(Manager *m, Service *s, JobKind kind, JobDoneHandler handler, void *userdata, Job **ret) {
        Job *job = calloc(1, sizeof *job);
        if (!job)
                return -ENOMEM;
        *job = (Job){
                .id = ++m->last_job_id,
                .kind = kind,
                .service = s,
                .n_ready_before = s->state.n_ready,
                .handler = handler,
                .userdata = userdata,
        };
        list_append(&s->jobs, &job->by_service);
        list_append(&m->jobs, &job->by_manager);
        *ret = job;
        return 0;
}

void job_forget(Job *job) {
        list_remove(&job->by_service);
        list_remove(&job->by_manager);
        free(job);
}

static void job_conclude(Job *job, JobResult result) {
        list_remove(&job->by_service);
        list_remove(&job->by_manager);
        job->handler(job, result, job->userdata);
        free(job);
}

void jobs_settle(Manager *m) {
        LIST_FOREACH(n, &m->jobs) {
                Job *job = LIST_ENTRY(n, Job, by_manager);
                JobResult result = job_judge(job->kind, job->n_ready_before, &job->service->state);
                if (result != JOB_PENDING)
                        job_conclude(job, result);
        }
}

void jobs_orphan(Service *s) {
        LIST_FOREACH(n, &s->jobs) {
                Job *job = LIST_ENTRY(n, Job, by_service);
                JobResult result = job_judge(job->kind, job->n_ready_before, &s->state);
                job->service = NULL;
                job_conclude(job, result == JOB_PENDING ? JOB_CANCELED : result);
        }
}

static ServiceEvent event_of(JobKind kind, StopMode mode) {
        switch (kind) {
        case JOB_STOP:
                return (ServiceEvent){ .kind = EVENT_STOP, .stop_mode = mode };
        case JOB_RESTART:
                return (ServiceEvent){ .kind = EVENT_RESTART, .stop_mode = mode };
        case JOB_START:
        case _JOB_KIND_MAX:
                break;
        }
        return (ServiceEvent){ .kind = EVENT_START, .origin = START_OPERATOR };
}

static RequestKind request_of(JobKind kind) {
        static const RequestKind kinds[] = {
                [JOB_START] = REQUEST_START,
                [JOB_STOP] = REQUEST_STOP,
                [JOB_RESTART] = REQUEST_RESTART,
        };
        static_assert(ARRAY_SIZE(kinds) == _JOB_KIND_MAX, "a job is no request");

        return kinds[kind];
}

int manager_request(Manager *m, Service *s, JobKind kind, StopMode stop_mode, const Requester *who, JobDoneHandler handler,
        void *userdata, Job **ret_job) {
        ServiceEvent event = event_of(kind, stop_mode);
        Job *job;

        *ret_job = NULL;
        if (kind != JOB_STOP && (m->shutting_down || s->gone))
                return -ESHUTDOWN;
        int r = job_new(m, s, kind, handler, userdata, &job);
        if (r < 0)
                return r;
        report_request(s, job_kind_to_string(kind), who);
        service_note_request(s, request_of(kind), who);
        (void) service_dispatch(s, &event);
        if (job_judge(kind, job->n_ready_before, &s->state) == JOB_DONE)
                job_forget(job);
        else
                *ret_job = job;
        return 0;
}

char *job_explain(const Job *job, JobResult result) {
        const Service *s = job->service;
        usec_t now;

        if (!s)
                return strdup("no longer configured");
        if (result == JOB_DONE)
                return s->state.result == RESULT_TIMEOUT && job->kind == JOB_STOP ?
                        strdup("had to be killed: did not stop in stop_timeout") :
                        strdup("");
        if (result == JOB_CANCELED)
                return strdup(job->kind == JOB_STOP ? "a later request started it" : "a later request stopped it");
        (void) sd_event_now(s->manager->event, CLOCK_MONOTONIC, &now);
        return report_note(s, now);
}

int manager_reload_service(Manager *m _unused_, Service *s, const Requester *who) {
        if (!service_phase_is_up(s->state.phase))
                return -ENXIO;
        if (s->config->reload_signal == 0)
                return -EOPNOTSUPP;
        report_request(s, "reload", who);
        return service_dispatch(s, &(ServiceEvent){ .kind = EVENT_RELOAD });
}

int manager_kill(Manager *m _unused_, Service *s, int signo, bool whole_scope, const Requester *who) {
        char verb[32];
        const char *name = signal_to_string(signo);

        snprintf(verb, sizeof verb, "signal %s", name ?: "?");
        report_request(s, verb, who);
        int r = service_signal(s, signo, whole_scope);
        return r < 0 ? r : 0;
}
