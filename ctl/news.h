/* What happens to services, as it happens: for verbs that wait for it or show it. */
#pragma once

#include "ctl/client.h"

typedef struct StateChange {
        uint64_t realtime;
        const char *service, *phase, *note; /* borrowed for the time of the call */
} StateChange;

typedef struct News {
        void (*on_past)(const StateChange *change, void *userdata); /* NULL: what has been is of no interest */
        void (*on_change)(const StateChange *change, void *userdata);
        void *userdata;
} News;

/* Tells on_past what supd remembers. From here on on_change is called from inside sd_bus_process(), for every change that
 * comes after that, without a gap; news must outlive the connection. 0, or an ExitCode after saying why. */
int news_follow(Client *c, News *news);
/* Only the first half of it. */
int news_look_back(Client *c, const News *news);

/* Handles what has arrived; where nothing has, sleeps until something does, or until then. Negative errno: the connection is
 * gone. */
int news_turn(Client *c, usec_t until);
/* Never sleeps. How many messages were handled, or a negative errno. */
int news_drain(Client *c);
