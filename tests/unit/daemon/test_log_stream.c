/* Log streams: real pipes in a real event loop, without services. */
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/wait.h>

#include "daemon/log.h"
#include "daemon/log_stream.h"
#include "tests/unit/daemon/temp_dir.h"

static sd_event *event;

static void setup(void) {
        temp_dir_setup();
        log_set_level(LOG_LEVEL_ERROR);
        ck_assert_int_ge(sd_event_new(&event), 0);
}

static void teardown(void) {
        event = sd_event_unref(event);
        temp_dir_teardown();
}

static LogStream *open_stream(const char *file) {
        LogStream *l = NULL;
        const char *step = NULL;
        ck_assert_int_eq(log_stream_new(event, "test", temp_path(file), getuid(), getgid(), UINT64_MAX, 3, &l, &step),
                        0);
        return l;
}

static void say(const LogStream *l, const char *text) {
        ck_assert_int_eq(write(log_stream_fd(l), text, strlen(text)), (ssize_t) strlen(text));
}

/* What is in the loop now, without waiting. */
static unsigned run_pending(unsigned turns_max) {
        unsigned turns = 0;
        while (turns < turns_max && sd_event_run(event, 0) > 0)
                turns++;
        return turns;
}

START_TEST(output_reaches_the_file) {
        LogStream *l = open_stream("x");
        say(l, "one\n");
        say(l, "no newline");
        run_pending(10);
        assert_content("x", "one\nno newline");
        ck_assert_str_eq(log_stream_path(l), temp_path("x"));
        log_stream_free(l);
}
END_TEST

START_TEST(write_end_can_read_too_and_blocks) {
        LogStream *l = open_stream("x");
        int flags = fcntl(log_stream_fd(l), F_GETFL);
        ck_assert_int_eq(flags & O_ACCMODE, O_RDWR);
        ck_assert_int_eq(flags & O_NONBLOCK, 0);
        ck_assert_int_ne(fcntl(log_stream_fd(l), F_GETFD) & FD_CLOEXEC, 0);
        log_stream_free(l);
}
END_TEST

/* Root switches to another user, as for a service; anybody else stays who they are. */
static int open_by_name_as(uid_t uid, int fd) {
        char path[64];
        (void) snprintf(path, sizeof(path), "/dev/fd/%d", fd);
        if (uid != getuid() && setresuid(uid, uid, uid) < 0)
                return 2;
        return open(path, O_WRONLY | O_CLOEXEC) < 0 ? 1 : 0;
}

START_TEST(service_user_may_open_its_output_by_name) {
        uid_t uid = getuid() == 0 ? 65534 : getuid();
        LogStream *l = open_stream("x");
        ck_assert_int_eq(log_stream_set_owner(l, uid, getgid()), 0);
        pid_t pid = fork();
        if (pid == 0)
                _exit(open_by_name_as(uid, log_stream_fd(l)));
        int status = -1;
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert_int_eq(status, 0);
        log_stream_free(l);
}
END_TEST

START_TEST(free_drains_what_was_said_last) {
        LogStream *l = open_stream("x");
        say(l, "last words\n");
        log_stream_free(l);
        assert_content("x", "last words\n");
}
END_TEST

START_TEST(drain_of_an_empty_pipe_does_not_wait) {
        LogStream *l = open_stream("x");
        log_stream_drain(l);
        log_stream_free(l);
        assert_content("x", "");
}
END_TEST

static void flood(int fd) {
        static char block[65536];
        while (write(fd, block, sizeof(block)) > 0)
                ;
        _exit(1);
}

START_TEST(drain_ends_though_somebody_goes_on_writing) {
        LogStream *l = NULL;
        const char *step = NULL;
        ck_assert_int_eq(log_stream_new(event, "test", "/dev/null", getuid(), getgid(), UINT64_MAX, 3, &l, &step), 0);
        pid_t pid = fork();
        if (pid == 0)
                flood(log_stream_fd(l));
        for (unsigned i = 0; i < 20; i++)
                log_stream_drain(l);
        ck_assert_int_eq(kill(pid, SIGKILL), 0);
        ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
        log_stream_free(l);
}
END_TEST

START_TEST(flooded_stream_does_not_delay_another) {
        static char block[512 * 1024];
        LogStream *busy = open_stream("busy"), *quiet = open_stream("quiet");
        ck_assert_int_ge(fcntl(log_stream_fd(busy), F_SETPIPE_SZ, (int) sizeof(block)), (int) sizeof(block));
        ck_assert_int_eq(write(log_stream_fd(busy), block, sizeof(block)), (ssize_t) sizeof(block));
        say(quiet, "heard\n");
        ck_assert_uint_eq(run_pending(2), 2);
        assert_content("quiet", "heard\n");
        struct stat st;
        ck_assert_int_eq(stat(temp_path("busy"), &st), 0);
        ck_assert_int_le(st.st_size, 65536);
        ck_assert_uint_le(run_pending(100), 8);
        ck_assert_int_eq(stat(temp_path("busy"), &st), 0);
        ck_assert_int_eq(st.st_size, sizeof(block));
        log_stream_free(busy);
        log_stream_free(quiet);
}
END_TEST

static int leave_readable(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        (void) source;
        (void) fd;
        (void) revents;
        ++*(unsigned *) userdata;
        return 0;
}

START_TEST(output_waits_while_anything_more_urgent_is_there) {
        LogStream *l = open_stream("x");
        unsigned n_urgent = 0;
        sd_event_source *source = NULL;
        int fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
        ck_assert_int_ge(sd_event_add_io(event, &source, fd, EPOLLIN, leave_readable, &n_urgent), 0);
        say(l, "patient\n");
        run_pending(4);
        ck_assert_uint_eq(n_urgent, 4);
        assert_content("x", "");
        sd_event_source_disable_unref(source);
        run_pending(4);
        assert_content("x", "patient\n");
        (void) close(fd);
        log_stream_free(l);
}
END_TEST

START_TEST(streams_with_one_path_rotate_together) {
        LogStream *a = open_stream("x"), *b = open_stream("x");
        log_stream_set_limits(a, 4, 3);
        say(a, "aaa\n");
        run_pending(10);
        say(b, "bbb\n");
        run_pending(10);
        log_stream_free(a);
        log_stream_free(b);
        assert_content("x", "bbb\n");
        assert_content("x.1", "aaa\n");
        assert_content("x.2", NULL);
}
END_TEST

START_TEST(file_that_was_moved_away_is_left_at_reopen) {
        LogStream *l = open_stream("x");
        ck_assert_int_eq(rename(temp_path("x"), temp_path("old")), 0);
        ck_assert_int_eq(log_stream_reopen(l), 0);
        say(l, "new\n");
        log_stream_free(l);
        assert_content("old", "");
        assert_content("x", "new\n");
}
END_TEST

START_TEST(full_device_never_stops_the_service) {
        LogStream *l = NULL;
        const char *step = NULL;
        ck_assert_int_eq(log_stream_new(event, "test", "/dev/full", getuid(), getgid(), 100, 3, &l, &step), 0);
        for (unsigned i = 0; i < 100; i++) {
                say(l, "line\n");
                ck_assert_uint_eq(run_pending(1), 1);
        }
        log_stream_free(l);
}
END_TEST

START_TEST(what_failed_is_named) {
        LogStream *l = NULL;
        const char *step = NULL;
        ck_assert_int_eq(mkdir(temp_path("x"), 0700), 0);
        ck_assert_int_eq(log_stream_new(event, "test", temp_path("x"), getuid(), getgid(), 100, 3, &l, &step), -EISDIR);
        ck_assert_str_eq(step, "log file");
        ck_assert_ptr_null(l);
}
END_TEST

int main(void) {
        TCase *t = tcase_create("log-stream");
        tcase_add_checked_fixture(t, setup, teardown);
        tcase_add_test(t, output_reaches_the_file);
        tcase_add_test(t, write_end_can_read_too_and_blocks);
        tcase_add_test(t, service_user_may_open_its_output_by_name);
        tcase_add_test(t, free_drains_what_was_said_last);
        tcase_add_test(t, drain_of_an_empty_pipe_does_not_wait);
        tcase_add_test(t, drain_ends_though_somebody_goes_on_writing);
        tcase_add_test(t, flooded_stream_does_not_delay_another);
        tcase_add_test(t, output_waits_while_anything_more_urgent_is_there);
        tcase_add_test(t, streams_with_one_path_rotate_together);
        tcase_add_test(t, file_that_was_moved_away_is_left_at_reopen);
        tcase_add_test(t, full_device_never_stops_the_service);
        tcase_add_test(t, what_failed_is_named);
        return run_suite("log-stream", t);
}
