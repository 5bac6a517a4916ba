/* The connection to supd: finding it, calling it, and saying what to do when that fails. One per invocation. */
#pragma once

#include <systemd/sd-bus.h>

#include "ctl/options.h"

typedef struct Client {
        char *runtime_directory;
        char *socket_path;
        sd_bus *bus;
} Client;

/* 0, or an ExitCode after saying why. Always followed by client_done(). */
int client_open(Client *c, const Options *o);
void client_done(Client *c);

/* Calls a method of SUPD_BUS_INTERFACE with the patterns (NULL: it takes none) and what types says. A connection that breaks
 * is made again once, as supd drops all when it executes itself anew; then only what may safely be said twice is said
 * twice. Negative errno and e, or 0 and *ret. */
int client_try(Client *c, sd_bus_error *e, sd_bus_message **ret, const char *method, char *const *patterns, const char *types,
        ...);
/* Says what a failed client_try() means; returns the ExitCode. */
int client_say_failure(const Client *c, int r, const sd_bus_error *e);
/* Both in one: 0, or an ExitCode. */
int client_call(Client *c, sd_bus_message **ret, const char *method, char *const *patterns, const char *types, ...);

/* After the connection broke: waits a few seconds for supd to come back. 0 or negative errno; nothing is said. */
int client_reconnect(Client *c);
/* Whether supd takes connections now. */
bool client_is_there(const Client *c);
bool client_is_broken(int r); /* is this the error of a connection that is gone? */
/* A reply that does not have the agreed form: another version of supd. Returns the ExitCode. */
int client_say_bad_reply(int r);
