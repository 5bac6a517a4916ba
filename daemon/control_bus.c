/* What tools expect of a message bus, here where there is none: busctl and most libraries say Hello before anything else and
 * set up matches. Answered and otherwise ignored; every signal goes to the peer that it concerns anyway. */
#include <stdio.h>

#include "daemon/control_internal.h"

static int method_hello(sd_bus_message *m, void *userdata, sd_bus_error *e _unused_) {
        ControlPeer *peer = userdata;
        char name[32];

        (void) snprintf(name, sizeof(name), ":1.%lu", (unsigned long) peer->number);
        return sd_bus_reply_method_return(m, "s", name);
}

static int method_ignore(sd_bus_message *m, void *userdata _unused_, sd_bus_error *e _unused_) {
        return sd_bus_reply_method_return(m, NULL);
}

const sd_bus_vtable control_bus_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS(
                "Hello", SD_BUS_NO_ARGS, SD_BUS_RESULT("s", unique_name), method_hello, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS(
                "AddMatch", SD_BUS_ARGS("s", rule), SD_BUS_NO_RESULT, method_ignore, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS(
                "RemoveMatch", SD_BUS_ARGS("s", rule), SD_BUS_NO_RESULT, method_ignore, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};
