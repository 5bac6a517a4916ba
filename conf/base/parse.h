/* Text to value and back, for configuration values, command lines and messages. All pure: no clock, no environment, no files.
 *
 * The contract of every parse_*(): 0 and *ret written, or a negative errno and *ret untouched.
 * -EINVAL: not of this form. -ERANGE: of this form, but outside what the type or the kernel can hold. */
#pragma once

#include <sys/types.h>

#include "conf/base/strv.h"
#include "conf/base/usec.h"

int parse_bool(const char *s, bool *ret);               /* yes no true false on off 1 0, any case */
int parse_i64(const char *s, int64_t min, int64_t max, int64_t *ret);
int parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *ret);
int parse_double(const char *s, double min, double max, double *ret); /* independent of the locale */

/* "10" (seconds), "1.5s", "100ms", "2min 30s", "1h", "1d", "500us", "infinity". */
int parse_duration(const char *s, usec_t *ret);
/* "512" (bytes), "64K", "10M", "1.5G", "2T" (powers of 1024; an appended B or iB is accepted), "infinity" = UINT64_MAX. */
int parse_size(const char *s, uint64_t *ret);
int parse_mode(const char *s, mode_t max, mode_t *ret); /* octal, as chmod and umask take it */

/* "TERM", "SIGTERM", "15", "RTMIN+3", "RTMAX-1", any case. */
int parse_signal(const char *s, int *ret);
/* Name without SIG ("TERM", "RTMIN+3") in static storage; NULL for no signal at all. */
const char *signal_to_string(int signo);

/* Split as a POSIX shell would: blanks, '...', "..." (with \\ \" \$ \` inside), backslash. No expansion, no operators.
 * -EINVAL for an open quote or a trailing backslash, with *ret_error (static text) saying which. */
int parse_argv(const char *s, char ***ret, const char **ret_error);
/* The reverse, for showing: words that need it are quoted so that parse_argv() gives the same vector. NULL: out of memory. */
char *format_argv(char *const *argv);

/* Split at commas and blanks, quotes respected; empty items dropped. */
int parse_list(const char *s, char ***ret);

/* "1h 2min 3.5s" with at most two units ("0", "250ms", "infinity"); buf needs FORMAT_DURATION_MAX bytes. Returns buf. */
#define FORMAT_DURATION_MAX 48
char *format_duration(usec_t v, char *buf);
/* The same for a span that lies ahead: rounded up to milliseconds, for finer it would be over before it is read. */
char *format_time_left(usec_t until, usec_t now, char *buf);
#define FORMAT_SIZE_MAX 24
char *format_size(uint64_t bytes, char *buf); /* "512B", "1.5M" */
