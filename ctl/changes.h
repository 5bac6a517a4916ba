/* What a new configuration changes: the answer of ReloadConfiguration and PlanConfiguration, which have one form. */
#pragma once

#include "ctl/client.h"
#include "ctl/json.h"

typedef struct Changes {
        size_t n;           /* services added, removed or changed */
        bool wants_restart; /* some of them take effect at the next start only */
        json_t *json;       /* the object of VERBS.md */
} Changes;

/* Calls the method and, unless JSON is wanted, prints what it answers. Refused for errors in the configuration, consequence
 * says what that means: "everything runs on as it was". 0, or an ExitCode after saying why. Always followed by
 * changes_done(). */
int changes_get(Client *c, const Options *o, const char *method, const char *consequence, Changes *ret);
void changes_done(Changes *c);
