/* Restart policy, backoff and start limit: three small questions that service_step() asks. Never reads a clock. */
#include "daemon/core/restart_policy.h"

bool service_result_is_abnormal(ServiceResult result) {
        return result == RESULT_SIGNAL || result == RESULT_CORE_DUMP || result == RESULT_TIMEOUT ||
                result == RESULT_WATCHDOG;
}

bool restart_policy_wants(const ServiceConfig *c, ServiceResult result, ExitStatus status) {
        if (result != RESULT_SPAWN_FAILED) {
                if (exit_status_in_set(c->restart_prevent_exit_status, status))
                        return false;
                if (exit_status_in_set(c->restart_force_exit_status, status))
                        return true;
        }
        switch (c->restart) {
        case RESTART_NO:
                return false;
        case RESTART_ALWAYS:
                return true;
        case RESTART_ON_SUCCESS:
                return result == RESULT_SUCCESS;
        case RESTART_ON_FAILURE:
                return result != RESULT_SUCCESS;
        case RESTART_ON_ABNORMAL:
                return service_result_is_abnormal(result);
        case _RESTART_MODE_MAX:
                break;
        }
        return false;
}

/* delay +- jitter per cent of it. The full 32 bits of random are spread over the range. */
static usec_t delay_jittered(usec_t delay, unsigned per_cent, uint32_t random) {
        usec_t reach = delay / 100 * per_cent + delay % 100 * per_cent / 100;
        double position = (double) random / UINT32_MAX; /* 0..1 */
        return usec_add(usec_sub(delay, reach), (usec_t) (2.0 * (double) reach * position));
}

usec_t backoff_delay(const ServiceConfig *c, const Backoff *b, uint32_t random) {
        double delay = (double) c->restart_delay;
        double max = (double) MAX(c->restart_delay_max, c->restart_delay);

        /* A loop instead of pow(3): ends as soon as the cap is reached, and needs no libm. */
        for (unsigned i = 0; i < b->n_failures && delay < max && c->restart_backoff > 1 && delay > 0; i++)
                delay *= c->restart_backoff;
        return delay_jittered((usec_t) MIN(delay, max), c->restart_jitter, random);
}

bool start_limit_admit(const ServiceConfig *c, StartLimit *l, usec_t now) {
        if (c->start_limit_burst == 0)
                return true;
        if (l->n_starts == 0 || usec_sub(now, l->window_start) >= c->start_limit_interval)
                *l = (StartLimit){ .window_start = now };
        if (l->n_starts >= c->start_limit_burst)
                return false;
        l->n_starts++;
        return true;
}
