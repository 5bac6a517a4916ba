/* See service.h. */
#include "daemon/service.h"

#include <sys/random.h>

#include "daemon/clock.h"
#include "daemon/log_stream.h"
#include "daemon/manager.h"

static const char *const request_kind_names[] = {
        [REQUEST_NONE] = "",
        [REQUEST_AUTOSTART] = "autostart",
        [REQUEST_START] = "start",
        [REQUEST_STOP] = "stop",
        [REQUEST_RESTART] = "restart",
        [REQUEST_RELOAD] = "reload",
        [REQUEST_SHUTDOWN] = "shutdown",
};
ENUM_TABLE(request_kind, RequestKind, request_kind_names, _REQUEST_KIND_MAX);

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
        free(s->status_text);
        free(s->exits);
        free(s->kin);
        config_unref(s->config->owner);
        free(s);
        return NULL;
}

void service_note_request(Service *s, RequestKind kind, const Requester *who) {
        s->last_request = (Request){ .kind = kind, .who = who ? *who : (Requester){ 0 }, .realtime = realtime_now() };
}

char *service_format_invocation_id(const Service *s, char *buf) {
        static const char digits[] = "0123456789abcdef";
        for (size_t i = 0; i < sizeof s->invocation_id; i++) {
                buf[2 * i] = digits[s->invocation_id[i] >> 4];
                buf[2 * i + 1] = digits[s->invocation_id[i] & 0xf];
        }
        buf[INVOCATION_ID_FORMAT_MAX - 1] = 0;
        return buf;
}
