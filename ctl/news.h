/* State changes of services as they happen: the StateChanged signal, for verbs that wait for it. */
#pragma once

#include "ctl/client.h"

typedef struct StateChange {
        const char *service, *phase, *note; /* borrowed for the time of the call */
} StateChange;

typedef struct News {
        void (*on_change)(const StateChange *change, void *userdata);
        void *userdata;
} News;

/* From here on on_change is called by news_turn(), for every change that follows the reply to this. news must outlive the
 * connection. 0, or an ExitCode after saying why. */
int news_subscribe(Client *c, News *news);
/* Handles all that has arrived; where nothing has, sleeps until something does, or until then. Negative errno: the connection
 * is gone. */
int news_turn(Client *c, usec_t until);
/* The first half of it: never sleeps. How many messages were handled, or a negative errno. */
int news_drain(Client *c);
