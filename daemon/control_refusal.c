/* Those who may not control supd are told so in their own language: the D-Bus handshake is played by hand up to their first
 * call, which is answered with an error. sd-bus would buffer 128 MiB of a stranger's message before any of our code ran; this
 * keeps REFUSAL_BUFFER bytes for CONTROL_AUTH_TIMEOUT and looks at sixteen bytes of the message. Owned by the Control. */
#include <endian.h>
#include <string.h>

#include "daemon/control_internal.h"

#define REFUSAL_BUFFER 2048
#define REFUSAL_READ_MAX (64 * 1024)

typedef struct Refusal {
        Control *control;
        ListNode by_control;
        int fd;
        sd_event_source *io, *deadline;
        bool began, answered;
        size_t n_buffer, n_read;
        char buffer[REFUSAL_BUFFER];
        char *error, *text;
} Refusal;

static Refusal *refusal_free(Refusal *f) {
        if (!f)
                return NULL;
        if (list_is_linked(&f->by_control)) {
                list_remove(&f->by_control);
                f->control->n_refusals--;
        }
        sd_event_source_disable_unref(f->io);
        sd_event_source_disable_unref(f->deadline);
        (void) fd_close(f->fd);
        free(f->error);
        free(f->text);
        free(f);
        return NULL;
}

/* A socket buffer of our own that nothing was written to yet takes these few bytes whole, or the peer is no loss. */
static void refusal_send(const Refusal *f, const void *data, size_t size) {
        (void) send(f->fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void refusal_send_line(const Refusal *f, const char *line) {
        refusal_send(f, line, strlen(line));
}

static void refusal_send_ok(const Refusal *f) {
        char id[SD_ID128_STRING_MAX], line[SD_ID128_STRING_MAX + 8] = "OK ";

        strcat(line, sd_id128_to_string(f->control->id, id));
        strcat(line, "\r\n");
        refusal_send_line(f, line);
}

static void refusal_answer_auth(Refusal *f, const char *line) {
        if (strcmp(line, "BEGIN") == 0)
                f->began = true;
        else if (strcmp(line, "AUTH EXTERNAL") == 0)
                refusal_send_line(f, "DATA\r\n");
        else if (strncmp(line, "AUTH EXTERNAL ", 14) == 0 || strncmp(line, "DATA", 4) == 0)
                refusal_send_ok(f);
        else if (strncmp(line, "AUTH", 4) == 0)
                refusal_send_line(f, "REJECTED EXTERNAL\r\n");
        else if (strcmp(line, "NEGOTIATE_UNIX_FD") == 0)
                refusal_send_line(f, "AGREE_UNIX_FD\r\n");
        else
                refusal_send_line(f, "ERROR\r\n");
}

static void refusal_consume(Refusal *f, size_t n) {
        f->n_buffer -= n;
        memmove(f->buffer, f->buffer + n, f->n_buffer);
}

/* The handshake opens with one zero byte, then come lines. False: wait for more. */
static bool refusal_next_line(Refusal *f) {
        char *end;

        if (f->n_buffer > 0 && f->n_read == f->n_buffer && f->buffer[0] == '\0')
                refusal_consume(f, 1);
        end = memmem(f->buffer, f->n_buffer, "\r\n", 2);
        if (!end)
                return false;

        *end = '\0';
        refusal_answer_auth(f, f->buffer);
        refusal_consume(f, (size_t) (end - f->buffer) + 2);
        return true;
}

/* D-Bus wire format, little endian: each value is aligned to its own size, counted from the start of the message. */
typedef struct Wire {
        uint8_t bytes[1024];
        size_t n;
} Wire;

static void wire_align(Wire *w, size_t to) {
        while (w->n % to)
                w->bytes[w->n++] = 0;
}

static void wire_u32(Wire *w, uint32_t v) {
        wire_align(w, 4);
        v = htole32(v);
        memcpy(w->bytes + w->n, &v, 4);
        w->n += 4;
}

static void wire_string(Wire *w, const char *s, size_t size) {
        wire_u32(w, (uint32_t) size);
        memcpy(w->bytes + w->n, s, size);
        w->n += size;
        w->bytes[w->n++] = 0;
}

static void wire_field(Wire *w, uint8_t code, char type) {
        wire_align(w, 8);
        w->bytes[w->n++] = code;
        w->bytes[w->n++] = 1; /* signature: its length, its one type, zero */
        w->bytes[w->n++] = (uint8_t) type;
        w->bytes[w->n++] = 0;
}

static void wire_patch_u32(Wire *w, size_t at, size_t v) {
        uint32_t le = htole32((uint32_t) v);

        memcpy(w->bytes + at, &le, 4);
}

/* An error reply with one string as its body. */
static void wire_error(Wire *w, uint32_t reply_serial, const char *error, const char *text) {
        size_t text_size = MIN(strlen(text), (size_t) 512);

        *w = (Wire){ .bytes = { 'l', 3 /* error */, 1 /* wants no reply */, 1 /* protocol version */ }, .n = 4 };
        wire_u32(w, 0); /* size of the body, patched below */
        wire_u32(w, 1); /* our serial */
        wire_u32(w, 0); /* size of the fields, patched below */

        wire_field(w, 4 /* error name */, 's');
        wire_string(w, error, strlen(error));
        wire_field(w, 5 /* reply serial */, 'u');
        wire_u32(w, reply_serial);
        wire_field(w, 8 /* signature */, 'g');
        memcpy(w->bytes + w->n, "\1s", 3);
        w->n += 3;
        wire_patch_u32(w, 12, w->n - 16);

        wire_align(w, 8);
        size_t body = w->n;
        wire_string(w, text, text_size);
        wire_patch_u32(w, 4, w->n - body);
}

/* The fixed part of a message: endianness, type, flags, version, body size, serial, size of the fields. */
static void refusal_answer_call(Refusal *f) {
        uint32_t serial;
        Wire w;

        if (f->n_buffer < 16)
                return;
        memcpy(&serial, f->buffer + 8, 4);
        serial = f->buffer[0] == 'B' ? be32toh(serial) : le32toh(serial);
        wire_error(&w, serial, f->error, f->text);
        refusal_send(f, w.bytes, w.n);
        f->answered = true;
}

static int refusal_on_io(sd_event_source *source _unused_, int fd, uint32_t revents _unused_, void *userdata) {
        Refusal *f = userdata;

        if (f->answered)
                f->n_buffer = 0; /* kept open only so that the answer is not lost with the connection */
        ssize_t n = recv(fd, f->buffer + f->n_buffer, sizeof(f->buffer) - f->n_buffer, MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return 0;
        if (n > 0) {
                f->n_buffer += (size_t) n;
                f->n_read += (size_t) n;
        }
        if (n <= 0 || f->n_read > REFUSAL_READ_MAX) {
                refusal_free(f);
                return 0;
        }

        while (!f->began && refusal_next_line(f))
                ;
        if (f->began && !f->answered)
                refusal_answer_call(f);
        if (!f->answered && f->n_buffer == sizeof(f->buffer))
                refusal_free(f);
        return 0;
}

static int refusal_on_deadline(sd_event_source *source _unused_, uint64_t usec _unused_, void *userdata) {
        refusal_free(userdata);
        return 0;
}

/* Owns nothing of the caller's until it succeeds; fd stays the caller's on failure. */
static Refusal *refusal_new(Control *c, const char *error, const char *text) {
        Refusal *f = calloc(1, sizeof(*f));
        if (!f)
                return NULL;
        f->control = c;
        f->fd = -1;
        list_init(&f->by_control);
        f->error = strdup(error);
        f->text = strdup(text);
        return f->error && f->text ? f : refusal_free(f);
}

void control_refuse(Control *c, int fd, const char *error, const char *text) {
        Refusal *f = c->n_refusals < CONTROL_REFUSALS_MAX ? refusal_new(c, error, text) : NULL;

        if (!f) {
                (void) fd_close(fd);
                return;
        }
        f->fd = fd;
        list_append(&c->refusals, &f->by_control);
        c->n_refusals++;
        if (sd_event_add_io(c->manager->event, &f->io, fd, EPOLLIN, refusal_on_io, f) < 0 ||
                sd_event_add_time_relative(c->manager->event, &f->deadline, CLOCK_MONOTONIC, CONTROL_AUTH_TIMEOUT,
                        USEC_PER_SEC, refusal_on_deadline, f) < 0)
                refusal_free(f);
}

void control_refusals_free(Control *c) {
        LIST_FOREACH(node, &c->refusals)
                refusal_free(LIST_ENTRY(node, Refusal, by_control));
}
