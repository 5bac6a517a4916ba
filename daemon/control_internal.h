/* What the files of the control server share: the listening side (control.c), one peer (control_peer.c), those who are turned
 * away (control_refusal.c), the methods (control_methods.c, control_query.c) and what a pattern selects (control_selection.c).
 * Nobody else includes this. */
#pragma once

#include <sys/socket.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "conf/base/list.h"
#include "ctl/protocol.h"
#include "daemon/control.h"

/* A peer that has not authenticated by then loses its slot (sd-bus itself would wait 90 s). */
#define CONTROL_AUTH_TIMEOUT (5 * USEC_PER_SEC)
/* Refusals under way at once; beyond that a stranger is hung up on without a word. */
#define CONTROL_REFUSALS_MAX 32

struct Control {
        Manager *manager;
        int listen_fd;
        char *path; /* of the socket that we created, else NULL */
        dev_t path_dev;
        ino_t path_ino;
        int reserve_fd; /* given up when descriptors run out, so that an operator still gets in */
        sd_event_source *listen_source;
        sd_event_source *retry_source; /* armed only while accept was given up */
        bool starved;                  /* accept failed for want of descriptors */
        ListNode peers, refusals;
        size_t n_peers, n_refusals;
        size_t n_subscribed, n_following;
        uint64_t n_accepted;
        sd_id128_t id;
};

typedef struct ControlPeer {
        Control *control;
        ListNode by_control;
        sd_bus *bus;
        Requester who; /* comm is read when first needed, see peer_requester() */
        uint64_t number;
        sd_event_source *auth_deadline; /* until authenticated */
        sd_event_source *work;          /* deferred: see peer_on_work() */
        sd_event_source *backlog;       /* post: only while ended jobs wait for the queue to drain */
        ListNode jobs;                  /* PeerJob.by_peer, under way */
        ListNode ended;                 /* PeerJob.by_peer, to be told */
        size_t queued_bytes;            /* written since the queue was last seen empty */
        sd_bus_message *events;         /* signal with the changes of this turn of the loop; NULL: none so far */
        size_t events_size;
        bool drain, subscribed, follows, closing;
} ControlPeer;

/* --- control.c --- */
void control_peer_gone(Control *c, ControlPeer *peer);

/* --- control_peer.c --- */
int control_peer_new(Control *c, int fd, const struct ucred *cred, ControlPeer **ret); /* fd is taken over on success */
ControlPeer *control_peer_free(ControlPeer *peer);
/* Closes at the next turn of the loop: callers may stand inside a callback of this very connection. */
void control_peer_drop(ControlPeer *peer, const char *why);
const Requester *control_peer_requester(ControlPeer *peer);
/* Something waits to be sent from outside of any dispatch. */
void control_peer_arm_work(ControlPeer *peer);
/* A message of about this size was queued. */
void control_peer_account(ControlPeer *peer, size_t bytes);
void control_peer_send_state(ControlPeer *peer, const Service *s, const char *note);

/* A request of this peer that it waits for. */
typedef struct PeerJob {
        ControlPeer *peer;
        ListNode by_peer;
        Job *job; /* NULL once ended */
        uint32_t id;
        JobResult result;
        char *message;
        char service[];
} PeerJob;

int control_peer_request(ControlPeer *peer, Service *s, JobKind kind, StopMode mode, uint32_t *ret_id);

/* --- control_refusal.c --- */
/* Tells a stranger why not, without ever handing his bytes to a message parser. Takes fd over. */
void control_refuse(Control *c, int fd, const char *error, const char *text);
void control_refusals_free(Control *c);

/* --- control_events.c --- */
void control_peer_send_events(ControlPeer *peer);

/* --- control_access.c --- */
typedef enum Access {
        ACCESS_PRIVILEGED, /* root or supd's own user: no cap per uid */
        ACCESS_GROUP,
        ACCESS_DENIED,
} Access;

int control_access_judge(const Control *c, int fd, struct ucred *ret_cred, Access *ret);
char *control_access_denied_text(const Control *c, uid_t uid); /* NULL: out of memory */

/* --- control_methods.c, control_query.c, control_detail.c, control_reload.c, control_events.c, control_bus.c --- */
extern const sd_bus_vtable control_manager_vtable[];
extern const sd_bus_vtable control_bus_vtable[]; /* what tools expect of org.freedesktop.DBus */

int control_method_list_services(sd_bus_message *m, void *userdata, sd_bus_error *e);
int control_method_get_service(sd_bus_message *m, void *userdata, sd_bus_error *e);
int control_method_get_status(sd_bus_message *m, void *userdata, sd_bus_error *e);
int control_method_get_version(sd_bus_message *m, void *userdata, sd_bus_error *e);
int control_method_read_log(sd_bus_message *m, void *userdata, sd_bus_error *e);
int control_method_reload_configuration(sd_bus_message *m, void *userdata, sd_bus_error *e);
int control_method_plan_configuration(sd_bus_message *m, void *userdata, sd_bus_error *e);
int control_method_get_events(sd_bus_message *m, void *userdata, sd_bus_error *e);

/* D-Bus strings are UTF-8; the command line of a process, or a path in an error, may be anything. In place; NULL gives "". */
char *control_utf8(char *s);

/* --- control_selection.c --- */
typedef struct Selection {
        Service **items; /* in configuration order, each once */
        size_t n;
} Selection;

void selection_done(Selection *s);

/* 0: all patterns matched. -ESRCH with *ret_unmatched (borrowed from patterns): this one matched nothing. -ENOMEM. */
int selection_make(Manager *m, char *const *patterns, Selection *ret, const char **ret_unmatched);
/* The patterns of message m; none selects all if empty_is_all. Errors are set in e for the peer. */
int selection_read(Manager *m, sd_bus_message *message, bool empty_is_all, Selection *ret, sd_bus_error *e);
/* Sets e to "no such service", with the nearest name there is. Returns its negative errno. */
int selection_unknown(Manager *m, const char *pattern, sd_bus_error *e);
