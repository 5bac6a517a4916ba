/* A service as JSON, the same in every verb that prints one. */
#pragma once

#include "ctl/json.h"
#include "ctl/service_info.h"

json_t *row_to_json(const ServiceRow *r);
json_t *rows_to_json(const ServiceList *list); /* an array */
json_t *detail_to_json(const ServiceDetail *d); /* the row and everything else */
json_t *daemon_to_json(const DaemonInfo *d);
