/* One output stream of a service: pipe, event source, log file; see log_stream.h. The manager owns it through its
 * Service. It never waits: neither for the service (the read end is non-blocking) nor for the pipe to end (it never
 * does). */
#include "daemon/log_stream.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/log.h"
#include "daemon/log_file.h"

/* What one turn of the event loop moves for one stream. sd-event gives equal priorities their turns in order of
 * arrival, so a service that floods costs every other one this much delay, no more. */
#define READ_SIZE       ((size_t) 64 * 1024)
#define DRAIN_MAX       ((size_t) 1024 * 1024)
/* After signals, notifications and the control socket: output can wait in its pipe, they cannot. */
#define STREAM_PRIORITY (SD_EVENT_PRIORITY_NORMAL + 10)
/* A pipe that was found full is made larger: the service can be that much ahead before it waits for us, which matters
 * where our writes stall (a third fewer context switches, a tenth more throughput on a disk; nothing on tmpfs). Only a
 * few: a thousand full ones would hold a gigabyte of kernel memory, and exceed a plain user's pipe-user-pages-soft. */
#define LARGE_PIPE_SIZE (1024 * 1024)
#define LARGE_PIPES_MAX 64

struct LogStream {
        sd_event_source *source;
        LogFile *file;
        int read_fd, write_fd;
        uid_t owner; /* of the pipe, as asked for; a restart with the same user costs no system call */
        gid_t group;
        bool has_large_pipe;
        char name[];
};

static unsigned n_large_pipes;
/* One for all: the daemon has one thread, and nothing stays in it between two calls. */
static char buffer[READ_SIZE];

static void enlarge_pipe(LogStream *l) {
        if (l->has_large_pipe || n_large_pipes >= LARGE_PIPES_MAX)
                return;
        if (fcntl(l->read_fd, F_SETPIPE_SZ, LARGE_PIPE_SIZE) < 0)
                return; /* EPERM beyond the user's limit: it stays as it is */
        l->has_large_pipe = true;
        n_large_pipes++;
}

static void say_news(const LogStream *l, unsigned news) {
        const char *path = log_file_path(l->file), *reason = strerror(log_file_error(l->file));
        if (news & LOG_FILE_FAILED)
                log_warning("%s: cannot write %s: %s; output is dropped until this works again", l->name, path, reason);
        if (news & LOG_FILE_RECOVERED)
                log_info("%s: %s can be written again; %" PRIu64 " bytes were dropped so far", l->name, path,
                                log_file_dropped(l->file));
        if (news & LOG_FILE_NOT_ROTATED)
                log_warning("%s: cannot rotate %s: %s; it grows on", l->name, path, reason);
}

/* One read, one write. Returns the bytes that were in the pipe, at most READ_SIZE; fewer: the pipe was empty behind
 * them. */
static size_t move_bytes(LogStream *l) {
        ssize_t n = read(l->read_fd, buffer, READ_SIZE);
        if (n <= 0)
                return 0; /* EAGAIN: empty */
        unsigned news = log_file_write(l->file, buffer, (size_t) n);
        if (news)
                say_news(l, news);
        if ((size_t) n == READ_SIZE)
                enlarge_pipe(l);
        return (size_t) n;
}

static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        (void) source;
        (void) fd;
        (void) revents;
        (void) move_bytes(userdata);
        return 0;
}

/* Replaces the write end by one that can read as well: a pipe whose only reader was killed then still has one, in the
 * service itself, and there is no SIGPIPE. Without /proc the plain write end has to do. */
static int make_write_end_rdwr(int *fd) {
        char path[sizeof("/proc/self/fd/") + 11];
        (void) snprintf(path, sizeof(path), "/proc/self/fd/%d", *fd);
        int both = open(path, O_RDWR | O_CLOEXEC);
        if (both < 0)
                return errno == ENOENT || errno == EACCES ? 0 : -errno;
        (void) fd_close(*fd);
        *fd = both;
        return 0;
}

static int open_pipe(LogStream *l) {
        int fds[2];
        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;
        l->read_fd = fds[0];
        l->write_fd = fds[1];
        /* Only the read end: it has its own open file description, the service's end must block. */
        if (fcntl(l->read_fd, F_SETFL, O_NONBLOCK) < 0)
                return -errno;
        return make_write_end_rdwr(&l->write_fd);
}

static int watch_pipe(LogStream *l, sd_event *event) {
        int r = sd_event_add_io(event, &l->source, l->read_fd, EPOLLIN, on_readable, l);
        if (r < 0)
                return r;
        return sd_event_source_set_priority(l->source, STREAM_PRIORITY);
}

int log_stream_set_owner(LogStream *l, uid_t owner, gid_t group) {
        if (l->owner == owner && l->group == group)
                return 0;
        if (fchown(l->write_fd, owner, group) < 0 && errno != EPERM)
                return -errno;
        l->owner = owner;
        l->group = group;
        return 0;
}

static int stream_open(LogStream *l, sd_event *event, uid_t owner, gid_t group) {
        int r = open_pipe(l);
        if (r >= 0)
                r = log_stream_set_owner(l, owner, group);
        if (r >= 0)
                r = watch_pipe(l, event);
        return r;
}

int log_stream_new(sd_event *event, const char *name, const char *path, uid_t owner, gid_t group, uint64_t max_size,
                unsigned keep, LogStream **ret, const char **ret_step) {
        size_t size = strlen(name) + 1;
        LogStream *l = calloc(1, sizeof(LogStream) + size);
        *ret_step = "log pipe";
        if (!l)
                return -ENOMEM;
        l->read_fd = l->write_fd = -1;
        l->owner = (uid_t) -1; /* nobody: (uid_t) -1 means "leave it" to fchown(2) too */
        l->group = (gid_t) -1;
        memcpy(l->name, name, size);
        int r = stream_open(l, event, owner, group);
        if (r >= 0) {
                *ret_step = "log file";
                r = log_file_open(path, max_size, keep, &l->file);
        }
        if (r < 0) {
                (void) log_stream_free(l);
                return r;
        }
        *ret = l;
        return 0;
}

LogStream *log_stream_free(LogStream *l) {
        if (!l)
                return NULL;
        if (l->file)
                log_stream_drain(l);
        (void) sd_event_source_disable_unref(l->source);
        (void) fd_close(l->read_fd);
        (void) fd_close(l->write_fd);
        (void) log_file_unref(l->file);
        if (l->has_large_pipe)
                n_large_pipes--;
        free(l);
        return NULL;
}

int log_stream_fd(const LogStream *l) {
        return l->write_fd;
}

const char *log_stream_path(const LogStream *l) {
        return log_file_path(l->file);
}

void log_stream_set_limits(LogStream *l, uint64_t max_size, unsigned keep) {
        log_file_set_limits(l->file, max_size, keep);
}

void log_stream_drain(LogStream *l) {
        for (size_t done = 0; done < DRAIN_MAX;) {
                size_t n = move_bytes(l);
                if (n < READ_SIZE)
                        return;
                done += n;
        }
}

int log_stream_reopen(LogStream *l) {
        return log_file_reopen(l->file);
}
