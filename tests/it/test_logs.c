/* Where the output of services goes, how its files rotate, and that nothing of it is lost. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"

static char *log_of(const char *file) {
        return text("%s/%s", box.log, file);
}

static const char *rude(void) {
        return program_path("rude");
}

/* --- targets --- */

START_TEST(both_streams_go_to_a_file_named_after_the_service) {
        conf_write("[service:web]\ncommand = %s --say out --say-stderr err\n", rude());
        supd_start();
        wait_for_line(log_of("web.log"), "out");
        wait_for_line(log_of("web.log"), "err");
}
END_TEST

START_TEST(paths_are_expanded_per_instance) {
        conf_write("[service:web]\ncommand = %s --say 'out %%i' --say-stderr 'err %%i'\ninstances = 2\n"
                   "stdout = %s/own/%%n.out\nstderr = %s/own/%%n.err\n",
                        rude(), box.dir, box.dir);
        supd_start();
        ck_assert_str_eq(wait_for_line(in_box("own/web@1.out"), "out"), "out 1");
        ck_assert_str_eq(wait_for_line(in_box("own/web@2.out"), "out"), "out 2");
        ck_assert_str_eq(wait_for_line(in_box("own/web@1.err"), "err"), "err 1");
        ck_assert_str_eq(wait_for_line(in_box("own/web@2.err"), "err"), "err 2");
        assert_lacks(must_read(in_box("own/web@1.out")), "err");
}
END_TEST

START_TEST(null_is_null_and_same_is_the_same) {
        conf_write("[service:quiet]\ncommand = %s %s/quiet\nstdout = null\nstderr = null\n"
                   "[service:same]\ncommand = %s %s/same\nstdout = %s/same.log\nstderr = same\n",
                        program_path("inherited"), box.dir, program_path("inherited"), box.dir, box.dir);
        supd_start();
        wait_for_file(in_box("quiet"));
        wait_for_file(in_box("same"));
        char *seen = must_read(in_box("quiet"));
        ck_assert_str_eq(value_of(seen, "fd.1"), "/dev/null");
        ck_assert_str_eq(value_of(seen, "fd.2"), "/dev/null");
        seen = must_read(in_box("same"));
        ck_assert_str_eq(value_of(seen, "fd.1"), value_of(seen, "fd.2"));
}
END_TEST

START_TEST(inherit_is_the_output_of_supd) {
        conf_write("[service:web]\ncommand = %s --say 'straight through' --say-stderr 'this too'\nstdout = inherit\n"
                   "stderr = inherit\n",
                        rude());
        supd_start_foreground();
        wait_for_line(in_box("supd.out"), "straight through");
        wait_for_line(in_box("supd.out"), "this too");
}
END_TEST

START_TEST(journal_that_is_not_there_is_named) {
        ck_assert_msg(access("/run/systemd/journal/stdout", F_OK) < 0,
                        "this machine has a journal; the test cannot be made here");
        conf_write("[service:web]\ncommand = %s --say hello\nstdout = journal\nrestart = no\n", rude());
        supd_start();
        wait_for_phase("web", "failed");
        assert_contains(view("web").note, "journal");
}
END_TEST

START_TEST(unwritable_log_file_is_named_and_no_service_runs_without_its_log) {
        char *file = box_write("file", "not a directory\n");
        conf_write("[service:web]\ncommand = %s --marker %s/m\nstdout = %s/web.log\nrestart = no\n", rude(), box.dir,
                        file);
        supd_start();
        wait_for_phase("web", "failed");
        assert_contains(view("web").note, "web.log");
        assert_contains(view("web").note, strerror(ENOTDIR));
        ck_assert_msg(access(in_box("m"), F_OK) < 0, "it was started");
}
END_TEST

/* nginx, php-fpm and apache do this after they have dropped their privileges. */
START_TEST(another_user_opens_dev_stderr_by_name) {
        conf_write("[service:web]\nuser = nobody\nshell = echo by-name-out >/dev/stdout; echo by-name-err "
                   ">/dev/stderr; "
                   "echo by-proc >/proc/self/fd/2; exec sleep infinity\nstop_timeout = 1h\n"
                   "[service:split]\nuser = nobody\nshell = echo by-name-err >/dev/stderr; exec sleep infinity\n"
                   "stderr = %s/split.err\n",
                        box.log);
        supd_start();
        wait_for_line(log_of("web.log"), "by-name-out");
        wait_for_line(log_of("web.log"), "by-name-err");
        wait_for_line(log_of("web.log"), "by-proc");
        wait_for_line(log_of("split.err"), "by-name-err");
        assert_lacks(must_read(log_of("web.log")), "denied");
}
END_TEST

/* --- nothing is lost --- */

START_TEST(last_words_are_kept) {
        conf_write("[service:web]\ncommand = %s --say 'last words' --signal KILL\nrestart = no\n", rude());
        supd_start();
        wait_for_phase("web", "failed");
        /* Drained before the exit is told: no waiting here. */
        assert_contains(must_read(log_of("web.log")), "last words");
}
END_TEST

#define LINE_LENGTH 53 /* of what --flood writes */

START_TEST(a_flood_arrives_whole_and_in_order) {
        conf_write("[service:web]\ncommand = %s --marker %s/m --flood 8000000\nlog_max_size = infinity\n", rude(),
                        box.dir);
        supd_start();
        wait_for_line(in_box("m"), "flooded");
        unsigned long n = (8000000 + LINE_LENGTH - 1) / LINE_LENGTH;
        wait_for_line(log_of("web.log"), text("line %010lu ", n - 1));
        struct stat st;
        ck_assert_int_eq(stat(log_of("web.log"), &st), 0);
        ck_assert_uint_eq((unsigned long) st.st_size, n * LINE_LENGTH);
        FILE *f = fopen(log_of("web.log"), "re");
        char line[256];
        for (unsigned long i = 0; i < n; i++) {
                ck_assert_ptr_nonnull(fgets(line, sizeof(line), f));
                ck_assert_msg(strncmp(line, text("line %010lu ", i), 16) == 0, "line %lu is %s", i, line);
                if (i == 1000)
                        i = n - 1000; /* both ends will do */
                if (i == n - 1000)
                        ck_assert_int_eq(fseek(f, (long) ((i + 1) * LINE_LENGTH), SEEK_SET), 0);
        }
        fclose(f);
}
END_TEST

START_TEST(both_ends_of_a_pipe_survive_the_service) {
        conf_write("[service:web]\ncommand = %s --marker %s/m --say again --exit 1 --after 1\nrestart = always\n"
                   "restart_delay = 1ms\nrestart_backoff = 1\n",
                        rude(), box.dir);
        supd_start();
        wait_for_lines(in_box("m"), "start", 20);
        supctl_ok("stop", "web");
        ck_assert_uint_ge(count_lines(log_of("web.log"), "again"), 20);
        ck_assert_uint_eq(count_lines(log_of("web.log"), "again"), count_lines(in_box("m"), "start"));
}
END_TEST

/* The pipe is opened such that it has a reader as long as it has a writer: nobody dies of SIGPIPE. */
START_TEST(a_killed_supd_does_not_take_its_services_with_it) {
        conf_write("[service:web]\nshell = while :; do read line <%s/fifo && echo \"$line\" && echo \"wrote $line\" "
                   ">>%s/m; done\n",
                        box.dir, box.dir);
        ck_assert_int_eq(mkfifo(in_box("fifo"), 0666), 0);
        supd_start();
        box_write("fifo", "before\n");
        wait_for_line(log_of("web.log"), "before");
        pid_t web = service_pid("web");
        supd_signal(SIGKILL);
        (void) supd_wait();
        box_write("fifo", "after\n");
        wait_for_line(in_box("m"), "wrote after");
        ck_assert_int_eq(kill(web, SIGKILL), 0);
        wait_for_exit(web);
}
END_TEST

/* --- rotation --- */

START_TEST(files_rotate_by_size_and_only_so_many_are_kept) {
        conf_write("[service:web]\ncommand = %s --marker %s/m --flood 200000\nlog_max_size = 20K\nlog_keep = 3\n",
                        rude(), box.dir);
        supd_start();
        wait_for_line(in_box("m"), "flooded");
        unsigned long n = (200000 + LINE_LENGTH - 1) / LINE_LENGTH;
        char *last = text("line %010lu ", n - 1);
        /* The last line may have just been followed by a rotation. */
        wait_until(count_lines(log_of("web.log"), last) + count_lines(log_of("web.log.1"), last) == 1);
        for (int i = 1; i <= 3; i++) {
                struct stat st;
                ck_assert_msg(stat(log_of(text("web.log.%d", i)), &st) == 0, "web.log.%d: %s", i, strerror(errno));
                ck_assert_msg(st.st_size <= 20 * 1024 + 65536, "web.log.%d has %ld bytes", i, (long) st.st_size);
        }
        ck_assert_msg(access(log_of("web.log.4"), F_OK) < 0, "web.log.4 is one too many");

        /* From the oldest that was kept to the newest: no line is missing where one file ends and the next begins. */
        unsigned long expected = 0;
        for (int i = 3; i >= 0; i--) {
                char *content = must_read(i ? log_of(text("web.log.%d", i)) : log_of("web.log"));
                for (char *line = content; *line; line = strchr(line, '\n') + 1) {
                        unsigned long number;
                        ck_assert_msg(sscanf(line, "line %lu", &number) == 1 && strchr(line, '\n'),
                                        "file %d is cut in a line: %.60s", i, line);
                        ck_assert_msg(expected == 0 || number == expected, "file %d: line %lu where %lu was due", i,
                                        number, expected);
                        expected = number + 1;
                }
        }
        ck_assert_uint_eq(expected, n);
}
END_TEST

START_TEST(sigusr1_opens_the_files_anew) {
        conf_write("[service:web]\nshell = while :; do read line <%s/fifo && echo \"$line\"; done\n", box.dir);
        ck_assert_int_eq(mkfifo(in_box("fifo"), 0666), 0);
        supd_start();
        box_write("fifo", "before\n");
        wait_for_line(log_of("web.log"), "before");
        ck_assert_int_eq(rename(log_of("web.log"), log_of("moved.log")), 0);
        ck_assert_int_eq(rename(log_of("supd.log"), log_of("moved-supd.log")), 0);
        supd_signal(SIGUSR1);
        wait_for_file(log_of("web.log"));
        wait_for_file(log_of("supd.log"));
        box_write("fifo", "after\n");
        wait_for_line(log_of("web.log"), "after");
        assert_lacks(must_read(log_of("moved.log")), "after");
        supctl_ok("stop", "web");
        wait_for_line(log_of("supd.log"), "web: stopped");
}
END_TEST

START_TEST(logs_verb_shows_the_last_lines) {
        conf_write("[service:web]\ncommand = %s --marker %s/m --flood 100000\n", rude(), box.dir);
        supd_start();
        wait_for_line(in_box("m"), "flooded");
        unsigned long n = (100000 + LINE_LENGTH - 1) / LINE_LENGTH;
        wait_for_line(log_of("web.log"), text("line %010lu ", n - 1));
        char *out = supctl_ok("logs", "-n", "3", "web");
        for (unsigned long i = n - 3; i < n; i++)
                assert_contains(out, text("line %010lu ", i));
        assert_lacks(out, text("line %010lu ", n - 4));
}
END_TEST

int main(void) {
        Suite *s = suite_create("logs");
        TCase *c = it_case(s, "targets");
        tcase_add_test(c, both_streams_go_to_a_file_named_after_the_service);
        tcase_add_test(c, paths_are_expanded_per_instance);
        tcase_add_test(c, null_is_null_and_same_is_the_same);
        tcase_add_test(c, inherit_is_the_output_of_supd);
        tcase_add_test(c, journal_that_is_not_there_is_named);
        tcase_add_test(c, unwritable_log_file_is_named_and_no_service_runs_without_its_log);
        if (it_is_root())
                tcase_add_test(c, another_user_opens_dev_stderr_by_name);

        c = it_case(s, "nothing is lost");
        tcase_add_test(c, last_words_are_kept);
        tcase_add_test(c, a_flood_arrives_whole_and_in_order);
        tcase_add_test(c, both_ends_of_a_pipe_survive_the_service);
        tcase_add_test(c, a_killed_supd_does_not_take_its_services_with_it);

        c = it_case(s, "files");
        tcase_add_test(c, files_rotate_by_size_and_only_so_many_are_kept);
        tcase_add_test(c, sigusr1_opens_the_files_anew);
        tcase_add_test(c, logs_verb_shows_the_last_lines);
        return it_main(s);
}
