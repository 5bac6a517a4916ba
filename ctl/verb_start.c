/* start, stop, restart. */
#include "ctl/order.h"
#include "ctl/verbs.h"

static int run_order(const Invocation *i, const Request *request) {
        _cleanup_(client_done) Client c = { 0 };
        _cleanup_(order_done) Order order = { 0 };
        json_t *services;

        int code = client_open(&c, i->options);
        if (code != EXIT_OK)
                return code;
        code = order_carry_out(&c, i->options, request, i->arguments, &order);
        if (!order.answered || !option_given(i->options, OPTION_JSON))
                return code;
        int r = order_to_json(&c, &order, &services);
        if (r == EXIT_OK)
                r = json_print(json_pack("{s:o}", "services", services));
        return code == EXIT_OK ? r : code;
}

static const char *stop_mode(const Options *o) {
        if (option_given(o, OPTION_NOW))
                return "now";
        return option_given(o, OPTION_GRACEFUL) ? "graceful" : "normal";
}

int verb_start(const Invocation *i) {
        return run_order(i, &(Request){ .method = "Start", .progressive = "starting" });
}

int verb_stop(const Invocation *i) {
        return run_order(i, &(Request){
                                .method = "Stop",
                                .mode = stop_mode(i->options),
                                .progressive = "stopping",
                                .shows_processes = true,
                                .always_shows = option_given(i->options, OPTION_GRACEFUL),
                        });
}

int verb_restart(const Invocation *i) {
        return run_order(i, &(Request){
                                .method = "Restart",
                                .mode = stop_mode(i->options),
                                .again = "Start",
                                .progressive = "restarting",
                                .shows_processes = true,
                                .always_shows = option_given(i->options, OPTION_GRACEFUL),
                        });
}
