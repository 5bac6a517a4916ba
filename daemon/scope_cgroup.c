/* Scopes by cgroup v2: one directory per service below our own cgroup, kept over restarts, removed with the service.
 *
 * The kernel's documentation (admin-guide/cgroup-v2.rst) is the source: cgroup.events says "populated 0" when no living
 * process is left in the directory or below it, and raises an inotify IN_MODIFY when that changes; cgroup.kill (5.14) sends
 * SIGKILL to all of it at once. */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "daemon/log.h"
#include "daemon/scope_internal.h"

#define CGROUP_NAME_MAX 320

/* The suffix keeps a service that is named like a cgroup file apart from it. */
static char *entry_path(const Service *s, const char *file, char *buf) {
        snprintf(buf, CGROUP_NAME_MAX, "%s.service%s%s", s->config->name, file ? "/" : "", file ?: "");
        return buf;
}

static int read_file_at(int dir_fd, const char *path, char *buf, size_t size) {
        _cleanup_(fd_closep) int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        ssize_t n = read(fd, buf, size - 1);
        if (n < 0)
                return -errno;
        buf[n] = 0;
        return 0;
}

static int write_file_at(int dir_fd, const char *path, const char *text) {
        _cleanup_(fd_closep) int fd = openat(dir_fd, path, O_WRONLY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        return write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

/* --- our own subtree --- */

typedef struct Mount {
        char root[512];  /* the cgroup that the mount shows as its top */
        char point[512]; /* where */
} Mount;

/* Our path in the unified hierarchy: the line "0::/..." of /proc/self/cgroup. */
static int find_own_path(char *ret, size_t size) {
        FILE *f = fopen("/proc/self/cgroup", "re");
        char *line = NULL;
        size_t allocated = 0;
        int r = -ENOENT;

        if (!f)
                return -errno;
        while (r < 0 && getline(&line, &allocated, f) > 0) {
                if (strncmp(line, "0::", 3) != 0)
                        continue;
                line[strcspn(line, "\n")] = 0;
                /* "/../x" is above the root of our cgroup namespace: not ours to write in */
                if (strncmp(line + 3, "/..", 3) != 0 && strlen(line + 3) < size) {
                        strcpy(ret, line + 3);
                        r = 0;
                }
        }
        free(line);
        fclose(f);
        return r;
}

/* Moving processes between two cgroups needs cgroup.procs of their common ancestor: being born into one does too. */
static bool subtree_is_usable(int parent_fd, int fd) {
        return faccessat(parent_fd, "cgroup.procs", W_OK, AT_EACCESS) == 0 &&
                faccessat(fd, "cgroup.procs", W_OK, AT_EACCESS) == 0;
}

static int make_subtree(const char *parent, Scopes *scopes) {
        _cleanup_(fd_closep) int parent_fd = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC), fd = -1;
        char name[64];

        if (parent_fd < 0)
                return -errno;
        /* random, because the same pid may exist in another pid namespace below the same cgroup */
        for (int i = 0; i < 8; i++) {
                uint32_t random;
                if (getrandom(&random, sizeof random, GRND_NONBLOCK) != sizeof random)
                        random = (uint32_t) i;
                snprintf(name, sizeof name, "supd-%d-%08x", getpid(), random);
                if (mkdirat(parent_fd, name, 0755) == 0)
                        break;
                if (errno != EEXIST)
                        return -errno;
        }
        fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        if (!subtree_is_usable(parent_fd, fd)) {
                (void) unlinkat(parent_fd, name, AT_REMOVEDIR);
                return -EACCES;
        }
        if (asprintf(&scopes->cgroup_path, "%s/%s", parent, name) < 0) {
                scopes->cgroup_path = NULL;
                (void) unlinkat(parent_fd, name, AT_REMOVEDIR);
                return -ENOMEM;
        }
        scopes->cgroup_fd = steal_fd(&fd);
        return 0;
}

static int open_subtree_below(Scopes *scopes, const Mount *mount, const char *own) {
        char parent[1024 + sizeof(Mount)];

        /* a container without a cgroup namespace sees its own cgroup as the root of the mount */
        size_t above = strcmp(mount->root, "/") == 0 ? 0 : strlen(mount->root);
        if (strncmp(own, mount->root, above) != 0 || (above > 0 && own[above] != 0 && own[above] != '/'))
                return -ENOENT;
        snprintf(parent, sizeof parent, "%s%s", mount->point, strcmp(own + above, "/") == 0 ? "" : own + above);
        return make_subtree(parent, scopes);
}

/* Every cgroup2 mount is tried, /proc/self/mountinfo, fields 4 and 5, type after " - " (proc(5)): one that another mount has
 * covered since is still listed, and first. */
int cgroup_open_subtree(Scopes *scopes) {
        char own[1024], *line = NULL;
        size_t allocated = 0;
        Mount mount;

        int r = find_own_path(own, sizeof own);
        if (r < 0)
                return r;
        FILE *f = fopen("/proc/self/mountinfo", "re");
        if (!f)
                return -errno;
        r = -ENOENT;
        while (r < 0 && getline(&line, &allocated, f) > 0)
                if (strstr(line, " - cgroup2 ") && sscanf(line, "%*s %*s %*s %511s %511s", mount.root, mount.point) == 2)
                        r = open_subtree_below(scopes, &mount, own);
        free(line);
        fclose(f);
        return r;
}

/* rmdir succeeds only where nothing lives: what kill_mode = process left alone stays where it is. */
void cgroup_remove_subtree(Scopes *scopes) {
        DIR *dir = fdopendir(dup(scopes->cgroup_fd));
        struct dirent *entry;

        while (dir && (entry = readdir(dir)))
                if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
                        (void) unlinkat(scopes->cgroup_fd, entry->d_name, AT_REMOVEDIR);
        if (dir)
                closedir(dir);
        if (rmdir(scopes->cgroup_path) < 0 && errno != EBUSY)
                log_warning("cannot remove cgroup %s: %m", scopes->cgroup_path);
}

/* --- a service's directory --- */

int cgroup_prepare(Scopes *scopes, Service *s, int *ret_fd) {
        char path[CGROUP_NAME_MAX];

        entry_path(s, NULL, path);
        if (!s->has_cgroup && mkdirat(scopes->cgroup_fd, path, 0755) < 0 && errno != EEXIST)
                return -errno;
        s->has_cgroup = true;
        int fd = openat(scopes->cgroup_fd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        *ret_fd = fd;
        return 0;
}

int cgroup_attach(Scopes *scopes, Service *s, pid_t pid) {
        char path[CGROUP_NAME_MAX], text[16];
        snprintf(text, sizeof text, "%d", pid);
        return write_file_at(scopes->cgroup_fd, entry_path(s, "cgroup.procs", path), text);
}

bool cgroup_is_empty(Scopes *scopes, Service *s) {
        char path[CGROUP_NAME_MAX], text[256];
        if (!s->has_cgroup)
                return true;
        int r = read_file_at(scopes->cgroup_fd, entry_path(s, "cgroup.events", path), text, sizeof text);
        return r < 0 || !strstr(text, "populated 1");
}

int cgroup_kill(Scopes *scopes, Service *s) {
        char path[CGROUP_NAME_MAX];
        return write_file_at(scopes->cgroup_fd, entry_path(s, "cgroup.kill", path), "1");
}

int cgroup_cpu_usage(Scopes *scopes, Service *s, usec_t *ret) {
        char path[CGROUP_NAME_MAX], text[1024];
        unsigned long long usec;

        int r = read_file_at(scopes->cgroup_fd, entry_path(s, "cpu.stat", path), text, sizeof text);
        if (r < 0)
                return r;
        if (sscanf(text, "usage_usec %llu", &usec) != 1)
                return -ENODATA;
        *ret = usec;
        return 0;
}

/* --- who is in it --- */

typedef struct PidList {
        pid_t *pids;
        size_t n, allocated;
} PidList;

static int pid_list_add(PidList *l, pid_t pid) {
        if (l->n == l->allocated) {
                size_t size = l->allocated ? l->allocated * 2 : 32;
                pid_t *grown = realloc(l->pids, size * sizeof *grown);
                if (!grown)
                        return -ENOMEM;
                l->pids = grown;
                l->allocated = size;
        }
        l->pids[l->n++] = pid;
        return 0;
}

static int read_procs(int dir_fd, PidList *l) {
        int fd = openat(dir_fd, "cgroup.procs", O_RDONLY | O_CLOEXEC), r = 0;
        FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
        int pid;

        if (!f) {
                r = -errno;
                fd_close(fd);
                return r;
        }
        while (r >= 0 && fscanf(f, "%d", &pid) == 1)
                r = pid_list_add(l, pid);
        fclose(f);
        return r;
}

/* A service may have made cgroups of its own below (a container runtime, say); depth is bounded against a loop of mounts. */
static int collect_pids(int dir_fd, PidList *l, unsigned depth) {
        int r = read_procs(dir_fd, l);
        DIR *dir = r < 0 || depth == 0 ? NULL : fdopendir(dup(dir_fd));
        struct dirent *entry;

        while (r >= 0 && dir && (entry = readdir(dir))) {
                if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
                        continue;
                _cleanup_(fd_closep) int fd = openat(dir_fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                if (fd >= 0)
                        r = collect_pids(fd, l, depth - 1);
        }
        if (dir)
                closedir(dir);
        return r;
}

int cgroup_list_pids(Scopes *scopes, Service *s, pid_t **ret, size_t *ret_n) {
        char path[CGROUP_NAME_MAX];
        PidList l = { 0 };

        if (!s->has_cgroup) {
                *ret = NULL;
                *ret_n = 0;
                return 0;
        }
        _cleanup_(fd_closep) int fd =
                openat(scopes->cgroup_fd, entry_path(s, NULL, path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        int r = collect_pids(fd, &l, 16);
        if (r < 0) {
                free(l.pids);
                return r;
        }
        *ret = l.pids;
        *ret_n = l.n;
        return 0;
}

/* --- waiting until nobody is --- */

static int on_cgroup_events(sd_event_source *source _unused_, const struct inotify_event *event _unused_, void *userdata) {
        manager_scope_changed(userdata);
        return 0;
}

void cgroup_watch(Scopes *scopes, Service *s) {
        char name[CGROUP_NAME_MAX];
        _cleanup_(freep) char *path = NULL;

        if (s->scope_source ||
                asprintf(&path, "%s/%s", scopes->cgroup_path, entry_path(s, "cgroup.events", name)) < 0)
                return;
        /* without it our own reaping still tells, unless the last process is nobody's child of ours */
        int r = sd_event_add_inotify(s->manager->event, &s->scope_source, path, IN_MODIFY, on_cgroup_events, s);
        if (r < 0)
                log_warning("%s: cannot watch %s: %s", s->config->name, path, strerror(-r));
}

static void remove_tree(int parent_fd, const char *name, unsigned depth) {
        if (unlinkat(parent_fd, name, AT_REMOVEDIR) == 0 || errno != EBUSY || depth == 0)
                return;
        int fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *dir = fd < 0 ? NULL : fdopendir(fd);
        struct dirent *entry;

        if (!dir) {
                fd_close(fd);
                return;
        }
        while ((entry = readdir(dir)))
                if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
                        remove_tree(fd, entry->d_name, depth - 1);
        closedir(dir);
        (void) unlinkat(parent_fd, name, AT_REMOVEDIR);
}

void cgroup_release(Scopes *scopes, Service *s) {
        char path[CGROUP_NAME_MAX];
        if (s->has_cgroup)
                remove_tree(scopes->cgroup_fd, entry_path(s, NULL, path), 16);
        s->has_cgroup = false;
}
