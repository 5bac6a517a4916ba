/* reload: the configuration, and what changed by it; or the reload_signal of named services. plan: what a reload would do. */
#include "ctl/changes.h"
#include "ctl/signalled.h"
#include "ctl/verbs.h"

static void say_what_next(const Changes *changes) {
        if (changes->n == 0)
                (void) puts("Reloaded; nothing changed.");
        else if (changes->wants_restart)
                (void) puts("`supctl restart NAME` applies what takes effect at the next start.");
}

static int reload_configuration(Client *c, const Options *o) {
        _cleanup_(changes_done) Changes changes = { 0 };

        int code = changes_get(c, o, "ReloadConfiguration", "everything runs on as it was", &changes);
        if (code != EXIT_OK)
                return code;
        if (option_given(o, OPTION_JSON))
                return json_print(json_incref(changes.json));
        say_what_next(&changes);
        return EXIT_OK;
}

int verb_reload(const Invocation *i) {
        _cleanup_(client_done) Client c = { 0 };
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;

        int code = client_open(&c, i->options);
        if (code != EXIT_OK)
                return code;
        if (i->n_arguments == 0)
                return reload_configuration(&c, i->options);
        code = client_call(&c, &reply, "ReloadServices", i->arguments, NULL);
        return code == EXIT_OK ? signalled_print(reply, i->options) : code;
}

int verb_plan(const Invocation *i) {
        _cleanup_(client_done) Client c = { 0 };
        _cleanup_(changes_done) Changes changes = { 0 };

        int code = client_open(&c, i->options);
        if (code != EXIT_OK ||
                (code = changes_get(&c, i->options, "PlanConfiguration", "a reload would change nothing", &changes)) != EXIT_OK)
                return code;
        if (option_given(i->options, OPTION_JSON))
                code = json_print(json_incref(changes.json));
        else
                (void) puts(changes.n > 0 ? "`supctl reload` does this." : "A reload would change nothing.");
        return code == EXIT_OK && changes.n > 0 ? EXIT_CHANGES : code;
}
