/* One configuration file as text: a reader of our own in front of inih. It owns the physical line, counts, checks, and hands
 * inih nothing but "[section]" and "name=", because inih's buffer is 200 bytes and it cuts at " ;"; the value and the place
 * come from here. A Source never looks at what names and values mean, and never includes other files.
 *
 * The grammar: lines are blank, comments (first character ; or #), [section] or key = value. There are no continuation
 * lines, no comments behind a value, no other separator than =; what is none of these is an error, nothing is skipped. */
#pragma once

#include <stdio.h>
#include <sys/stat.h>

#include "conf/base/diag.h"

/* Refused above: nobody writes that, but /dev/zero or a core dump may be named by mistake. */
#define SOURCE_FILE_MAX (64U << 20)
/* A key's name is at most this long, in bytes. */
#define SOURCE_NAME_MAX 128

/* Each callback returns 0 to go on, or a negative errno, which ends the parse and is handed up. Strings are the callee's to
 * copy. */
typedef struct SourceHandler {
        int (*section)(void *userdata, const char *name, unsigned line);
        int (*key)(void *userdata, const char *name, const char *value, unsigned line);
        /* A line that is an error: it belongs to the section before it. */
        int (*error)(void *userdata, unsigned line, const char *reason);
} SourceHandler;

/* 0 even when the handler was told of errors; -EIO and the like when reading failed. */
int source_parse_stream(FILE *f, const SourceHandler *handler, void *userdata);

/* Open for source_parse_stream(): regular files up to SOURCE_FILE_MAX, /dev/null, and pipes where may_be_pipe: only what
 * somebody named on a command line, because a daemon that reads an included pipe may wait for ever. -EISDIR for a directory,
 * -EFBIG, -ENOTSUP for other things. Never blocks in open(2). *ret_stat tells one file from another. */
int source_open(const char *path, bool may_be_pipe, FILE **ret, struct stat *ret_stat);
