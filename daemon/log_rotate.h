/* The numbered files beside a log file: moves them up so that NAME becomes free. Owned by nobody, keeps nothing in
 * memory; which rename comes when is decided by core/rotation. It never opens or writes a log file. */
#pragma once

#include "conf/base/macros.h"

/* NAME -> NAME.1 -> ... -> NAME.keep, the oldest is overwritten; what stands behind NAME.keep (keep was larger once) is
 * deleted. keep >= 1. -errno: some may have moved, NAME is still in its place and nothing is lost. */
int log_rotate(const char *path, unsigned keep);
/* NAME could not be opened anew: puts NAME.1 back. The hole is filled by the next log_rotate(). */
int log_rotate_undo(const char *path);
