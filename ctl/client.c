/* See client.h. */
#include "ctl/client.h"

#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>

#include "conf/load.h"
#include "ctl/exit_code.h"
#include "ctl/protocol.h"
#include "ctl/text.h"

/* connect(2) waits while the backlog is full. */
#define CONNECT_TIMEOUT_SEC 10
#define RECONNECT_ATTEMPTS 100
#define RECONNECT_PAUSE (50 * USEC_PER_MSEC)

extern char **environ;

static int connect_socket(const char *path, int *ret) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        const struct timeval timeout = { .tv_sec = CONNECT_TIMEOUT_SEC };

        if (strlen(path) >= sizeof(address.sun_path))
                return -ENAMETOOLONG;
        memcpy(address.sun_path, path, strlen(path) + 1);

        _cleanup_(fd_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) < 0 ||
                connect(fd, (struct sockaddr *) &address, sizeof(address)) < 0)
                return -errno;
        *ret = steal_fd(&fd);
        return 0;
}

static int start_bus(int fd, sd_bus **ret) {
        sd_bus *bus = NULL;

        int r = sd_bus_new(&bus);
        if (r >= 0 && (r = sd_bus_set_fd(bus, fd, fd)) < 0)
                (void) fd_close(fd);
        if (r >= 0)
                r = sd_bus_start(bus);
        if (r < 0) {
                sd_bus_close_unref(bus);
                return r;
        }
        *ret = bus;
        return 0;
}

static int client_connect(Client *c) {
        int fd;

        int r = connect_socket(c->socket_path, &fd);
        return r < 0 ? r : start_bus(fd, &c->bus);
}

/* --- what went wrong, and what to do --- */

static int say_not_running(const Client *c) {
        say_error("supd is not running: nobody listens on %s", c->socket_path);
        if (geteuid() == 0)
                (void) fputs("Start it with `supd` (or `systemctl start supd`). If it uses another runtime directory, say\n"
                             "`supctl --runtime-dir DIR` or set SUPD_RUNTIME_DIR.\n", stderr);
        else
                (void) fputs("Start your own with `supd`. The one of the system is reached with\n"
                             "`supctl --runtime-dir /run/supd`, any other with --runtime-dir DIR or SUPD_RUNTIME_DIR.\n", stderr);
        return EXIT_NO_DAEMON;
}

/* The only place that asks the user database, and only when everything failed anyway. */
static int say_no_permission(const Client *c) {
        struct stat st;

        if (stat(c->socket_path, &st) < 0) {
                say_error("no permission to reach %s; ask root for access to %s", c->socket_path, c->runtime_directory);
                return EXIT_NO_PERMISSION;
        }
        const struct group *g = getgrgid(st.st_gid);
        const struct passwd *p = getpwuid(st.st_uid);
        say_error("no permission to control supd (%s)", c->socket_path);
        (void) fprintf(stderr, "Run supctl as root or as %s", p ? p->pw_name : "the user that runs supd");
        if (st.st_gid == 0 || !g)
                (void) fputs(", or set control_group in section [supd] to let the members of a group in.\n", stderr);
        else
                (void) fprintf(stderr, ", or become a member of group '%s' (usermod -aG %s USER, then log in again).\n",
                        g->gr_name, g->gr_name);
        return EXIT_NO_PERMISSION;
}

static int say_connect_failure(const Client *c, int r) {
        switch (-r) {
        case ENOENT:
        case ECONNREFUSED:
        case ENOTDIR:
                return say_not_running(c);
        case EACCES:
        case EPERM:
                return say_no_permission(c);
        case ENAMETOOLONG:
                say_error("the path of the runtime directory is too long for a socket: %s", c->socket_path);
                return EXIT_FAILED;
        case EAGAIN:
                say_error("supd accepts no connections: too many are waiting; see its log");
                return EXIT_FAILED;
        default:
                say_error("cannot connect to %s: %s", c->socket_path, strerror(-r));
                return EXIT_FAILED;
        }
}

static int error_to_exit_code(const char *name) {
        static const struct {
                const char *name;
                ExitCode code;
        } codes[] = {
                { SUPD_ERROR_NO_SUCH_SERVICE, EXIT_NO_SUCH_SERVICE },
                { SUPD_ERROR_ACCESS_DENIED, EXIT_NO_PERMISSION },
                { SUPD_ERROR_NOT_RUNNING, EXIT_NOT_RUNNING },
                { SD_BUS_ERROR_INVALID_ARGS, EXIT_USAGE },
        };

        for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
                if (strcmp(codes[i].name, name) == 0)
                        return codes[i].code;
        return EXIT_FAILED;
}

int client_say_failure(const Client *c, int r, const sd_bus_error *e) {
        if (e && sd_bus_error_has_names(e, SD_BUS_ERROR_UNKNOWN_METHOD, SD_BUS_ERROR_UNKNOWN_OBJECT)) {
                say_error("the running supd does not know this; it may be older than supctl: %s", e->message);
                return EXIT_FAILED;
        }
        if (e && e->name && strncmp(e->name, "System.Error.", 13) != 0 && !sd_bus_error_has_name(e, SD_BUS_ERROR_TIMEOUT)) {
                say_error("%s", e->message ?: e->name);
                return error_to_exit_code(e->name);
        }
        if (r == -ETIMEDOUT) {
                say_error("supd does not answer; see its log, or whether it is stopped by a signal");
                return EXIT_FAILED;
        }
        if (client_is_broken(r)) {
                say_error("the connection to supd broke; `supctl status` shows how things stand now");
                return EXIT_FAILED;
        }
        if (e && e->message) {
                say_error("%s", e->message);
                return r == -EACCES || r == -EPERM ? EXIT_NO_PERMISSION : EXIT_FAILED;
        }
        return say_connect_failure(c, r);
}

int client_say_bad_reply(int r) {
        say_error("supd's answer is not understood (%s); are supctl and supd of one version?", strerror(-r));
        return EXIT_FAILED;
}

/* --- life --- */

int client_open(Client *c, const Options *o) {
        *c = (Client){ 0 };
        int r = 0;

        if (o->runtime_directory)
                c->runtime_directory = strdup(o->runtime_directory);
        else
                r = runtime_directory_default(geteuid() == 0, environ, &c->runtime_directory);
        if (r == -ENXIO) {
                say_error("where is supd? Neither SUPD_RUNTIME_DIR nor XDG_RUNTIME_DIR is set; say --runtime-dir DIR");
                return EXIT_NO_DAEMON;
        }
        if (r < 0 || !c->runtime_directory ||
                asprintf(&c->socket_path, "%s/" SUPD_CONTROL_SOCKET, c->runtime_directory) < 0) {
                c->socket_path = NULL;
                say_error("out of memory");
                return EXIT_FAILED;
        }
        r = client_connect(c);
        return r < 0 ? say_connect_failure(c, r) : EXIT_OK;
}

void client_done(Client *c) {
        sd_bus_close_unref(c->bus);
        free(c->runtime_directory);
        free(c->socket_path);
        *c = (Client){ 0 };
}

bool client_is_broken(int r) {
        return r == -ECONNRESET || r == -EPIPE || r == -ENOTCONN || r == -ESHUTDOWN || r == -ECONNABORTED;
}

int client_reconnect(Client *c) {
        const struct timespec pause = { .tv_nsec = (long) (RECONNECT_PAUSE * NSEC_PER_USEC) };
        int r = -ENOTCONN;

        sd_bus_close_unref(c->bus);
        c->bus = NULL;
        for (unsigned i = 0; i < RECONNECT_ATTEMPTS; i++) {
                r = client_connect(c);
                if (r != -ENOENT && r != -ECONNREFUSED)
                        break;
                (void) nanosleep(&pause, NULL);
        }
        return r;
}

bool client_is_there(const Client *c) {
        _cleanup_(fd_closep) int fd = -1;

        return connect_socket(c->socket_path, &fd) >= 0;
}

/* --- calls --- */

/* Whether a second time does no harm: the first may have been carried out before the connection broke. */
static bool may_be_repeated(const char *method) {
        static const char *const once[] = { "Restart", "Kill", "ReloadServices", "Shutdown" };

        for (size_t i = 0; i < ARRAY_SIZE(once); i++)
                if (strcmp(once[i], method) == 0)
                        return false;
        return true;
}

static int call_once(Client *c, sd_bus_error *e, sd_bus_message **ret, const char *method, char *const *patterns,
        const char *types, va_list ap) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r;

        if (!c->bus)
                return -ENOTCONN;
        if ((r = sd_bus_message_new_method_call(c->bus, &m, SUPD_BUS_NAME, SUPD_BUS_PATH, SUPD_BUS_INTERFACE, method)) < 0 ||
                (patterns && (r = sd_bus_message_append_strv(m, (char **) patterns)) < 0) ||
                (types && (r = sd_bus_message_appendv(m, types, ap)) < 0))
                return r;
        return sd_bus_call(c->bus, m, 0, e, ret);
}

static int tryv(Client *c, sd_bus_error *e, sd_bus_message **ret, const char *method, char *const *patterns, const char *types,
        va_list ap) {
        va_list again;

        va_copy(again, ap);
        int r = call_once(c, e, ret, method, patterns, types, ap);
        if (client_is_broken(r) && may_be_repeated(method)) {
                sd_bus_error_free(e);
                r = client_reconnect(c);
                if (r >= 0)
                        r = call_once(c, e, ret, method, patterns, types, again);
        }
        va_end(again);
        return r < 0 ? r : 0;
}

int client_try(Client *c, sd_bus_error *e, sd_bus_message **ret, const char *method, char *const *patterns, const char *types,
        ...) {
        va_list ap;

        va_start(ap, types);
        int r = tryv(c, e, ret, method, patterns, types, ap);
        va_end(ap);
        return r;
}

int client_call(Client *c, sd_bus_message **ret, const char *method, char *const *patterns, const char *types, ...) {
        _cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
        va_list ap;

        va_start(ap, types);
        int r = tryv(c, &e, ret, method, patterns, types, ap);
        va_end(ap);
        return r < 0 ? client_say_failure(c, r, &e) : EXIT_OK;
}
