/* See news.h. */
#include "ctl/news.h"

#include "ctl/clock.h"
#include "ctl/exit_code.h"
#include "ctl/protocol.h"

static int on_message(sd_bus_message *m, void *userdata, sd_bus_error *e _unused_) {
        const News *news = userdata;
        StateChange change;

        if (!sd_bus_message_is_signal(m, SUPD_BUS_INTERFACE, SUPD_SIGNAL_STATE_CHANGED))
                return 0;
        if (sd_bus_message_read(m, "sss", &change.service, &change.phase, &change.note) > 0)
                news->on_change(&change, news->userdata);
        return 1;
}

int news_subscribe(Client *c, News *news) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;

        int r = sd_bus_add_filter(c->bus, NULL, on_message, news);
        if (r < 0)
                return client_say_failure(c, r, NULL);
        return client_call(c, &reply, "Subscribe", NULL, NULL);
}

int news_drain(Client *c) {
        int n = 0, r;

        while ((r = sd_bus_process(c->bus, NULL)) > 0)
                n++;
        return r < 0 ? r : n;
}

int news_turn(Client *c, usec_t until) {
        int r = news_drain(c);

        if (r != 0)
                return r;
        r = sd_bus_wait(c->bus, until == USEC_INFINITY ? UINT64_MAX : usec_sub(until, now_monotonic()));
        return r == -EINTR ? 0 : r;
}
