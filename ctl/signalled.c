/* See signalled.h. */
#include "ctl/signalled.h"

#include "ctl/client.h"
#include "ctl/exit_code.h"
#include "ctl/json.h"
#include "ctl/text.h"

static int read_signalled(sd_bus_message *m, json_t *list) {
        const char *name;

        int r = sd_bus_message_enter_container(m, 'a', "s");
        while (r >= 0 && (r = sd_bus_message_read(m, "s", &name)) > 0)
                (void) json_array_append_new(list, json_text(name));
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_left_out(sd_bus_message *m, json_t *list, bool says) {
        const char *name, *reason;
        int n = 0;

        int r = sd_bus_message_enter_container(m, 'a', "(ss)");
        while (r >= 0 && (r = sd_bus_message_read(m, "(ss)", &name, &reason)) > 0) {
                n++;
                if (says)
                        say_error("%s was not signalled: %s", name, reason);
                (void) json_array_append_new(list, json_pack("{s:s, s:s}", "service", name, "reason", reason));
        }
        return r < 0 ? r : n;
}

int signalled_print(sd_bus_message *reply, const Options *o) {
        json_t *signalled = json_array(), *left_out = json_array();
        bool json = option_given(o, OPTION_JSON);

        int r = read_signalled(reply, signalled), n = r < 0 ? r : read_left_out(reply, left_out, !json);
        int code = n > 0 ? EXIT_FAILED : EXIT_OK;
        json_t *root = json_pack("{s:o, s:o}", "signalled", signalled, "not_signalled", left_out);
        if (n < 0)
                code = client_say_bad_reply(n);
        if (n < 0 || !json) {
                json_decref(root);
                return code;
        }
        int printed = json_print(root);
        return code == EXIT_OK ? printed : code;
}
