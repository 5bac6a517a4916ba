/* supd's own log: the shape of a line, and that logging can neither block, nor fail, nor change anything. */
#include <poll.h>
#include <regex.h>

#include "daemon/log.h"
#include "tests/unit/daemon/temp_dir.h"

static int stderr_reader = -1, stderr_before = -1;

static void setup(void) {
        int fds[2];
        temp_dir_setup();
        ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
        stderr_reader = fds[0];
        stderr_before = dup(STDERR_FILENO);
        ck_assert_int_ge(dup2(fds[1], STDERR_FILENO), 0);
        (void) close(fds[1]);
        log_open_stderr();
        log_set_level(LOG_LEVEL_INFO);
}

static void teardown(void) {
        log_close();
        (void) dup2(stderr_before, STDERR_FILENO);
        (void) close(stderr_before);
        (void) close(stderr_reader);
        temp_dir_teardown();
}

/* Everything on standard error by now; static storage. */
static const char *read_stderr(void) {
        static char text[200000];
        size_t size = 0;
        struct pollfd p = { .fd = stderr_reader, .events = POLLIN };
        while (poll(&p, 1, 0) > 0) {
                ssize_t n = read(stderr_reader, text + size, sizeof(text) - 1 - size);
                ck_assert_int_gt(n, 0);
                size += (size_t) n;
        }
        text[size] = '\0';
        return text;
}

static void assert_matches(const char *text, const char *pattern) {
        regex_t re;
        ck_assert_int_eq(regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB), 0);
        ck_assert_msg(regexec(&re, text, 0, NULL, 0) == 0, "\"%s\" does not match \"%s\"", text, pattern);
        regfree(&re);
}

START_TEST(stderr_gets_program_and_level_without_time) {
        log_info("all %s", "well");
        log_warning("hm");
        log_error("oh");
        ck_assert_str_eq(read_stderr(), "supd: all well\nsupd: warning: hm\nsupd: error: oh\n");
}
END_TEST

START_TEST(file_gets_time_pid_and_level) {
        ck_assert_int_eq(log_open_file(temp_path("supd.log"), UINT64_MAX, 3), 0);
        log_warning("text");
        _cleanup_(freep) char *content = temp_read("supd.log", NULL);
        assert_matches(content,
                        "^[0-9]{4}(-[0-9]{2}){2} ([0-9]{2}:){2}[0-9]{2}\\.[0-9]{3} supd\\[[0-9]+\\] warning: text\n$");
        ck_assert_str_eq(read_stderr(), "");
}
END_TEST

START_TEST(file_rotates_at_a_line) {
        ck_assert_int_eq(log_open_file(temp_path("supd.log"), 10, 1), 0);
        log_info("first");
        log_info("second");
        _cleanup_(freep) char *newer = temp_read("supd.log", NULL), *older = temp_read("supd.log.1", NULL);
        assert_matches(older, " first\n$");
        assert_matches(newer, " second\n$");
}
END_TEST

START_TEST(file_that_cannot_be_opened_leaves_the_log_where_it_was) {
        ck_assert_int_eq(log_open_file(temp_dir, 10, 1), -EISDIR);
        log_info("still here");
        ck_assert_str_eq(read_stderr(), "supd: still here\n");
}
END_TEST

START_TEST(moved_file_is_left_at_reopen) {
        ck_assert_int_eq(log_open_file(temp_path("supd.log"), UINT64_MAX, 3), 0);
        ck_assert_int_eq(rename(temp_path("supd.log"), temp_path("old")), 0);
        ck_assert_int_eq(log_reopen(), 0);
        log_info("new");
        _cleanup_(freep) char *content = temp_read("supd.log", NULL);
        assert_content("old", "");
        assert_matches(content, " new\n$");
}
END_TEST

START_TEST(lines_above_the_level_are_left_out) {
        log_debug("1");
        log_set_level(LOG_LEVEL_DEBUG);
        log_debug("2");
        log_set_level(LOG_LEVEL_ERROR);
        log_warning("3");
        ck_assert_str_eq(read_stderr(), "supd: debug: 2\n");
}
END_TEST

START_TEST(errno_is_readable_and_survives) {
        errno = ENOENT;
        log_info("%m");
        ck_assert_int_eq(errno, ENOENT);
        ck_assert_str_eq(read_stderr(), "supd: No such file or directory\n");
        ck_assert_int_eq(close(STDERR_FILENO), 0);
        errno = ENOENT;
        log_info("into nowhere");
        ck_assert_int_eq(errno, ENOENT);
}
END_TEST

START_TEST(quoted_text_cannot_forge_a_second_line) {
        log_info("a\nsupd: b\x1b[2J\r\x7f \xc3\xa4");
        ck_assert_str_eq(read_stderr(), "supd: a supd: b [2J   \xc3\xa4\n");
}
END_TEST

START_TEST(long_line_is_cut_and_marked) {
        static char text[100000];
        memset(text, 'x', sizeof(text) - 1);
        log_info("%s", text);
        log_info("next");
        const char *got = read_stderr();
        ck_assert_uint_eq(strcspn(got, "\n"), 4095);
        ck_assert_int_eq(memcmp(got + 4092, "...\n", 4), 0);
        ck_assert_str_eq(got + 4096, "supd: next\n");
}
END_TEST

START_TEST(full_stderr_drops_lines_and_says_so_later) {
        int flags = fcntl(STDERR_FILENO, F_GETFL);
        for (unsigned i = 0; i < 30000; i++)
                log_info("line");
        ck_assert_int_eq(fcntl(STDERR_FILENO, F_GETFL), flags);
        const char *got = read_stderr();
        size_t n_arrived = 0;
        for (const char *s = got; (s = strchr(s, '\n')); s++)
                n_arrived++;
        ck_assert_uint_lt(n_arrived, 30000);

        char wanted[100];
        (void) snprintf(wanted, sizeof(wanted), "supd: %zu lines dropped\nsupd: heard\n", 30000 - n_arrived);
        log_info("heard");
        ck_assert_str_eq(read_stderr(), wanted);
}
END_TEST

int main(void) {
        TCase *t = tcase_create("log");
        tcase_add_checked_fixture(t, setup, teardown);
        tcase_add_test(t, stderr_gets_program_and_level_without_time);
        tcase_add_test(t, file_gets_time_pid_and_level);
        tcase_add_test(t, file_rotates_at_a_line);
        tcase_add_test(t, file_that_cannot_be_opened_leaves_the_log_where_it_was);
        tcase_add_test(t, moved_file_is_left_at_reopen);
        tcase_add_test(t, lines_above_the_level_are_left_out);
        tcase_add_test(t, errno_is_readable_and_survives);
        tcase_add_test(t, quoted_text_cannot_forge_a_second_line);
        tcase_add_test(t, long_line_is_cut_and_marked);
        tcase_add_test(t, full_stderr_drops_lines_and_says_so_later);
        return run_suite("log", t);
}
