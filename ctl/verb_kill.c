/* kill: any signal to services, without a change of what supd wants of them. */
#include <signal.h>

#include "ctl/client.h"
#include "ctl/signalled.h"
#include "ctl/verbs.h"

int verb_kill(const Invocation *i) {
        _cleanup_(client_done) Client c = { 0 };
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        int32_t signo = i->options->signo ?: SIGTERM;

        int code = client_open(&c, i->options);
        if (code != EXIT_OK)
                return code;
        code = client_call(&c, &reply, "Kill", i->arguments, "is", signo, i->options->whom);
        return code == EXIT_OK ? signalled_print(reply, i->options) : code;
}
