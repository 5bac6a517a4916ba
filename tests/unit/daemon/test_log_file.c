/* Rotating log files on a real file system: what arrives, what is kept, and what happens when the disk says no. */
#include <signal.h>
#include <sys/resource.h>

#include "daemon/log_file.h"
#include "tests/unit/daemon/temp_dir.h"

static LogFile *open_log(const char *name, uint64_t max_size, unsigned keep) {
        LogFile *f = NULL;
        ck_assert_int_eq(log_file_open(temp_path(name), max_size, keep, &f), 0);
        return f;
}

static unsigned say(LogFile *f, const char *text) {
        return log_file_write(f, text, strlen(text));
}

START_TEST(missing_directories_are_created_and_bytes_appended) {
        LogFile *f = open_log("a/b/c.log", UINT64_MAX, 3);
        ck_assert_uint_eq(say(f, "one\n"), 0);
        log_file_unref(f);
        f = open_log("a/b/c.log", UINT64_MAX, 3);
        ck_assert_uint_eq(say(f, "two\n"), 0);
        log_file_unref(f);
        assert_content("a/b/c.log", "one\ntwo\n");
        struct stat st;
        ck_assert_int_eq(stat(temp_path("a/b/c.log"), &st), 0);
        ck_assert_uint_eq(st.st_mode & 07777 & ~0640u, 0);
}
END_TEST

START_TEST(rotated_files_concatenate_to_the_stream) {
        static char stream[200000];
        for (size_t i = 0; i < sizeof(stream); i++)
                stream[i] = i % 97 == 0 || i % 1013 == 5 ? '\n' : (char) ('a' + i % 26);
        LogFile *f = open_log("x", 3000, 200);
        for (size_t done = 0, piece = 1; done < sizeof(stream); done += piece, piece = piece * 7 % 9973 + 1) {
                piece = MIN(piece, sizeof(stream) - done);
                ck_assert_uint_eq(log_file_write(f, stream + done, piece), 0);
        }
        log_file_unref(f);

        size_t at = sizeof(stream); /* backwards: NAME is the newest */
        for (unsigned number = 0; at > 0; number++) {
                char name[16];
                (void) snprintf(name, sizeof(name), number == 0 ? "x" : "x.%u", number);
                size_t size;
                _cleanup_(freep) char *content = temp_read(name, &size);
                ck_assert_ptr_nonnull(content);
                ck_assert_uint_le(size, at);
                ck_assert_int_eq(memcmp(stream + at - size, content, size), 0);
                ck_assert(number == 0 || content[size - 1] == '\n');
                at -= size;
        }
}
END_TEST

START_TEST(only_log_keep_files_stay) {
        LogFile *f = open_log("x", 2, 2);
        (void) say(f, "1\n2\n3\n4\n5\n");
        assert_content("x", "5\n");
        assert_content("x.1", "4\n");
        assert_content("x.2", "3\n");
        assert_content("x.3", NULL);
        log_file_set_limits(f, 2, 1);
        (void) say(f, "6\n");
        assert_content("x.1", "5\n");
        assert_content("x.2", NULL);
        log_file_unref(f);
}
END_TEST

START_TEST(with_nothing_to_keep_the_file_is_emptied) {
        LogFile *f = open_log("x", 2, 0);
        (void) say(f, "1\n2\n3\n");
        log_file_unref(f);
        assert_content("x", "3\n");
        assert_content("x.1", NULL);
}
END_TEST

START_TEST(lower_limit_takes_effect_at_once) {
        LogFile *f = open_log("x", 1000, 3);
        (void) say(f, "1\n2\n");
        log_file_set_limits(f, 3, 3);
        (void) say(f, "3\n");
        log_file_unref(f);
        assert_content("x", "3\n");
        assert_content("x.1", "1\n2\n");
}
END_TEST

START_TEST(same_path_is_one_file) {
        LogFile *a = open_log("x", 2, 3), *b = open_log("x", 2, 3);
        ck_assert_ptr_eq(a, b);
        (void) say(a, "1\n");
        log_file_unref(a);
        (void) say(b, "2\n");
        log_file_unref(b);
        assert_content("x", "2\n");
        assert_content("x.1", "1\n");
}
END_TEST

START_TEST(symbolic_link_is_refused) {
        LogFile *f = NULL;
        ck_assert_int_eq(symlink("/dev/null", temp_path("x")), 0);
        ck_assert_int_eq(log_file_open(temp_path("x"), 2, 3, &f), -ELOOP);
        ck_assert_ptr_null(f);
}
END_TEST

START_TEST(deleted_file_and_directory_come_back_at_reopen) {
        LogFile *f = open_log("d/x", 100, 3);
        ck_assert_int_eq(unlink(temp_path("d/x")), 0);
        ck_assert_int_eq(rmdir(temp_path("d")), 0);
        ck_assert_uint_eq(say(f, "into nowhere\n"), 0);
        ck_assert_int_eq(log_file_reopen(f), 0);
        ck_assert_uint_eq(say(f, "back\n"), 0);
        log_file_unref(f);
        assert_content("d/x", "back\n");
}
END_TEST

START_TEST(file_that_was_moved_away_is_not_rotated_over_its_successor) {
        LogFile *f = open_log("x", 4, 3);
        (void) say(f, "old\n");
        ck_assert_int_eq(rename(temp_path("x"), temp_path("x.old")), 0);
        int fd = open(temp_path("x"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        ck_assert_int_eq(write(fd, "s\n", 2), 2);
        ck_assert_int_eq(close(fd), 0);
        (void) say(f, "n\n");
        log_file_unref(f);
        assert_content("x.old", "old\n");
        assert_content("x", "s\nn\n");
        assert_content("x.1", NULL);
}
END_TEST

START_TEST(failed_reopen_keeps_the_old_file) {
        LogFile *f = open_log("x", 100, 3);
        ck_assert_int_eq(rename(temp_path("x"), temp_path("old")), 0);
        ck_assert_int_eq(mkdir(temp_path("x"), 0700), 0);
        ck_assert_int_eq(log_file_reopen(f), -EISDIR);
        ck_assert_uint_eq(say(f, "still here\n"), 0);
        log_file_unref(f);
        assert_content("old", "still here\n");
}
END_TEST

START_TEST(file_that_cannot_be_rotated_grows_on_and_is_tried_again) {
        LogFile *f = open_log("x", 2, 1);
        ck_assert_int_eq(mkdir(temp_path("x.1"), 0700), 0);
        ck_assert_uint_eq(say(f, "1\n"), 0);
        ck_assert_uint_eq(say(f, "2\n"), LOG_FILE_NOT_ROTATED);
        ck_assert_int_eq(log_file_error(f), EISDIR);
        ck_assert_uint_eq(say(f, "3\n"), 0);
        assert_content("x", "1\n2\n3\n");

        ck_assert_int_eq(rmdir(temp_path("x.1")), 0);
        static char long_line[8192];
        memset(long_line, 'x', sizeof(long_line));
        long_line[sizeof(long_line) - 1] = '\n';
        ck_assert_uint_eq(log_file_write(f, long_line, sizeof(long_line)), 0);
        ck_assert_uint_eq(say(f, "next\n"), 0);
        log_file_unref(f);
        assert_content("x", "next\n");
}
END_TEST

/* Out of descriptors between the rename and the open. */
START_TEST(file_that_cannot_be_opened_anew_is_put_back) {
        struct rlimit before, none;
        LogFile *f = open_log("x", 2, 3);
        (void) say(f, "1\n");
        ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
        none = (struct rlimit){ .rlim_cur = 0, .rlim_max = before.rlim_max };
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
        unsigned news = say(f, "2\n");
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
        ck_assert_uint_eq(news, LOG_FILE_NOT_ROTATED);
        ck_assert_int_eq(log_file_error(f), EMFILE);
        log_file_unref(f);
        assert_content("x", "1\n2\n");
        assert_content("x.1", NULL);
}
END_TEST

static void limit_file_size(rlim_t size) {
        struct rlimit limit;
        ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
        limit.rlim_cur = MIN(size, limit.rlim_max);
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* RLIMIT_FSIZE stands in for a full disk: it fails in the middle of a write as well, and needs no mount. */
START_TEST(dropped_bytes_are_counted_and_said_when_there_is_room_again) {
        (void) signal(SIGXFSZ, SIG_IGN);
        LogFile *f = open_log("x", UINT64_MAX, 3);
        (void) say(f, "12345\n");
        limit_file_size(8);
        ck_assert_uint_eq(say(f, "abcdef\n"), LOG_FILE_FAILED);
        ck_assert_int_eq(log_file_error(f), EFBIG);
        ck_assert_uint_eq(say(f, "lost\n"), 0);
        ck_assert_uint_eq(log_file_dropped(f), 5 + 5);
        limit_file_size(RLIM_INFINITY);
        ck_assert_uint_eq(say(f, "again\n"), LOG_FILE_RECOVERED);
        log_file_unref(f);
        assert_content("x", "12345\nab\nsupd: 10 bytes dropped: File too large\nagain\n");
}
END_TEST

START_TEST(failure_and_recovery_in_turns_are_told_once_a_minute) {
        (void) signal(SIGXFSZ, SIG_IGN);
        LogFile *f = open_log("x", UINT64_MAX, 3);
        unsigned n_told = 0;
        for (unsigned i = 0; i < 20; i++) {
                limit_file_size(0);
                n_told += (say(f, "lost\n") & LOG_FILE_FAILED) != 0;
                limit_file_size(RLIM_INFINITY);
                n_told += (say(f, "kept\n") & LOG_FILE_RECOVERED) != 0;
        }
        log_file_unref(f);
        ck_assert_uint_eq(n_told, 2);
}
END_TEST

START_TEST(gap_is_said_at_the_latest_when_the_file_is_closed) {
        (void) signal(SIGXFSZ, SIG_IGN);
        LogFile *f = open_log("x", UINT64_MAX, 3);
        limit_file_size(0);
        (void) say(f, "lost\n");
        limit_file_size(RLIM_INFINITY);
        log_file_unref(f);
        assert_content("x", "supd: 5 bytes dropped: File too large\n");
}
END_TEST

START_TEST(full_device_says_no_space) {
        LogFile *f = NULL;
        ck_assert_int_eq(log_file_open("/dev/full", 2, 3, &f), 0);
        ck_assert_uint_eq(say(f, "1\n2\n3\n"), LOG_FILE_FAILED);
        ck_assert_int_eq(log_file_error(f), ENOSPC);
        ck_assert_uint_eq(log_file_dropped(f), 6);
        log_file_unref(f);
}
END_TEST

START_TEST(full_fifo_drops_instead_of_blocking) {
        ck_assert_int_eq(mkfifo(temp_path("x"), 0600), 0);
        int reader = open(temp_path("x"), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        ck_assert_int_ge(reader, 0);
        LogFile *f = open_log("x", 2, 3);
        static char flood[1 << 20];
        ck_assert_uint_eq(log_file_write(f, flood, sizeof(flood)), LOG_FILE_FAILED);
        ck_assert_int_eq(log_file_error(f), EAGAIN);
        ck_assert_uint_gt(log_file_dropped(f), 0);
        log_file_unref(f);
        (void) close(reader);
}
END_TEST

int main(void) {
        TCase *t = tcase_create("log-file");
        tcase_add_checked_fixture(t, temp_dir_setup, temp_dir_teardown);
        tcase_add_test(t, missing_directories_are_created_and_bytes_appended);
        tcase_add_test(t, rotated_files_concatenate_to_the_stream);
        tcase_add_test(t, only_log_keep_files_stay);
        tcase_add_test(t, with_nothing_to_keep_the_file_is_emptied);
        tcase_add_test(t, lower_limit_takes_effect_at_once);
        tcase_add_test(t, same_path_is_one_file);
        tcase_add_test(t, symbolic_link_is_refused);
        tcase_add_test(t, deleted_file_and_directory_come_back_at_reopen);
        tcase_add_test(t, file_that_was_moved_away_is_not_rotated_over_its_successor);
        tcase_add_test(t, failed_reopen_keeps_the_old_file);
        tcase_add_test(t, file_that_cannot_be_rotated_grows_on_and_is_tried_again);
        tcase_add_test(t, file_that_cannot_be_opened_anew_is_put_back);
        tcase_add_test(t, dropped_bytes_are_counted_and_said_when_there_is_room_again);
        tcase_add_test(t, failure_and_recovery_in_turns_are_told_once_a_minute);
        tcase_add_test(t, gap_is_said_at_the_latest_when_the_file_is_closed);
        tcase_add_test(t, full_device_says_no_space);
        tcase_add_test(t, full_fifo_drops_instead_of_blocking);
        return run_suite("log-file", t);
}
