/* version: of this program, and of the supd that runs, if one does. */
#include "ctl/client.h"
#include "ctl/json.h"
#include "ctl/verbs.h"

int verb_version(const Invocation *i) {
        _cleanup_(client_done) Client c = { 0 };
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const char *supd = NULL;
        bool json = option_given(i->options, OPTION_JSON);

        if (!json)
                (void) puts("supctl " SUPD_VERSION);
        int code = client_open(&c, i->options);
        if (code == EXIT_OK)
                code = client_call(&c, &reply, "GetVersion", NULL, NULL);
        if (code == EXIT_OK && sd_bus_message_read(reply, "s", &supd) < 0)
                code = client_say_bad_reply(-EBADMSG);
        if (json)
                (void) json_print(json_pack("{s:s, s:o}", "supctl", SUPD_VERSION, "supd", json_text(supd)));
        else if (supd)
                (void) printf("supd %s\n", supd);
        return code;
}
