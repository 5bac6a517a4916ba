/* Reading backwards in blocks: the cost is that of the tail, whatever the size of the file. Holds nothing between calls. */
#include "conf/base/tail.h"

#include <string.h>
#include <sys/stat.h>

#define TAIL_BLOCK 16384

/* 1: all of it. 0: the file became shorter meanwhile. */
static int read_exactly(int fd, char *buf, size_t size, uint64_t offset) {
        while (size > 0) {
                ssize_t n = pread(fd, buf, size, (off_t) offset);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        return 0;
                buf += n;
                size -= (size_t) n;
                offset += (uint64_t) n;
        }
        return 1;
}

/* Where the wanted lines begin in data, or NULL when they begin before it. *n_newlines goes on from block to block. */
static const char *find_start(const char *data, size_t size, size_t wanted, size_t *n_newlines) {
        for (const char *p = data + size;;) {
                p = memrchr(data, '\n', (size_t) (p - data));
                if (!p)
                        return NULL;
                if (++*n_newlines > wanted)
                        return p + 1;
        }
}

/* Grows at the front: the block before what is there already. */
static int prepend_block(int fd, char **data, size_t *n, size_t block, uint64_t offset) {
        char *bigger = malloc(block + *n + 1);
        if (!bigger)
                return -ENOMEM;
        if (*n > 0)
                memcpy(bigger + block, *data, *n);
        free(*data);
        *data = bigger;
        *n += block;
        return read_exactly(fd, bigger, block, offset);
}

int tail_read(int fd, size_t n_lines, size_t max_bytes, char **ret, size_t *ret_size, uint64_t *ret_end) {
        _cleanup_(freep) char *data = NULL;
        size_t n = 0, n_newlines = 0, block = TAIL_BLOCK;
        const char *start = NULL;
        struct stat st;

        if (fstat(fd, &st) < 0)
                return -errno;
        uint64_t end = (uint64_t) st.st_size, offset = end;

        while (n_lines > 0 && offset > 0 && n < max_bytes && !start) {
                block = MIN(block, MIN((size_t) offset, max_bytes - n));
                offset -= block;
                int r = prepend_block(fd, &data, &n, block, offset);
                if (r < 0)
                        return r;
                if (r == 0) /* truncated under our eyes: there is no tail any more */
                        n = 0, offset = 0;
                else {
                        /* A newline at the very end closes the last line, it does not open another. */
                        bool closed = n == block && data[n - 1] == '\n';
                        start = find_start(data, closed ? block - 1 : block, n_lines - 1, &n_newlines);
                }
                block = MAX(block, n); /* doubles what is there: each byte is copied a bounded number of times */
        }

        size_t skip = start ? (size_t) (start - data) : 0;
        char *out = malloc(n - skip + 1);
        if (!out)
                return -ENOMEM;
        if (n > skip)
                memcpy(out, data + skip, n - skip);
        out[n - skip] = '\0';
        *ret = out;
        *ret_size = n - skip;
        if (ret_end)
                *ret_end = end;
        return 0;
}
