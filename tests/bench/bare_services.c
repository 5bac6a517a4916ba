/* See bare_services.h. Nothing is freed: the table lives as long as the process. */
#include "bare_services.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ARGUMENTS_MAX 16

/* The largest pid_max that Linux knows (proc(5)). The table is virtual memory but for the pages of pids in use. */
#define PID_LIMIT (1u << 22)

static int parse_line(char *line, Service *ret) {
        char *words[ARGUMENTS_MAX + 3], *state;
        size_t n = 0;

        for (char *w = strtok_r(line, " \n", &state); w && n < ARGUMENTS_MAX + 2; w = strtok_r(NULL, " \n", &state))
                words[n++] = w;
        if (n < 3)
                return -EINVAL;
        words[n] = NULL;

        char **argv = calloc(n - 1, sizeof *argv);
        if (!argv)
                return -ENOMEM;
        memcpy(argv, words + 2, (n - 1) * sizeof *argv);
        *ret = (Service){ .name = words[0], .argv = argv, .restart = strcmp(words[1], "always") == 0, .pidfd = -1 };
        return 0;
}

static int add_line(Services *services, const char *line) {
        Service *grown = reallocarray(services->items, services->n + 1, sizeof *grown);
        if (!grown)
                return -ENOMEM;
        services->items = grown;

        char *copy = strdup(line); /* the words point into it */
        if (!copy)
                return -ENOMEM;
        int r = parse_line(copy, &services->items[services->n]);
        if (r >= 0)
                services->n++;
        return r;
}

int services_read(const char *path, Services *ret) {
        Services services = { 0 };
        char *line = NULL;
        size_t allocated = 0;
        int r = 0;

        services.by_pid = mmap(NULL, PID_LIMIT * sizeof *services.by_pid, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (services.by_pid == MAP_FAILED)
                return -errno;
        FILE *f = fopen(path, "re");
        if (!f)
                return -errno;
        while (r >= 0 && getline(&line, &allocated, f) > 0)
                r = add_line(&services, line);
        free(line);
        fclose(f);
        if (r >= 0)
                *ret = services;
        return r;
}

Service *services_find_by_name(Services *services, const char *name) {
        for (size_t i = 0; i < services->n; i++)
                if (strcmp(services->items[i].name, name) == 0)
                        return &services->items[i];
        return NULL;
}

Service *services_find_by_pid(Services *services, pid_t pid) {
        unsigned i = services->by_pid[pid];
        return i > 0 ? &services->items[i - 1] : NULL;
}

void services_note_start(Services *services, Service *s, pid_t pid, int pidfd) {
        s->pid = pid;
        s->pidfd = pidfd;
        services->by_pid[pid] = (unsigned) (s - services->items) + 1;
}

void services_note_end(Services *services, Service *s) {
        services->by_pid[s->pid] = 0;
        s->pid = 0;
        if (s->pidfd >= 0)
                close(s->pidfd);
        s->pidfd = -1;
}
