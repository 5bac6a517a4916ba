/* The text form of environments, as environment files have it. Pure. */
#pragma once

#include "conf/base/strv.h"

/* Whether s begins with a name that a shell could have set, and '='. */
bool environment_entry_is_valid(const char *s);

/* Parses the text of an environment file: NAME=value lines, '#' and ';' comments, blank lines, an optional "export ",
 * values bare or in single or double quotes (with backslash escapes in the latter). Appends to *entries.
 * -EINVAL with *ret_line (1-based) for a line that is none of these; -ENOMEM. */
int environment_parse_file(const char *text, Strv *entries, unsigned *ret_line);
