/* See environment_file.h. */
#include "daemon/environment_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/core/environment.h"

/* A device or a runaway log in place of the file must not take the daemon's memory with it. */
#define ENVIRONMENT_FILE_MAX (4u * 1024u * 1024u)

static int read_text(const char *path, char **ret) {
        /* O_NONBLOCK: a FIFO in its place must not stop the daemon */
        _cleanup_(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        struct stat st;
        size_t n = 0;

        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return -EINVAL;
        if (st.st_size > ENVIRONMENT_FILE_MAX)
                return -EFBIG;
        _cleanup_(freep) char *text = malloc((size_t) st.st_size + 1);
        if (!text)
                return -ENOMEM;
        while (n < (size_t) st.st_size) {
                ssize_t l = read(fd, text + n, (size_t) st.st_size - n);
                if (l < 0)
                        return -errno;
                if (l == 0)
                        break;
                n += (size_t) l;
        }
        text[n] = 0;
        *ret = STEAL_PTR(text);
        return 0;
}

static int read_one(const char *path, Strv *entries, char **ret_error) {
        _cleanup_(freep) char *text = NULL;
        unsigned line = 0;

        int r = read_text(path, &text);
        if (r < 0) {
                if (asprintf(ret_error, "environment_file %s: %s", path, strerror(-r)) < 0)
                        *ret_error = NULL;
                return r;
        }
        r = environment_parse_file(text, entries, &line);
        if (r == -EINVAL && asprintf(ret_error, "environment_file %s:%u: not NAME=value", path, line) < 0)
                *ret_error = NULL;
        return r;
}

int environment_files_read(char *const *paths, Strv *ret, char **ret_error) {
        _cleanup_(strv_freep) Strv entries = NULL;

        for (; paths && *paths; paths++) {
                bool optional = (*paths)[0] == '-';
                int r = read_one(*paths + optional, &entries, ret_error);
                if (r == -ENOENT && optional) {
                        free(*ret_error);
                        *ret_error = NULL;
                } else if (r < 0) {
                        return r;
                }
        }
        *ret = STEAL_PTR(entries);
        return 0;
}
