/* Rules that one value alone cannot break: combinations of keys, references between sections, things that are not there
 * (yet). Every broken rule is reported where the user wrote it. It changes nothing. */
#pragma once

#include "conf/draft.h"
#include "conf/load.h"

/* One service, or the first two instances of one: next is NULL or the second. */
void validate_service(Draft *d, DraftSection *s, const ServiceConfig *c, const ServiceConfig *next, bool is_root);

/* Warnings about programs and directories that do not exist. For each instance; before is the instance before it, or NULL:
 * what they share is not said twice. */
void validate_files(Draft *d, DraftSection *s, const ServiceConfig *c, const ServiceConfig *before);

/* Log files that several services write to: a warning at each but the first. Over all services, once. */
typedef struct SharedOutputs {
        HashTable seen; /* by path; the nodes live in the draft's arena */
} SharedOutputs;

void shared_outputs_done(SharedOutputs *o);
int validate_shared_outputs(SharedOutputs *o, Draft *d, DraftSection *s, const ServiceConfig *c);

/* services: all that were built, whether in order or not. */
void validate_group(Draft *d, DraftSection *s, const GroupConfig *g, ServiceConfig *const *services, size_t n_services);
