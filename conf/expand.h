/* What stands for something else inside a value: ${VAR} from an environment, %i and %n of an instance. Pure. */
#pragma once

#include "conf/base/macros.h"

/* The value of NAME in a vector of NAME=value; NULL when it is not set. */
const char *environment_get(char *const *environment, const char *name);
const char *environment_get_n(char *const *environment, const char *name, size_t length);

/* ${NAME} and ${NAME:-default} (for a variable that is unset or empty; the default may hold further ones) replaced, $$ made
 * $, any other $ left alone. 0 and a heap string; -EINVAL with *ret_reason, a heap string; -ENOMEM. */
int expand_variables(const char *text, char *const *environment, char **ret, char **ret_reason);

/* %i (the number), %n (the full name) and %% replaced, any other % left as it stands ("date +%F"), and %i too where there is
 * no number (instance 0). NULL: out of memory. */
char *expand_specifiers(const char *text, const char *name, unsigned instance);
bool has_specifiers(const char *text);
