/* See signals.h. */
#include "daemon/signals.h"

#include <string.h>

#include "conf/base/parse.h"
#include "daemon/log.h"

static void reload(Manager *m) {
        Diagnostics d = { 0 };
        int r = manager_reload(m, NULL, &d, NULL);

        for (size_t i = 0; i < d.n_items; i++) {
                _cleanup_(freep) char *text = diagnostic_format(&d.items[i]);
                log_line(d.items[i].level == DIAG_ERROR ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING, "%s",
                        text ?: "out of memory");
        }
        if (r < 0)
                log_error("configuration not reloaded (%s); everything runs on as it was", strerror(-r));
        diagnostics_done(&d);
}

static void dump(Manager *m) {
        log_info("%zu services, %zu active, %zu orphans reaped", m->n_services, m->n_active, (size_t) m->n_orphans_reaped);
        for (size_t i = 0; i < m->n_services; i++) {
                const Service *s = m->services[i];
                log_info("%s: %s, goal %s, pid %d, %u restarts", s->config->name, service_phase_to_string(s->state.phase),
                        service_goal_to_string(s->state.goal), s->main.pid, s->state.n_restarts);
        }
}

static int on_signal(sd_event_source *source _unused_, const struct signalfd_siginfo *info, void *userdata) {
        Manager *m = userdata;
        int signo = (int) info->ssi_signo;

        if (signo == SIGTERM || signo == SIGINT || signo == SIGPWR || signo == SIGRTMIN + 3) {
                manager_shutdown(m, NULL);
        } else if (signo == SIGQUIT) {
                manager_shutdown(m, NULL);
                manager_shutdown(m, NULL); /* the second one hurries */
        } else if (signo == SIGHUP) {
                reload(m);
        } else if (signo == SIGUSR1) {
                manager_reopen_logs(m);
        } else if (signo == SIGUSR2) {
                dump(m);
        } else {
                log_debug("signal %s ignored", signal_to_string(signo) ?: "?");
        }
        return 0;
}

/* SIGPWR is what lxc sends to a container's init, RTMIN+3 what some runtimes send because systemd halts on it. The second row
 * is ignored, by reading it. SIGSEGV and its kin keep their default: a supervisor that has lost its mind must not go on. */
static int signal_at(size_t i) {
        static const int signals[] = {
                SIGTERM, SIGINT, SIGPWR, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2,
                SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGTSTP, SIGTTIN, SIGTTOU, SIGSTKFLT, SIGXCPU, SIGXFSZ,
        };
        if (i < ARRAY_SIZE(signals))
                return signals[i];
        i -= ARRAY_SIZE(signals);
        return SIGRTMIN + (int) i <= SIGRTMAX ? SIGRTMIN + (int) i : 0;
}

int signals_init(Manager *m) {
        sigset_t all;

        sigemptyset(&all);
        sigaddset(&all, SIGCHLD);
        for (size_t i = 0; signal_at(i) != 0; i++)
                sigaddset(&all, signal_at(i));
        if (sigprocmask(SIG_BLOCK, &all, NULL) < 0)
                return -errno;
        for (size_t i = 0; signal_at(i) != 0; i++) {
                int r = sd_event_add_signal(m->event, NULL, signal_at(i), on_signal, m);
                if (r < 0)
                        return r;
        }
        return 0;
}
