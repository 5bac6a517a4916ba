/* Services as a table for people. */
#pragma once

#include "ctl/service_info.h"
#include "ctl/table.h"

Colour phase_colour(const char *phase);
int service_table_print(const ServiceList *list, bool colours); /* an ExitCode */
