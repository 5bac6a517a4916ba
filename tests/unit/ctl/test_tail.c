/* The last lines of a file. */
#include "conf/base/tail.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "tests/unit/run_tests.h"

static int file_of(const char *content, size_t size) {
        int fd = memfd_create("tail", MFD_CLOEXEC);

        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(write(fd, content, size), (ssize_t) size);
        return fd;
}

static void assert_tail(const char *content, size_t n_lines, size_t max_bytes, const char *wanted) {
        int fd = file_of(content, strlen(content));
        _cleanup_(freep) char *data = NULL;
        uint64_t end;
        size_t size;

        ck_assert_int_eq(tail_read(fd, n_lines, max_bytes, &data, &size, &end), 0);
        ck_assert_uint_eq(size, strlen(wanted));
        ck_assert_str_eq(data, wanted);
        ck_assert_uint_eq(end, strlen(content));
        (void) close(fd);
}

START_TEST(last_lines_are_read) {
        assert_tail("a\nb\nc\n", 2, 1000, "b\nc\n");
        assert_tail("a\nb\nc\n", 3, 1000, "a\nb\nc\n");
        assert_tail("a\nb\nc\n", 9, 1000, "a\nb\nc\n");
        assert_tail("a\n\n\n", 2, 1000, "\n\n");
        assert_tail("\n", 1, 1000, "\n");
}
END_TEST

START_TEST(unfinished_line_counts_as_one) {
        assert_tail("a\nb\nc", 2, 1000, "b\nc");
        assert_tail("c", 1, 1000, "c");
}
END_TEST

START_TEST(nothing_of_nothing) {
        assert_tail("", 5, 1000, "");
        assert_tail("a\nb\n", 0, 1000, "");
}
END_TEST

START_TEST(bytes_are_bounded_before_lines) {
        assert_tail("0123456789\nabc\n", 2, 6, "9\nabc\n");
}
END_TEST

/* Against the plain way to do it, with lines around and far above the size of a block. */
static const char *naive_tail(const char *content, size_t size, size_t n_lines) {
        const char *p = content + size;

        if (size > 0 && p[-1] == '\n')
                p--;
        for (; p > content; p--)
                if (p[-1] == '\n' && --n_lines == 0)
                        return p;
        return content;
}

START_TEST(blocks_leave_no_seams) {
        static char content[400000];
        unsigned seed = 1;

        for (unsigned round = 0; round < 40; round++) {
                size_t size = (size_t) rand_r(&seed) % sizeof(content), every = 1 + (size_t) rand_r(&seed) % 40000;
                for (size_t i = 0; i < size; i++)
                        content[i] = (size_t) rand_r(&seed) % every == 0 ? '\n' : 'x';
                int fd = file_of(content, size);
                for (size_t n = 1; n < 20; n += 3) {
                        _cleanup_(freep) char *data = NULL;
                        const char *wanted = naive_tail(content, size, n);
                        size_t got;

                        ck_assert_int_eq(tail_read(fd, n, sizeof(content), &data, &got, NULL), 0);
                        ck_assert_uint_eq(got, (size_t) (content + size - wanted));
                        ck_assert_int_eq(memcmp(data, wanted, got), 0);
                }
                (void) close(fd);
        }
}
END_TEST

RUN_TESTS("tail", last_lines_are_read, unfinished_line_counts_as_one, nothing_of_nothing, bytes_are_bounded_before_lines,
        blocks_leave_no_seams)
