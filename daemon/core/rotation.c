/* When a log file is full, and how the numbered files behind it move up. Pure; see rotation.h for the rule. */
#include "daemon/core/rotation.h"

#include <string.h>

#include "conf/base/macros.h"

void rotation_begin(RotationState *s, uint64_t size) {
        *s = (RotationState){ .size = size, .mid_line = size > 0 };
}

static bool is_full(const RotationState *s, uint64_t max_size) {
        if (s->size == 0 || s->size < max_size)
                return false;
        return !s->mid_line || s->overhang >= ROTATION_OVERHANG;
}

size_t rotation_admit(const RotationState *s, uint64_t max_size, const char *data, size_t size) {
        if (max_size == ROTATION_NEVER)
                return size;
        if (is_full(s, max_size))
                return 0;
        uint64_t below = max_size - MIN(s->size, max_size); /* room up to max_size */
        if (size < below)
                return size;

        /* The byte that fills the file up to max_size is the first that may be the last. */
        size_t first = below > 0 ? (size_t) below - 1 : 0;
        size_t end = (size_t) MIN((uint64_t) size, below + ROTATION_OVERHANG - s->overhang);
        const char *newline = memchr(data + first, '\n', end - first);
        return newline ? (size_t) (newline - data) + 1 : end;
}

void rotation_advance(RotationState *s, uint64_t max_size, const char *data, size_t size) {
        if (size == 0)
                return;
        uint64_t begin = MAX(s->size, max_size);
        s->size += size;
        s->mid_line = data[size - 1] != '\n';
        if (s->size > begin)
                s->overhang += s->size - begin;
}

unsigned rotation_rename_count(unsigned keep, unsigned first_free) {
        return MIN(keep, first_free);
}

RotationRename rotation_rename(unsigned n, unsigned i) {
        return (RotationRename){ .from = n - i - 1, .to = n - i };
}
