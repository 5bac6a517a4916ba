/* What /proc says about a process. Each call opens, reads and closes; nothing is cached, and a process that is gone is -ESRCH. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "conf/base/usec.h"

/* The fields of /proc/PID/stat that supd uses (proc(5)). */
typedef struct ProcStat {
        pid_t pid, ppid, pgrp, session;
        char state;
        char comm[16];
        usec_t cpu_usec;        /* utime + stime */
        uint64_t start_ticks;   /* since boot: with the pid it names one process for ever */
        uint64_t resident_bytes;
} ProcStat;

int proc_read_stat(pid_t pid, ProcStat *ret);

/* The command line with blanks between the arguments, or "[comm]" when it is empty. Heap. */
int proc_read_command(pid_t pid, char **ret);

/* The value of NAME in the environment that the process was started with. Heap; -ENODATA: it is not in there. */
int proc_read_environment(pid_t pid, const char *name, char **ret);

/* Its path in the cgroup v2 hierarchy, as our cgroup namespace shows it; pid 0: ours, also where /proc is that of another pid
 * namespace. Heap; -ENODATA: it has none. */
int proc_read_cgroup(pid_t pid, char **ret);

/* A growing array of processes; starts as { 0 }. */
typedef struct ProcList {
        ProcStat *items;
        size_t n, allocated;
} ProcList;

int proc_list_add(ProcList *l, const ProcStat *p); /* -ENOMEM */
void proc_list_done(ProcList *l);

/* Every process of the pid namespace of /proc. */
int proc_list(ProcList *ret);

/* The direct children of a process, of all its threads, from /proc/PID/task/TID/children; where the kernel lacks that file
 * (CONFIG_PROC_CHILDREN), from a walk of /proc. The caller frees *ret. */
int proc_list_children(pid_t parent, pid_t **ret, size_t *ret_n);
/* The same from a descriptor of one such file, which may be kept open and read again and again. */
int proc_read_children(int fd, pid_t **ret, size_t *ret_n);
/* Opens our own; supd has one thread. -errno. */
int proc_open_own_children(void);

/* Whether descriptor fd of the process is the pipe with this inode number. */
bool proc_fd_is_pipe(pid_t pid, int fd, ino_t inode);
