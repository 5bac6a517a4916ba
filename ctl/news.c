/* See news.h. */
#include "ctl/news.h"

#include "ctl/clock.h"
#include "ctl/exit_code.h"
#include "ctl/protocol.h"

static int read_events(sd_bus_message *m, void (*handler)(const StateChange *, void *), void *userdata) {
        StateChange change;

        int r = sd_bus_message_enter_container(m, 'a', "(" SUPD_EVENT_ITEM ")");
        while (r >= 0 && (r = sd_bus_message_read(m, "(" SUPD_EVENT_ITEM ")", &change.realtime, &change.service, &change.phase,
                                  &change.note)) > 0)
                handler(&change, userdata);
        return r;
}

static int on_message(sd_bus_message *m, void *userdata, sd_bus_error *e _unused_) {
        const News *news = userdata;

        if (!sd_bus_message_is_signal(m, SUPD_BUS_INTERFACE, SUPD_SIGNAL_EVENTS))
                return 0;
        (void) read_events(m, news->on_change, news->userdata);
        return 1;
}

static int get_events(Client *c, const News *news, bool follow) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;

        int code = client_call(c, &reply, "GetEvents", NULL, "b", (int) follow);
        if (code != EXIT_OK || !news->on_past)
                return code;
        int r = read_events(reply, news->on_past, news->userdata);
        return r < 0 ? client_say_bad_reply(r) : EXIT_OK;
}

int news_look_back(Client *c, const News *news) {
        return get_events(c, news, false);
}

int news_follow(Client *c, News *news) {
        int r = sd_bus_add_filter(c->bus, NULL, on_message, news);

        return r < 0 ? client_say_failure(c, r, NULL) : get_events(c, news, true);
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
