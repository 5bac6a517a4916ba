/* One datagram of the sd_notify protocol, parsed: assignments separated by newlines, a trailing one allowed (sd_notify(3)).
 * Pure. What supd does not know is ignored, as the protocol asks for. */
#pragma once

#include <sys/types.h>

#include "conf/base/macros.h"
#include "conf/base/usec.h"

typedef struct NotifyMessage {
        bool ready, reloading, stopping;
        bool watchdog_ping, watchdog_trigger;
        bool has_status;
        const char *status;      /* into the text that was parsed; "" clears */
        size_t status_length;
        bool has_errno;
        int error;
        pid_t main_pid;          /* 0: not said */
        usec_t extend_timeout;   /* 0: not said */
        bool has_watchdog_usec;
        usec_t watchdog_usec;
        unsigned n_malformed;    /* known assignments with a value that is none */
} NotifyMessage;

/* text need not end with a NUL. The last of repeated assignments counts. */
void notify_message_parse(const char *text, size_t length, NotifyMessage *ret);
