/* See service.h. */
#include "daemon/service.h"

#include <sys/random.h>
#include <time.h>

#include "daemon/log_stream.h"
#include "daemon/manager.h"

int service_new(Manager *m, const ServiceConfig *config, Service **ret) {
        Service *s = calloc(1, sizeof *s);
        uint32_t seed;
        usec_t now;

        if (!s)
                return -ENOMEM;
        if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != sizeof seed)
                seed = (uint32_t) hash_string(config->name); /* jitter needs to differ between services, no more */
        (void) sd_event_now(m->event, CLOCK_MONOTONIC, &now);
        *s = (Service){
                .manager = m,
                .config = config,
                .main = { .pidfd = -1 },
                .timer_index = SIZE_MAX,
        };
        config_ref(config->owner);
        service_state_init(&s->state, seed, now);
        list_init(&s->scope_watch);
        list_init(&s->jobs);
        *ret = s;
        return 0;
}

Service *service_free(Service *s) {
        if (!s)
                return NULL;
        assert(list_is_empty(&s->jobs) && !list_is_linked(&s->scope_watch) && !s->scope_source);
        s->stdout_stream = log_stream_free(s->stdout_stream);
        s->stderr_stream = log_stream_free(s->stderr_stream);
        fd_close(s->main.pidfd);
        free(s->spawn_error_text);
        free(s->exits);
        free(s->kin);
        config_unref(s->config->owner);
        free(s);
        return NULL;
}
