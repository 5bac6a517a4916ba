/* When a log file is full, and how the numbered files behind it move up. Pure: it counts bytes and names suffix
 * numbers; log_file.c owns the state and does what the plan says.
 *
 * The rule: a file ends behind the first newline at or after max_size. Only a line that runs ROTATION_OVERHANG bytes
 * past max_size without a newline is cut, exactly there, and its rest opens the next file. No file exceeds max_size
 * plus ROTATION_OVERHANG. A full file stays in its place until the next byte comes: the last lines are always in NAME.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROTATION_OVERHANG ((uint64_t) 64 * 1024)
#define ROTATION_NEVER    UINT64_MAX /* as a max_size: the file is never full */

typedef struct RotationState {
        uint64_t size;     /* of the current file */
        uint64_t overhang; /* bytes of the unfinished line beyond max_size */
        bool mid_line;     /* the last byte was no newline */
} RotationState;

/* A file of this size was opened. How it ends is unknown, so a file that has bytes counts as ending inside a line. */
void rotation_begin(RotationState *s, uint64_t size);

/* How many of the bytes go to the current file; when it is fewer than size, the file is full behind them. */
size_t rotation_admit(const RotationState *s, uint64_t max_size, const char *data, size_t size);

/* These bytes were written: at most as many as rotation_admit() said. */
void rotation_advance(RotationState *s, uint64_t max_size, const char *data, size_t size);

/* Suffix numbers: NAME.from becomes NAME.to, and 0 is NAME itself. */
typedef struct RotationRename {
        unsigned from, to;
} RotationRename;

/* The number of renames that free NAME, when NAME.first_free is the lowest that does not exist. Holes (an operator's
 * rm, a rotation that was killed half way) are filled first; only with all of 1..keep in use is NAME.keep overwritten.
 */
unsigned rotation_rename_count(unsigned keep, unsigned first_free);
/* The i-th of n. Done in this order no rename but the first overwrites, and being killed between two loses nothing. */
RotationRename rotation_rename(unsigned n, unsigned i);
