/* The verbs of supctl: one table, from which dispatch, help, man page and completions are made. */
#pragma once

#include <stdio.h>

#include "ctl/exit_code.h"
#include "ctl/options.h"

/* What a verb's handler gets. */
typedef struct Invocation {
        const Options *options;
        char **arguments; /* after the verb, NULL-terminated */
        size_t n_arguments;
} Invocation;

typedef int (*VerbHandler)(const Invocation *i); /* an ExitCode; everything was said */

typedef struct Verb {
        const char *name;
        const char *arguments; /* for the usage line: "NAME..." */
        size_t min_arguments, max_arguments;
        unsigned options;      /* OPTION_BIT()s in addition to OPTIONS_COMMON */
        const char *help;      /* one line */
        const char *details;   /* paragraphs for `supctl help VERB` and the man page; NULL: none */
        VerbHandler run;
} Verb;

#define ARGUMENTS_ANY ((size_t) -1)

extern const Verb verb_table[];
extern const size_t n_verbs;

const Verb *verb_find(const char *name); /* NULL: unknown */
/* 0, or -EINVAL and a heap string: wrong number of arguments, an option of another verb; -ENOMEM. */
int verb_check(const Verb *v, const Invocation *i, char **ret_error);
char *verb_unknown_text(const char *name); /* heap; NULL: out of memory */

void help_print_all(FILE *f);
void help_print_verb(FILE *f, const Verb *v);

/* A whole command line: parse, dispatch. Returns the ExitCode. */
int supctl_run(int argc, char **argv);

int verb_start(const Invocation *i);
int verb_stop(const Invocation *i);
int verb_restart(const Invocation *i);
int verb_reload(const Invocation *i);
int verb_plan(const Invocation *i);
int verb_status(const Invocation *i);
int verb_why(const Invocation *i);
int verb_list(const Invocation *i);
int verb_is_active(const Invocation *i);
int verb_events(const Invocation *i);
int verb_wait(const Invocation *i);
int verb_kill(const Invocation *i);
int verb_logs(const Invocation *i);
int verb_check_config(const Invocation *i);
int verb_explain(const Invocation *i);
int verb_version(const Invocation *i);
int verb_shutdown(const Invocation *i);
int verb_help(const Invocation *i);
