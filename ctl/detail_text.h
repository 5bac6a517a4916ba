/* What there is to say about one service, as text on stdout: the parts that `status` and `why` share. */
#pragma once

#include "ctl/service_info.h"
#include "ctl/text.h"

/* Name, description, state with its note and age, goal. */
void detail_print_head(const ServiceRow *r, bool colours);
/* "   Label: value"; nothing where there is no value. */
void detail_print_field(const char *label, const char *value);
/* The last few, newest first. */
void detail_print_exits(const ServiceDetail *d);
/* The last lines of its output, *ret_size 0 where there are none. Heap. EXIT_OK, or an ExitCode after saying why. */
int detail_read_log(const ServiceDetail *d, Client *c, unsigned n_lines, char **ret, size_t *ret_size);
/* The same as text; a courtesy: what cannot be read is left out. */
void detail_print_log(const ServiceDetail *d, Client *c, unsigned n_lines);

/* From then until now. */
usec_t detail_since(uint64_t realtime);
