/* See cgroup_tree.h. */
#include "daemon/cgroup_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "conf/base/macros.h"
#include "daemon/proc.h"

#define SUBTREE_PREFIX "supd-"
#define NAME_ATTEMPTS_MAX 16

/* A service may nest cgroups as deep as it likes; this deep we follow. */
#define DEPTH_MAX 32

/* --- removing --- */

static void remove_below(int fd, unsigned depth);

static int remove_at(int parent_fd, const char *name, unsigned depth) {
        if (unlinkat(parent_fd, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
                return 0;
        if (errno != EBUSY || depth == 0)
                return -errno;
        int fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        remove_below(fd, depth - 1);
        return unlinkat(parent_fd, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

/* Takes fd over. */
static void remove_below(int fd, unsigned depth) {
        DIR *dir = fdopendir(fd);
        struct dirent *entry;

        if (!dir) {
                fd_close(fd);
                return;
        }
        while ((entry = readdir(dir)))
                if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
                        (void) remove_at(fd, entry->d_name, depth);
        closedir(dir);
}

int cgroup_tree_remove(int parent_fd, const char *name) {
        int r = remove_at(parent_fd, name, DEPTH_MAX);
        errno = -r;
        return r;
}

/* --- finding and making our own --- */

typedef struct Mount {
        char root[512];  /* the cgroup that the mount shows as its top */
        char point[512]; /* where */
} Mount;

/* Moving processes between two cgroups needs cgroup.procs of their common ancestor: being born into one does too. */
static bool subtree_is_usable(int parent_fd, int fd) {
        return faccessat(parent_fd, "cgroup.procs", W_OK, AT_EACCESS) == 0 &&
                faccessat(fd, "cgroup.procs", W_OK, AT_EACCESS) == 0;
}

/* Whoever holds this lock on the directory of a subtree owns it; one that nobody holds was left by a supd that was killed. */
static bool lock_subtree(int fd) {
        return flock(fd, LOCK_EX | LOCK_NB) == 0;
}

/* A random name, because the same pid may exist in another pid namespace below the same cgroup. */
static int make_one(int parent_fd, char *name, size_t size) {
        uint32_t random;

        if (getrandom(&random, sizeof random, GRND_NONBLOCK) != sizeof random)
                random = (uint32_t) getpid();
        snprintf(name, size, SUBTREE_PREFIX "%d-%08x", getpid(), random);
        if (mkdirat(parent_fd, name, 0755) < 0)
                return -errno;
        int fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        if (!lock_subtree(fd)) {
                fd_close(fd);
                return -EBUSY; /* another supd takes it for a left one, and removes it */
        }
        if (!subtree_is_usable(parent_fd, fd)) {
                (void) unlinkat(parent_fd, name, AT_REMOVEDIR);
                fd_close(fd);
                return -EACCES;
        }
        return fd;
}

/* Exactly what make_one() writes: a neighbour that is only called something like it is not ours to remove. */
static bool is_subtree_name(const char *name) {
        unsigned random;
        int pid, n = 0;

        return sscanf(name, SUBTREE_PREFIX "%d-%8x%n", &pid, &random, &n) == 2 && n > 0 && name[n] == '\0';
}

static void remove_stale_subtrees(int parent_fd) {
        int fd = openat(parent_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *dir = fd < 0 ? NULL : fdopendir(fd);
        struct dirent *entry;

        if (!dir) {
                fd_close(fd);
                return;
        }
        while ((entry = readdir(dir))) {
                if (!is_subtree_name(entry->d_name))
                        continue;
                _cleanup_(fd_closep) int stale = openat(parent_fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                if (stale >= 0 && lock_subtree(stale))
                        (void) cgroup_tree_remove(parent_fd, entry->d_name);
        }
        closedir(dir);
}

static int make_subtree(const char *parent, int *ret_fd, char **ret_path) {
        _cleanup_(fd_closep) int parent_fd = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC), fd = -1;
        char name[64];

        if (parent_fd < 0)
                return -errno;
        remove_stale_subtrees(parent_fd);
        fd = -EEXIST;
        for (int i = 0; i < NAME_ATTEMPTS_MAX && (fd == -EEXIST || fd == -ENOENT || fd == -EBUSY); i++)
                fd = make_one(parent_fd, name, sizeof name);
        if (fd < 0)
                return fd;
        if (asprintf(ret_path, "%s/%s", parent, name) < 0) {
                (void) unlinkat(parent_fd, name, AT_REMOVEDIR);
                return -ENOMEM;
        }
        *ret_fd = steal_fd(&fd);
        return 0;
}

static int open_subtree_below(const Mount *mount, const char *own, int *ret_fd, char **ret_path) {
        _cleanup_(freep) char *parent = NULL;

        /* a container without a cgroup namespace sees its own cgroup as the root of the mount */
        size_t above = strcmp(mount->root, "/") == 0 ? 0 : strlen(mount->root);
        if (strncmp(own, mount->root, above) != 0 || (above > 0 && own[above] != 0 && own[above] != '/'))
                return -ENOENT;
        if (asprintf(&parent, "%s%s", mount->point, strcmp(own + above, "/") == 0 ? "" : own + above) < 0) {
                parent = NULL;
                return -ENOMEM;
        }
        return make_subtree(parent, ret_fd, ret_path);
}

/* Every cgroup2 mount is tried, /proc/self/mountinfo, fields 4 and 5, type after " - " (proc(5)): one that another mount has
 * covered since is still listed, and first. */
int cgroup_tree_open(int *ret_fd, char **ret_path) {
        _cleanup_(freep) char *own = NULL;
        char *line = NULL;
        size_t allocated = 0;
        Mount mount;

        int r = proc_read_cgroup(0, &own);
        if (r < 0)
                return r == -ENODATA ? -ENOENT : r;
        if (strncmp(own, "/..", 3) == 0)
                return -ENOENT; /* above the root of our cgroup namespace: not ours to write in */
        FILE *f = fopen("/proc/self/mountinfo", "re");
        if (!f)
                return -errno;
        r = -ENOENT;
        while (r < 0 && getline(&line, &allocated, f) > 0)
                if (strstr(line, " - cgroup2 ") && sscanf(line, "%*s %*s %*s %511s %511s", mount.root, mount.point) == 2)
                        r = open_subtree_below(&mount, own, ret_fd, ret_path);
        free(line);
        fclose(f);
        return r;
}
