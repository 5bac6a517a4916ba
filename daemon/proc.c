/* Readers for /proc. See proc.h. */
#include "daemon/proc.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "conf/base/macros.h"

/* /proc files have no size: read from the beginning until nothing comes. *ret is NUL-terminated heap. */
static int read_all_fd(int fd, char **ret, size_t *ret_n) {
        _cleanup_(freep) char *buf = NULL;
        size_t n = 0, size = 0;

        for (;;) {
                if (size - n < 2) {
                        char *grown = realloc(buf, size = size ? size * 2 : 4096);
                        if (!grown)
                                return -ENOMEM;
                        buf = grown;
                }
                ssize_t l = pread(fd, buf + n, size - n - 1, (off_t) n);
                if (l < 0)
                        return -errno;
                if (l == 0)
                        break;
                n += (size_t) l;
        }
        buf[n] = 0;
        *ret = STEAL_PTR(buf);
        *ret_n = n;
        return 0;
}

static int read_all(pid_t pid, const char *file, char **ret, size_t *ret_n) {
        char path[32];

        if (pid == 0)
                snprintf(path, sizeof path, "/proc/self/%s", file);
        else
                snprintf(path, sizeof path, "/proc/%d/%s", pid, file);
        _cleanup_(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return errno == ENOENT ? -ESRCH : -errno;
        return read_all_fd(fd, ret, ret_n);
}

/* The name stands in parentheses and may contain anything, also ") ": the last one closes it. */
static int stat_parse(const char *text, ProcStat *ret) {
        static long ticks_per_second, page_size;
        const char *open = strchr(text, '('), *close = strrchr(text, ')');
        unsigned long long utime, stime, start;
        long long rss;
        ProcStat s = { 0 };

        if (ticks_per_second == 0) {
                ticks_per_second = sysconf(_SC_CLK_TCK);
                page_size = sysconf(_SC_PAGESIZE);
        }
        if (!open || !close || close < open)
                return -EIO;
        memcpy(s.comm, open + 1, MIN((size_t) (close - open - 1), sizeof s.comm - 1));
        s.pid = (pid_t) strtol(text, NULL, 10);
        if (sscanf(close + 2,
                    "%c %d %d %d %*d %*d %*u %*u %*u %*u %*u %llu %llu %*d %*d %*d %*d %*d %*d %llu %*u %lld", &s.state,
                    &s.ppid, &s.pgrp, &s.session, &utime, &stime, &start, &rss) != 8)
                return -EIO;
        s.cpu_usec = (utime + stime) * USEC_PER_SEC / (usec_t) ticks_per_second;
        s.start_ticks = start;
        s.resident_bytes = rss > 0 ? (uint64_t) rss * (uint64_t) page_size : 0;
        *ret = s;
        return 0;
}

int proc_read_stat(pid_t pid, ProcStat *ret) {
        char path[32], text[1024];

        snprintf(path, sizeof path, "/proc/%d/stat", pid);
        _cleanup_(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return errno == ENOENT ? -ESRCH : -errno;
        ssize_t n = read(fd, text, sizeof text - 1);
        if (n < 0)
                return -errno;
        text[n] = 0;
        return stat_parse(text, ret);
}

int proc_read_command(pid_t pid, char **ret) {
        _cleanup_(freep) char *text = NULL;
        size_t n = 0;

        int r = read_all(pid, "cmdline", &text, &n);
        if (r < 0)
                return r;
        while (n > 0 && text[n - 1] == 0)
                n--;
        if (n == 0) {
                ProcStat stat;
                r = proc_read_stat(pid, &stat);
                if (r < 0)
                        return r;
                return asprintf(ret, "[%s]", stat.comm) < 0 ? -ENOMEM : 0;
        }
        for (size_t i = 0; i < n; i++)
                if (text[i] == 0 || iscntrl((unsigned char) text[i]))
                        text[i] = ' ';
        *ret = STEAL_PTR(text);
        return 0;
}

int proc_read_environment(pid_t pid, const char *name, char **ret) {
        _cleanup_(freep) char *text = NULL;
        size_t n = 0, l = strlen(name);

        int r = read_all(pid, "environ", &text, &n);
        if (r < 0)
                return r;
        for (const char *s = text; s < text + n; s += strlen(s) + 1)
                if (strncmp(s, name, l) == 0 && s[l] == '=') {
                        *ret = strdup(s + l + 1);
                        return *ret ? 0 : -ENOMEM;
                }
        return -ENODATA;
}

int proc_read_cgroup(pid_t pid, char **ret) {
        _cleanup_(freep) char *text = NULL;
        size_t n = 0;

        int r = read_all(pid, "cgroup", &text, &n);
        if (r < 0)
                return r;
        for (const char *s = text; *s; s = strchrnul(s, '\n'), s += *s == '\n')
                if (strncmp(s, "0::", 3) == 0) {
                        *ret = strndup(s + 3, strcspn(s + 3, "\n"));
                        return *ret ? 0 : -ENOMEM;
                }
        return -ENODATA;
}

static void closedirp(DIR **d) {
        if (*d)
                closedir(*d);
}

int proc_list_add(ProcList *l, const ProcStat *p) {
        if (l->n == l->allocated) {
                size_t size = l->allocated ? l->allocated * 2 : 16;
                ProcStat *grown = realloc(l->items, size * sizeof *grown);
                if (!grown)
                        return -ENOMEM;
                l->items = grown;
                l->allocated = size;
        }
        l->items[l->n++] = *p;
        return 0;
}

void proc_list_done(ProcList *l) {
        free(l->items);
        *l = (ProcList){ 0 };
}

int proc_list(ProcList *ret) {
        _cleanup_(closedirp) DIR *dir = opendir("/proc");
        _cleanup_(proc_list_done) ProcList l = { 0 };
        struct dirent *entry;

        if (!dir)
                return -errno;
        while ((entry = readdir(dir))) {
                ProcStat stat;
                if (!isdigit((unsigned char) entry->d_name[0]))
                        continue;
                if (proc_read_stat((pid_t) atoi(entry->d_name), &stat) < 0)
                        continue; /* gone since readdir */
                int r = proc_list_add(&l, &stat);
                if (r < 0)
                        return r;
        }
        *ret = l;
        l = (ProcList){ 0 };
        return 0;
}

/* Appends the pids of one children file. */
static int append_children(int fd, pid_t **pids, size_t *n_pids) {
        _cleanup_(freep) char *text = NULL;
        size_t size = 0;

        int r = read_all_fd(fd, &text, &size);
        if (r < 0)
                return r;
        /* each takes a digit and a blank at least */
        pid_t *grown = realloc(*pids, (*n_pids + size / 2 + 1) * sizeof *grown);
        if (!grown)
                return -ENOMEM;
        *pids = grown;
        for (const char *s = text; *s;) { /* by hand: with a thousand children this is read at every exit */
                pid_t pid = 0;
                while (*s >= '0' && *s <= '9')
                        pid = pid * 10 + (*s++ - '0');
                (*pids)[(*n_pids)++] = pid;
                s += strcspn(s, "0123456789");
        }
        return 0;
}

int proc_open_own_children(void) {
        int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

int proc_read_children(int fd, pid_t **ret, size_t *ret_n) {
        pid_t *pids = NULL;
        size_t n = 0;

        int r = append_children(fd, &pids, &n);
        if (r < 0) {
                free(pids);
                return r;
        }
        *ret = pids;
        *ret_n = n;
        return 0;
}

/* The kernel has no children files: everybody is asked for his parent. */
static int children_by_walk(pid_t parent, pid_t **ret, size_t *ret_n) {
        _cleanup_(proc_list_done) ProcList all = { 0 };
        size_t n_children = 0;

        int r = proc_list(&all);
        if (r < 0)
                return r;
        pid_t *pids = malloc((all.n + 1) * sizeof *pids);
        if (!pids)
                return -ENOMEM;
        for (size_t i = 0; i < all.n; i++)
                if (all.items[i].ppid == parent)
                        pids[n_children++] = all.items[i].pid;
        *ret = pids;
        *ret_n = n_children;
        return 0;
}

static int append_children_of_thread(pid_t pid, const char *thread, pid_t **pids, size_t *n_pids) {
        char path[64];

        snprintf(path, sizeof path, "/proc/%d/task/%.16s/children", pid, thread);
        _cleanup_(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        return append_children(fd, pids, n_pids);
}

static int append_children_of_threads(pid_t pid, pid_t **pids, size_t *n_pids) {
        char path[32];
        struct dirent *entry;

        snprintf(path, sizeof path, "/proc/%d/task", pid);
        _cleanup_(closedirp) DIR *dir = opendir(path);
        if (!dir)
                return -errno;
        while ((entry = readdir(dir)))
                if (isdigit((unsigned char) entry->d_name[0]))
                        (void) append_children_of_thread(pid, entry->d_name, pids, n_pids); /* else it has ended */
        return 0;
}

/* A directory counts its subdirectories in its links, two more than there are; this is far cheaper than /proc/PID/stat. */
static bool has_several_threads(pid_t pid) {
        char path[32];
        struct stat st;

        snprintf(path, sizeof path, "/proc/%d/task", pid);
        return stat(path, &st) == 0 && st.st_nlink > 3;
}

int proc_list_children(pid_t parent, pid_t **ret, size_t *ret_n) {
        _cleanup_(freep) pid_t *pids = NULL;
        size_t n = 0;
        char leader[16];

        snprintf(leader, sizeof leader, "%d", parent);
        int r = append_children_of_thread(parent, leader, &pids, &n);
        if (r == -ENOENT)
                return children_by_walk(parent, ret, ret_n); /* or the process is gone: then nobody is found */
        if (r >= 0 && has_several_threads(parent)) {
                n = 0;
                r = append_children_of_threads(parent, &pids, &n);
        }
        if (r < 0)
                return r;
        *ret = STEAL_PTR(pids);
        *ret_n = n;
        return 0;
}

bool proc_fd_is_pipe(pid_t pid, int fd, ino_t inode) {
        char path[48], target[64], wanted[64];

        snprintf(path, sizeof path, "/proc/%d/fd/%d", pid, fd);
        ssize_t n = readlink(path, target, sizeof target - 1);
        if (n < 0)
                return false;
        target[n] = 0;
        snprintf(wanted, sizeof wanted, "pipe:[%llu]", (unsigned long long) inode);
        return strcmp(target, wanted) == 0;
}
