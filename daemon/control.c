/* The listening side of the control server: the socket, who is let in, and how many at once. Owned by the Manager. It never
 * reads a byte that a peer sent. */
#include "daemon/control.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "daemon/control_internal.h"
#include "daemon/log.h"
#include "daemon/report.h"

/* Accepted per wake-up at most: a flood of connections must not keep the loop from reaping. */
#define ACCEPTS_PER_TURN 16
#define ACCEPT_RETRY_DELAY USEC_PER_SEC

static void control_update_listening(Control *c) {
        bool want = !c->starved && c->n_peers < SUPD_PEERS_MAX;

        if (c->listen_source)
                (void) sd_event_source_set_enabled(c->listen_source, want ? SD_EVENT_ON : SD_EVENT_OFF);
}

static void control_refill_reserve(Control *c) {
        if (c->reserve_fd < 0)
                c->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

void control_resume_accept(Control *c) {
        if (!c)
                return;
        control_refill_reserve(c);
        if (c->starved && c->reserve_fd >= 0) {
                c->starved = false;
                c->retry_source = sd_event_source_disable_unref(c->retry_source);
        }
        control_update_listening(c);
}

static int on_accept_retry(sd_event_source *source, uint64_t usec _unused_, void *userdata) {
        Control *c = userdata;

        control_resume_accept(c);
        if (c->starved) {
                (void) sd_event_source_set_time_relative(source, ACCEPT_RETRY_DELAY);
                (void) sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
        }
        return 0;
}

/* A listening socket that stays readable but cannot be accepted from would spin the loop. */
static void control_give_up_accept(Control *c, int error) {
        if (!c->starved)
                log_warning("control: cannot accept connections: %s; trying again when a descriptor is free", strerror(error));
        c->starved = true;
        control_update_listening(c);
        if (c->retry_source)
                return;
        if (sd_event_add_time_relative(c->manager->event, &c->retry_source, CLOCK_MONOTONIC, ACCEPT_RETRY_DELAY,
                    USEC_PER_SEC / 4, on_accept_retry, c) < 0)
                log_error("control: no memory for a timer; accepting again at the next disconnect");
}

static size_t control_count_uid(const Control *c, uid_t uid) {
        size_t n = 0;

        LIST_FOREACH(node, &c->peers)
                n += LIST_ENTRY(node, ControlPeer, by_control)->who.uid == uid;
        return n;
}

static bool control_is_full_for(const Control *c, uid_t uid, Access access) {
        return access != ACCESS_PRIVILEGED && (c->n_peers >= SUPD_PEERS_MAX - SUPD_PEERS_RESERVED ||
                                                      control_count_uid(c, uid) >= SUPD_PEERS_PER_UID_MAX);
}

static void control_refuse_access(Control *c, int fd, uid_t uid) {
        _cleanup_(freep) char *text = control_access_denied_text(c, uid);

        control_refuse(c, fd, SUPD_ERROR_ACCESS_DENIED, text ?: "you may not control supd");
}

/* Takes fd over. */
static void control_admit(Control *c, int fd) {
        struct ucred cred;
        Access access;
        ControlPeer *peer;

        if (control_access_judge(c, fd, &cred, &access) < 0) {
                (void) fd_close(fd);
                return;
        }
        if (access == ACCESS_DENIED) {
                control_refuse_access(c, fd, cred.uid);
                return;
        }
        if (control_is_full_for(c, cred.uid, access)) {
                control_refuse(c, fd, SUPD_ERROR_LIMITS_EXCEEDED,
                        "too many connections of your user to supd; close some and try again");
                return;
        }
        if (control_peer_new(c, fd, &cred, &peer) < 0) {
                (void) fd_close(fd);
                return;
        }
        list_append(&c->peers, &peer->by_control);
        c->n_peers++;
        control_update_listening(c);
}

void control_peer_gone(Control *c, ControlPeer *peer) {
        if (list_is_linked(&peer->by_control)) {
                list_remove(&peer->by_control);
                c->n_peers--;
        }
        if (peer->subscribed)
                c->n_subscribed--;
        if (peer->follows)
                c->n_following--;
        control_peer_free(peer);
        control_resume_accept(c);
}

/* With the reserve gone as well this is the last one until somebody hangs up. */
static int control_accept_with_reserve(Control *c) {
        if (c->reserve_fd < 0)
                return -EMFILE;
        c->reserve_fd = fd_close(c->reserve_fd);

        int fd = accept4(c->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        return fd < 0 ? -errno : fd;
}

/* A connection, -EAGAIN when there is none (also for one that broke while it waited). */
static int control_accept_one(Control *c) {
        int fd = accept4(c->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0)
                return fd;
        if (errno == EINTR || errno == ECONNABORTED)
                return -EAGAIN;
        if (errno != EMFILE && errno != ENFILE && errno != ENOMEM && errno != ENOBUFS)
                return -EAGAIN;

        int error = errno;
        fd = control_accept_with_reserve(c);
        control_give_up_accept(c, error);
        return fd < 0 ? -EAGAIN : fd;
}

static int on_connection(sd_event_source *source _unused_, int listen_fd _unused_, uint32_t revents _unused_, void *userdata) {
        Control *c = userdata;

        for (unsigned i = 0; i < ACCEPTS_PER_TURN && c->n_peers < SUPD_PEERS_MAX; i++) {
                int fd = control_accept_one(c);
                if (fd < 0)
                        break;
                control_admit(c, fd);
                if (c->starved)
                        break;
        }
        return 0;
}

static gid_t control_gid(const Control *c) {
        return c->manager->config->daemon.control_gid;
}

/* Nobody gets in between bind and chmod: under this umask the socket is born without any permission. */
static int control_bind(Control *c, const char *path) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        struct stat st;

        if (strlen(path) >= sizeof(address.sun_path))
                return -ENAMETOOLONG;
        memcpy(address.sun_path, path, strlen(path) + 1);
        if (unlink(path) < 0 && errno != ENOENT)
                return -errno;

        mode_t saved = umask(0777);
        int r = bind(c->listen_fd, (struct sockaddr *) &address, sizeof(address)) < 0 ? -errno : 0;
        (void) umask(saved);
        if (r < 0)
                return r;
        if (listen(c->listen_fd, SOMAXCONN) < 0 || lchown(path, (uid_t) -1, control_gid(c)) < 0 || chmod(path, 0660) < 0 ||
                lstat(path, &st) < 0) {
                r = -errno;
                (void) unlink(path);
                return r;
        }
        c->path_dev = st.st_dev;
        c->path_ino = st.st_ino;
        return 0;
}

static int control_listen(Control *c) {
        _cleanup_(freep) char *path = NULL;

        if (asprintf(&path, "%s/" SUPD_CONTROL_SOCKET, c->manager->options.runtime_directory) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        c->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (c->listen_fd < 0)
                return -errno;
        int r = control_bind(c, path);
        if (r < 0)
                return r;
        c->path = STEAL_PTR(path);
        return 0;
}

static int control_adopt(Control *c, int fd) {
        int flags = fcntl(fd, F_GETFL);

        if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
                return -errno;
        c->listen_fd = fd;
        return 0;
}

int control_new(Manager *m, int fd, Control **ret) {
        Control *c = calloc(1, sizeof(*c));
        if (!c)
                return -ENOMEM;

        *c = (Control){ .manager = m, .listen_fd = -1, .reserve_fd = -1 };
        list_init(&c->peers);
        list_init(&c->refusals);

        int r = sd_id128_randomize(&c->id);
        if (r >= 0)
                r = fd >= 0 ? control_adopt(c, fd) : control_listen(c);
        if (r >= 0)
                r = sd_event_add_io(m->event, &c->listen_source, c->listen_fd, EPOLLIN, on_connection, c);
        if (r < 0) {
                control_free(c);
                return r;
        }
        (void) sd_event_source_set_description(c->listen_source, "control-accept");
        control_refill_reserve(c);
        *ret = c;
        return 0;
}

/* Only what is still ours: a successor may have put its own socket there. */
static void control_unlink(const Control *c) {
        struct stat st;

        if (c->path && lstat(c->path, &st) == 0 && st.st_dev == c->path_dev && st.st_ino == c->path_ino)
                (void) unlink(c->path);
}

Control *control_free(Control *c) {
        if (!c)
                return NULL;
        control_unlink(c);
        c->listen_source = sd_event_source_disable_unref(c->listen_source);
        LIST_FOREACH(node, &c->peers)
                control_peer_free(LIST_ENTRY(node, ControlPeer, by_control));
        control_refusals_free(c);
        sd_event_source_disable_unref(c->retry_source);
        (void) fd_close(c->listen_fd);
        (void) fd_close(c->reserve_fd);
        free(c->path);
        free(c);
        return NULL;
}

void control_service_changed(Control *c, const Service *s) {
        uint64_t now;

        if (!c || c->n_subscribed == 0)
                return;
        if (sd_event_now(c->manager->event, CLOCK_MONOTONIC, &now) < 0)
                return;

        _cleanup_(freep) char *note = report_note(s, now);
        LIST_FOREACH(node, &c->peers) {
                ControlPeer *peer = LIST_ENTRY(node, ControlPeer, by_control);

                if (peer->subscribed && !peer->closing)
                        control_peer_send_state(peer, s, control_utf8(note));
        }
}

void control_config_changed(Control *c) {
        if (c && c->path && lchown(c->path, (uid_t) -1, control_gid(c)) < 0)
                log_warning("control: cannot give %s to group %u: %s", c->path, (unsigned) control_gid(c), strerror(errno));
}
