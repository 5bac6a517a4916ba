/* start, stop, restart: request, wait, and one line for each service where it did not work out. */
#include <string.h>

#include "ctl/jobs.h"
#include "ctl/json.h"
#include "ctl/service_info.h"
#include "ctl/text.h"
#include "ctl/verbs.h"

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

/* All that were asked for, also those where nothing was to be done. */
static int print_json(Client *c, char *const *patterns, const JobSet *jobs, bool waited) {
        _cleanup_(service_list_done) ServiceList list = { 0 };
        json_t *services = json_array();

        int code = service_list_get(c, patterns, &list);
        if (code != EXIT_OK) {
                json_decref(services);
                return code;
        }
        for (size_t i = 0; i < list.n; i++)
                (void) json_array_append_new(
                        services, outcome_to_json(&list.rows[i], find_job(jobs, list.rows[i].name), waited));
        return json_print(json_pack("{s:o}", "services", services));
}

static int order(const Invocation *i, const Request *request) {
        _cleanup_(client_done) Client c = { 0 };
        _cleanup_(jobs_done) JobSet jobs = { 0 };
        bool waits = !option_given(i->options, OPTION_NO_WAIT);

        int code = client_open(&c, i->options);
        if (code != EXIT_OK || (code = jobs_request(&c, request, i->arguments, &jobs)) != EXIT_OK)
                return code;
        if (waits && (code = jobs_wait(&c, request, &jobs, i->options->timeout)) != EXIT_OK && code != EXIT_TIMED_OUT)
                return code;
        if (waits) {
                int worst = worst_outcome(&jobs);

                for (size_t k = 0; k < jobs.n; k++)
                        say_outcome(&jobs.items[k]);
                code = worst == EXIT_OK ? code : worst;
        }
        if (option_given(i->options, OPTION_JSON)) {
                int r = print_json(&c, i->arguments, &jobs, waits);
                return code == EXIT_OK ? r : code;
        }
        return code;
}

static const char *stop_mode(const Options *o) {
        if (option_given(o, OPTION_NOW))
                return "now";
        return option_given(o, OPTION_GRACEFUL) ? "graceful" : "normal";
}

int verb_start(const Invocation *i) {
        return order(i, &(Request){ .method = "Start", .progressive = "starting" });
}

int verb_stop(const Invocation *i) {
        return order(i, &(Request){
                                .method = "Stop",
                                .mode = stop_mode(i->options),
                                .progressive = "stopping",
                                .shows_processes = true,
                                .always_shows = option_given(i->options, OPTION_GRACEFUL),
                        });
}

int verb_restart(const Invocation *i) {
        return order(i, &(Request){
                                .method = "Restart",
                                .mode = stop_mode(i->options),
                                .again = "Start",
                                .progressive = "restarting",
                                .shows_processes = true,
                                .always_shows = option_given(i->options, OPTION_GRACEFUL),
                        });
}
