/* A request to services from beginning to end: made, waited for as the options say, and told on stderr where it failed. */
#pragma once

#include "ctl/jobs.h"
#include "ctl/json.h"

typedef struct Order {
        char *const *patterns; /* borrowed */
        JobSet jobs;
        bool waited;
        bool answered;         /* there are outcomes to tell, good or bad */
} Order;

/* An ExitCode; everything was said. Always followed by order_done(). */
int order_carry_out(Client *c, const Options *o, const Request *request, char *const *patterns, Order *ret);
/* An array of all that were asked for, also those where nothing was to be done. 0, or an ExitCode after saying why. */
int order_to_json(Client *c, const Order *order, json_t **ret);
void order_done(Order *order);
