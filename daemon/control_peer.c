/* One connection of a permitted peer: an sd-bus server on its socket, and the jobs it waits for. Owned by the Control; ends
 * when the peer hangs up, breaks the protocol, does not authenticate in time or does not read what it asked for. It never
 * ends anything but itself. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "daemon/control_internal.h"
#include "daemon/log.h"

/* Messages handled in one go when bytes were left over from the handshake. */
#define DRAIN_MESSAGES_MAX 64
/* Jobs told in one signal, and signals put in a queue that the peer is not reading: the rest waits in peer->ended. */
#define JOBS_PER_SIGNAL 256
#define JOB_SIGNALS_QUEUED_MAX 4

static PeerJob *peer_job_free(PeerJob *pj) {
        list_remove(&pj->by_peer);
        if (pj->job)
                job_forget(pj->job);
        free(pj->message);
        free(pj);
        return NULL;
}

void control_peer_arm_work(ControlPeer *peer) {
        (void) sd_event_source_set_enabled(peer->work, SD_EVENT_ONESHOT);
}

void control_peer_drop(ControlPeer *peer, const char *why) {
        if (peer->closing)
                return;
        log_debug("control: closing the connection of pid %d, uid %u: %s", (int) peer->who.pid,
                (unsigned) peer->who.uid, why);
        peer->closing = true;
        control_peer_arm_work(peer);
}

static bool peer_queue_is_too_long(ControlPeer *peer) {
        uint64_t n = 0;

        if (sd_bus_get_n_queued_write(peer->bus, &n) < 0)
                return false;
        if (n == 0)
                peer->queued_bytes = 0;
        return n > SUPD_PEER_QUEUE_MAX || peer->queued_bytes > SUPD_PEER_QUEUE_BYTES_MAX;
}

void control_peer_account(ControlPeer *peer, size_t bytes) {
        peer->queued_bytes += bytes;
        if (peer_queue_is_too_long(peer))
                control_peer_drop(peer, "it does not read what was sent to it");
}

/* --- jobs --- */

static void peer_on_job_done(Job *job _unused_, JobResult result, void *userdata) {
        PeerJob *pj = userdata;

        pj->message = job_explain(pj->job, result); /* NULL is told as "" */
        pj->result = result;
        pj->job = NULL;
        list_remove(&pj->by_peer);
        list_append(&pj->peer->ended, &pj->by_peer);
        control_peer_arm_work(pj->peer); /* never at once: the reply that names the job may not be sent yet */
}

int control_peer_request(ControlPeer *peer, Service *s, JobKind kind, StopMode mode, uint32_t *ret_id) {
        size_t name_size = strlen(s->config->name) + 1;
        PeerJob *pj = calloc(1, sizeof(*pj) + name_size);
        if (!pj)
                return -ENOMEM;

        pj->peer = peer;
        memcpy(pj->service, s->config->name, name_size);
        list_append(&peer->jobs, &pj->by_peer);
        int r = manager_request(
                peer->control->manager, s, kind, mode, control_peer_requester(peer), peer_on_job_done, pj, &pj->job);
        if (r < 0 || !pj->job) {
                pj->job = NULL;
                peer_job_free(pj);
                *ret_id = 0;
                return r < 0 ? r : 0;
        }
        *ret_id = pj->id = pj->job->id;
        return 1;
}

static int peer_append_job(sd_bus_message *m, const PeerJob *pj) {
        return sd_bus_message_append(m, "(" SUPD_JOB_DONE_ITEM ")", pj->id, pj->service, job_result_to_string(pj->result),
                pj->message ?: "");
}

/* One signal with the first of the ended jobs, which are then forgotten. */
static int peer_send_jobs(ControlPeer *peer) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        size_t n = 0, size = 0;

        int r = sd_bus_message_new_signal(peer->bus, &m, SUPD_BUS_PATH, SUPD_BUS_INTERFACE, SUPD_SIGNAL_JOB_DONE);
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'a', "(" SUPD_JOB_DONE_ITEM ")");
        LIST_FOREACH(node, &peer->ended) {
                PeerJob *pj = LIST_ENTRY(node, PeerJob, by_peer);

                if (r < 0 || n++ == JOBS_PER_SIGNAL)
                        break;
                size += 64 + strlen(pj->service) + strlen(pj->message ?: "");
                r = peer_append_job(m, pj);
                peer_job_free(pj);
        }
        if (r >= 0)
                r = sd_bus_message_close_container(m);
        if (r >= 0)
                r = sd_bus_send(peer->bus, m, NULL);
        if (r >= 0)
                control_peer_account(peer, size);
        return r;
}

/* A slow reader of its own results is no offender: what ended waits here, and the queue stays short. */
static void peer_tell_jobs(ControlPeer *peer) {
        uint64_t n_queued = 0;

        while (!list_is_empty(&peer->ended) && !peer->closing) {
                if (sd_bus_get_n_queued_write(peer->bus, &n_queued) < 0 || n_queued >= JOB_SIGNALS_QUEUED_MAX)
                        break;
                if (peer_send_jobs(peer) < 0)
                        control_peer_drop(peer, "its results cannot be sent");
        }
        if (peer->backlog)
                (void) sd_event_source_set_enabled(
                        peer->backlog, list_is_empty(&peer->ended) ? SD_EVENT_OFF : SD_EVENT_ON);
}

/* After any other event, so also after the one that wrote from the queue. */
static int peer_on_backlog(sd_event_source *source _unused_, void *userdata) {
        peer_tell_jobs(userdata);
        return 0;
}

static void peer_need_backlog(ControlPeer *peer) {
        if (peer->backlog || list_is_empty(&peer->ended))
                return;
        if (sd_event_add_post(peer->control->manager->event, &peer->backlog, peer_on_backlog, peer) < 0)
                control_peer_drop(peer, "no memory to wait for it");
}

/* --- life --- */

/* The last bytes of the handshake may have come with a call behind them, which sd-bus then holds without another reason to
 * look at it: nothing more arrives on the socket while the peer waits for the answer. */
static void peer_drain(ControlPeer *peer) {
        int r = 1;

        for (unsigned i = 0; i < DRAIN_MESSAGES_MAX && r > 0 && !peer->closing; i++)
                r = sd_bus_process(peer->bus, NULL);
        peer->drain = r > 0;
        if (r < 0)
                control_peer_drop(peer, strerror(-r));
        if (peer->drain)
                control_peer_arm_work(peer);
}

static int peer_on_work(sd_event_source *source _unused_, void *userdata) {
        ControlPeer *peer = userdata;

        if (!peer->closing && peer->drain)
                peer_drain(peer);
        if (!peer->closing) {
                control_peer_send_events(peer);
                peer_tell_jobs(peer);
                peer_need_backlog(peer);
        }
        if (peer->closing)
                control_peer_gone(peer->control, peer);
        return 0;
}

static int peer_on_auth_deadline(sd_event_source *source _unused_, uint64_t usec _unused_, void *userdata) {
        control_peer_drop(userdata, "it did not authenticate in time");
        return 0;
}

/* Sees every message first. 1: handled, nobody else gets it. */
static int peer_on_message(sd_bus_message *m, void *userdata, sd_bus_error *e _unused_) {
        ControlPeer *peer = userdata;

        if (sd_bus_message_is_signal(m, "org.freedesktop.DBus.Local", "Connected")) {
                peer->auth_deadline = sd_event_source_disable_unref(peer->auth_deadline);
                peer->drain = true;
                control_peer_arm_work(peer);
                return 1;
        }
        if (sd_bus_message_is_signal(m, "org.freedesktop.DBus.Local", "Disconnected")) {
                control_peer_drop(peer, "it hung up");
                return 1;
        }
        if (peer_queue_is_too_long(peer))
                control_peer_drop(peer, "it does not read what was sent to it");
        return peer->closing;
}

static int peer_start_bus(ControlPeer *peer, int fd) {
        sd_event *event = peer->control->manager->event;
        int r;

        if ((r = sd_bus_set_server(peer->bus, 1, peer->control->id)) < 0 ||
                (r = sd_bus_set_trusted(peer->bus, 1)) < 0 || /* judged already, see control_access.c */
                (r = sd_bus_set_connected_signal(peer->bus, 1)) < 0 ||
                (r = sd_bus_set_close_on_exit(peer->bus, 0)) < 0 || /* else it waits for a peer that does not read */
                (r = sd_bus_add_filter(peer->bus, NULL, peer_on_message, peer)) < 0 ||
                (r = sd_bus_add_object_vtable(
                         peer->bus, NULL, SUPD_BUS_PATH, SUPD_BUS_INTERFACE, control_manager_vtable, peer)) < 0 ||
                (r = sd_bus_add_object_vtable(peer->bus, NULL, "/org/freedesktop/DBus", "org.freedesktop.DBus",
                         control_bus_vtable, peer)) < 0)
                return r;

        /* The last step that can fail takes the descriptor: until then it is the caller's. */
        if ((r = sd_bus_set_fd(peer->bus, fd, fd)) < 0)
                return r;
        if ((r = sd_bus_start(peer->bus)) < 0 ||
                (r = sd_bus_attach_event(peer->bus, event, SD_EVENT_PRIORITY_NORMAL)) < 0) {
                log_debug("control: a connection could not be started: %s", strerror(-r));
                control_peer_drop(peer, "it could not be started");
        }
        /* The handshake is often there already: go on without another turn through epoll. */
        peer->drain = true;
        control_peer_arm_work(peer);
        return 0;
}

static int peer_add_sources(ControlPeer *peer) {
        sd_event *event = peer->control->manager->event;
        int r;

        if ((r = sd_event_add_defer(event, &peer->work, peer_on_work, peer)) < 0 ||
                (r = sd_event_source_set_enabled(peer->work, SD_EVENT_OFF)) < 0)
                return r;
        return sd_event_add_time_relative(event, &peer->auth_deadline, CLOCK_MONOTONIC, CONTROL_AUTH_TIMEOUT,
                USEC_PER_SEC, peer_on_auth_deadline, peer);
}

int control_peer_new(Control *c, int fd, const struct ucred *cred, ControlPeer **ret) {
        ControlPeer *peer = calloc(1, sizeof(*peer));
        if (!peer)
                return -ENOMEM;

        *peer = (ControlPeer){ .control = c, .who = { .pid = cred->pid, .uid = cred->uid }, .number = ++c->n_accepted };
        list_init(&peer->by_control);
        list_init(&peer->jobs);
        list_init(&peer->ended);

        int r = sd_bus_new(&peer->bus);
        if (r >= 0)
                r = peer_add_sources(peer);
        if (r >= 0)
                r = peer_start_bus(peer, fd);
        if (r < 0) {
                control_peer_free(peer);
                return r;
        }
        *ret = peer;
        return 0;
}

static void peer_jobs_free(ListNode *head) {
        LIST_FOREACH(node, head)
                peer_job_free(LIST_ENTRY(node, PeerJob, by_peer));
}

ControlPeer *control_peer_free(ControlPeer *peer) {
        if (!peer)
                return NULL;
        control_peer_send_events(peer); /* supd ends: as much as the socket takes at once */
        sd_bus_message_unref(peer->events);
        peer_jobs_free(&peer->jobs);
        peer_jobs_free(&peer->ended);
        sd_event_source_disable_unref(peer->auth_deadline);
        sd_event_source_disable_unref(peer->work);
        sd_event_source_disable_unref(peer->backlog);
        sd_bus_close_unref(peer->bus); /* without flushing, which would wait for the peer */
        free(peer);
        return NULL;
}

/* A process names itself as it likes, and the name goes into the log. */
static void comm_clean(char *comm) {
        comm[strcspn(comm, "\n")] = '\0';
        for (char *p = comm; *p; p++)
                if (*p < ' ' || *p > '~')
                        *p = '?';
}

/* Read as late as possible: most peers only ask, and by the time they order they have called exec. */
const Requester *control_peer_requester(ControlPeer *peer) {
        char path[32];

        if (peer->who.comm[0])
                return &peer->who;
        (void) snprintf(path, sizeof(path), "/proc/%d/comm", (int) peer->who.pid);
        _cleanup_(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t n = fd < 0 ? -1 : read(fd, peer->who.comm, sizeof(peer->who.comm) - 1);
        if (n <= 0) {
                strcpy(peer->who.comm, "?");
                return &peer->who;
        }
        peer->who.comm[n] = '\0';
        comm_clean(peer->who.comm);
        return &peer->who;
}

void control_peer_send_state(ControlPeer *peer, const Service *s, const char *note) {
        const char *name = s->config->name, *phase = service_phase_to_string(s->state.phase);

        int r = sd_bus_emit_signal(
                peer->bus, SUPD_BUS_PATH, SUPD_BUS_INTERFACE, SUPD_SIGNAL_STATE_CHANGED, "sss", name, phase, note);
        if (r < 0)
                control_peer_drop(peer, strerror(-r));
        else
                control_peer_account(peer, 96 + strlen(name) + strlen(note));
}
