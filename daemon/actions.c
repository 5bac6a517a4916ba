/* Turns actions into system calls and their outcome into the next event. Decides nothing: where it fails, it says so in an
 * event and the state machine decides.
 *
 * An action may answer with an event of its own; these are worked off in a loop, not by recursion. By the contract of
 * service_step() a spawn is answered before anything else happens to the service, so one pending answer is enough. */
#include "daemon/actions.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "daemon/environment_file.h"
#include "daemon/inherited.h"
#include "daemon/log.h"
#include "daemon/notify.h"
#include "daemon/output.h"
#include "daemon/pidfd.h"
#include "daemon/report.h"
#include "daemon/scope.h"
#include "daemon/spawn.h"

typedef struct Answer {
        bool pending;
        ServiceEvent event;
} Answer;

static void answer(Answer *a, ServiceEvent e) {
        assert(!a->pending);
        *a = (Answer){ .pending = true, .event = e };
}

/* --- spawn --- */

static void invocation_id_renew(Service *s) {
        if (getrandom(s->invocation_id, sizeof s->invocation_id, GRND_NONBLOCK) != sizeof s->invocation_id) {
                /* before the entropy pool is ready (early boot): unique is enough, secret it need not be */
                uint64_t v[2] = { (uint64_t) getpid() << 32 | s->state.n_spawns, hash_string(s->config->name) };
                memcpy(s->invocation_id, v, sizeof s->invocation_id);
        }
}

static char *describe(const char *step, int error) {
        char *text;
        return asprintf(&text, "%s: %s", step, strerror(error)) < 0 ? NULL : text;
}

/* On failure *ret_error is a heap text that names the step; NULL: out of memory, strerror() says it all. */
static int spawn_with_plan(Service *s, const SpawnInput *in, SpawnTarget *target, SpawnOutcome *out, char **ret_error) {
        SpawnPlan plan;
        int r = spawn_plan_build(s->config, in, &plan);
        if (r < 0)
                return r;

        r = scope_prepare(s->manager->scopes, s, &target->cgroup_fd);
        if (r < 0) {
                *ret_error = describe("cgroup", -r);
        } else {
                r = spawn_execute(&plan, target, out);
                if (r < 0)
                        *ret_error = out->failed_in_child ? spawn_step_describe_error(&plan, out->failed_step, -r) :
                                                            describe("fork", -r);
        }
        fd_close(target->cgroup_fd);
        spawn_plan_done(&plan);
        return r;
}

static int spawn(Service *s, SpawnOutcome *out, char **ret_error) {
        char id[INVOCATION_ID_FORMAT_MAX];
        _cleanup_(strv_freep) Strv from_files = NULL;
        OutputFds output;

        *ret_error = NULL;
        int r = environment_files_read(s->config->environment_file, &from_files, ret_error);
        if (r < 0)
                return r;
        r = output_open(s, &output, ret_error);
        if (r < 0)
                return r;

        invocation_id_renew(s);
        const Inherited *inherited = inherited_get();
        const SpawnInput in = {
                .invocation_id = service_format_invocation_id(s, id),
                .base_environment = inherited->environment,
                .file_environment = from_files,
                .restore_limits = inherited->limits,
                .n_restore_limits = inherited->n_limits,
                .ignored_signals = &inherited->ignored_signals,
                .notify_socket = notify_path(s->manager->notify),
        };
        SpawnTarget target = {
                .stdin_fd = -1, .stdout_fd = output.stdout_fd, .stderr_fd = output.stderr_fd, .cgroup_fd = -1
        };
        r = spawn_with_plan(s, &in, &target, out, ret_error);
        output_fds_done(&output);
        return r;
}

static void act_spawn(Service *s, Answer *a) {
        SpawnOutcome out = { .pidfd = -1 };
        char *error = NULL;

        int r = spawn(s, &out, &error);
        free(s->spawn_error_text);
        s->spawn_error_text = error;
        free(s->status_text);
        s->status_text = NULL;
        if (r < 0) {
                answer(a, (ServiceEvent){ .kind = EVENT_SPAWN_FAILED, .error = -r });
                return;
        }
        manager_adopt_main(s, out.pid, out.pidfd);
        if (!out.in_cgroup && (r = scope_attach(s->manager->scopes, s, out.pid)) < 0)
                log_warning("%s: cannot move pid %d into its cgroup: %s", s->config->name, out.pid, strerror(-r));
        s->pending_restart = false;
        answer(a, (ServiceEvent){ .kind = EVENT_SPAWNED });
}

/* --- signals --- */

static int signal_main(const Service *s, int signo) {
        if (s->main.pid == 0)
                return -ESRCH;
        return process_send_signal(s->main.pidfd, s->main.pid, signo);
}

int service_signal(Service *s, int signo, bool whole_scope) {
        if (!whole_scope)
                return signal_main(s, signo);
        int r = scope_signal(s->manager->scopes, s, signo);
        return r == 0 ? -ESRCH : r;
}

static void act_signal(Service *s, const ServiceAction *action) {
        if (s->state.phase == PHASE_STOPPING && s->main.pid != 0 && action->signo != SIGCONT)
                scope_note_kin(s->manager->scopes, s);
        int r = service_signal(s, action->signo, action->kind == ACTION_SIGNAL_SCOPE);
        if (r < 0 && r != -ESRCH)
                log_warning("%s: cannot send signal %d: %s", s->config->name, action->signo, strerror(-r));
}

/* --- the loop --- */

static void act(Service *s, const ServiceAction *action, Answer *a) {
        switch (action->kind) {
        case ACTION_SPAWN:
                act_spawn(s, a);
                break;
        case ACTION_SIGNAL_MAIN:
        case ACTION_SIGNAL_SCOPE:
                act_signal(s, action);
                break;
        case ACTION_CHECK_SCOPE:
                answer(a, (ServiceEvent){ .kind = scope_is_empty(s->manager->scopes, s) ? EVENT_SCOPE_EMPTY :
                                                                                          EVENT_SCOPE_POPULATED });
                break;
        }
}

static int step(Service *s, const ServiceEvent *event, usec_t now, Answer *a) {
        ServiceState before = s->state;
        ActionList actions;

        int r = service_step(s->config, &s->state, event, now, &actions);
        manager_note_step(s, &before, event);
        report_step(s, &before);
        for (size_t i = 0; i < actions.n; i++)
                act(s, &actions.items[i], a);
        return r;
}

int service_dispatch(Service *s, const ServiceEvent *event) {
        ServiceState before = s->state;
        Answer a = { 0 };
        usec_t now;

        (void) sd_event_now(s->manager->event, CLOCK_MONOTONIC, &now);
        int r = step(s, event, now, &a);
        while (a.pending) {
                ServiceEvent next = a.event;
                a.pending = false;
                (void) step(s, &next, now, &a);
        }
        manager_after_dispatch(s, &before);
        return r;
}
