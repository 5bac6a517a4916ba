/* logs: the last lines of what a service wrote, and what it writes from now on. */
#include <string.h>

#include "ctl/json.h"
#include "ctl/log_file.h"
#include "ctl/text.h"
#include "ctl/verbs.h"

/* Collects bytes until a line is whole; JSON has no half lines. */
typedef struct LineJson {
        char *data;
        size_t n;
} LineJson;

/* A line longer than this is told in pieces. */
#define LINE_MAX_KEPT (1UL << 20)

static void print_raw(const char *data, size_t size, void *userdata _unused_) {
        (void) fwrite(data, 1, size, stdout);
        (void) fflush(stdout);
}

static int line_append(LineJson *l, const char *data, size_t size) {
        char *bigger = realloc(l->data, l->n + size + 1);
        if (!bigger)
                return -ENOMEM;
        l->data = bigger;
        memcpy(l->data + l->n, data, size);
        l->n += size;
        return 0;
}

static void print_json_lines(const char *data, size_t size, void *userdata) {
        LineJson *l = userdata;

        while (size > 0) {
                const char *end = memchr(data, '\n', size);
                size_t n = end ? (size_t) (end - data) : size;

                if (line_append(l, data, n) < 0)
                        return;
                data += n + (end != NULL);
                size -= n + (end != NULL);
                if (!end && l->n < LINE_MAX_KEPT)
                        return;
                (void) json_print_line(json_pack("{s:o}", "line", json_bytes(l->data, l->n)));
                l->n = 0;
        }
}

static int follow(const char *service, const char *path, int fd, bool json) {
        LineJson line = { 0 };

        if (fd < 0) {
                say_error("cannot follow %s: this user may not read %s; run supctl as one who may", service, path ?: "its log");
                return EXIT_NO_PERMISSION;
        }
        int r = log_follow(path, fd, json ? print_json_lines : print_raw, &line);
        free(line.data);
        if (r < 0) {
                say_error("cannot follow %s: %s", path, strerror(-r));
                return EXIT_FAILED;
        }
        return EXIT_OK;
}

static const char *choose_path(const ServiceDetail *d, const char *stream) {
        if (strcmp(stream, "stderr") == 0)
                return d->stderr_path ?: d->stdout_path; /* stderr = same */
        return d->stdout_path;
}

int verb_logs(const Invocation *i) {
        _cleanup_(client_done) Client c = { 0 };
        _cleanup_(service_detail_done) ServiceDetail d = { 0 };
        _cleanup_(freep) char *data = NULL;
        const char *name = i->arguments[0], *stream = option_given(i->options, OPTION_STDERR) ? "stderr" : "stdout";
        bool json = option_given(i->options, OPTION_JSON), follows = option_given(i->options, OPTION_FOLLOW);
        size_t size;
        int fd = -1;

        int code = client_open(&c, i->options);
        if (code != EXIT_OK || (code = service_detail_get(&c, name, &d)) != EXIT_OK)
                return code;
        const char *path = choose_path(&d, stream);
        code = log_read_tail(&c, name, stream, path, i->options->n_lines, &data, &size, follows ? &fd : NULL);
        if (code != EXIT_OK)
                return code;

        if (json && !follows)
                return json_print(json_pack("{s:s, s:s, s:o, s:o}", "service", name, "stream", stream, "path", json_text(path),
                        "lines", json_lines(data, size)));
        LineJson line = { 0 };
        if (json)
                print_json_lines(data, size, &line);
        else
                print_raw(data, size, NULL);
        free(line.data);
        return follows ? follow(name, path, fd, json) : EXIT_OK;
}
