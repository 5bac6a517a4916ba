/* What a request waits for, as a table of phases. Never remembers anything: the state is enough. */
#include "daemon/core/job.h"

static const char *const job_kind_names[] = {
        [JOB_START] = "start",
        [JOB_STOP] = "stop",
        [JOB_RESTART] = "restart",
};
ENUM_TABLE(job_kind, JobKind, job_kind_names, _JOB_KIND_MAX);

static const char *const job_result_names[] = {
        [JOB_PENDING] = "pending",
        [JOB_DONE] = "done",
        [JOB_FAILED] = "failed",
        [JOB_CANCELED] = "canceled",
};
ENUM_TABLE(job_result, JobResult, job_result_names, _JOB_RESULT_MAX);

static JobResult start_judge(uint32_t n_ready_before, const ServiceState *s) {
        /* having been ready once since the request fulfils it, also when the program has ended since */
        if (s->n_ready != n_ready_before)
                return JOB_DONE;
        switch (s->phase) {
        case PHASE_STARTING:
        case PHASE_STOPPING: /* what the previous run left is being cleared; the start comes after it */
                return s->goal == GOAL_UP ? JOB_PENDING : JOB_CANCELED;
        case PHASE_BACKOFF: /* the attempt failed; that it will be repeated does not make it less so */
        case PHASE_EXITED:
        case PHASE_FAILED:
                return JOB_FAILED;
        case PHASE_STOPPED:
                return JOB_CANCELED;
        case PHASE_RUNNING: /* the old run, which is about to be stopped */
        case PHASE_RELOADING:
        case _SERVICE_PHASE_MAX:
                break;
        }
        return JOB_PENDING;
}

JobResult job_judge(JobKind kind, uint32_t n_ready_before, const ServiceState *s) {
        switch (kind) {
        case JOB_START:
                if (service_phase_is_up(s->phase))
                        return JOB_DONE;
                return start_judge(n_ready_before, s);
        case JOB_RESTART:
                return start_judge(n_ready_before, s);
        case JOB_STOP:
                if (s->goal == GOAL_UP)
                        return JOB_CANCELED;
                return service_phase_is_final(s->phase) ? JOB_DONE : JOB_PENDING;
        case _JOB_KIND_MAX:
                break;
        }
        return JOB_FAILED;
}
