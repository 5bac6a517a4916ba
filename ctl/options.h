/* The options of supctl: one table, from which parser, help, man page and completions are made. */
#pragma once

#include "conf/base/usec.h"
#include "conf/base/macros.h"

typedef enum OptionId {
        OPTION_HELP,
        OPTION_VERSION,
        OPTION_RUNTIME_DIR,
        OPTION_JSON,
        OPTION_QUIET,
        OPTION_NO_WAIT,
        OPTION_TIMEOUT,
        OPTION_GRACEFUL,
        OPTION_NOW,
        OPTION_SIGNAL,
        OPTION_WHOM,
        OPTION_LINES,
        OPTION_FOLLOW,
        OPTION_STDERR,
        OPTION_RESTART_CHANGED,
        OPTION_RUNNING,
        OPTION_STOPPED,
        OPTION_COMPLETED,
        OPTION_FAILED,
        _OPTION_MAX,
} OptionId;

#define OPTION_BIT(id) (1U << (id))
/* Those that every verb takes. */
#define OPTIONS_COMMON \
        (OPTION_BIT(OPTION_HELP) | OPTION_BIT(OPTION_VERSION) | OPTION_BIT(OPTION_RUNTIME_DIR) | OPTION_BIT(OPTION_JSON))

typedef struct OptionInfo {
        char short_name;      /* or 0 */
        const char *name;
        const char *argument; /* what it is called in the help; NULL: takes none */
        const char *help;
} OptionInfo;

extern const OptionInfo option_table[_OPTION_MAX];

typedef struct Options {
        unsigned given; /* OPTION_BIT()s */
        const char *runtime_directory;
        usec_t timeout;     /* USEC_INFINITY unless given */
        int signo;          /* 0 unless given */
        const char *whom;   /* "main", "all" */
        unsigned n_lines;
} Options;

static inline bool option_given(const Options *o, OptionId id) {
        return o->given & OPTION_BIT(id);
}

/* What a command line says. The words stay borrowed from argv. */
typedef struct CommandLine {
        Options options;
        char **words; /* the verb and its arguments, NULL-terminated; heap array */
        size_t n_words;
} CommandLine;

/* 0, or -EINVAL with *ret_error, a heap string that says what is wrong and what would be right; -ENOMEM. */
int command_line_parse(int argc, char **argv, CommandLine *ret, char **ret_error);
void command_line_done(CommandLine *c);
