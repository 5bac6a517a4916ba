/* See runtime.h. */
#include "daemon/runtime.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "daemon/proc.h"

#define LOCK_NAME "supd.lock"

static int fail(int error, char **ret_error, const char *what, const char *path) {
        if (asprintf(ret_error, "%s %s: %s", what, path, strerror(error)) < 0)
                *ret_error = NULL;
        return -error;
}

/* Like mkdir -p, for the last two levels at most: /run exists, /run/user/1000/supd may lack its parent in a container. */
static int make_directory(const char *path) {
        struct stat st;

        if (mkdir(path, 0755) < 0) {
                if (errno == ENOENT) {
                        const char *slash = strrchr(path, '/');
                        _cleanup_(freep) char *parent = slash && slash > path ? strndup(path, (size_t) (slash - path)) : NULL;
                        if (!parent || (mkdir(parent, 0755) < 0 && errno != EEXIST) || (mkdir(path, 0755) < 0))
                                return -errno;
                } else if (errno != EEXIST) {
                        return -errno;
                }
        }
        if (stat(path, &st) < 0)
                return -errno;
        return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

static int describe_holder(const Runtime *r, char **ret_error) {
        char text[32] = "";
        _cleanup_(freep) char *command = NULL;

        if (pread(r->lock_fd, text, sizeof text - 1, 0) < 0)
                text[0] = 0;
        pid_t pid = (pid_t) strtol(text, NULL, 10);
        if (pid > 0 && proc_read_command(pid, &command) >= 0) {
                if (asprintf(ret_error, "supd is already running in %s: pid %d (%s); supctl talks to it, --runtime-dir starts "
                                        "another one elsewhere",
                            r->directory, pid, command) < 0)
                        *ret_error = NULL;
        } else if (asprintf(ret_error, "supd is already running in %s", r->directory) < 0) {
                *ret_error = NULL;
        }
        return -EEXIST;
}

static int take_lock(Runtime *r, char **ret_error) {
        _cleanup_(freep) char *path = NULL;

        if (asprintf(&path, "%s/" LOCK_NAME, r->directory) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        r->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
        if (r->lock_fd < 0)
                return fail(errno, ret_error, "lock file", path);
        /* it must not land where spawns stage descriptors: spawn_setup() comes later and would overwrite it */
        int high = fcntl(r->lock_fd, F_DUPFD_CLOEXEC, 10);
        if (high >= 0) {
                fd_close(r->lock_fd);
                r->lock_fd = high;
        }
        if (flock(r->lock_fd, LOCK_EX | LOCK_NB) < 0)
                return errno == EWOULDBLOCK ? describe_holder(r, ret_error) : fail(errno, ret_error, "lock file", path);
        return 0;
}

int runtime_init(Runtime *r, const char *directory, char **ret_error) {
        *ret_error = NULL;
        *r = (Runtime){ .lock_fd = -1, .directory = strdup(directory) };
        if (!r->directory)
                return -ENOMEM;
        int k = make_directory(directory);
        if (k < 0)
                return fail(-k, ret_error, "runtime directory", directory);
        return take_lock(r, ret_error);
}

static int write_number(int fd, pid_t pid) {
        char text[16];
        int n = snprintf(text, sizeof text, "%d\n", pid);
        if (ftruncate(fd, 0) < 0 || pwrite(fd, text, (size_t) n, 0) < 0)
                return -errno;
        return 0;
}

int runtime_write_pid(Runtime *r, const char *pid_path) {
        int k = write_number(r->lock_fd, getpid());
        if (k < 0 || !pid_path)
                return k;
        r->pid_path = strdup(pid_path);
        if (!r->pid_path)
                return -ENOMEM;
        _cleanup_(fd_closep) int fd = open(pid_path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
        return fd < 0 ? -errno : write_number(fd, getpid());
}

void runtime_done(Runtime *r) {
        if (r->pid_path)
                (void) unlink(r->pid_path);
        free(r->pid_path);
        free(r->directory);
        /* the lock file stays: removing it would let two later ones lock two different files of this name */
        r->lock_fd = fd_close(r->lock_fd);
        *r = (Runtime){ .lock_fd = -1 };
}
