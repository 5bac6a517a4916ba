/* Where things are when nobody says: computed from who asks and from the environment, without looking at the disk.
 * config_default_path() and runtime_directory_default() of load.h live here too. */
#pragma once

#include "conf/load.h"

/* /var/log/supd, or $XDG_STATE_HOME/supd ($HOME/.local/state/supd); /var/log/supd again for a user without either. */
int log_directory_default(bool is_root, char *const *environment, char **ret);
