/* From files to a Config: reads the main file and what it includes, reports every error of every file at once.
 *
 * This is the only part of conf that touches the system: it opens files, expands globs and asks the user database. What it
 * cannot know from text (environment variables, whether users are to be resolved) comes in through LoadOptions. */
#pragma once

#include "conf/config.h"

typedef struct LoadOptions {
        const char *path;           /* FILE or DIRECTORY (its *.ini in sort order); NULL: the default for this user */
        char *const *environment;   /* for ${VAR}; NULL: none is set */
        bool is_root;               /* selects the defaults: /etc and /var/log, or the XDG directories */
        bool is_pid1;
        OnConfigError on_error;     /* what to do when [supd] does not say */
        const char *runtime_directory; /* for the default of pid_file; NULL: the default runtime directory */
} LoadOptions;

/* 0 and *ret: loaded; d may hold warnings, and errors too where on_config_error = skip-service left services out.
 * -EBADMSG: refused, d says all of it. Other negative errno: the system failed (d names the file). */
int config_load(const LoadOptions *options, Diagnostics *d, Config **ret);

/* The file that is read when no -c is given: /etc/supd/supd.ini, or $XDG_CONFIG_HOME/supd/supd.ini
 * ($HOME/.config/supd/supd.ini). Never a relative path. Heap string in *ret; -ENOENT when neither variable is set. */
int config_default_path(bool is_root, char *const *environment, char **ret);
/* /run/supd, or $XDG_RUNTIME_DIR/supd; $SUPD_RUNTIME_DIR before both. -ENXIO when a plain user has none of them. */
int runtime_directory_default(bool is_root, char *const *environment, char **ret);
