/* Scopes by cgroup v2: one directory per service in our own subtree, kept over restarts, removed with the service.
 *
 * The kernel's documentation (admin-guide/cgroup-v2.rst) is the source: cgroup.events says "populated 0" when no living
 * process is left in the directory or below it, and raises an inotify IN_MODIFY when that changes; cgroup.kill (5.14) sends
 * SIGKILL to all of it at once. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "daemon/cgroup_tree.h"
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

/* --- a service's directory --- */

/* Some kernels (measured: 6.18) kill at once whatever is born by CLONE_INTO_CGROUP into a cgroup that was ever killed by
 * cgroup.kill: fork compares the kill sequence numbers of the parent's cgroup and of the new one. A new directory begins at
 * 0. What cannot be replaced can still be entered after birth: the caller attaches where it got no descriptor. */
static bool renew_after_kill(Scopes *scopes, Service *s, const char *path) {
        if (!s->cgroup_killed)
                return true;
        scope_unwatch(s);
        if (cgroup_tree_remove(scopes->cgroup_fd, path) < 0)
                return false;
        s->has_cgroup = s->cgroup_killed = false;
        return true;
}

static int make_directory(Scopes *scopes, Service *s, const char *path) {
        if (!s->has_cgroup && mkdirat(scopes->cgroup_fd, path, 0755) < 0 && errno != EEXIST)
                return -errno;
        s->has_cgroup = true;
        int fd = openat(scopes->cgroup_fd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

/* Whoever tidies up cgroups by hand may remove ours while it is empty. That costs nothing but this. */
static int remake_subtree(Scopes *scopes) {
        int fd;
        char *path;

        int r = cgroup_tree_open(&fd, &path);
        if (r < 0)
                return r;
        log_warning("the cgroup %s was removed from outside, using %s", scopes->cgroup_path, path);
        fd_close(scopes->cgroup_fd);
        free(scopes->cgroup_path);
        scopes->cgroup_fd = fd;
        scopes->cgroup_path = path;
        return 0;
}

int cgroup_prepare(Scopes *scopes, Service *s, int *ret_fd) {
        char path[CGROUP_NAME_MAX];

        entry_path(s, NULL, path);
        if (!renew_after_kill(scopes, s, path))
                return 0;
        int fd = make_directory(scopes, s, path);
        if (fd == -ENOENT) {
                s->has_cgroup = false;
                if (faccessat(scopes->cgroup_fd, "cgroup.procs", F_OK, 0) < 0) {
                        int r = remake_subtree(scopes);
                        if (r < 0)
                                return r;
                }
                fd = make_directory(scopes, s, path);
        }
        if (fd < 0)
                return fd;
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
        int r = write_file_at(scopes->cgroup_fd, entry_path(s, "cgroup.kill", path), "1");
        s->cgroup_killed |= r >= 0;
        return r;
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

/* From "0::/.../supd-PID-RANDOM/NAME.service[/...]" to the service of that NAME. */
Service *cgroup_find_service(Scopes *scopes, Manager *m, pid_t pid) {
        _cleanup_(freep) char *path = NULL;

        if (proc_read_cgroup(pid, &path) < 0)
                return NULL;
        const char *subtree = strrchr(scopes->cgroup_path, '/');
        char *name = strstr(path, subtree);
        if (!name || name[strlen(subtree)] != '/')
                return NULL;
        name += strlen(subtree) + 1;
        name[strcspn(name, "/")] = 0;
        char *suffix = strrchr(name, '.');
        if (!suffix || strcmp(suffix, ".service") != 0)
                return NULL;
        *suffix = 0;
        return manager_find_service(m, name);
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

void cgroup_release(Scopes *scopes, Service *s) {
        char path[CGROUP_NAME_MAX];
        if (s->has_cgroup)
                (void) cgroup_tree_remove(scopes->cgroup_fd, entry_path(s, NULL, path));
        s->has_cgroup = s->cgroup_killed = false;
}
