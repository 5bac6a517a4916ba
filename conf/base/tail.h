/* The last lines of a file, read from its end. Both programs show them: the daemon over the control socket, supctl from the
 * file itself. */
#pragma once

#include "conf/base/macros.h"

/* Reads the last n_lines lines of fd, but no more than max_bytes (a longer tail then begins inside a line). A last line
 * without newline counts as one. fd must be seekable; its offset is not moved. What is appended meanwhile is left out:
 * *ret_end (may be NULL) is the offset up to which was read. *ret is a heap string of *ret_size bytes and a final zero.
 * Negative errno: -ENOMEM, or what fstat(2) and pread(2) said. */
int tail_read(int fd, size_t n_lines, size_t max_bytes, char **ret, size_t *ret_size, uint64_t *ret_end);
