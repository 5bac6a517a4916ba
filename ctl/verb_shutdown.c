/* shutdown: everything ends, supd too; done when the connection to it closes. */
#include <string.h>

#include "ctl/client.h"
#include "ctl/clock.h"
#include "ctl/json.h"
#include "ctl/text.h"
#include "ctl/verbs.h"

/* Until supd hangs up. 0, or -ETIMEDOUT. */
static int wait_for_end(sd_bus *bus, usec_t timeout) {
        usec_t deadline = usec_add(now_monotonic(), timeout);

        for (;;) {
                int r = sd_bus_process(bus, NULL);
                usec_t now = now_monotonic();

                if (r < 0)
                        return 0;
                if (now >= deadline)
                        return -ETIMEDOUT;
                if (r == 0 && (r = sd_bus_wait(bus, deadline == USEC_INFINITY ? UINT64_MAX : deadline - now)) < 0 && r != -EINTR)
                        return 0;
        }
}

static int say(const Options *o, const char *result, int code) {
        if (!option_given(o, OPTION_JSON))
                return code;
        int r = json_print(json_pack("{s:s}", "result", result));
        return code == EXIT_OK ? r : code;
}

int verb_shutdown(const Invocation *i) {
        _cleanup_(client_done) Client c = { 0 };
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;

        int code = client_open(&c, i->options);
        if (code != EXIT_OK)
                return code;
        code = client_call(&c, &reply, "Shutdown", NULL, "s", option_given(i->options, OPTION_NOW) ? "now" : "normal");
        if (code != EXIT_OK)
                return code;
        if (option_given(i->options, OPTION_NO_WAIT))
                return say(i->options, "requested", EXIT_OK);
        if (wait_for_end(c.bus, i->options->timeout) == 0)
                return say(i->options, "done", EXIT_OK);
        say_error("supd is still shutting down; `supctl status` shows what it waits for, `supctl shutdown --now` hurries");
        return say(i->options, "timeout", EXIT_TIMED_OUT);
}
