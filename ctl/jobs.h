/* Requests that were made and are waited for: the jobs of one call and their outcomes. */
#pragma once

#include "ctl/client.h"

typedef struct WaitedJob {
        uint32_t id;
        char *service;
        char *result;  /* NULL: not ended yet; "done", "failed", "canceled", or "timeout": waited no longer */
        char *message;
} WaitedJob;

typedef struct JobSet {
        WaitedJob *items;
        size_t n, n_ended;
} JobSet;

/* How to make a request again when the connection broke in the middle, and how to speak of it. */
typedef struct Request {
        const char *method;
        const char *mode;        /* NULL: the method takes none */
        const char *again;       /* method that asks for the rest of it: a restart is not made twice */
        const char *progressive; /* "stopping" */
        bool shows_processes;    /* what is still alive is worth seeing while waiting */
        bool always_shows;       /* once, even where no terminal looks on */
} Request;

/* 0, or an ExitCode after saying why. */
int jobs_request(Client *c, const Request *request, char *const *patterns, JobSet *ret);
/* Waits for all of them, at most timeout. EXIT_OK when all ended, however; EXIT_TIMED_OUT; another ExitCode after saying why. */
int jobs_wait(Client *c, const Request *request, JobSet *jobs, usec_t timeout);
void jobs_done(JobSet *jobs);
