/* What bare supervises: a table read from a file and never changed in size, found by name or by pid. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

typedef struct Service {
        char *name;
        char **argv;
        bool restart;
        bool has_cgroup;
        pid_t pid; /* 0: not running */
        int pidfd; /* -1: not running, or without one */
} Service;

typedef struct Services {
        Service *items;
        size_t n;
        unsigned *by_pid; /* index + 1, 0: nobody's */
} Services;

/* One service per line, words separated by blanks: NAME always|no PROGRAM ARGUMENT... -errno, or -EINVAL for a bad line. */
int services_read(const char *path, Services *ret);

Service *services_find_by_name(Services *services, const char *name);
Service *services_find_by_pid(Services *services, pid_t pid);
void services_note_start(Services *services, Service *s, pid_t pid, int pidfd);
void services_note_end(Services *services, Service *s);
