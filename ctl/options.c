/* See options.h. Options stand before or after the verb, whatever POSIXLY_CORRECT says; "--" ends them. */
#include "ctl/options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "conf/base/parse.h"
#include "conf/base/suggest.h"

const OptionInfo option_table[_OPTION_MAX] = {
        [OPTION_HELP] = { 'h', "help", NULL, "show help, of the verb if there is one" },
        [OPTION_VERSION] = { 'V', "version", NULL, "show the version of supctl" },
        [OPTION_RUNTIME_DIR] = { 0, "runtime-dir", "DIR", "where supd's control socket is (default: $SUPD_RUNTIME_DIR, "
                                                          "/run/supd, or $XDG_RUNTIME_DIR/supd for a plain user)" },
        [OPTION_JSON] = { 'j', "json", NULL, "print JSON" },
        [OPTION_QUIET] = { 'q', "quiet", NULL, "print nothing; the exit code tells" },
        [OPTION_NO_WAIT] = { 0, "no-wait", NULL, "ask for it and return at once" },
        [OPTION_TIMEOUT] = { 't', "timeout", "DURATION", "wait no longer than this (\"30s\", \"2min\"), then exit with 7; "
                                                         "what was asked for goes on" },
        [OPTION_GRACEFUL] = { 0, "graceful", NULL, "wait until all its processes have ended by themselves; never SIGKILL" },
        [OPTION_NOW] = { 0, "now", NULL, "SIGKILL to all its processes at once" },
        [OPTION_SIGNAL] = { 's', "signal", "SIGNAL", "signal to send (\"HUP\", \"SIGUSR1\", \"10\"; default: TERM)" },
        [OPTION_WHOM] = { 0, "whom", "main|all", "send it to the main process (default) or to all its processes" },
        [OPTION_LINES] = { 'n', "lines", "N", "how many lines of the log to show (default: 10)" },
        [OPTION_FOLLOW] = { 'f', "follow", NULL, "go on with what comes from now on (of a log: over rotations)" },
        [OPTION_STDERR] = { 0, "stderr", NULL, "the log of standard error, where that is a file of its own" },
        [OPTION_RESTART_CHANGED] = { 0, "restart-changed", NULL, "then restart what runs with an older configuration" },
        [OPTION_RUNNING] = { 0, "running", NULL, "until it runs (default)" },
        [OPTION_STOPPED] = { 0, "stopped", NULL, "until it is at rest: stopped, exited or failed" },
        [OPTION_COMPLETED] = { 0, "completed", NULL, "until it has ended cleanly and is not started again" },
        [OPTION_FAILED] = { 0, "failed", NULL, "until it has failed and is not started again" },
};

#define LINES_DEFAULT 10
#define LINES_MAX 100000000

/* getopt(3) reports an id plus this, so that no id is taken for a letter. */
#define LONG_BASE 256

static void make_getopt_tables(struct option *longs, char *shorts) {
        *shorts++ = '-'; /* words in order, as the value 1 */
        *shorts++ = ':'; /* a missing argument is reported as ':' */
        for (int i = 0; i < _OPTION_MAX; i++) {
                const OptionInfo *o = &option_table[i];

                longs[i] = (struct option){ o->name, o->argument ? required_argument : no_argument, NULL, LONG_BASE + i };
                if (!o->short_name)
                        continue;
                *shorts++ = o->short_name;
                if (o->argument)
                        *shorts++ = ':';
        }
        longs[_OPTION_MAX] = (struct option){ 0 };
        *shorts = '\0';
}

static int option_by_letter(int letter) {
        for (int i = 0; i < _OPTION_MAX; i++)
                if (option_table[i].short_name == letter)
                        return i;
        return -1;
}

static int bad_value(OptionId id, const char *value, const char *wanted, char **ret_error) {
        if (asprintf(ret_error, "--%s: '%s' is not %s", option_table[id].name, value, wanted) < 0)
                return *ret_error = NULL, -ENOMEM;
        return -EINVAL;
}

static int set_lines(Options *o, const char *value, char **ret_error) {
        uint64_t n;

        if (parse_u64(value, 0, LINES_MAX, &n) < 0)
                return bad_value(OPTION_LINES, value, "a number of lines", ret_error);
        o->n_lines = (unsigned) n;
        return 0;
}

static int set_option(Options *o, OptionId id, const char *value, char **ret_error) {
        o->given |= OPTION_BIT(id);
        switch (id) {
        case OPTION_RUNTIME_DIR:
                o->runtime_directory = value;
                return *value ? 0 : bad_value(id, value, "a directory", ret_error);
        case OPTION_TIMEOUT:
                return parse_duration(value, &o->timeout) < 0 ?
                               bad_value(id, value, "a duration, such as 30s or 2min", ret_error) : 0;
        case OPTION_SIGNAL:
                return parse_signal(value, &o->signo) < 0 ? bad_value(id, value, "a signal, such as HUP", ret_error) : 0;
        case OPTION_WHOM:
                o->whom = value;
                return strcmp(value, "main") && strcmp(value, "all") ? bad_value(id, value, "main or all", ret_error) : 0;
        case OPTION_LINES:
                return set_lines(o, value, ret_error);
        case OPTION_HELP:
        case OPTION_VERSION:
        case OPTION_JSON:
        case OPTION_QUIET:
        case OPTION_NO_WAIT:
        case OPTION_GRACEFUL:
        case OPTION_NOW:
        case OPTION_FOLLOW:
        case OPTION_STDERR:
        case OPTION_RESTART_CHANGED:
        case OPTION_RUNNING:
        case OPTION_STOPPED:
        case OPTION_COMPLETED:
        case OPTION_FAILED:
        case _OPTION_MAX:
                break;
        }
        return 0;
}

/* word as it was given, with dashes and perhaps "=value". */
static int unknown_option(const char *word, char **ret_error) {
        char name[32];
        Suggestion near = { .wanted = name };

        (void) snprintf(name, sizeof(name), "%.*s", (int) strcspn(word + strspn(word, "-"), "="), word + strspn(word, "-"));
        for (int i = 0; i < _OPTION_MAX; i++)
                suggestion_offer(&near, option_table[i].name);
        int r = near.best && strncmp(word, "--", 2) == 0 ?
                        asprintf(ret_error, "unknown option '%s'; did you mean --%s?", word, near.best) :
                        asprintf(ret_error, "unknown option '%s'; `supctl help` shows all", word);
        if (r < 0)
                return *ret_error = NULL, -ENOMEM;
        return -EINVAL;
}

static int refused_option(int c, char *const *argv, char **ret_error) {
        char letter[] = { '-', (char) optopt, '\0' };
        const char *word = optopt > 0 && optopt < LONG_BASE ? letter : argv[optind - 1];

        if (c == '?' && optopt < LONG_BASE)
                return unknown_option(word, ret_error);
        /* A long option is reported by its id: either it lacks its argument or was given one that it does not take. */
        int id = optopt >= LONG_BASE ? optopt - LONG_BASE : option_by_letter(optopt);
        if (id < 0)
                return unknown_option(word, ret_error);
        const OptionInfo *o = &option_table[id];
        int r = o->argument ? asprintf(ret_error, "option --%s needs a value: --%s %s", o->name, o->name, o->argument) :
                              asprintf(ret_error, "option --%s takes no value", o->name);
        if (r < 0)
                return *ret_error = NULL, -ENOMEM;
        return -EINVAL;
}

static int parse_words(int argc, char **argv, CommandLine *c, char **ret_error) {
        struct option longs[_OPTION_MAX + 1];
        char shorts[2 + 2 * _OPTION_MAX + 1];
        int k, r;

        make_getopt_tables(longs, shorts);
        opterr = 0;
        optind = 0; /* glibc: start anew */
        while ((k = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
                if (k == 1) {
                        c->words[c->n_words++] = optarg;
                        continue;
                }
                if (k == '?' || k == ':')
                        return refused_option(k, argv, ret_error);
                int id = k >= LONG_BASE ? k - LONG_BASE : option_by_letter(k);
                if ((r = set_option(&c->options, (OptionId) id, optarg, ret_error)) < 0)
                        return r;
        }
        for (; optind < argc; optind++)
                c->words[c->n_words++] = argv[optind];
        c->words[c->n_words] = NULL;
        return 0;
}

int command_line_parse(int argc, char **argv, CommandLine *ret, char **ret_error) {
        _cleanup_(command_line_done) CommandLine c = {
                .options = { .timeout = USEC_INFINITY, .whom = "main", .n_lines = LINES_DEFAULT },
        };

        *ret_error = NULL;
        c.words = calloc((size_t) argc + 1, sizeof(*c.words));
        if (!c.words)
                return -ENOMEM;
        int r = parse_words(argc, argv, &c, ret_error);
        if (r < 0)
                return r;
        *ret = c;
        c.words = NULL;
        return 0;
}

void command_line_done(CommandLine *c) {
        free(c->words);
        c->words = NULL;
}
