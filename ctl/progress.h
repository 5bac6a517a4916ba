/* What is shown on stderr while one waits: who is not done yet, for how long, and which processes are still alive. On a
 * terminal one line that is rewritten each second; elsewhere nothing, or for a graceful stop one report. */
#pragma once

#include "ctl/jobs.h"

typedef struct Progress {
        const Request *request;
        bool on_terminal;
        bool visible;       /* a line stands there that has to be wiped */
        usec_t begin, next; /* CLOCK_MONOTONIC; next USEC_INFINITY: nothing more to show */
} Progress;

Progress progress_init(const Request *request, usec_t now);
void progress_show(Progress *p, Client *c, const JobSet *jobs, usec_t now);
/* One line for each service that is not done, wherever stderr goes: when the waiting ends before they do. */
void progress_report(Progress *p, Client *c, const JobSet *jobs, usec_t now);
void progress_done(Progress *p); /* wipes the line */
