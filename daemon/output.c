/* See output.h. */
#include "daemon/output.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <systemd/sd-journal.h>

#include "daemon/log.h"
#include "daemon/log_stream.h"

/* What "auto" and "same" stand for. */
static OutputTarget target_resolve(const Service *s, bool want_stderr) {
        OutputTarget t = want_stderr ? s->config->stderr_target : s->config->stdout_target;
        if (t.kind == OUTPUT_SAME)
                t = s->config->stdout_target;
        if (t.kind == OUTPUT_AUTO && s->manager->options.is_pid1)
                t.kind = OUTPUT_INHERIT;
        return t;
}

static char *target_path(const Service *s, const OutputTarget *t) {
        char *path = NULL;
        if (t->kind == OUTPUT_FILE)
                path = strdup(t->path);
        else if (t->kind == OUTPUT_AUTO &&
                asprintf(&path, "%s/%s.log", s->manager->config->daemon.log_directory, s->config->name) < 0)
                path = NULL;
        return path;
}

static char *describe(const char *what, const char *subject, int error) {
        char *text;
        return asprintf(&text, "%s %s: %s", what, subject, strerror(error)) < 0 ? NULL : text;
}

/* Keeps the stream of the previous run unless its path has changed: its pipe may still hold what a leftover writes. */
static int open_stream(Service *s, const OutputTarget *t, LogStream **stream, char **ret_error) {
        const ServiceConfig *c = s->config;
        uid_t owner = c->credentials ? c->credentials->uid : geteuid();
        gid_t group = c->credentials ? c->credentials->gid : getegid();
        const char *step = "log";

        _cleanup_(freep) char *path = target_path(s, t);
        if (!path)
                return -ENOMEM;
        if (*stream && strcmp(log_stream_path(*stream), path) == 0) {
                log_stream_set_limits(*stream, c->log_max_size, c->log_keep);
                return log_stream_set_owner(*stream, owner, group);
        }
        *stream = log_stream_free(*stream);
        int r = log_stream_new(
                s->manager->event, c->name, path, owner, group, c->log_max_size, c->log_keep, stream, &step);
        if (r < 0)
                *ret_error = describe(step, path, -r);
        return r;
}

/* The journal is handed to the service itself: a socket, so opening /dev/stderr by name fails there, as under systemd. */
static int open_journal(Service *s, int priority, int *ret_fd, char **ret_error) {
        int r = sd_journal_stream_fd(s->config->name, priority, 1);
        if (r < 0) {
                *ret_error = describe("journal", "/run/systemd/journal/stdout", -r);
                return r;
        }
        *ret_fd = r;
        return 0;
}

static int open_target(Service *s, bool want_stderr, int *ret_fd, int *ret_journal_fd, char **ret_error) {
        OutputTarget t = target_resolve(s, want_stderr);
        LogStream **stream = want_stderr ? &s->stderr_stream : &s->stdout_stream;
        int r = 0;

        switch (t.kind) {
        case OUTPUT_AUTO:
        case OUTPUT_FILE:
                r = open_stream(s, &t, stream, ret_error);
                if (r >= 0)
                        *ret_fd = log_stream_fd(*stream);
                return r;
        case OUTPUT_JOURNAL:
                r = open_journal(s, want_stderr ? LOG_ERR : LOG_INFO, ret_journal_fd, ret_error);
                *ret_fd = *ret_journal_fd;
                break;
        case OUTPUT_INHERIT:
                *ret_fd = want_stderr ? STDERR_FILENO : STDOUT_FILENO;
                break;
        case OUTPUT_NULL:
        case OUTPUT_SAME:
        case _OUTPUT_KIND_MAX:
                *ret_fd = -1;
                break;
        }
        *stream = log_stream_free(*stream);
        return r;
}

int output_open(Service *s, OutputFds *ret, char **ret_error) {
        OutputFds o = { -1, -1, -1, -1 };
        bool same = s->config->stderr_target.kind == OUTPUT_SAME;

        *ret_error = NULL;
        int r = open_target(s, false, &o.stdout_fd, &o.journal_stdout_fd, ret_error);
        if (r >= 0 && same && s->config->stdout_target.kind != OUTPUT_INHERIT) {
                o.stderr_fd = o.stdout_fd;
                s->stderr_stream = log_stream_free(s->stderr_stream);
        } else if (r >= 0) {
                r = open_target(s, true, &o.stderr_fd, &o.journal_stderr_fd, ret_error);
        }
        if (r < 0) {
                output_fds_done(&o);
                return r;
        }
        *ret = o;
        return 0;
}

void output_fds_done(OutputFds *o) {
        o->journal_stdout_fd = fd_close(o->journal_stdout_fd);
        o->journal_stderr_fd = fd_close(o->journal_stderr_fd);
}

void output_drain(Service *s) {
        if (s->stdout_stream)
                log_stream_drain(s->stdout_stream);
        if (s->stderr_stream)
                log_stream_drain(s->stderr_stream);
}

static void reopen(const Service *s, LogStream *stream) {
        int r = stream ? log_stream_reopen(stream) : 0;
        if (r < 0)
                log_error("%s: cannot reopen %s: %s", s->config->name, log_stream_path(stream), strerror(-r));
}

void output_reopen(Service *s) {
        reopen(s, s->stdout_stream);
        reopen(s, s->stderr_stream);
}

void output_set_limits(Service *s) {
        if (s->stdout_stream)
                log_stream_set_limits(s->stdout_stream, s->config->log_max_size, s->config->log_keep);
        if (s->stderr_stream)
                log_stream_set_limits(s->stderr_stream, s->config->log_max_size, s->config->log_keep);
}
