/* The answer to a request that signals services: who got it, and who not and why. */
#pragma once

#include <systemd/sd-bus.h>

#include "ctl/options.h"

/* Prints it; returns the ExitCode: EXIT_FAILED when somebody was left out. */
int signalled_print(sd_bus_message *reply, const Options *o);
