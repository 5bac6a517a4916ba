/* See log_file.h. */
#include "ctl/log_file.h"

#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "conf/base/tail.h"
#include "ctl/exit_code.h"

static int open_log(const char *path) {
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

        return fd < 0 ? -errno : fd;
}

/* supd's own limit holds here too: -n 100000000 of a file of gigabytes is not kept in memory. */
#define TAIL_BYTES_MAX (64UL << 20)

static int read_file_tail(int fd, unsigned n_lines, char **ret, size_t *ret_size) {
        uint64_t end;

        int r = tail_read(fd, n_lines, TAIL_BYTES_MAX, ret, ret_size, &end);
        if (r < 0)
                return r;
        return lseek(fd, (off_t) end, SEEK_SET) < 0 ? -errno : 0;
}

static int ask_supd(Client *c, const char *service, const char *stream, unsigned n_lines, char **ret, size_t *ret_size) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const void *data;
        size_t size;

        int code = client_call(c, &reply, "ReadLog", NULL, "ssu", service, stream, (uint32_t) n_lines);
        if (code != EXIT_OK)
                return code;
        int r = sd_bus_message_read_array(reply, 'y', &data, &size);
        if (r < 0)
                return client_say_bad_reply(r);
        char *copy = malloc(size + 1);
        if (!copy)
                return client_say_bad_reply(-ENOMEM);
        if (size > 0)
                memcpy(copy, data, size);
        copy[size] = '\0';
        *ret = copy;
        *ret_size = size;
        return EXIT_OK;
}

int log_read_tail(Client *c, const char *service, const char *stream, const char *path, unsigned n_lines, char **ret,
        size_t *ret_size, int *ret_fd) {
        _cleanup_(fd_closep) int fd = path ? open_log(path) : -ENOENT;

        if (ret_fd)
                *ret_fd = -1;
        if (fd < 0 || read_file_tail(fd, n_lines, ret, ret_size) < 0)
                return ask_supd(c, service, stream, n_lines, ret, ret_size);
        if (ret_fd)
                *ret_fd = steal_fd(&fd);
        return EXIT_OK;
}

/* --- following --- */

typedef struct Follower {
        const char *path;
        int fd, notify_fd;
        int file_watch; /* of what fd is; -1 while there is none */
        LogSinkHandler handler;
        void *userdata;
} Follower;

static int follower_read(Follower *f) {
        char buf[65536];
        ssize_t n;

        if (f->fd < 0)
                return 0;
        while ((n = read(f->fd, buf, sizeof(buf))) > 0)
                f->handler(buf, (size_t) n, f->userdata);
        if (n < 0 && errno != EINTR && errno != EAGAIN)
                return -errno;

        /* Shorter than what was read already: truncated in place, everything in it is new. */
        struct stat st;
        off_t at = lseek(f->fd, 0, SEEK_CUR);
        if (fstat(f->fd, &st) == 0 && at > st.st_size) {
                (void) lseek(f->fd, 0, SEEK_SET);
                return follower_read(f);
        }
        return 0;
}

static bool same_file(int fd, const struct stat *b) {
        struct stat a;

        return fd >= 0 && fstat(fd, &a) == 0 && a.st_dev == b->st_dev && a.st_ino == b->st_ino;
}

static void follower_watch_file(Follower *f) {
        if (f->file_watch >= 0)
                (void) inotify_rm_watch(f->notify_fd, f->file_watch);
        /* By the descriptor, not by the name: the name may mean another file by now. */
        char link[32];
        (void) snprintf(link, sizeof(link), "/proc/self/fd/%d", f->fd);
        f->file_watch = inotify_add_watch(f->notify_fd, link, IN_MODIFY);
}

/* The name leads to another file: that one is read from its beginning, the old one was read to its end. */
static int follower_reopen(Follower *f) {
        struct stat st;

        if (stat(f->path, &st) < 0 || same_file(f->fd, &st))
                return 0;
        int fd = open_log(f->path);
        if (fd < 0)
                return fd == -ENOENT ? 0 : fd;
        (void) fd_close(f->fd);
        f->fd = fd;
        follower_watch_file(f);
        return follower_read(f);
}

static int follower_watch_directory(Follower *f) {
        _cleanup_(freep) char *copy = strdup(f->path);

        if (!copy)
                return -ENOMEM;
        return inotify_add_watch(f->notify_fd, dirname(copy), IN_CREATE | IN_MOVED_TO) < 0 ? -errno : 0;
}

/* Waits for an event, or for the reader of our output to go away. 0: go on, 1: nobody reads any more. */
static int follower_wait(Follower *f) {
        struct pollfd fds[] = { { .fd = f->notify_fd, .events = POLLIN }, { .fd = STDOUT_FILENO } };
        char events[4096];

        if (poll(fds, ARRAY_SIZE(fds), -1) < 0)
                return errno == EINTR ? 0 : -errno;
        if (fds[1].revents & (POLLERR | POLLHUP | POLLNVAL))
                return 1;
        while (read(f->notify_fd, events, sizeof(events)) > 0)
                ; /* what happened is seen by looking */
        return 0;
}

static int follower_run(Follower *f) {
        int r = follower_watch_directory(f);

        if (r < 0)
                return r;
        follower_watch_file(f);
        do {
                if ((r = follower_read(f)) < 0 || (r = follower_reopen(f)) < 0)
                        return r;
        } while ((r = follower_wait(f)) == 0);
        return MIN(r, 0);
}

int log_follow(const char *path, int fd, LogSinkHandler handler, void *userdata) {
        Follower f = { .path = path, .fd = fd, .file_watch = -1, .handler = handler, .userdata = userdata };

        f.notify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
        int r = f.notify_fd < 0 ? -errno : follower_run(&f);
        (void) fd_close(f.notify_fd);
        (void) fd_close(f.fd);
        return r;
}
