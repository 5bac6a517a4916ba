/* The one table of configuration keys, and the look-ups over it. Immutable; owned by nobody. How values are read and
 * shown is in schema_scalar.c, schema_text.c and schema_set.c. */
#include "conf/schema.h"

#include <string.h>

#include "conf/base/suggest.h"
#include "conf/schema_type.h"

static const char *const section_names[] = {
        [SCHEMA_SUPD] = "supd",
        [SCHEMA_SERVICE] = "service",
        [SCHEMA_GROUP] = "group",
};
ENUM_TABLE(schema_section, SchemaSection, section_names, _SCHEMA_SECTION_MAX);

static const char *const topic_names[] = {
        [TOPIC_DAEMON] = "The daemon itself",
        [TOPIC_COMMAND] = "What to run",
        [TOPIC_CONTEXT] = "As whom and where",
        [TOPIC_LIMITS] = "Resource limits",
        [TOPIC_RESTART] = "When to run it again",
        [TOPIC_STOP] = "Starting, stopping and reloading",
        [TOPIC_OUTPUT] = "Output",
        [TOPIC_GROUP] = "Groups",
};
ENUM_TABLE(schema_topic, SchemaTopic, topic_names, _SCHEMA_TOPIC_MAX);

/* clang-format off: one line per fact is what makes this readable as a table. */
#define SUPD(field)       .section = SCHEMA_SUPD, .topic = TOPIC_DAEMON, .offset = offsetof(DaemonConfig, field)
#define SERVICE(t, field) .section = SCHEMA_SERVICE, .topic = (t), .offset = offsetof(ServiceConfig, field)
#define GROUP(field)      .section = SCHEMA_GROUP, .topic = TOPIC_GROUP, .offset = offsetof(GroupConfig, field)
#define LIMIT(lower, upper, u, text)                                                                                   \
        {                                                                                                              \
                SERVICE(TOPIC_LIMITS, limits), .name = "limit_" lower, .type = &schema_limit, .unit = (u),             \
                                               .needs_restart = true, .argument = RLIMIT_##upper,                      \
                                               .help = text " (RLIMIT_" #upper ")"                                     \
        }

const SchemaKey schema_keys[] = {
        { SUPD(include), .name = "include", .type = &schema_glob_list,
                        .default_note = "conf.d/*.ini beside the main file",
                        .help = "More files to read; relative to the file that says so, empty for none" },
        { SUPD(log_directory), .name = "log_directory", .type = &schema_path, .needs_restart = true,
                        .default_note = "/var/log/supd, for a plain user $XDG_STATE_HOME/supd or ~/.local/state/supd",
                        .help = "Where the output of services goes that say `auto` or give a relative path" },
        { SUPD(log_file), .name = "log_file", .type = &schema_path, .needs_restart = true,
                        .default_note = "supd.log in log_directory",
                        .help = "The log of supd itself when it runs in the background" },
        { SUPD(pid_file), .name = "pid_file", .type = &schema_path, .needs_restart = true,
                        .default_note = "supd.pid in the runtime directory",
                        .help = "Where supd writes its process id" },
        { SUPD(control_group), .name = "control_group", .type = &schema_string, .needs_restart = true,
                        .help = "Members of this group may control supd; not set: only root and the user supd runs "
                                "as" },
        { SUPD(cgroup), .name = "cgroup", .type = &schema_cgroup_mode, .default_value = "auto",
                        .needs_restart = true,
                        .help = "auto: a cgroup for each service where cgroup v2 is writable; no: never, its processes "
                                "are found by session, descent and environment" },
        { SUPD(on_config_error), .name = "on_config_error", .type = &schema_on_config_error, .default_value = "refuse",
                        .help = "At the first start: refuse the whole configuration, or leave out only the services "
                                "with errors" },
        { SUPD(log_max_size), .name = "log_max_size", .type = &schema_size, .default_value = "10M", .unit = "bytes",
                        .help = "Size at which the log of supd itself is rotated" },
        { SUPD(log_keep), .name = "log_keep", .type = &schema_count, .default_value = "5", .argument = 10000,
                        .unit = "files", .help = "Rotated files of the log of supd itself that are kept" },

        { SERVICE(TOPIC_COMMAND, command), .name = "command", .type = &schema_command, .has_specifiers = true,
                        .needs_restart = true,
                        .help = "Program and arguments, quoted as for a shell but run without one" },
        { SERVICE(TOPIC_COMMAND, shell), .name = "shell", .type = &schema_shell, .has_specifiers = true,
                        .keeps_variables = true, .needs_restart = true,
                        .help = "Command line for /bin/sh -c, instead of command; ${VAR} is left for the shell to "
                                "expand" },
        { SERVICE(TOPIC_COMMAND, description), .name = "description", .type = &schema_string, .has_specifiers = true,
                        .help = "What the service is, for people" },
        { SERVICE(TOPIC_COMMAND, autostart), .name = "autostart", .type = &schema_bool, .default_value = "yes",
                        .help = "Start it when supd starts, and when a reload adds it" },
        { SERVICE(TOPIC_COMMAND, instances), .name = "instances", .type = &schema_instances, .unit = "processes",
                        .help = "Run NAME@1 to NAME@N instead of NAME; %i is the number, %n the full name" },

        { SERVICE(TOPIC_CONTEXT, directory), .name = "directory", .type = &schema_path, .default_value = "/",
                        .has_specifiers = true, .needs_restart = true, .help = "Working directory" },
        { SERVICE(TOPIC_CONTEXT, root_directory), .name = "root_directory", .type = &schema_path, .needs_restart = true,
                        .help = "Root directory (chroot); directory and command are looked up inside it" },
        { SERVICE(TOPIC_CONTEXT, user), .name = "user", .type = &schema_user, .needs_restart = true,
                        .default_note = "the user supd runs as",
                        .help = "User name or number; a number that nobody has runs with the group of the same "
                                "number" },
        { SERVICE(TOPIC_CONTEXT, group), .name = "group", .type = &schema_string, .needs_restart = true,
                        .default_note = "the user's own group", .help = "Group name or number" },
        { SERVICE(TOPIC_CONTEXT, supplementary_groups), .name = "supplementary_groups", .type = &schema_words,
                        .needs_restart = true, .default_note = "those the user is a member of",
                        .help = "Further groups, instead of those the user is a member of" },
        { SERVICE(TOPIC_CONTEXT, umask), .name = "umask", .type = &schema_mode, .default_value = "022",
                        .needs_restart = true, .argument = 0777,
                        .help = "Permission bits that files it creates do not get" },
        { SERVICE(TOPIC_CONTEXT, nice), .name = "nice", .type = &schema_nice, .needs_restart = true,
                        .default_note = "as supd itself",
                        .help = "Scheduling priority, from -20 (first) to 19 (last)" },
        { SERVICE(TOPIC_CONTEXT, oom_score_adjust), .name = "oom_score_adjust", .type = &schema_oom_score,
                        .needs_restart = true, .default_note = "as supd was started",
                        .help = "Whom the kernel kills when memory runs out, from -1000 (never) to 1000 (first)" },
        { SERVICE(TOPIC_CONTEXT, cpu_affinity), .name = "cpu_affinity", .type = &schema_cpu_set, .needs_restart = true,
                        .default_note = "all", .help = "Processors it may run on" },
        { SERVICE(TOPIC_CONTEXT, no_new_privileges), .name = "no_new_privileges", .type = &schema_bool,
                        .default_value = "no", .needs_restart = true,
                        .help = "Never gain privileges through exec (set-user-id programs, file capabilities)" },
        { SERVICE(TOPIC_CONTEXT, environment), .name = "environment", .type = &schema_environment,
                        .has_specifiers = true, .needs_restart = true,
                        .help = "Variables to set; wins over environment_file and over what supd hands down" },
        { SERVICE(TOPIC_CONTEXT, environment_file), .name = "environment_file", .type = &schema_path_list,
                        .has_specifiers = true, .needs_restart = true,
                        .help = "Files of NAME=value lines, read at each start; a leading - means that it may be "
                                "missing" },
        { SERVICE(TOPIC_CONTEXT, clear_environment), .name = "clear_environment", .type = &schema_bool,
                        .default_value = "no", .needs_restart = true,
                        .help = "Hand down nothing of supd's own environment" },

        LIMIT("core", CORE, "bytes", "Size of a core dump"),
        LIMIT("cpu", CPU, "seconds", "Processor time"),
        LIMIT("nofile", NOFILE, "descriptors", "Open files"),
        LIMIT("nproc", NPROC, "processes", "Processes of the user"),
        LIMIT("memlock", MEMLOCK, "bytes", "Locked memory"),
        LIMIT("as", AS, "bytes", "Address space"),
        LIMIT("data", DATA, "bytes", "Data segment"),
        LIMIT("stack", STACK, "bytes", "Stack"),
        LIMIT("fsize", FSIZE, "bytes", "Size of a file it writes"),
        LIMIT("rss", RSS, "bytes", "Resident memory; the kernel ignores it"),
        LIMIT("locks", LOCKS, "locks", "File locks; the kernel ignores it"),
        LIMIT("sigpending", SIGPENDING, "signals", "Queued signals of the user"),
        LIMIT("msgqueue", MSGQUEUE, "bytes", "POSIX message queues of the user"),
        LIMIT("nice", NICE, "20 - nice", "How far it may raise its own priority"),
        LIMIT("rtprio", RTPRIO, "priority", "Real-time priority it may take"),
        LIMIT("rttime", RTTIME, "microseconds", "Processor time of a real-time process without a blocking call"),

        { SERVICE(TOPIC_RESTART, restart), .name = "restart", .type = &schema_restart_mode,
                        .default_value = "on-failure", .help = "After which kind of exit it is started again" },
        { SERVICE(TOPIC_RESTART, restart_delay), .name = "restart_delay", .type = &schema_duration,
                        .default_value = "100ms", .unit = "seconds", .help = "Wait before the first restart" },
        { SERVICE(TOPIC_RESTART, restart_delay_max), .name = "restart_delay_max", .type = &schema_duration,
                        .default_value = "1min", .unit = "seconds",
                        .help = "The wait grows no further; when not written it is never less than restart_delay" },
        { SERVICE(TOPIC_RESTART, restart_backoff), .name = "restart_backoff", .type = &schema_factor,
                        .default_value = "2", .help = "Factor by which the wait grows with each restart" },
        { SERVICE(TOPIC_RESTART, restart_jitter), .name = "restart_jitter", .type = &schema_percent,
                        .default_value = "10%", .unit = "per cent",
                        .help = "Part of the wait that is added or taken away at random" },
        { SERVICE(TOPIC_RESTART, min_uptime), .name = "min_uptime", .type = &schema_duration, .default_value = "10s",
                        .unit = "seconds", .help = "Having run that long, the next wait is restart_delay again" },
        { SERVICE(TOPIC_RESTART, start_limit_burst), .name = "start_limit_burst", .type = &schema_count,
                        .default_value = "0", .argument = 1000000, .unit = "starts",
                        .help = "Give up after so many automatic starts within start_limit_interval; 0 never gives "
                                "up" },
        { SERVICE(TOPIC_RESTART, start_limit_interval), .name = "start_limit_interval", .type = &schema_duration,
                        .default_value = "10s", .unit = "seconds",
                        .help = "The span in which start_limit_burst counts" },
        { SERVICE(TOPIC_RESTART, success_exit_status), .name = "success_exit_status", .type = &schema_exit_status_set,
                        .help = "Exit codes and signals that are no failure, besides 0, HUP, INT, TERM and PIPE" },
        { SERVICE(TOPIC_RESTART, restart_prevent_exit_status), .name = "restart_prevent_exit_status",
                        .type = &schema_exit_status_set,
                        .help = "Exit codes and signals after which it is never started again" },
        { SERVICE(TOPIC_RESTART, restart_force_exit_status), .name = "restart_force_exit_status",
                        .type = &schema_exit_status_set,
                        .help = "Exit codes and signals after which it is always started again" },

        { SERVICE(TOPIC_STOP, type), .name = "type", .type = &schema_service_type, .default_value = "simple",
                        .needs_restart = true,
                        .help = "When it counts as up: simple and exec, when its program runs; notify, when it says "
                                "READY=1; oneshot, when it has ended well" },
        { SERVICE(TOPIC_STOP, notify_access), .name = "notify_access", .type = &schema_notify_access,
                        .default_note = "main for type = notify, else none", .needs_restart = true,
                        .help = "Whose sd_notify messages count: nobody's, the main process's, or those of all its "
                                "processes" },
        { SERVICE(TOPIC_STOP, watchdog), .name = "watchdog", .type = &schema_duration, .default_value = "0",
                        .unit = "seconds", .needs_restart = true,
                        .help = "It has to say WATCHDOG=1 at least that often, or is killed by watchdog_signal and "
                                "counts as failed; 0: no watchdog" },
        { SERVICE(TOPIC_STOP, watchdog_signal), .name = "watchdog_signal", .type = &schema_signal,
                        .default_value = "ABRT", .help = "Signal for a service whose watchdog ran out" },
        { SERVICE(TOPIC_STOP, start_timeout), .name = "start_timeout", .type = &schema_duration, .default_value = "90s",
                        .unit = "seconds",
                        .help = "How long it may take to become ready; when not written, a oneshot service has all the "
                                "time it needs" },
        { SERVICE(TOPIC_STOP, stop_timeout), .name = "stop_timeout", .type = &schema_duration, .default_value = "10s",
                        .unit = "seconds",
                        .help = "How long it may take to end after stop_signal before kill_signal follows" },
        { SERVICE(TOPIC_STOP, stop_signal), .name = "stop_signal", .type = &schema_signal, .default_value = "TERM",
                        .help = "Signal that asks it to end" },
        { SERVICE(TOPIC_STOP, kill_signal), .name = "kill_signal", .type = &schema_signal, .default_value = "KILL",
                        .help = "Signal for what is left after stop_timeout" },
        { SERVICE(TOPIC_STOP, reload_signal), .name = "reload_signal", .type = &schema_signal,
                        .help = "Signal that makes it read its own configuration again; not set: it cannot be "
                                "reloaded" },
        { SERVICE(TOPIC_STOP, kill_mode), .name = "kill_mode", .type = &schema_kill_mode, .default_value = "mixed",
                        .help = "Who gets stop_signal: main process first and the rest after it, all at once, or the "
                                "main process only" },

        { SERVICE(TOPIC_OUTPUT, stdout_target), .name = "stdout", .type = &schema_stdout, .default_value = "auto",
                        .has_specifiers = true, .needs_restart = true,
                        .help = "Where standard output goes; auto: %n.log in log_directory, or supd's own output when "
                                "it is PID 1" },
        { SERVICE(TOPIC_OUTPUT, stderr_target), .name = "stderr", .type = &schema_stderr, .default_value = "same",
                        .has_specifiers = true, .needs_restart = true,
                        .help = "Where standard error goes; same: where stdout goes" },
        { SERVICE(TOPIC_OUTPUT, log_max_size), .name = "log_max_size", .type = &schema_size, .default_value = "10M",
                        .unit = "bytes", .help = "Size at which a log file is rotated; infinity: never" },
        { SERVICE(TOPIC_OUTPUT, log_keep), .name = "log_keep", .type = &schema_count, .default_value = "5",
                        .argument = 10000, .unit = "files", .help = "Rotated log files that are kept" },

        { GROUP(description), .name = "description", .type = &schema_string, .help = "What the group is, for people" },
        { GROUP(services), .name = "services", .type = &schema_words,
                        .help = "Its members: names of services, of instances (web@2), or patterns (web-*)" },
};
/* clang-format on */

const size_t n_schema_keys = ARRAY_SIZE(schema_keys);

const SchemaKey *schema_find(SchemaSection section, const char *name) {
        for (size_t i = 0; i < n_schema_keys; i++) {
                const SchemaKey *k = &schema_keys[i];
                if (k->section == section && k->name[0] == name[0] && strcmp(k->name, name) == 0)
                        return k;
        }
        return NULL;
}

const char *schema_suggest(SchemaSection section, const char *name) {
        Suggestion s = { .wanted = name };
        for (size_t i = 0; i < n_schema_keys; i++)
                if (schema_keys[i].section == section)
                        suggestion_offer(&s, schema_keys[i].name);
        return s.best;
}

const char *schema_type_name(const SchemaKey *key) {
        return key->type->name;
}

const char *const *schema_type_words(const SchemaKey *key) {
        return key->type->words;
}

const char *schema_type_help(const SchemaKey *key) {
        return key->type->help;
}

const char *schema_section_help(SchemaSection section) {
        static const char *const help[] = {
                [SCHEMA_SUPD] = "[supd]: the daemon itself",
                [SCHEMA_SERVICE] = "[service:NAME]: one service; in [defaults]: what every service starts from",
                [SCHEMA_GROUP] = "[group:NAME]: several services under one name",
        };
        static_assert(ARRAY_SIZE(help) == _SCHEMA_SECTION_MAX, "a section without help");
        return help[section];
}

static void clear(const SchemaKey *key, SchemaContext *context, void *object) {
        if (key->type->clear)
                key->type->clear(key, context, object);
        else
                memset(schema_field(key, object), 0, key->type->size);
}

int schema_parse(const SchemaKey *key, const char *text, SchemaContext *context, void *object) {
        if (!*text && key->default_value)
                text = key->default_value;
        if (*text)
                return key->type->parse(key, text, context, object);
        clear(key, context, object);
        return 0;
}

int schema_format(const SchemaKey *key, const void *object, char **ret) {
        return key->type->format(key, object, ret);
}

/* Out of memory counts as different: a change too many is shown, none is missed. */
static bool equal_as_text(const SchemaKey *key, const void *a, const void *b) {
        _cleanup_(freep) char *x = NULL, *y = NULL;
        if (schema_format(key, a, &x) < 0 || schema_format(key, b, &y) < 0)
                return false;
        return x && y ? strcmp(x, y) == 0 : x == y;
}

bool schema_equal(const SchemaKey *key, const void *a, const void *b) {
        return key->type->equal ? key->type->equal(key, a, b) : equal_as_text(key, a, b);
}

int schema_set_defaults(SchemaSection section, SchemaContext *context, void *object) {
        for (size_t i = 0; i < n_schema_keys; i++) {
                if (schema_keys[i].section != section)
                        continue;
                int r = schema_parse(&schema_keys[i], "", context, object);
                if (r < 0)
                        return r;
        }
        return 0;
}
