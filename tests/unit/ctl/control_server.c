/* See control_server.h. */
#include "tests/unit/ctl/control_server.h"

#include <dirent.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include "daemon/inherited.h"
#include "daemon/log.h"
#include "daemon/manager.h"
#include "daemon/spawn.h"

/* Exit codes tell which step failed: an assertion in this process would be lost. */
static int serve(const char *config_path, int ready_fd) {
        _cleanup_(diagnostics_done) Diagnostics d = { 0 };
        ManagerOptions options = {
                .load = { .path = config_path, .is_root = geteuid() == 0, .runtime_directory = temp_dir },
                .runtime_directory = temp_dir,
                .foreground = true,
        };
        Config *config;
        Manager *m;

        log_set_level(LOG_LEVEL_ERROR);
        if (config_load(&options.load, &d, &config) < 0) {
                (void) diagnostics_print(&d, stderr);
                return 10;
        }
        if (inherited_record() < 0 || spawn_setup() < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
                return 11;
        if (manager_new(&options, config, &m) < 0)
                return 12;
        if (write(ready_fd, "", 1) != 1)
                return 13;
        (void) close(ready_fd);
        manager_start_services(m);
        int r = manager_run(m);
        manager_free(m);
        config_unref(config);
        return r < 0 ? 14 : 0;
}

static void write_config(const char *config) {
        FILE *f = fopen(temp_path("supd.ini"), "we");

        ck_assert_ptr_nonnull(f);
        ck_assert_int_gt(fprintf(f, "[supd]\nlog_directory = %s\n%s", temp_dir, config), 0);
        ck_assert_int_eq(fclose(f), 0);
}

ControlServer server_start(const char *config, unsigned n_files) {
        ControlServer s = { 0 };
        int fds[2];
        char c;

        temp_dir_setup();
        write_config(config);
        ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
        int ready = fcntl(fds[1], F_DUPFD_CLOEXEC, 20); /* spawn_setup() wants the low ones for itself */
        ck_assert_int_ge(ready, 20);
        (void) close(fds[1]);
        (void) fflush(NULL);
        s.pid = fork();
        ck_assert_int_ge(s.pid, 0);
        if (s.pid == 0) {
                const struct rlimit limit = { n_files, n_files };

                (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
                (void) close(fds[0]);
                if (n_files > 0)
                        (void) setrlimit(RLIMIT_NOFILE, &limit);
                exit(serve(temp_path("supd.ini"), ready));
        }
        (void) close(ready);
        if (read(fds[0], &c, 1) != 1) {
                int status;

                ck_assert_int_eq(waitpid(s.pid, &status, 0), s.pid);
                ck_abort_msg("the server did not start: wait status %#x", status);
        }
        (void) close(fds[0]);
        (void) snprintf(s.socket_path, sizeof(s.socket_path), "%s", temp_path(SUPD_CONTROL_SOCKET));
        (void) snprintf(s.directory, sizeof(s.directory), "%s", temp_dir);
        return s;
}

void server_stop(ControlServer *s) {
        int status;

        ck_assert_int_eq(kill(s->pid, SIGTERM), 0);
        ck_assert_int_eq(waitpid(s->pid, &status, 0), s->pid);
        ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the server ended with wait status %#x", status);
        ck_assert_msg(access(s->socket_path, F_OK) < 0, "the socket is left behind");
        temp_dir_teardown();
}

int connect_raw(const ControlServer *s) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        ck_assert_int_ge(fd, 0);
        (void) snprintf(address.sun_path, sizeof(address.sun_path), "%s", s->socket_path);
        if (connect(fd, (struct sockaddr *) &address, sizeof(address)) < 0) {
                int error = errno;

                (void) close(fd);
                errno = error;
                return -1;
        }
        return fd;
}

sd_bus *connect_bus(const ControlServer *s) {
        int fd = connect_raw(s);
        sd_bus *bus;

        ck_assert_int_ge(fd, 0);
        ck_assert_int_ge(sd_bus_new(&bus), 0);
        ck_assert_int_ge(sd_bus_set_fd(bus, fd, fd), 0);
        ck_assert_int_ge(sd_bus_start(bus), 0);
        return bus;
}

void assert_answers(const ControlServer *s) {
        _cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
        sd_bus *bus = connect_bus(s);
        sd_bus_message *reply = NULL;
        const char *version;

        int r = sd_bus_call_method(bus, SUPD_BUS_NAME, SUPD_BUS_PATH, SUPD_BUS_INTERFACE, "GetVersion", &e, &reply, NULL);
        ck_assert_msg(r >= 0, "GetVersion: %s", e.message ?: strerror(-r));
        ck_assert_int_gt(sd_bus_message_read(reply, "s", &version), 0);
        ck_assert_str_eq(version, SUPD_VERSION);
        sd_bus_message_unref(reply);
        sd_bus_close_unref(bus);
}

usec_t test_now(void) {
        struct timespec ts;

        (void) clock_gettime(CLOCK_MONOTONIC, &ts);
        return usec_from_timespec(&ts);
}

static FILE *open_proc(const ControlServer *s, const char *what) {
        char path[64];

        (void) snprintf(path, sizeof(path), "/proc/%d/%s", (int) s->pid, what);
        FILE *f = fopen(path, "re");
        ck_assert_ptr_nonnull(f);
        return f;
}

unsigned long server_status(const ControlServer *s, const char *key) {
        FILE *f = open_proc(s, "status");
        unsigned long value = 0;
        char line[256];

        while (fgets(line, sizeof(line), f))
                if (strncmp(line, key, strlen(key)) == 0)
                        value = strtoul(line + strlen(key), NULL, 10);
        (void) fclose(f);
        return value;
}

unsigned server_count_fds(const ControlServer *s) {
        char path[64];
        unsigned n = 0;

        (void) snprintf(path, sizeof(path), "/proc/%d/fd", (int) s->pid);
        DIR *d = opendir(path);
        ck_assert_ptr_nonnull(d);
        while (readdir(d))
                n++;
        (void) closedir(d);
        return n;
}

usec_t server_cpu(const ControlServer *s) {
        FILE *f = open_proc(s, "schedstat");
        unsigned long long nsec = 0;

        ck_assert_int_eq(fscanf(f, "%llu", &nsec), 1);
        (void) fclose(f);
        return nsec / NSEC_PER_USEC;
}
