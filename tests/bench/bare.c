/* bare [--minimal | --cgroup DIRECTORY] SOCKET SERVICES    supervises; SIGTERM stops everything
 * bare --status SOCKET NAME                                prints the state of one service
 *
 * The yardstick of the benchmarks: the system calls without which the work of supd cannot be done, and nothing around them. No
 * log, no policy, no timeouts; an error ends it or is not noticed. What supd takes longer is the price of being supd.
 *
 * --minimal leaves out all that makes a clean child: what is left is vfork, execve and waitpid.
 * --cgroup gives each service a cgroup in DIRECTORY, looks there whether anything is left when a service ended, and removes it
 * at the end. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bare_services.h"
#include "bare_spawn.h"

#define NAME_SIZE 128
#define BATCH_MAX 128

typedef struct Bare {
        bool minimal;
        int cgroup_fd; /* -1: no cgroups */
        Services services;
        size_t n_alive;
        bool stopping;
        int epoll_fd, signal_fd, listen_fd;
} Bare;

static void __attribute__((noreturn)) fail(const char *what) {
        fprintf(stderr, "bare: %s: %s\n", what, strerror(errno));
        exit(1);
}

/* --- cgroups --- */

static int cgroup_open(Bare *b, Service *s) {
        if (!s->has_cgroup && mkdirat(b->cgroup_fd, s->name, 0755) < 0)
                fail(s->name);
        s->has_cgroup = true;
        return openat(b->cgroup_fd, s->name, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Whatever the answer is, the restart goes on: no service of the benchmarks leaves anything behind. */
static void cgroup_look(Bare *b, const Service *s) {
        char path[NAME_SIZE + 16], text[256];
        snprintf(path, sizeof path, "%s/cgroup.events", s->name);
        int fd = openat(b->cgroup_fd, path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || read(fd, text, sizeof text) < 0)
                fail(path);
        close(fd);
}

static void cgroups_remove(Bare *b) {
        for (size_t i = 0; i < b->services.n; i++)
                unlinkat(b->cgroup_fd, b->services.items[i].name, AT_REMOVEDIR);
}

/* --- starting and stopping --- */

static void start(Bare *b, Service *s) {
        int pidfd = -1, cgroup_fd = -1;
        pid_t pid;

        if (b->cgroup_fd >= 0)
                cgroup_fd = cgroup_open(b, s);
        if (b->minimal)
                pid = bare_spawn_minimal(s);
        else
                pid = bare_spawn_full(s, cgroup_fd, &pidfd);
        if (cgroup_fd >= 0)
                close(cgroup_fd);
        if (pid < 0) {
                errno = -pid;
                fail(s->argv[0]);
        }
        services_note_start(&b->services, s, pid, pidfd);
        b->n_alive++;
}

static void stop_all(Bare *b) {
        b->stopping = true;
        for (size_t i = b->services.n; i > 0; i--) {
                const Service *s = &b->services.items[i - 1];
                if (s->pidfd >= 0) {
                        syscall(SYS_pidfd_send_signal, s->pidfd, SIGTERM, NULL, 0);
                        syscall(SYS_pidfd_send_signal, s->pidfd, SIGCONT, NULL, 0);
                } else if (s->pid > 0) {
                        kill(s->pid, SIGTERM);
                }
        }
}

/* --- reaping: all that has ended first, the restarts after it, as supd does --- */

static pid_t wait_one(const Bare *b) {
        if (b->minimal)
                return waitpid(-1, NULL, WNOHANG);
        siginfo_t info = { 0 };
        return waitid(P_ALL, 0, &info, WEXITED | WSTOPPED | WCONTINUED | WNOHANG) < 0 ? -1 : info.si_pid;
}

/* True: there may be more to wait for. */
static bool reap_batch(Bare *b) {
        Service *ended[BATCH_MAX];
        size_t n = 0, n_waited = 0;
        pid_t pid = 0;

        for (; n_waited < BATCH_MAX && (pid = wait_one(b)) > 0; n_waited++) {
                Service *s = services_find_by_pid(&b->services, pid);
                if (!s)
                        continue; /* an orphan */
                services_note_end(&b->services, s);
                b->n_alive--;
                ended[n++] = s;
        }
        for (size_t i = 0; i < n; i++) {
                if (b->cgroup_fd >= 0)
                        cgroup_look(b, ended[i]);
                if (ended[i]->restart && !b->stopping)
                        start(b, ended[i]);
        }
        return pid > 0;
}

static void on_signal(Bare *b) {
        struct signalfd_siginfo info;
        if (read(b->signal_fd, &info, sizeof info) != sizeof info)
                return;
        if (info.ssi_signo == SIGTERM)
                stop_all(b);
        else
                while (reap_batch(b))
                        continue;
}

/* --- status --- */

static struct sockaddr_un address_of(const char *path) {
        struct sockaddr_un a = { .sun_family = AF_UNIX };
        if (strlen(path) >= sizeof a.sun_path) {
                errno = ENAMETOOLONG;
                fail(path);
        }
        strcpy(a.sun_path, path);
        return a;
}

static void on_client(Bare *b) {
        char name[NAME_SIZE], text[NAME_SIZE + 32];
        int fd = accept4(b->listen_fd, NULL, NULL, SOCK_CLOEXEC);
        ssize_t n = fd < 0 ? -1 : read(fd, name, sizeof name - 1);

        if (n > 0) {
                name[n] = 0;
                const Service *s = services_find_by_name(&b->services, name);
                int l = snprintf(text, sizeof text, "%s %s pid %d\n", name, s && s->pid ? "running" : "not running",
                        s ? s->pid : 0);
                (void) !write(fd, text, (size_t) l);
        }
        if (fd >= 0)
                close(fd);
}

static int ask_status(const char *path, const char *name) {
        const struct sockaddr_un address = address_of(path);
        char text[256];
        int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

        if (fd < 0 || connect(fd, (const struct sockaddr *) &address, sizeof address) < 0 ||
                write(fd, name, strlen(name)) < 0)
                fail(path);
        ssize_t n = read(fd, text, sizeof text);
        if (n <= 0 || write(STDOUT_FILENO, text, (size_t) n) != n)
                fail(path);
        return 0;
}

/* --- the loop --- */

static void watch(const Bare *b, int fd) {
        struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };
        if (epoll_ctl(b->epoll_fd, EPOLL_CTL_ADD, fd, &e) < 0)
                fail("epoll");
}

static void listen_at(Bare *b, const char *path) {
        const struct sockaddr_un address = address_of(path);
        b->listen_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        if (bind(b->listen_fd, (const struct sockaddr *) &address, sizeof address) < 0 || listen(b->listen_fd, 64) < 0)
                fail(path);
        watch(b, b->listen_fd);
}

static void catch_signals(Bare *b) {
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGCHLD);
        sigaddset(&set, SIGTERM);
        sigprocmask(SIG_BLOCK, &set, NULL);
        b->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
        if (b->signal_fd < 0)
                fail("signalfd");
        watch(b, b->signal_fd);
}

static void supervise(Bare *b) {
        for (size_t i = 0; i < b->services.n; i++)
                start(b, &b->services.items[i]);
        while (!b->stopping || b->n_alive > 0) {
                struct epoll_event events[8];
                int n = epoll_wait(b->epoll_fd, events, 8, -1);
                for (int i = 0; i < n; i++)
                        if (events[i].data.fd == b->signal_fd)
                                on_signal(b);
                        else
                                on_client(b);
        }
        if (b->cgroup_fd >= 0)
                cgroups_remove(b);
}

int main(int argc, char **argv) {
        Bare b = { .cgroup_fd = -1 };
        int i = 1;

        if (argc == 4 && strcmp(argv[1], "--status") == 0)
                return ask_status(argv[2], argv[3]);
        if (argc == 4 && strcmp(argv[1], "--minimal") == 0) {
                b.minimal = true;
                i = 2;
        } else if (argc == 5 && strcmp(argv[1], "--cgroup") == 0) {
                b.cgroup_fd = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                if (b.cgroup_fd < 0)
                        fail(argv[2]);
                b.cgroup_fd = fcntl(b.cgroup_fd, F_DUPFD_CLOEXEC, 10); /* out of the way of what the children get */
                i = 3;
        }
        if (argc - i != 2) {
                fprintf(stderr, "usage: bare [--minimal | --cgroup DIRECTORY] SOCKET SERVICES\n"
                                "       bare --status SOCKET NAME\n");
                return 2;
        }

        int r = services_read(argv[i + 1], &b.services);
        if (r >= 0)
                r = bare_spawn_setup();
        if (r < 0) {
                errno = -r;
                fail(argv[i + 1]);
        }
        prctl(PR_SET_CHILD_SUBREAPER, 1);
        b.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
        catch_signals(&b);
        listen_at(&b, argv[i]);
        supervise(&b);
        return 0;
}
