/* reload: the configuration, and what changed by it; or the reload_signal of named services. plan: what a reload would do. */
#include <string.h>

#include "conf/base/strv.h"
#include "ctl/changes.h"
#include "ctl/order.h"
#include "ctl/service_info.h"
#include "ctl/signalled.h"
#include "ctl/text.h"
#include "ctl/verbs.h"

static void say_what_next(const Changes *changes, const Options *o) {
        if (changes->n == 0)
                (void) puts("Reloaded; nothing changed.");
        else if (changes->wants_restart && !option_given(o, OPTION_RESTART_CHANGED))
                (void) puts("`supctl restart NAME` applies what takes effect at the next start, `supctl reload --restart-changed` "
                            "all of it.");
}

/* --- --restart-changed --- */

/* It has a process of the older configuration, and is to run. What waits for its next start gets the new one anyway. */
static bool is_outdated(const ServiceRow *r) {
        return r->pending_restart && r->main_pid != 0 && strcmp(r->goal, "up") == 0;
}

static int outdated_services(Client *c, char ***ret) {
        _cleanup_(service_list_done) ServiceList list = { 0 };

        int code = service_list_get(c, NULL, &list);
        for (size_t i = 0; i < list.n && code == EXIT_OK; i++)
                if (is_outdated(&list.rows[i]) && strv_append(ret, list.rows[i].name) < 0) {
                        say_error("out of memory");
                        code = EXIT_FAILED;
                }
        return code;
}

static int restart_services(Client *c, const Options *o, char *const *names, json_t **ret_json) {
        _cleanup_(order_done) Order order = { 0 };
        const Request request = {
                .method = "Restart",
                .mode = "normal",
                .again = "Start",
                .progressive = "restarting",
                .shows_processes = true,
        };

        int code = order_carry_out(c, o, &request, names, &order);
        if (!order.answered || !option_given(o, OPTION_JSON))
                return code;
        int r = order_to_json(c, &order, ret_json);
        return code == EXIT_OK ? r : code;
}

/* Also what an earlier reload left pending. The outcomes become part of what the reload says as JSON. */
static int restart_outdated(Client *c, const Options *o, json_t *json) {
        _cleanup_(strv_freep) char **names = NULL;
        json_t *services = NULL;

        int code = outdated_services(c, &names);
        if (code == EXIT_OK && names && names[0])
                code = restart_services(c, o, names, &services);
        (void) json_object_set_new(json, "services", services ?: json_array());
        if (!option_given(o, OPTION_JSON))
                for (char **name = names; name && *name && code == EXIT_OK; name++)
                        (void) printf("%s: %s\n", *name, option_given(o, OPTION_NO_WAIT) ? "restart requested" : "restarted");
        return code;
}

/* --- the verbs --- */

static int reload_configuration(Client *c, const Options *o) {
        _cleanup_(changes_done) Changes changes = { 0 };

        int code = changes_get(c, o, "ReloadConfiguration", "everything runs on as it was", &changes);
        if (code != EXIT_OK)
                return code;
        if (option_given(o, OPTION_RESTART_CHANGED))
                code = restart_outdated(c, o, changes.json);
        if (option_given(o, OPTION_JSON)) {
                int r = json_print(json_incref(changes.json));
                return code == EXIT_OK ? r : code;
        }
        say_what_next(&changes, o);
        return code;
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
