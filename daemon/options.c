/* See options.h. */
#include "daemon/options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "conf/base/suggest.h"

enum {
        OPTION_RUNTIME_DIR = 256,
        OPTION_CHECK,
        OPTION_VERSION,
};

typedef struct OptionHelp {
        struct option option;
        const char *argument, *help;
} OptionHelp;

static const OptionHelp table[] = {
        { { "config", required_argument, NULL, 'c' }, "FILE|DIRECTORY", "read this configuration" },
        { { "foreground", no_argument, NULL, 'f' }, NULL, "stay attached; the log goes to stderr" },
        { { "runtime-dir", required_argument, NULL, OPTION_RUNTIME_DIR }, "DIRECTORY",
                "where control socket, lock and pid file are (also: SUPD_RUNTIME_DIR)" },
        { { "check", no_argument, NULL, OPTION_CHECK }, NULL, "check the configuration and exit 0 or 1" },
        { { "verbose", no_argument, NULL, 'v' }, NULL, "log what is usually left out, too" },
        { { "version", no_argument, NULL, OPTION_VERSION }, NULL, "print the version" },
        { { "help", no_argument, NULL, 'h' }, NULL, "print this" },
};

#define SHORT_OPTIONS ":c:fvh"

void options_print_help(void) {
        printf("Usage: supd [OPTION...]\n\n"
               "Process supervisor: starts the services that its configuration declares, keeps them running,\n"
               "reaps every zombie. Detaches unless --foreground is given or it is PID 1.\n\n");
        for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
                char left[64];
                int value = table[i].option.val;
                snprintf(left, sizeof left, "%c%c%s--%s%s%s", value < 256 ? '-' : ' ', value < 256 ? value : ' ',
                        value < 256 ? ", " : "  ", table[i].option.name, table[i].argument ? " " : "",
                        table[i].argument ?: "");
                printf("  %-32s %s\n", left, table[i].help);
        }
        printf("\nsupctl(1) controls a running supd.\n");
}

static int refuse_unknown(const char *word) {
        Suggestion s = { .wanted = word + strspn(word, "-") };
        for (size_t i = 0; i < ARRAY_SIZE(table); i++)
                suggestion_offer(&s, table[i].option.name);
        fprintf(stderr, "supd: unknown option %s%s%s%s\n", word, s.best ? " (did you mean --" : "", s.best ?: "",
                s.best ? "?)" : "");
        return -EINVAL;
}

static int apply(SupdOptions *o, int value, char **argv) {
        switch (value) {
        case 'c':
                o->config = optarg;
                return 0;
        case 'f':
                o->foreground = true;
                return 0;
        case 'v':
                o->verbose = true;
                return 0;
        case 'h':
                o->mode = MODE_HELP;
                return 0;
        case OPTION_RUNTIME_DIR:
                o->runtime_directory = optarg;
                return 0;
        case OPTION_CHECK:
                o->mode = MODE_CHECK;
                return 0;
        case OPTION_VERSION:
                o->mode = MODE_VERSION;
                return 0;
        case ':':
                fprintf(stderr, "supd: %s needs an argument\n", argv[optind - 1]);
                return -EINVAL;
        default:
                return refuse_unknown(argv[optind - 1]);
        }
}

int options_parse(int argc, char **argv, SupdOptions *ret) {
        struct option options[ARRAY_SIZE(table) + 1] = { 0 };
        SupdOptions o = { .mode = MODE_RUN };
        int value;

        for (size_t i = 0; i < ARRAY_SIZE(table); i++)
                options[i] = table[i].option;
        opterr = 0;
        while ((value = getopt_long(argc, argv, SHORT_OPTIONS, options, NULL)) >= 0) {
                int r = apply(&o, value, argv);
                if (r < 0)
                        return r;
        }
        if (optind < argc) {
                fprintf(stderr, "supd: unexpected argument %s (supd --help shows the options)\n", argv[optind]);
                return -EINVAL;
        }
        *ret = o;
        return 0;
}
