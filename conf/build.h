/* From a complete draft to a Config: defaults, instances, look-ups, rules. Reports into the draft's diagnostics. */
#pragma once

#include "conf/draft.h"
#include "conf/load.h"

/* Relative to the main file; matching nothing is fine. */
#define DEFAULT_INCLUDE "conf.d/*.ini"

/* c->path and c->files are set; everything else is filled in. has_default_include: the main file said nothing of `include`.
 * 0: done, whatever was found wrong (see draft->outside_errors and the sections' failed); or -ENOMEM. Services and groups
 * with errors are not in c. */
int build_config(Draft *d, const LoadOptions *options, bool has_default_include, Config *c);
