/* See source.h: lines in, sections and keys out, with inih in between. */
#include "conf/source.h"

#include <fcntl.h>
#include <ini.h>
#include <string.h>
#include <sys/sysmacros.h>

typedef struct Source {
        FILE *stream;
        const SourceHandler *handler;
        void *userdata;
        char *line; /* the physical line, getline(3)'s */
        size_t allocated;
        unsigned number;
        const char *value; /* of the key that inih has been given, within line */
        int error;         /* ends the parse */
} Source;

static bool is_blank(char c) {
        return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v' || c == '\f';
}

static char *strip(char *s, char *end) {
        while (end > s && is_blank(end[-1]))
                end--;
        *end = '\0';
        while (is_blank(*s))
                s++;
        return s;
}

static int complain(Source *s, const char *reason) {
        return s->handler->error(s->userdata, s->number, reason);
}

/* Length of the UTF-8 sequence at s, 0 when it is none (overlong forms, surrogates and what is beyond U+10FFFF
 * included). */
static size_t utf8_sequence(const unsigned char *s) {
        if (s[0] < 0x80)
                return 1;
        size_t n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
        if (s[0] < 0xc2 || s[0] > 0xf4)
                return 0;
        for (size_t i = 1; i < n; i++)
                if ((s[i] & 0xc0) != 0x80)
                        return 0;
        if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf0 && s[1] < 0x90) ||
                        (s[0] == 0xf4 && s[1] > 0x8f))
                return 0;
        return n;
}

/* What is shown, sent over the control socket or printed as JSON must be text. */
static bool is_utf8(const char *text) {
        for (const unsigned char *p = (const unsigned char *) text; *p;) {
                size_t n = utf8_sequence(p);
                if (n == 0)
                        return false;
                p += n;
        }
        return true;
}

static bool is_key_name(const char *s) {
        for (const char *p = s; *p; p++)
                if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.", *p))
                        return false;
        return true;
}

/* The stand-in for inih of a key whose value it could not hold. */
static int take_key(Source *s, char *text, char *equals, char *buffer, size_t size) {
        char *value = strip(equals + 1, equals + 1 + strlen(equals + 1));
        char *name = strip(text, equals);
        if (!*name)
                return complain(s, "there is no name before the `=`");
        if (strlen(name) > SOURCE_NAME_MAX || !is_key_name(name))
                return complain(s, "what stands before the first `=` is not the name of a key");
        s->value = value;
        return snprintf(buffer, size, "%s=\n", name) < (int) size ? 1 : -EINVAL;
}

static int take_section(Source *s, char *text) {
        char *close = strchr(text, ']');
        if (!close)
                return complain(s, "section without closing `]`");
        if (close[1])
                return complain(s, "text after the section's `]` (a comment needs a line of its own)");
        return s->handler->section(s->userdata, strip(text + 1, close), s->number);
}

/* Returns 1 when buffer holds something for inih, 0 when the line is done with, or a negative errno. */
static int take_line(Source *s, size_t length, char *buffer, size_t size) {
        char *text = s->line;
        if (s->number == 1 && strncmp(text, "\xef\xbb\xbf", 3) == 0)
                text += 3;
        text = strip(text, s->line + length);
        if (!*text || *text == ';' || *text == '#')
                return 0;
        if (!is_utf8(text))
                return complain(s, "the line is not valid UTF-8");
        if (*text == '[')
                return take_section(s, text);
        char *equals = strchr(text, '=');
        if (!equals)
                return complain(s, strchr(text, ':') ? "not `key = value` (a colon does not separate them)"
                                                     : "neither `[section]` nor `key = value` nor a comment");
        return take_key(s, text, equals, buffer, size);
}

/* fgets() as inih sees it. A NUL byte ends the file: it is not text, and complaining about each line helps nobody. */
static char *next_line(char *buffer, int size, void *stream) {
        Source *s = stream;
        int r = 0;
        while (s->error == 0 && r == 0) {
                errno = 0;
                ssize_t n = getline(&s->line, &s->allocated, s->stream);
                if (n < 0) {
                        s->error = feof(s->stream) ? 0 : errno > 0 ? -errno : -EIO;
                        return NULL;
                }
                s->number++;
                if (memchr(s->line, '\0', (size_t) n)) {
                        s->error = complain(s, "a NUL byte: this is not a text file");
                        return NULL;
                }
                r = take_line(s, (size_t) n, buffer, (size_t) size);
        }
        s->error = r < 0 ? r : s->error;
        return r > 0 ? buffer : NULL;
}

/* inih calls this with what next_line() put into its buffer; the value that it knows is empty. */
static int on_key(void *user, const char *section _unused_, const char *name, const char *value _unused_) {
        Source *s = user;
        if (s->error == 0)
                s->error = s->handler->key(s->userdata, name, s->value, s->number);
        return 1;
}

int source_parse_stream(FILE *f, const SourceHandler *handler, void *userdata) {
        Source s = { .stream = f, .handler = handler, .userdata = userdata };
        int r = ini_parse_stream(next_line, &s, on_key, &s);
        free(s.line);
        if (s.error < 0)
                return s.error;
        return r == 0 ? 0 : r == -2 ? -ENOMEM : -EIO;
}

static int check_kind(const struct stat *st, bool may_be_pipe) {
        if (S_ISDIR(st->st_mode))
                return -EISDIR;
        if (S_ISREG(st->st_mode))
                return st->st_size > (off_t) SOURCE_FILE_MAX ? -EFBIG : 0;
        /* A file that is masked by a link to /dev/null is empty. */
        bool null = S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3);
        return null || (may_be_pipe && S_ISFIFO(st->st_mode)) ? 0 : -ENOTSUP;
}

int source_open(const char *path, bool may_be_pipe, FILE **ret, struct stat *ret_stat) {
        struct stat st;
        _cleanup_(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        int r = check_kind(&st, may_be_pipe);
        if (r < 0)
                return r;
        int flags = fcntl(fd, F_GETFL);
        if (flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0)
                return -errno;
        FILE *f = fdopen(fd, "re");
        if (!f)
                return -errno;
        (void) steal_fd(&fd);
        *ret = f;
        *ret_stat = st;
        return 0;
}
