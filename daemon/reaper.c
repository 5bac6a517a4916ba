/* See reaper.h.
 *
 * SIGCHLD coalesces, so each one means "wait until there is nothing left to wait for". That is done in batches of two halves:
 * first all that has ended is reaped, then the events are dispatched. The order matters without cgroups: whether a scope is
 * empty is read off the list of our children, and only after a whole batch is reaped is every orphan of the dead in it. */
#include "daemon/reaper.h"

#include <string.h>
#include <sys/wait.h>

#include "daemon/actions.h"
#include "daemon/log.h"
#include "daemon/output.h"
#include "daemon/scope.h"

#define BATCH_MAX 128

/* Batches in one turn of the loop. A storm of orphans must not keep logs and control socket waiting; SIGCHLD is raised again
 * by raising it ourselves. */
#define BATCHES_MAX 16

typedef struct Change {
        Service *service;
        ServiceEvent event;
} Change;

typedef struct Batch {
        Change changes[BATCH_MAX];
        size_t n;
        size_t n_waited;  /* children that had something to tell */
        size_t n_orphans; /* of them, adopted ones that ended */
} Batch;

static void note_change(Batch *b, Service *s, ServiceEvent e) {
        b->changes[b->n++] = (Change){ .service = s, .event = e };
}

static void note_child(Manager *m, Batch *b, const siginfo_t *info) {
        Service *s = manager_find_by_pid(m, info->si_pid);

        switch (info->si_code) {
        case CLD_STOPPED:
        case CLD_TRAPPED:
                if (s)
                        note_change(b, s, (ServiceEvent){ .kind = EVENT_MAIN_FROZEN });
                return;
        case CLD_CONTINUED:
                if (s)
                        note_change(b, s, (ServiceEvent){ .kind = EVENT_MAIN_CONTINUED });
                return;
        default:
                break;
        }
        if (!s) {
                b->n_orphans++;
                return;
        }
        note_change(b, s,
                (ServiceEvent){ .kind = EVENT_MAIN_EXITED,
                        .exit = exit_status_from_siginfo(info->si_code, info->si_status) });
        manager_forget_main(s);
}

/* False: nothing is left to wait for. */
static bool collect(Manager *m, Batch *b) {
        b->n = b->n_waited = b->n_orphans = 0;
        while (b->n_waited < BATCH_MAX) {
                siginfo_t info = { 0 };
                if (waitid(P_ALL, 0, &info, WEXITED | WSTOPPED | WCONTINUED | WNOHANG) < 0) {
                        if (errno == EINTR)
                                continue;
                        return false; /* ECHILD: no children at all */
                }
                if (info.si_pid == 0)
                        return false;
                b->n_waited++;
                note_child(m, b, &info);
        }
        return true;
}

static void dispatch(Manager *m, Batch *b) {
        scopes_invalidate(m->scopes);
        for (size_t i = 0; i < b->n; i++) {
                if (b->changes[i].event.kind == EVENT_MAIN_EXITED)
                        output_drain(b->changes[i].service); /* what it said last comes before that it ended */
                (void) service_dispatch(b->changes[i].service, &b->changes[i].event);
        }
        m->n_orphans_reaped += b->n_orphans;
        if (b->n_orphans > 0)
                manager_check_scopes(m);
}

static int on_sigchld(sd_event_source *source _unused_, const struct signalfd_siginfo *info _unused_, void *userdata) {
        Manager *m = userdata;
        Batch batch;

        for (int i = 0; i < BATCHES_MAX; i++) {
                bool more = collect(m, &batch);
                dispatch(m, &batch);
                if (!more)
                        return 0;
        }
        if (raise(SIGCHLD) != 0) /* blocked: it becomes pending, and the loop comes back here after the others had a turn */
                log_warning("cannot raise SIGCHLD: %m");
        return 0;
}

int reaper_init(Manager *m) {
        return sd_event_add_signal(m->event, NULL, SIGCHLD, on_sigchld, m);
}
