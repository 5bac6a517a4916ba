/* list and is-active: for scripts. */
#include <string.h>

#include "ctl/row_json.h"
#include "ctl/verbs.h"

static int print_json(const ServiceList *list) {
        return json_print(json_pack("{s:o}", "services", rows_to_json(list)));
}

static int get_list(const Invocation *i, ServiceList *ret) {
        _cleanup_(client_done) Client c = { 0 };

        int code = client_open(&c, i->options);
        return code == EXIT_OK ? service_list_get(&c, i->arguments, ret) : code;
}

int verb_list(const Invocation *i) {
        _cleanup_(service_list_done) ServiceList list = { 0 };

        int code = get_list(i, &list);
        if (code != EXIT_OK)
                return code;
        if (option_given(i->options, OPTION_JSON))
                return print_json(&list);
        for (size_t k = 0; k < list.n; k++)
                (void) printf("%s %s\n", list.rows[k].name, list.rows[k].phase);
        return EXIT_OK;
}

int verb_is_active(const Invocation *i) {
        _cleanup_(service_list_done) ServiceList list = { 0 };
        bool all = true, quiet = option_given(i->options, OPTION_QUIET);

        int code = get_list(i, &list);
        if (code != EXIT_OK)
                return code;
        for (size_t k = 0; k < list.n; k++)
                all = all && row_is_running(&list.rows[k]);
        if (option_given(i->options, OPTION_JSON) && !quiet && (code = print_json(&list)) != EXIT_OK)
                return code;
        for (size_t k = 0; k < list.n && !quiet && !option_given(i->options, OPTION_JSON); k++)
                (void) puts(list.rows[k].phase);
        return all ? EXIT_OK : EXIT_NOT_RUNNING;
}
