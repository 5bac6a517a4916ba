/* See notify.h.
 *
 * The socket is dispatched before SIGCHLD: a message of a process that has ended and is not reaped yet still finds its
 * service. Anyone may send to it (services run as any user); who it was, the kernel says (SCM_CREDENTIALS, unix(7)). */
#include "daemon/notify.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "daemon/actions.h"
#include "daemon/core/notify_message.h"
#include "daemon/log.h"
#include "daemon/scope.h"

#define MESSAGE_MAX 4096
#define STATUS_MAX 1024
/* Datagrams handled per turn: a service that talks without end must not keep the others waiting. */
#define MESSAGES_PER_TURN 64
/* Descriptors that a message may carry: the kernel's SCM_MAX_FD. They are for FDSTORE and BARRIER, and are closed here, which
 * is all that a barrier waits for (sd_notify_barrier(3)). */
#define FDS_MAX 253

struct Notify {
        Manager *manager;
        int fd;
        char *path;
        sd_event_source *source;
};

/* --- what a message does --- */

static void set_status(Service *s, const NotifyMessage *m) {
        free(s->status_text);
        s->status_text = m->status_length > 0 ? strndup(m->status, MIN(m->status_length, (size_t) STATUS_MAX)) : NULL;
        for (char *c = s->status_text; c && *c; c++)
                if ((unsigned char) *c < ' ' || *c == 0x7f)
                        *c = ' ';
}

/* A service may name another main process only where that is one of its own and our child: its exit has to reach us. */
static void set_main_pid(Service *s, pid_t pid) {
        ProcStat p;

        if (pid == s->main.pid)
                return;
        if (proc_read_stat(pid, &p) < 0 || p.ppid != getpid() || scope_find_service(s->manager->scopes, s->manager, pid) != s) {
                log_warning("%s: MAINPID=%d ignored: not a process of this service that supd could wait for",
                        s->config->name, pid);
                return;
        }
        manager_replace_main(s, pid);
        log_info("%s: main process is now pid %d", s->config->name, pid);
}

static void dispatch(Service *s, ServiceEventKind kind, usec_t span) {
        (void) service_dispatch(s, &(ServiceEvent){ .kind = kind, .span = span });
}

/* RELOADING before READY, in one datagram too: the order in which a reload goes. */
static void apply(Service *s, const NotifyMessage *m) {
        if (m->n_malformed > 0)
                log_debug("%s: %u malformed assignments in an sd_notify message", s->config->name, m->n_malformed);
        if (m->has_status)
                set_status(s, m);
        if (m->has_errno && m->error != 0)
                log_warning("%s: reports an error: %s", s->config->name, strerror(m->error));
        if (m->main_pid > 0)
                set_main_pid(s, m->main_pid);
        if (m->has_watchdog_usec)
                dispatch(s, EVENT_WATCHDOG_CHANGE, m->watchdog_usec);
        if (m->reloading)
                dispatch(s, EVENT_RELOADING, 0);
        if (m->ready)
                dispatch(s, EVENT_READY, 0);
        if (m->stopping)
                dispatch(s, EVENT_STOPPING, 0);
        if (m->extend_timeout > 0)
                dispatch(s, EVENT_EXTEND_TIMEOUT, m->extend_timeout);
        if (m->watchdog_ping)
                dispatch(s, EVENT_WATCHDOG_PING, 0);
        if (m->watchdog_trigger)
                dispatch(s, EVENT_WATCHDOG_TRIGGER, 0);
}

static void handle(Notify *n, const char *text, size_t length, pid_t sender) {
        NotifyMessage message;
        Service *s = manager_find_by_pid(n->manager, sender);
        bool is_main = s != NULL;

        if (!s)
                s = scope_find_service(n->manager->scopes, n->manager, sender);
        if (!s) {
                log_debug("sd_notify message from pid %d, which belongs to no service", sender);
                return;
        }
        if (s->config->notify_access == NOTIFY_ACCESS_NONE || (s->config->notify_access == NOTIFY_ACCESS_MAIN && !is_main)) {
                log_debug("%s: sd_notify message from pid %d ignored (notify_access = %s)", s->config->name, sender,
                        notify_access_to_string(s->config->notify_access));
                return;
        }
        notify_message_parse(text, length, &message);
        apply(s, &message);
}

/* --- receiving --- */

static void close_received(const struct cmsghdr *c) {
        size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < n; i++) {
                int fd;
                memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
                fd_close(fd);
        }
}

/* 1: a message, -EAGAIN: none left. */
static int receive(Notify *n) {
        char text[MESSAGE_MAX];
        union {
                struct cmsghdr align;
                char space[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(FDS_MAX * sizeof(int))];
        } control;
        struct iovec iov = { .iov_base = text, .iov_len = sizeof text };
        struct msghdr header = {
                .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
        };
        struct ucred sender = { 0 };

        ssize_t length = recvmsg(n->fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (length < 0)
                return errno == EINTR ? 1 : -errno;
        for (struct cmsghdr *c = CMSG_FIRSTHDR(&header); c; c = CMSG_NXTHDR(&header, c)) {
                if (c->cmsg_level != SOL_SOCKET)
                        continue;
                if (c->cmsg_type == SCM_RIGHTS)
                        close_received(c);
                else if (c->cmsg_type == SCM_CREDENTIALS)
                        memcpy(&sender, CMSG_DATA(c), sizeof sender);
        }
        if (header.msg_flags & MSG_TRUNC)
                log_warning("sd_notify message of pid %d is too long, ignored", sender.pid);
        else if (sender.pid > 0)
                handle(n, text, (size_t) length, sender.pid);
        return 1;
}

static int on_message(sd_event_source *source _unused_, int fd _unused_, uint32_t revents _unused_, void *userdata) {
        for (int i = 0; i < MESSAGES_PER_TURN; i++)
                if (receive(userdata) < 0)
                        break;
        return 0;
}

/* --- life --- */

static int open_socket(Notify *n, const char *directory) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        const int on = 1;

        if (asprintf(&n->path, "%s/notify.sock", directory) < 0) {
                n->path = NULL;
                return -ENOMEM;
        }
        if (strlen(n->path) >= sizeof address.sun_path)
                return -ENAMETOOLONG;
        strcpy(address.sun_path, n->path);
        n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (n->fd < 0 || setsockopt(n->fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0)
                return -errno;
        (void) unlink(n->path); /* ours: the lock of the directory is held */
        if (bind(n->fd, (struct sockaddr *) &address, sizeof address) < 0 || chmod(n->path, 0666) < 0)
                return -errno;
        return 0;
}

int notify_new(Manager *m, Notify **ret) {
        Notify *n = calloc(1, sizeof *n);
        if (!n)
                return -ENOMEM;
        n->manager = m;
        n->fd = -1;
        int r = open_socket(n, m->options.runtime_directory);
        if (r >= 0)
                r = sd_event_add_io(m->event, &n->source, n->fd, EPOLLIN, on_message, n);
        if (r >= 0)
                r = sd_event_source_set_priority(n->source, SD_EVENT_PRIORITY_NORMAL - 10);
        if (r < 0) {
                notify_free(n);
                return r;
        }
        *ret = n;
        return 0;
}

Notify *notify_free(Notify *n) {
        if (!n)
                return NULL;
        sd_event_source_disable_unref(n->source);
        if (n->fd >= 0 && n->path)
                (void) unlink(n->path);
        fd_close(n->fd);
        free(n->path);
        free(n);
        return NULL;
}

const char *notify_path(const Notify *n) {
        return n->path;
}
