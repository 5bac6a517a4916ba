/* See verbs.h. */
#include "ctl/verbs.h"

#include <string.h>

#include "conf/base/suggest.h"
#include "ctl/text.h"

#define WAIT_GOALS \
        (OPTION_BIT(OPTION_RUNNING) | OPTION_BIT(OPTION_STOPPED) | OPTION_BIT(OPTION_COMPLETED) | OPTION_BIT(OPTION_FAILED))
#define WAITING (OPTION_BIT(OPTION_NO_WAIT) | OPTION_BIT(OPTION_TIMEOUT))

const Verb verb_table[] = {
        { "start", "NAME...", 1, ARGUMENTS_ANY, WAITING, "start services",
                "Waits until each service runs or has failed. A start by hand forgets backoff and start limit.", verb_start },
        { "stop", "NAME...", 1, ARGUMENTS_ANY, WAITING | OPTION_BIT(OPTION_GRACEFUL) | OPTION_BIT(OPTION_NOW),
                "stop services",
                "Sends stop_signal, waits until all processes of the service have ended, and sends SIGKILL after\n"
                "stop_timeout. With --graceful there is no SIGKILL: the service has all the time it needs, and what is\n"
                "still alive is shown. With --now SIGKILL comes at once. A service stopped by hand stays stopped over a\n"
                "reload of the configuration.", verb_stop },
        { "restart", "NAME...", 1, ARGUMENTS_ANY, WAITING | OPTION_BIT(OPTION_GRACEFUL) | OPTION_BIT(OPTION_NOW),
                "stop services and start them again",
                "What the previous run left behind is gone before the next one starts. A stopped service is started.",
                verb_restart },
        { "reload", "[NAME...]", 0, ARGUMENTS_ANY, WAITING | OPTION_BIT(OPTION_RESTART_CHANGED), "reload the configuration, or named services",
                "Without a name supd reads its configuration anew and tells what changed, key by key; a configuration\n"
                "with errors changes nothing. A service whose change needs a restart runs on as it is, until it is started\n"
                "anew; with --restart-changed these are restarted, and waited for as `restart` does. With names the\n"
                "reload_signal of these services is sent.", verb_reload },
        { "plan", "", 0, 0, 0, "show what a reload of the configuration would do",
                "Tells key by key what would change, and whether at once or with the next start of the service. Changes\n"
                "nothing. Exits with 0 when a reload would change nothing, with 2 when it would change something, and with\n"
                "1 when it would be refused.", verb_plan },
        { "status", "[NAME...]", 0, ARGUMENTS_ANY, OPTION_BIT(OPTION_LINES), "show supd and its services, or all about one",
                "Exits with 3 when a named service is not running.", verb_status },
        { "why", "NAME...", 1, ARGUMENTS_ANY, 0, "tell why services are in the state they are in",
                "The state and since when, who asked for it last (a peer of the control socket, or supd itself: autostart,\n"
                "reload, shutdown), the decision of the restart policy and when it tries again, the last exits and the last\n"
                "lines of the output.", verb_why },
        { "list", "[NAME...]", 0, ARGUMENTS_ANY, 0, "list names and states, for scripts", NULL, verb_list },
        { "is-active", "NAME...", 1, ARGUMENTS_ANY, OPTION_BIT(OPTION_QUIET), "exit with 0 when all of them run, else with 3",
                NULL, verb_is_active },
        { "events", "[NAME...]", 0, ARGUMENTS_ANY, OPTION_BIT(OPTION_FOLLOW), "show the last state changes of services",
                "supd remembers the last 256 of all services together. --follow goes on with what happens from now on, until\n"
                "interrupted (exit code 0) or supd ends (6). With --json each line is an object.", verb_events },
        { "wait", "NAME...", 1, ARGUMENTS_ANY, WAIT_GOALS | OPTION_BIT(OPTION_TIMEOUT), "wait until services are in a state",
                "Exits with 0 when each of them was in that state since the wait began, and with 1 as soon as one of them is at\n"
                "rest (stopped, exited, failed) in another one: supd does not take it any further by itself.", verb_wait },
        { "kill", "NAME...", 1, ARGUMENTS_ANY, OPTION_BIT(OPTION_SIGNAL) | OPTION_BIT(OPTION_WHOM), "send a signal",
                "The state that supd wants does not change: what dies of the signal is restarted by its policy.",
                verb_kill },
        { "logs", "NAME", 1, 1, OPTION_BIT(OPTION_LINES) | OPTION_BIT(OPTION_FOLLOW) | OPTION_BIT(OPTION_STDERR),
                "show what a service wrote",
                "Reads the current log file; --follow goes on over rotations until interrupted.", verb_logs },
        { "check", "[FILE|DIRECTORY]", 0, 1, 0, "check a configuration without touching anything",
                "Reports every error of every file. Exits with 0 when supd would accept it, else with 1. Needs no\n"
                "running supd.", verb_check_config },
        { "explain", "[KEY|SECTION]", 0, 1, 0, "explain configuration keys", NULL, verb_explain },
        { "version", "", 0, 0, 0, "show the versions of supctl and of the running supd", NULL, verb_version },
        { "shutdown", "", 0, 0, WAITING | OPTION_BIT(OPTION_NOW), "stop all services and end supd",
                "In reverse order and within the stop timeouts; with --now by SIGKILL.", verb_shutdown },
        { "help", "[VERB]", 0, 1, 0, "show this, or all about one verb", NULL, verb_help },
};
const size_t n_verbs = ARRAY_SIZE(verb_table);

const Verb *verb_find(const char *name) {
        for (size_t i = 0; i < n_verbs; i++)
                if (strcmp(verb_table[i].name, name) == 0)
                        return &verb_table[i];
        return NULL;
}

char *verb_unknown_text(const char *name) {
        Suggestion near = { .wanted = name };
        char *text;

        for (size_t i = 0; i < n_verbs; i++)
                suggestion_offer(&near, verb_table[i].name);
        int r = near.best ? asprintf(&text, "unknown verb '%s'; did you mean '%s'?", name, near.best) :
                            asprintf(&text, "unknown verb '%s'; `supctl help` shows all", name);
        return r < 0 ? NULL : text;
}

static int check_options(const Verb *v, const Options *o, char **ret_error) {
        unsigned alien = o->given & ~(v->options | OPTIONS_COMMON);

        for (int i = 0; i < _OPTION_MAX; i++)
                if (alien & OPTION_BIT(i)) {
                        if (asprintf(ret_error, "option --%s means nothing to '%s'; see `supctl help %s`",
                                    option_table[i].name, v->name, v->name) < 0)
                                return *ret_error = NULL, -ENOMEM;
                        return -EINVAL;
                }
        return 0;
}

static int check_arguments(const Verb *v, size_t n, char **ret_error) {
        int r;

        if (n >= v->min_arguments && n <= v->max_arguments)
                return 0;
        if (n < v->min_arguments)
                r = asprintf(ret_error, "'%s' wants a name: supctl %s %s ('all' is every service)", v->name, v->name,
                        v->arguments);
        else
                r = asprintf(ret_error, "too many arguments: supctl %s %s", v->name, v->arguments);
        if (r < 0)
                return *ret_error = NULL, -ENOMEM;
        return -EINVAL;
}

/* What goes with the verb, but not together; NULL: nothing. */
static const char *contradiction(const Invocation *i) {
        unsigned goals = i->options->given & WAIT_GOALS;

        if (option_given(i->options, OPTION_GRACEFUL) && option_given(i->options, OPTION_NOW))
                return "--graceful and --now contradict each other: give one of them";
        if (option_given(i->options, OPTION_RESTART_CHANGED) && i->n_arguments > 0)
                return "--restart-changed goes with a reload of the whole configuration: leave the names out";
        if ((goals & (goals - 1)) != 0)
                return "--running, --stopped, --completed and --failed exclude each other: give one of them";
        return NULL;
}

int verb_check(const Verb *v, const Invocation *i, char **ret_error) {
        *ret_error = NULL;
        int r = check_options(v, i->options, ret_error);
        if (r < 0)
                return r;
        const char *error = contradiction(i);
        if (error) {
                *ret_error = strdup(error);
                return *ret_error ? -EINVAL : -ENOMEM;
        }
        return check_arguments(v, i->n_arguments, ret_error);
}

static int usage_error(int r, const char *text) {
        say_error("%s", text ?: strerror(-r));
        return EXIT_USAGE;
}

static int run_verb(const Verb *v, const Invocation *i) {
        _cleanup_(freep) char *error = NULL;

        if (option_given(i->options, OPTION_HELP)) {
                help_print_verb(stdout, v);
                return EXIT_OK;
        }
        int r = verb_check(v, i, &error);
        if (r < 0)
                return usage_error(r, error);
        return v->run(i);
}

static int run_without_verb(const Options *o) {
        if (option_given(o, OPTION_VERSION)) {
                (void) puts("supctl " SUPD_VERSION);
                return EXIT_OK;
        }
        if (option_given(o, OPTION_HELP)) {
                help_print_all(stdout);
                return EXIT_OK;
        }
        help_print_all(stderr);
        return EXIT_USAGE;
}

/* A full pipe or disk must not pass for success. */
static int finish(int code) {
        if (fflush(stdout) != 0 || ferror(stdout)) {
                if (errno == EPIPE)
                        return code;
                say_error("cannot write the output: %s", strerror(errno));
                return code == EXIT_OK ? EXIT_FAILED : code;
        }
        return code;
}

int supctl_run(int argc, char **argv) {
        _cleanup_(command_line_done) CommandLine c = { 0 };
        _cleanup_(freep) char *error = NULL;

        int r = command_line_parse(argc, argv, &c, &error);
        if (r < 0)
                return usage_error(r, error);
        if (c.n_words == 0 || option_given(&c.options, OPTION_VERSION))
                return finish(run_without_verb(&c.options));

        const Verb *v = verb_find(c.words[0]);
        if (!v) {
                error = verb_unknown_text(c.words[0]);
                return usage_error(-ENOMEM, error);
        }
        Invocation i = { .options = &c.options, .arguments = c.words + 1, .n_arguments = c.n_words - 1 };
        return finish(run_verb(v, &i));
}
