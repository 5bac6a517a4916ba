/* Reads environment_file= at the start of a service: the files may change between starts, so they are read each time. */
#pragma once

#include "conf/base/strv.h"

/* A path with a leading '-' may be missing. -errno with *ret_error a heap text that names file and line. */
int environment_files_read(char *const *paths, Strv *ret, char **ret_error);
