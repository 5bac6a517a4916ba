/* The numbered files beside a log file: moves them up so that NAME becomes free. */
#include "daemon/log_rotate.h"

#include <stdio.h>
#include <sys/stat.h>

#include "daemon/core/rotation.h"

static char *numbered(const char *path, unsigned number) {
        char *s = NULL;
        int r = number == 0 ? asprintf(&s, "%s", path) : asprintf(&s, "%s.%u", path, number);
        return r < 0 ? NULL : s;
}

static int rename_numbered(const char *path, RotationRename step) {
        _cleanup_(freep) char *from = numbered(path, step.from);
        _cleanup_(freep) char *to = numbered(path, step.to);
        if (!from || !to)
                return -ENOMEM;
        return rename(from, to) < 0 ? -errno : 0;
}

/* The lowest number without a file, at most keep + 1. Anything but "not there" counts as a file: it must not be lost.
 */
static int find_first_free(const char *path, unsigned keep, unsigned *ret) {
        unsigned number = 1;
        for (; number <= keep; number++) {
                _cleanup_(freep) char *s = numbered(path, number);
                struct stat st;
                if (!s)
                        return -ENOMEM;
                if (lstat(s, &st) < 0 && errno == ENOENT)
                        break;
        }
        *ret = number;
        return 0;
}

static void delete_from(const char *path, unsigned number) {
        for (;; number++) {
                _cleanup_(freep) char *s = numbered(path, number);
                if (!s || unlink(s) < 0)
                        return;
        }
}

int log_rotate(const char *path, unsigned keep) {
        unsigned first_free;
        int r = find_first_free(path, keep, &first_free);
        if (r < 0)
                return r;
        unsigned n = rotation_rename_count(keep, first_free);
        for (unsigned i = 0; i < n; i++) {
                r = rename_numbered(path, rotation_rename(n, i));
                if (r < 0)
                        return r;
        }
        delete_from(path, keep + 1);
        return 0;
}

int log_rotate_undo(const char *path) {
        return rename_numbered(path, (RotationRename){ .from = 1, .to = 0 });
}
