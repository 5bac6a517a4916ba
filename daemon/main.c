/* supd: from the command line to a running Manager, and out again. All that can fail because of how supd was called fails
 * before it detaches, on the caller's stderr. */
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "conf/load.h"
#include "daemon/daemonize.h"
#include "daemon/inherited.h"
#include "daemon/log.h"
#include "daemon/manager.h"
#include "daemon/options.h"
#include "daemon/runtime.h"
#include "daemon/spawn.h"

extern char **environ;

typedef struct Supd {
        SupdOptions options;
        bool is_pid1;
        char *config_path;       /* absolute: it is read again after chdir("/") */
        char *runtime_directory; /* absolute */
        Config *config;
        Runtime runtime;
        int ready_fd;            /* the starting process waits at its other end; -1: nobody waits */
        Manager *manager;
} Supd;

static int make_absolute(const char *path, char **ret) {
        _cleanup_(freep) char *cwd = NULL;

        if (path[0] == '/') {
                *ret = strdup(path);
                return *ret ? 0 : -ENOMEM;
        }
        cwd = getcwd(NULL, 0);
        if (!cwd)
                return -errno;
        return asprintf(ret, "%s/%s", cwd, path) < 0 ? -ENOMEM : 0;
}

static LoadOptions load_options(const Supd *s) {
        return (LoadOptions){
                .path = s->config_path,
                .environment = environ,
                .is_root = geteuid() == 0,
                .is_pid1 = s->is_pid1,
                .on_error = ON_CONFIG_ERROR_REFUSE,
                .runtime_directory = s->runtime_directory,
        };
}

static int resolve_paths(Supd *s) {
        int r = 0;

        if (s->options.config)
                r = make_absolute(s->options.config, &s->config_path);
        if (r < 0)
                return r;
        if (s->options.runtime_directory)
                return make_absolute(s->options.runtime_directory, &s->runtime_directory);
        _cleanup_(freep) char *found = NULL;
        r = runtime_directory_default(geteuid() == 0, environ, &found);
        if (r < 0) {
                fprintf(stderr, "supd: no runtime directory: XDG_RUNTIME_DIR is not set; use --runtime-dir DIRECTORY\n");
                return r;
        }
        return make_absolute(found, &s->runtime_directory);
}

static int load(Supd *s) {
        Diagnostics d = { 0 };
        LoadOptions options = load_options(s);

        int r = config_load(&options, &d, &s->config);
        (void) diagnostics_print(&d, stderr);
        if (r < 0)
                fprintf(stderr, "supd: configuration refused: %zu error%s\n", d.n_errors, d.n_errors == 1 ? "" : "s");
        else if (d.n_errors > 0)
                fprintf(stderr, "supd: %zu errors; the services that have them are left out\n", d.n_errors);
        diagnostics_done(&d);
        return r;
}

/* --- running --- */

static void fail(Supd *s, const char *what, int r) {
        char reason[512];

        snprintf(reason, sizeof reason, "%s: %s", what, strerror(-r));
        if (s->ready_fd >= 0) {
                daemonize_failed(s->ready_fd, reason);
                s->ready_fd = -1;
        } else {
                fprintf(stderr, "supd: not started: %s\n", reason);
        }
}

static bool wants_foreground(const Supd *s) {
        return s->options.foreground || s->is_pid1;
}

static int become_supervisor(Supd *s) {
        int r = inherited_record();
        if (r < 0)
                return r;
        r = spawn_setup();
        if (r < 0)
                return r;
        /* PID 1 gets the orphans of its namespace anyway */
        if (!s->is_pid1 && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
                return -errno;
        return runtime_write_pid(&s->runtime, s->is_pid1 ? NULL : s->config->daemon.pid_file);
}

static int set_up(Supd *s) {
        const ManagerOptions options = {
                .load = load_options(s),
                .runtime_directory = s->runtime_directory,
                .foreground = wants_foreground(s),
                .is_pid1 = s->is_pid1,
        };
        const DaemonConfig *dc = &s->config->daemon;

        int r = become_supervisor(s);
        if (r < 0) {
                fail(s, "cannot become a supervisor", r);
                return r;
        }
        if (!wants_foreground(s)) {
                r = log_open_file(dc->log_file, dc->log_max_size, dc->log_keep);
                if (r < 0) {
                        fail(s, dc->log_file, r);
                        return r;
                }
        }
        r = manager_new(&options, s->config, &s->manager);
        if (r < 0)
                fail(s, "cannot set up the event loop and the control socket", r);
        return r;
}

static int run(Supd *s) {
        int r = 0;

        if (!wants_foreground(s)) {
                r = daemonize(&s->ready_fd);
                if (r < 0) {
                        fail(s, "cannot detach", r);
                        return r;
                }
        }
        r = set_up(s);
        if (r < 0)
                return r;
        log_info("supd " SUPD_VERSION " started, pid %d, %zu services, runtime directory %s", getpid(),
                s->config->n_services, s->runtime_directory);
        manager_start_services(s->manager);
        if (s->ready_fd >= 0) {
                daemonize_ready(s->ready_fd);
                s->ready_fd = -1;
        }
        r = manager_run(s->manager);
        if (r < 0)
                log_error("the event loop failed: %s", strerror(-r));
        else
                log_info("supd ends, everything is stopped");
        return r;
}

static void supd_done(Supd *s) {
        s->manager = manager_free(s->manager);
        runtime_done(&s->runtime);
        s->config = config_unref(s->config);
        free(s->config_path);
        free(s->runtime_directory);
        log_close();
}

static int supd_main(Supd *s) {
        char *error = NULL;

        int r = resolve_paths(s);
        if (r >= 0)
                r = load(s);
        if (r < 0 || s->options.mode == MODE_CHECK)
                return r;
        r = runtime_init(&s->runtime, s->runtime_directory, &error);
        if (r < 0) {
                fprintf(stderr, "supd: not started: %s\n", error ?: strerror(-r));
                free(error);
                return r;
        }
        return run(s);
}

int main(int argc, char **argv) {
        Supd s = { .is_pid1 = getpid() == 1, .runtime = { .lock_fd = -1 }, .ready_fd = -1 };

        if (options_parse(argc, argv, &s.options) < 0)
                return 2;
        if (s.options.mode == MODE_HELP) {
                options_print_help();
                return 0;
        }
        if (s.options.mode == MODE_VERSION) {
                printf("supd " SUPD_VERSION "\n");
                return 0;
        }
        /* a detached supd keeps nothing of its starter: somebody may be waiting for the end of a pipe that was left open here */
        if (s.options.mode == MODE_RUN && !wants_foreground(&s))
                (void) close_range(STDERR_FILENO + 1, ~0U, 0);
        log_open_stderr();
        log_set_level(s.options.verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
        int r = supd_main(&s);
        supd_done(&s);
        return r < 0 ? 1 : 0;
}
