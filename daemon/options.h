/* The command line of supd, as a value. Parsing it does nothing but fill this in. */
#pragma once

#include "conf/base/macros.h"

typedef enum SupdMode {
        MODE_RUN,
        MODE_CHECK,   /* load the configuration, say what is wrong, exit */
        MODE_VERSION,
        MODE_HELP,
} SupdMode;

typedef struct SupdOptions {
        SupdMode mode;
        const char *config;            /* -c; NULL: the default */
        const char *runtime_directory; /* NULL: the default */
        bool foreground;
        bool verbose;
} SupdOptions;

/* 0, or -EINVAL after having said on stderr what is wrong. */
int options_parse(int argc, char **argv, SupdOptions *ret);
void options_print_help(void);
