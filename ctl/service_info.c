/* See service_info.h. */
#include "ctl/service_info.h"

#include <string.h>

#include "ctl/exit_code.h"
#include "ctl/protocol.h"

/* --- lists --- */

static int read_row(sd_bus_message *m, ServiceRow *r) {
        return sd_bus_message_read(m, "(" SUPD_LIST_ITEM ")", &r->name, &r->phase, &r->goal, &r->result, &r->description,
                &r->note, &r->main_pid, &r->phase_since_realtime, &r->next_start_in, &r->started_realtime, &r->uptime,
                &r->n_restarts, &r->pending_restart);
}

/* Room for one more in an array that doubles. */
static int grow(void *items, size_t n, size_t size) {
        void **array = items;

        if ((n & (n - 1)) != 0)
                return 0;
        void *bigger = reallocarray(*array, n ? 2 * n : 1, size);
        if (!bigger)
                return -ENOMEM;
        *array = bigger;
        return 0;
}

static int read_rows(ServiceList *l) {
        ServiceRow row;

        int r = sd_bus_message_enter_container(l->message, 'a', "(" SUPD_LIST_ITEM ")");
        while (r >= 0 && (r = read_row(l->message, &row)) > 0) {
                r = grow(&l->rows, l->n, sizeof(row));
                if (r >= 0)
                        l->rows[l->n++] = row;
        }
        return r;
}

int service_list_get(Client *c, char *const *patterns, ServiceList *ret) {
        static char *const none[] = { NULL };

        *ret = (ServiceList){ 0 };
        int code = client_call(c, &ret->message, "ListServices", patterns ?: none, NULL);
        if (code != EXIT_OK)
                return code;
        int r = read_rows(ret);
        return r < 0 ? client_say_bad_reply(r) : EXIT_OK;
}

void service_list_done(ServiceList *l) {
        sd_bus_message_unref(l->message);
        free(l->rows);
        *l = (ServiceList){ 0 };
}

/* --- dictionaries --- */

typedef struct Field {
        const char *key;
        char type; /* of D-Bus; the member is a const char * for 's', an int for 'b', else of that width */
        size_t offset;
} Field;

static int read_field(sd_bus_message *m, const Field *f, void *base) {
        char type[] = { f->type, '\0' };

        int r = sd_bus_message_enter_container(m, 'v', type);
        if (r < 0)
                return r;
        if ((r = sd_bus_message_read_basic(m, f->type, (char *) base + f->offset)) < 0)
                return r;
        return sd_bus_message_exit_container(m);
}

/* The value of a key that stands in no table; 0: not mine, skip it. */
typedef int (*SpecialField)(sd_bus_message *m, const char *key, void *base);

static int read_entry(sd_bus_message *m, const Field *fields, size_t n_fields, SpecialField special, void *base) {
        const char *key;

        int r = sd_bus_message_read(m, "s", &key);
        if (r < 0)
                return r;
        for (size_t i = 0; i < n_fields; i++)
                if (strcmp(fields[i].key, key) == 0)
                        return read_field(m, &fields[i], base);
        r = special ? special(m, key, base) : 0;
        return r == 0 ? sd_bus_message_skip(m, "v") : r;
}

static int read_dictionary(sd_bus_message *m, const Field *fields, size_t n_fields, SpecialField special, void *base) {
        int r = sd_bus_message_enter_container(m, 'a', "{sv}");

        if (r < 0)
                return r;
        while ((r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
                if ((r = read_entry(m, fields, n_fields, special, base)) < 0 || (r = sd_bus_message_exit_container(m)) < 0)
                        return r;
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

#define ROW(key, type, member) { key, type, offsetof(ServiceDetail, row) + offsetof(ServiceRow, member) }
#define DETAIL(key, type, member) { key, type, offsetof(ServiceDetail, member) }

static const Field detail_fields[] = {
        ROW("Name", 's', name),
        ROW("Phase", 's', phase),
        ROW("Goal", 's', goal),
        ROW("Result", 's', result),
        ROW("Description", 's', description),
        ROW("Note", 's', note),
        ROW("MainPID", 'u', main_pid),
        ROW("PhaseSinceRealtime", 't', phase_since_realtime),
        ROW("NextStartIn", 't', next_start_in),
        ROW("StartedRealtime", 't', started_realtime),
        ROW("Uptime", 't', uptime),
        ROW("Restarts", 'u', n_restarts),
        ROW("PendingRestart", 'b', pending_restart),
        DETAIL("Frozen", 'b', frozen),
        DETAIL("InvocationID", 's', invocation_id),
        DETAIL("ConfigFile", 's', config_file),
        DETAIL("ConfigLine", 'u', config_line),
        DETAIL("Command", 's', command),
        DETAIL("MemoryBytes", 't', memory_bytes),
        DETAIL("CPUUsec", 't', cpu_usec),
        DETAIL("StdoutPath", 's', stdout_path),
        DETAIL("StderrPath", 's', stderr_path),
        DETAIL("Decision", 's', decision),
        DETAIL("Request", 's', request),
        DETAIL("RequestCommand", 's', request_command),
        DETAIL("RequestPID", 'u', request_pid),
        DETAIL("RequestUID", 'u', request_uid),
        DETAIL("RequestRealtime", 't', request_realtime),
};

static int read_processes(sd_bus_message *m, ServiceDetail *d) {
        ProcessInfo p;
        int r;

        while ((r = sd_bus_message_read(m, "(" SUPD_PROCESS_ITEM ")", &p.pid, &p.ppid, &p.state, &p.command)) > 0) {
                if (grow(&d->processes, d->n_processes, sizeof(p)) < 0)
                        return -ENOMEM;
                d->processes[d->n_processes++] = p;
        }
        return r;
}

static int read_exits(sd_bus_message *m, ServiceDetail *d) {
        ExitInfo x;
        int r;

        while ((r = sd_bus_message_read(m, "(" SUPD_EXIT_ITEM ")", &x.realtime, &x.run_time, &x.status, &x.result,
                        &x.spawn_error, &x.requested)) > 0) {
                if (grow(&d->exits, d->n_exits, sizeof(x)) < 0)
                        return -ENOMEM;
                d->exits[d->n_exits++] = x;
        }
        return r;
}

static int read_array_field(sd_bus_message *m, const char *type, int (*read)(sd_bus_message *, ServiceDetail *), ServiceDetail *d) {
        int r;

        if ((r = sd_bus_message_enter_container(m, 'v', type)) < 0 ||
                (r = sd_bus_message_enter_container(m, 'a', type + 1)) < 0 || (r = read(m, d)) < 0 ||
                (r = sd_bus_message_exit_container(m)) < 0 || (r = sd_bus_message_exit_container(m)) < 0)
                return r;
        return 1;
}

static int read_detail_special(sd_bus_message *m, const char *key, void *base) {
        if (strcmp(key, "Processes") == 0)
                return read_array_field(m, "a(" SUPD_PROCESS_ITEM ")", read_processes, base);
        if (strcmp(key, "Exits") == 0)
                return read_array_field(m, "a(" SUPD_EXIT_ITEM ")", read_exits, base);
        return 0;
}

int service_detail_try(Client *c, const char *name, sd_bus_error *e, ServiceDetail *ret) {
        *ret = (ServiceDetail){
                .row = { .name = name, .phase = "?", .goal = "?", .result = "?", .description = "", .note = "" },
                .memory_bytes = UINT64_MAX, .cpu_usec = UINT64_MAX, .invocation_id = "", .config_file = "", .command = "",
                .decision = "", .request = "", .request_command = "",
        };
        int r = client_try(c, e, &ret->message, "GetService", NULL, "s", name);
        if (r < 0)
                return r;
        return read_dictionary(ret->message, detail_fields, ARRAY_SIZE(detail_fields), read_detail_special, ret);
}

int service_detail_get(Client *c, const char *name, ServiceDetail *ret) {
        _cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;

        int r = service_detail_try(c, name, &e, ret);
        if (r < 0 && ret->message)
                return client_say_bad_reply(r);
        return r < 0 ? client_say_failure(c, r, &e) : EXIT_OK;
}

void service_detail_done(ServiceDetail *d) {
        sd_bus_message_unref(d->message);
        free(d->processes);
        free(d->exits);
        *d = (ServiceDetail){ 0 };
}

#define DAEMON(key, type, member) { key, type, offsetof(DaemonInfo, member) }

static const Field daemon_fields[] = {
        DAEMON("Version", 's', version),
        DAEMON("PID", 'u', pid),
        DAEMON("StartedRealtime", 't', started_realtime),
        DAEMON("ConfigFile", 's', config_file),
        DAEMON("Services", 'u', n_services),
        DAEMON("Running", 'u', n_running),
        DAEMON("Failed", 'u', n_failed),
        DAEMON("OrphansReaped", 't', n_orphans_reaped),
        DAEMON("ShuttingDown", 'b', shutting_down),
        DAEMON("Scope", 's', scope),
};

int daemon_info_get(Client *c, DaemonInfo *ret) {
        *ret = (DaemonInfo){ .version = "?", .config_file = "", .scope = "?" };

        int code = client_call(c, &ret->message, "GetStatus", NULL, NULL);
        if (code != EXIT_OK)
                return code;
        int r = read_dictionary(ret->message, daemon_fields, ARRAY_SIZE(daemon_fields), NULL, ret);
        return r < 0 ? client_say_bad_reply(r) : EXIT_OK;
}

void daemon_info_done(DaemonInfo *d) {
        sd_bus_message_unref(d->message);
        *d = (DaemonInfo){ 0 };
}
