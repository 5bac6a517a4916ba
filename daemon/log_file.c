/* A log file that rotates by size; see log_file.h. The kernel's O_APPEND keeps the position, so that a file that
 * somebody truncates (copytruncate) goes on at its new end. */
#include "daemon/log_file.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "conf/base/hash_table.h"
#include "conf/base/usec.h"
#include "daemon/core/rotation.h"
#include "daemon/log_rotate.h"

#define NEWS_INTERVAL      USEC_PER_MINUTE
/* A rotation that failed is tried again after this many bytes. */
#define ROTATION_RETRY_MIN UINT64_C(4096)
#define ROTATION_RETRY_MAX (UINT64_C(1024) * 1024)

struct LogFile {
        HashNode by_path;
        unsigned n_ref;
        int fd;
        int error; /* positive errno of the last failure */
        unsigned keep;
        bool is_regular;
        bool told_failure; /* LOG_FILE_FAILED was handed out, LOG_FILE_RECOVERED is owed */
        bool told_not_rotated;
        usec_t told_at;
        uint64_t max_size;
        uint64_t limit; /* max_size, or more while a rotation is put off, or ROTATION_NEVER */
        RotationState rotation;
        uint64_t n_unsaid; /* bytes dropped since the file last said so */
        uint64_t n_dropped;
        char path[];
};

/* All open log files of the process, by path. */
static HashTable files;

static LogFile *find_file(const char *path) {
        for (HashNode *n = hash_table_first(&files, hash_string(path)); n; n = hash_node_next_equal(n)) {
                LogFile *f = container_of(n, LogFile, by_path);
                if (strcmp(f->path, path) == 0)
                        return f;
        }
        return NULL;
}

/* --- opening --- */

static int make_parents(const char *path) {
        _cleanup_(freep) char *copy = strdup(path);
        if (!copy)
                return -ENOMEM;
        for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
                *slash = '\0';
                if (mkdir(copy, 0755) < 0 && errno != EEXIST)
                        return -errno;
                *slash = '/';
        }
        return 0;
}

/* O_NONBLOCK means nothing to a regular file; on a FIFO or a terminal it makes a full one drop instead of stopping the
 * daemon. O_NOFOLLOW: the directory may be writable by a service's user, who must not send our bytes elsewhere. */
static int open_path(const char *path) {
        const int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK;
        int fd = open(path, flags, 0640);
        if (fd >= 0 || errno != ENOENT)
                return fd < 0 ? -errno : fd;
        int r = make_parents(path);
        if (r < 0)
                return r;
        fd = open(path, flags, 0640);
        return fd < 0 ? -errno : fd;
}

static void reset_limit(LogFile *f) {
        f->limit = f->is_regular ? f->max_size : ROTATION_NEVER;
        f->rotation.overhang = 0;
}

/* The new descriptor is had before the old one is given up: there is always one to write to. */
static int file_open(LogFile *f) {
        _cleanup_(fd_closep) int fd = open_path(f->path);
        struct stat st;
        if (fd < 0)
                return fd;
        if (fstat(fd, &st) < 0)
                return -errno;
        (void) fd_close(f->fd);
        f->fd = steal_fd(&fd);
        f->is_regular = S_ISREG(st.st_mode);
        rotation_begin(&f->rotation, (uint64_t) st.st_size);
        reset_limit(f);
        return 0;
}

static int file_new(const char *path, uint64_t max_size, unsigned keep, LogFile **ret) {
        size_t size = strlen(path) + 1;
        LogFile *f = calloc(1, sizeof(LogFile) + size);
        if (!f)
                return -ENOMEM;
        *f = (LogFile){ .n_ref = 1, .fd = -1, .max_size = max_size, .keep = keep };
        memcpy(f->path, path, size);
        int r = file_open(f);
        if (r >= 0)
                r = hash_table_insert(&files, &f->by_path, hash_string(path));
        if (r < 0) {
                (void) fd_close(f->fd);
                free(f);
                return r;
        }
        *ret = f;
        return 0;
}

int log_file_open(const char *path, uint64_t max_size, unsigned keep, LogFile **ret) {
        LogFile *f = find_file(path);
        if (!f)
                return file_new(path, max_size, keep, ret);
        log_file_set_limits(f, max_size, keep);
        f->n_ref++;
        *ret = f;
        return 0;
}

int log_file_reopen(LogFile *f) {
        return file_open(f);
}

const char *log_file_path(const LogFile *f) {
        return f->path;
}

int log_file_error(const LogFile *f) {
        return f->error;
}

uint64_t log_file_dropped(const LogFile *f) {
        return f->n_dropped;
}

void log_file_set_limits(LogFile *f, uint64_t max_size, unsigned keep) {
        f->keep = keep;
        if (f->max_size == max_size)
                return;
        f->max_size = max_size;
        reset_limit(f);
}

/* --- rotating --- */

/* Somebody else may have moved or deleted the file: then what stands at the path now is not ours to move. */
static bool is_at_path(const LogFile *f) {
        struct stat ours, there;
        return fstat(f->fd, &ours) == 0 && lstat(f->path, &there) == 0 && ours.st_dev == there.st_dev &&
               ours.st_ino == there.st_ino;
}

static int empty_file(LogFile *f) {
        if (ftruncate(f->fd, 0) < 0)
                return -errno;
        rotation_begin(&f->rotation, 0);
        reset_limit(f);
        return 0;
}

static int move_and_open(LogFile *f) {
        int r = log_rotate(f->path, f->keep);
        if (r < 0)
                return r;
        r = file_open(f);
        if (r < 0)
                (void) log_rotate_undo(f->path);
        return r;
}

static int rotate(LogFile *f) {
        if (!is_at_path(f))
                return file_open(f);
        return f->keep == 0 ? empty_file(f) : move_and_open(f);
}

/* A file that cannot be rotated grows on: better than losing what the service says. */
static unsigned rotate_or_put_off(LogFile *f) {
        int r = rotate(f);
        if (r >= 0) {
                f->told_not_rotated = false;
                return 0;
        }
        f->error = -r;
        f->limit = f->rotation.size + MIN(MAX(f->max_size, ROTATION_RETRY_MIN), ROTATION_RETRY_MAX);
        f->rotation.overhang = 0;
        if (f->told_not_rotated)
                return 0;
        f->told_not_rotated = true;
        return LOG_FILE_NOT_ROTATED;
}

/* --- writing --- */

/* Returns how many bytes arrived; fewer than size: f->error says why. */
static size_t write_bytes(LogFile *f, const char *data, size_t size) {
        size_t done = 0;
        while (done < size) {
                ssize_t n = write(f->fd, data + done, size - done);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0) {
                        f->error = n < 0 ? errno : EIO;
                        break;
                }
                done += (size_t) n;
        }
        rotation_advance(&f->rotation, f->limit, data, done);
        return done;
}

static unsigned drop_bytes(LogFile *f, size_t size) {
        bool first = f->n_unsaid == 0;
        f->n_unsaid += size;
        f->n_dropped += size;
        if (!first || f->told_failure)
                return 0;
        struct timespec ts = { 0 };
        (void) clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
        usec_t now = usec_from_timespec(&ts);
        if (f->told_at != 0 && now < usec_add(f->told_at, NEWS_INTERVAL))
                return 0;
        f->told_at = now;
        f->told_failure = true;
        return LOG_FILE_FAILED;
}

/* Says in the file what the file has missed. True: nothing is owed any more. */
static bool write_gap(LogFile *f) {
        char text[160];
        /* A write that failed half way leaves a torn line: the message starts on a line of its own. */
        int n = snprintf(text, sizeof(text), "%ssupd: %" PRIu64 " bytes dropped: %.80s\n",
                        f->rotation.mid_line ? "\n" : "", f->n_unsaid, strerror(f->error));
        if (write_bytes(f, text, (size_t) n) < (size_t) n)
                return false;
        f->n_unsaid = 0;
        return true;
}

static unsigned write_rotating(LogFile *f, const char *data, size_t size) {
        unsigned news = 0;
        for (;;) {
                size_t n = rotation_admit(&f->rotation, f->limit, data, size);
                size_t done = write_bytes(f, data, n);
                data += done;
                size -= done;
                if (size == 0)
                        return news;
                if (done < n)
                        return news | drop_bytes(f, size);
                news |= rotate_or_put_off(f);
        }
}

unsigned log_file_write(LogFile *f, const char *data, size_t size) {
        int saved = errno;
        unsigned news = 0;
        if (f->n_unsaid > 0 && !write_gap(f))
                news = drop_bytes(f, size);
        else
                news = write_rotating(f, data, size);
        if (f->told_failure && f->n_unsaid == 0) {
                f->told_failure = false;
                news |= LOG_FILE_RECOVERED;
        }
        errno = saved;
        return news;
}

LogFile *log_file_unref(LogFile *f) {
        if (!f || --f->n_ref > 0)
                return NULL;
        if (f->n_unsaid > 0)
                (void) write_gap(f);
        hash_table_remove(&files, &f->by_path);
        if (files.n_nodes == 0)
                hash_table_done(&files);
        (void) fd_close(f->fd);
        free(f);
        return NULL;
}
