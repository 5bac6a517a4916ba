/* See default_path.h. The XDG base directory specification wants relative values ignored, and so do we. */
#include "conf/default_path.h"

#include <stdio.h>

#include "conf/expand.h"

#ifndef SUPD_SYSCONFDIR
#define SUPD_SYSCONFDIR "/etc"
#endif

static const char *absolute_from(char *const *environment, const char *name) {
        const char *v = environment_get(environment, name);
        return v && v[0] == '/' ? v : NULL;
}

static int join(const char *directory, const char *rest, char **ret) {
        char *s = NULL;
        if (asprintf(&s, "%s%s", directory, rest) < 0)
                return -ENOMEM;
        *ret = s;
        return 0;
}

/* $XDG_variable/supd..., else $HOME/below_home/supd...; -ENOENT when neither is set. */
static int join_xdg(char *const *environment, const char *variable, const char *rest, const char *rest_of_home,
                char **ret) {
        const char *xdg = absolute_from(environment, variable), *home = absolute_from(environment, "HOME");
        if (xdg)
                return join(xdg, rest, ret);
        return home ? join(home, rest_of_home, ret) : -ENOENT;
}

int config_default_path(bool is_root, char *const *environment, char **ret) {
        if (is_root)
                return join(SUPD_SYSCONFDIR, "/supd/supd.ini", ret);
        return join_xdg(environment, "XDG_CONFIG_HOME", "/supd/supd.ini", "/.config/supd/supd.ini", ret);
}

int runtime_directory_default(bool is_root, char *const *environment, char **ret) {
        const char *own = absolute_from(environment, "SUPD_RUNTIME_DIR");
        const char *xdg = absolute_from(environment, "XDG_RUNTIME_DIR");
        if (own)
                return join(own, "", ret);
        if (is_root)
                return join("/run/supd", "", ret);
        return xdg ? join(xdg, "/supd", ret) : -ENXIO;
}

int log_directory_default(bool is_root, char *const *environment, char **ret) {
        int r = is_root ? -ENOENT : join_xdg(environment, "XDG_STATE_HOME", "/supd", "/.local/state/supd", ret);
        return r == -ENOENT ? join("/var/log/supd", "", ret) : r;
}
