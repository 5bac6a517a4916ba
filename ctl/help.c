/* The help, made from the tables of verbs and options. */
#include <string.h>

#include "ctl/json.h"
#include "ctl/text.h"
#include "ctl/verbs.h"

static void print_options(FILE *f, unsigned which) {
        for (int i = 0; i < _OPTION_MAX; i++) {
                const OptionInfo *o = &option_table[i];
                char left[48];

                if (!(which & OPTION_BIT(i)))
                        continue;
                (void) snprintf(left, sizeof(left), "%c%c%c --%s%s%s", o->short_name ? '-' : ' ',
                        o->short_name ? o->short_name : ' ', o->short_name ? ',' : ' ', o->name, o->argument ? " " : "",
                        o->argument ?: "");
                (void) fprintf(f, "  %-24s %s\n", left, o->help);
        }
}

void help_print_verb(FILE *f, const Verb *v) {
        (void) fprintf(f, "Usage: supctl %s [OPTION...] %s\n\n%s.\n", v->name, v->arguments, v->help);
        if (v->details)
                (void) fprintf(f, "\n%s\n", v->details);
        if (v->arguments && strstr(v->arguments, "NAME"))
                (void) fputs("\nNAME is a service, an instance (web@2), a template (all its instances), a group, a glob "
                             "('w*')\nor 'all'.\n", f);
        (void) fputs("\nOptions:\n", f);
        print_options(f, v->options | OPTIONS_COMMON);
}

void help_print_all(FILE *f) {
        (void) fputs("Usage: supctl [OPTION...] VERB [ARGUMENT...]\n\nControls supd, the process supervisor.\n\nVerbs:\n", f);
        for (size_t i = 0; i < n_verbs; i++) {
                char left[48];

                (void) snprintf(left, sizeof(left), "%s %s", verb_table[i].name, verb_table[i].arguments);
                (void) fprintf(f, "  %-24s %s\n", left, verb_table[i].help);
        }
        (void) fputs("\nOptions for every verb:\n", f);
        print_options(f, OPTIONS_COMMON);
        (void) fputs("\n`supctl help VERB` shows the rest. Exit codes: 0 ok, 1 failed, 2 usage, 3 not running, 4 no such\n"
                     "service, 5 no permission, 6 supd is not running, 7 timed out.\n", f);
}

static json_t *options_to_json(unsigned which) {
        json_t *list = json_array();

        for (int i = 0; i < _OPTION_MAX; i++) {
                const OptionInfo *o = &option_table[i];
                char letter[] = { o->short_name, '\0' };

                if (which & OPTION_BIT(i))
                        (void) json_array_append_new(list, json_pack("{s:s, s:s?, s:s?, s:s}", "name", o->name, "short",
                                                                   o->short_name ? letter : NULL, "argument", o->argument,
                                                                   "help", o->help));
        }
        return list;
}

static json_t *verb_to_json(const Verb *v) {
        return json_pack("{s:s, s:s, s:s, s:s?, s:o}", "name", v->name, "arguments", v->arguments, "help", v->help, "details",
                v->details, "options", options_to_json(v->options | OPTIONS_COMMON));
}

static int help_as_json(const Verb *only) {
        json_t *list = json_array();

        for (size_t i = 0; i < n_verbs; i++)
                if (!only || only == &verb_table[i])
                        (void) json_array_append_new(list, verb_to_json(&verb_table[i]));
        return json_print(json_pack("{s:o}", "verbs", list));
}

int verb_help(const Invocation *i) {
        const Verb *v = i->n_arguments > 0 ? verb_find(i->arguments[0]) : NULL;

        if (i->n_arguments > 0 && !v) {
                _cleanup_(freep) char *text = verb_unknown_text(i->arguments[0]);

                say_error("%s", text ?: "unknown verb");
                return EXIT_USAGE;
        }
        if (option_given(i->options, OPTION_JSON))
                return help_as_json(v);
        if (v)
                help_print_verb(stdout, v);
        else
                help_print_all(stdout);
        return EXIT_OK;
}
