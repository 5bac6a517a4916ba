/* The processes of a service, drawn as the tree that they are. */
#pragma once

#include <stdio.h>

#include "ctl/service_info.h"

/* Processes whose parent is not among them are roots. -ENOMEM. */
int process_tree_print(const ProcessInfo *processes, size_t n, FILE *f);
