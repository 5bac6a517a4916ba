/* Small language helpers that every room may use: scope-bound clean-up, ownership transfer, compile-time checks.
 * Nothing in here allocates, logs or calls the kernel. */
#pragma once

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

#define container_of(ptr, type, member) ((type *) ((char *) (ptr) -offsetof(type, member)))

#define _cleanup_(f) __attribute__((cleanup(f)))
#define _printf_(fmt, first) __attribute__((format(printf, fmt, first)))
#define _pure_ __attribute__((pure))
#define _unused_ __attribute__((unused))
/* For code that runs on a stack which AddressSanitizer does not know. */
#define _no_asan_ __attribute__((no_sanitize("address")))

/* DEFINE_CLEANUP(Config *, config_unref) defines config_unrefp() for _cleanup_(config_unrefp). Destructors accept NULL. */
#define DEFINE_CLEANUP(type, func)                  \
        static inline void func##p(type *p) {       \
                func(*p);                           \
        }                                           \
        struct supd_swallow_semicolon

static inline void freep(void *p) {
        free(*(void **) p);
}

/* Closes *fd when it is a descriptor and keeps errno; descriptors start at -1. Returns -1, so: fd = fd_close(fd). */
static inline int fd_close(int fd) {
        if (fd >= 0) {
                int saved = errno;
                (void) close(fd);
                errno = saved;
        }
        return -1;
}

static inline void fd_closep(int *fd) {
        *fd = fd_close(*fd);
}

/* Ownership moves out of a variable with a clean-up attribute. */
#define STEAL_PTR(p)                       \
        ({                                 \
                __typeof__(p) *_pp = &(p); \
                __typeof__(p) _v = *_pp;   \
                *_pp = NULL;               \
                _v;                        \
        })

static inline int steal_fd(int *fd) {
        int v = *fd;
        *fd = -1;
        return v;
}
