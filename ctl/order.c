/* See order.h. One line for each service where it did not work out. */
#include "ctl/order.h"

#include <string.h>

#include "ctl/exit_code.h"
#include "ctl/service_info.h"
#include "ctl/text.h"

static void say_outcome(const WaitedJob *job) {
        bool timed_out = strcmp(job->result, "timeout") == 0, canceled = strcmp(job->result, "canceled") == 0;
        const char *message = job->message && *job->message ? job->message : job->result;

        if (strcmp(job->result, "done") == 0)
                return;
        if (timed_out || canceled)
                say_error("%s: %s; see `supctl status %s`", job->service,
                        canceled && !*job->message ? "canceled by a later request" : message, job->service);
        else
                say_error("%s: %s; see `supctl status %s` and `supctl logs %s`", job->service, message, job->service,
                        job->service);
}

static int worst_outcome(const JobSet *jobs) {
        for (size_t i = 0; i < jobs->n; i++)
                if (!jobs->items[i].result || (strcmp(jobs->items[i].result, "done") && strcmp(jobs->items[i].result, "timeout")))
                        return EXIT_FAILED;
        return EXIT_OK;
}

static const WaitedJob *find_job(const JobSet *jobs, const char *service) {
        for (size_t i = 0; i < jobs->n; i++)
                if (strcmp(jobs->items[i].service, service) == 0)
                        return &jobs->items[i];
        return NULL;
}

static json_t *outcome_to_json(const ServiceRow *row, const WaitedJob *job, bool waited) {
        return json_pack("{s:s, s:s, s:o, s:s, s:o}", "name", row->name, "result",
                !job ? "done" : job->result ? job->result : waited ? "failed" : "requested", "message",
                json_text(job ? job->message : NULL), "phase", row->phase, "main_pid",
                row->main_pid ? json_integer(row->main_pid) : json_null());
}

int order_to_json(Client *c, const Order *order, json_t **ret) {
        _cleanup_(service_list_done) ServiceList list = { 0 };

        int code = service_list_get(c, order->patterns, &list);
        if (code != EXIT_OK)
                return code;
        *ret = json_array();
        for (size_t i = 0; i < list.n; i++)
                (void) json_array_append_new(
                        *ret, outcome_to_json(&list.rows[i], find_job(&order->jobs, list.rows[i].name), order->waited));
        return EXIT_OK;
}

int order_carry_out(Client *c, const Options *o, const Request *request, char *const *patterns, Order *ret) {
        JobSet *jobs = &ret->jobs;

        *ret = (Order){ .patterns = patterns, .waited = !option_given(o, OPTION_NO_WAIT) };
        int code = jobs_request(c, request, patterns, jobs);
        ret->answered = code == EXIT_OK;
        if (code != EXIT_OK || !ret->waited)
                return code;
        code = jobs_wait(c, request, jobs, o->timeout);
        ret->answered = code == EXIT_OK || code == EXIT_TIMED_OUT;
        if (!ret->answered)
                return code;
        for (size_t i = 0; i < jobs->n; i++)
                say_outcome(&jobs->items[i]);
        int worst = worst_outcome(jobs);
        return worst == EXIT_OK ? code : worst;
}

void order_done(Order *order) {
        jobs_done(&order->jobs);
}
