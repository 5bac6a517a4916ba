/* See jobs.h. Results come as signals; nothing is polled but, once a second, what to show. */
#include "ctl/jobs.h"

#include <string.h>

#include "conf/base/strv.h"
#include "ctl/clock.h"
#include "ctl/exit_code.h"
#include "ctl/progress.h"
#include "ctl/protocol.h"

static int jobs_add(JobSet *jobs, uint32_t id, const char *service) {
        WaitedJob *bigger = (jobs->n & (jobs->n - 1)) == 0 ?
                                    reallocarray(jobs->items, jobs->n ? 2 * jobs->n : 1, sizeof(*bigger)) : jobs->items;
        char *copy = strdup(service);

        if (bigger)
                jobs->items = bigger;
        if (!bigger || !copy) {
                free(copy);
                return -ENOMEM;
        }
        jobs->items[jobs->n++] = (WaitedJob){ .id = id, .service = copy };
        return 0;
}

static int jobs_read(sd_bus_message *m, JobSet *jobs) {
        const char *service;
        uint32_t id;

        int r = sd_bus_message_enter_container(m, 'a', "(" SUPD_JOB_ITEM ")");
        while (r >= 0 && (r = sd_bus_message_read(m, "(" SUPD_JOB_ITEM ")", &id, &service)) > 0)
                r = jobs_add(jobs, id, service);
        return r;
}

static int call_method(Client *c, const char *method, const char *mode, char *const *patterns, sd_bus_message **ret) {
        return client_call(c, ret, method, patterns, mode ? "s" : NULL, mode);
}

int jobs_request(Client *c, const Request *request, char *const *patterns, JobSet *ret) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;

        *ret = (JobSet){ 0 };
        int code = call_method(c, request->method, request->mode, patterns, &reply);
        if (code != EXIT_OK)
                return code;
        int r = jobs_read(reply, ret);
        return r < 0 ? client_say_bad_reply(r) : EXIT_OK;
}

void jobs_done(JobSet *jobs) {
        for (size_t i = 0; i < jobs->n; i++) {
                free(jobs->items[i].service);
                free(jobs->items[i].result);
                free(jobs->items[i].message);
        }
        free(jobs->items);
        *jobs = (JobSet){ 0 };
}

static void job_end(JobSet *jobs, WaitedJob *job, const char *result, const char *message) {
        if (job->result)
                return;
        job->result = strdup(result);
        job->message = strdup(message);
        jobs->n_ended += job->result != NULL;
}

/* Results come roughly in the order of the jobs, so the search goes on where the last one was found. */
static WaitedJob *jobs_find(JobSet *jobs, uint32_t id, size_t *hint) {
        for (size_t i = 0; i < jobs->n; i++) {
                size_t k = (*hint + i) % jobs->n;

                if (jobs->items[k].id == id) {
                        *hint = k + 1;
                        return &jobs->items[k];
                }
        }
        return NULL;
}

static int on_message(sd_bus_message *m, void *userdata, sd_bus_error *e _unused_) {
        JobSet *jobs = userdata;
        const char *service, *result, *message;
        size_t hint = 0;
        uint32_t id;

        if (!sd_bus_message_is_signal(m, SUPD_BUS_INTERFACE, SUPD_SIGNAL_JOB_DONE))
                return 0;
        int r = sd_bus_message_enter_container(m, 'a', "(" SUPD_JOB_DONE_ITEM ")");
        while (r >= 0 && (r = sd_bus_message_read(m, "(" SUPD_JOB_DONE_ITEM ")", &id, &service, &result, &message)) > 0) {
                WaitedJob *job = jobs_find(jobs, id, &hint);
                if (job)
                        job_end(jobs, job, result, message);
        }
        return 1;
}

/* What is not done yet is asked for once more; what meanwhile came about is simply not in the new answer. */
static int jobs_ask_again(Client *c, const Request *request, JobSet *jobs) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_(strv_freep) char **names = NULL;
        _cleanup_(jobs_done) JobSet fresh = { 0 };

        for (size_t i = 0; i < jobs->n; i++)
                if (!jobs->items[i].result && strv_append(&names, jobs->items[i].service) < 0)
                        return client_say_bad_reply(-ENOMEM);
        const char *method = request->again ?: request->method;
        int code = call_method(c, method, strcmp(method, "Start") == 0 ? NULL : request->mode, names, &reply);
        if (code != EXIT_OK)
                return code;
        int r = jobs_read(reply, &fresh);
        if (r < 0)
                return client_say_bad_reply(r);

        for (size_t i = 0, k = 0; i < jobs->n; i++) {
                WaitedJob *job = &jobs->items[i];

                if (job->result)
                        continue;
                for (k = 0; k < fresh.n && strcmp(fresh.items[k].service, job->service) != 0; k++)
                        ;
                if (k < fresh.n)
                        job->id = fresh.items[k].id;
                else
                        job_end(jobs, job, "done", "");
        }
        return EXIT_OK;
}

static int jobs_recover(Client *c, const Request *request, JobSet *jobs) {
        int r = client_reconnect(c);

        if (r >= 0)
                r = sd_bus_add_filter(c->bus, NULL, on_message, jobs);
        if (r < 0)
                return client_say_failure(c, r, NULL);
        return jobs_ask_again(c, request, jobs);
}

static void jobs_give_up(JobSet *jobs) {
        for (size_t i = 0; i < jobs->n; i++)
                job_end(jobs, &jobs->items[i], "timeout", "not finished yet; it goes on");
}

/* Handles what has arrived, then sleeps until `until` at most. Negative errno: the connection is gone. */
static int turn(sd_bus *bus, usec_t until) {
        int r = sd_bus_process(bus, NULL);

        if (r != 0)
                return r;
        usec_t now = now_monotonic();
        return sd_bus_wait(bus, until == USEC_INFINITY ? UINT64_MAX : usec_sub(until, now));
}

int jobs_wait(Client *c, const Request *request, JobSet *jobs, usec_t timeout) {
        _cleanup_(progress_done) Progress progress = progress_init(request, now_monotonic());
        usec_t deadline = usec_add(now_monotonic(), timeout);

        int r = sd_bus_add_filter(c->bus, NULL, on_message, jobs);
        if (r < 0)
                return client_say_bad_reply(r);
        while (jobs->n_ended < jobs->n) {
                r = turn(c->bus, MIN(deadline, progress.next));
                if (r < 0 && r != -EINTR) {
                        int code = jobs_recover(c, request, jobs);
                        if (code != EXIT_OK)
                                return code;
                }
                usec_t now = now_monotonic();
                if (now >= progress.next)
                        progress_show(&progress, c, jobs, now);
                if (now >= deadline && jobs->n_ended < jobs->n) {
                        if (request->shows_processes)
                                progress_report(&progress, c, jobs, now);
                        jobs_give_up(jobs);
                        return EXIT_TIMED_OUT;
                }
        }
        return EXIT_OK;
}
