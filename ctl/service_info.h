/* What supd tells about itself and its services, read from its replies. Strings are borrowed from the message, which the
 * struct that holds them keeps. Keys that this supctl does not know are skipped: a newer supd may tell more. */
#pragma once

#include <systemd/sd-bus.h>

#include "ctl/client.h"

typedef struct ServiceRow {
        const char *name, *phase, *goal, *result, *description, *note;
        uint32_t main_pid, n_restarts;
        uint64_t phase_since_realtime, next_start_in, started_realtime, uptime;
        int pending_restart;
} ServiceRow;

typedef struct ServiceList {
        sd_bus_message *message;
        ServiceRow *rows;
        size_t n;
} ServiceList;

typedef struct ProcessInfo {
        uint32_t pid, ppid;
        const char *state, *command;
} ProcessInfo;

typedef struct ExitInfo {
        uint64_t realtime, run_time;
        const char *status, *result, *spawn_error;
        int requested;
} ExitInfo;

typedef struct ServiceDetail {
        sd_bus_message *message;
        ServiceRow row;
        int frozen;
        const char *invocation_id, *config_file, *command, *stdout_path, *stderr_path; /* paths: NULL where not a file */
        uint32_t config_line;
        const char *decision;                 /* "" of an older supd */
        const char *request, *request_command; /* request "": none so far */
        uint32_t request_pid, request_uid;    /* pid 0: supd itself */
        uint64_t request_realtime;
        uint64_t memory_bytes, cpu_usec; /* UINT64_MAX: unknown */
        ProcessInfo *processes;
        size_t n_processes;
        ExitInfo *exits; /* newest first */
        size_t n_exits;
} ServiceDetail;

typedef struct DaemonInfo {
        sd_bus_message *message;
        const char *version, *config_file, *scope;
        uint32_t pid, n_services, n_running, n_failed;
        uint64_t started_realtime, n_orphans_reaped;
        int shutting_down;
} DaemonInfo;

/* Each is 0, or an ExitCode after saying why. No pattern: all services. */
int service_list_get(Client *c, char *const *patterns, ServiceList *ret);
int service_detail_get(Client *c, const char *name, ServiceDetail *ret);
int daemon_info_get(Client *c, DaemonInfo *ret);
/* Like service_detail_get() without a word: negative errno, and e. For a name that may turn out to be a pattern. */
int service_detail_try(Client *c, const char *name, sd_bus_error *e, ServiceDetail *ret);

void service_list_done(ServiceList *l);
void service_detail_done(ServiceDetail *d);
void daemon_info_done(DaemonInfo *d);

static inline bool row_is_running(const ServiceRow *r) {
        return r->phase[0] == 'r'; /* "running", "reloading" */
}
