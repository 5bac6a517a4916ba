/* A request that somebody may wait for: how it stands, judged from the state of its service alone. Pure. */
#pragma once

#include "daemon/core/service_state.h"

typedef enum JobKind {
        JOB_START,
        JOB_STOP,
        JOB_RESTART,
        _JOB_KIND_MAX,
} JobKind;
ENUM_TABLE_DECLARE(job_kind, JobKind);

typedef enum JobResult {
        JOB_PENDING,
        JOB_DONE,
        JOB_FAILED,   /* the service went where the job did not want it; its result says why */
        JOB_CANCELED, /* a later request wants the opposite */
        _JOB_RESULT_MAX,
} JobResult;
ENUM_TABLE_DECLARE(job_result, JobResult);

/* n_ready_before: ServiceState.n_ready when the request was made. */
JobResult job_judge(JobKind kind, uint32_t n_ready_before, const ServiceState *s);
