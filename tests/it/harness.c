/* The sandbox: made before each test, taken apart and examined after it. Programs are in programs.c, waiting in
 * waiting.c, the daemon's own view of its services in bus.c. */
#include "harness.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness_internal.h"

Sandbox box;

/* --- text and files --- */

char *text(const char *format, ...) {
        va_list ap;
        va_start(ap, format);
        char *s = textv(format, ap);
        va_end(ap);
        return s;
}

char *textv(const char *format, va_list ap) {
        char *s;
        /* Not a ck_assert: the runner uses this too, outside of any test. */
        if (vasprintf(&s, format, ap) < 0)
                abort();
        return s;
}

char *in_box(const char *format, ...) {
        va_list ap;
        va_start(ap, format);
        char *tail = textv(format, ap);
        va_end(ap);
        return text("%s/%s", box.dir, tail);
}

static void make_parents(char *path) {
        for (char *p = path + 1; (p = strchr(p, '/')); p++) {
                *p = 0;
                (void) mkdir(path, 0755);
                *p = '/';
        }
}

static void write_whole(const char *path, const char *content) {
        FILE *f = fopen(path, "we");
        ck_assert_msg(f != NULL, "%s: %s", path, strerror(errno));
        ck_assert_int_ge(fputs(content, f), 0);
        ck_assert_int_eq(fclose(f), 0);
}

char *box_write(const char *path, const char *format, ...) {
        va_list ap;
        va_start(ap, format);
        char *content = textv(format, ap);
        va_end(ap);
        char *full = in_box("%s", path);
        make_parents(full);
        write_whole(full, content);
        return full;
}

static void conf_write_text(const char *supd_keys, const char *content) {
        write_whole(box.conf, text("[supd]\nlog_directory = %s\nlog_file = %s/supd.log\n%s%s\n%s", box.log, box.log,
                                              it_has_cgroup() ? "" : "cgroup = no\n", supd_keys, content));
}

void conf_write(const char *format, ...) {
        va_list ap;
        va_start(ap, format);
        conf_write_text("", textv(format, ap));
        va_end(ap);
}

void conf_write_supd(const char *supd_keys, const char *format, ...) {
        va_list ap;
        va_start(ap, format);
        conf_write_text(supd_keys, textv(format, ap));
        va_end(ap);
}

void assert_contains(const char *haystack, const char *needle) {
        ck_assert_msg(haystack && strstr(haystack, needle), "«%s» is missing in:\n%s", needle,
                        haystack ? tail_of(haystack) : "(nothing)");
}

void assert_lacks(const char *haystack, const char *needle) {
        ck_assert_msg(!haystack || !strstr(haystack, needle), "«%s» must not be in:\n%s", needle, tail_of(haystack));
}

char *value_of(const char *properties, const char *key) {
        size_t n = strlen(key);
        for (const char *line = properties; line && *line; line = strchr(line, '\n'), line += line != NULL)
                if (strncmp(line, key, n) == 0 && line[n] == '=')
                        return text("%.*s", (int) strcspn(line + n + 1, "\n"), line + n + 1);
        return NULL;
}

/* --- this program's surroundings --- */

bool it_has_cgroup(void) {
        const char *scope = getenv("SUPD_IT_SCOPE");
        return scope && strcmp(scope, "cgroup") == 0;
}

bool it_is_root(void) {
        return geteuid() == 0;
}

const char *program_path(const char *name) {
        const char *bin = getenv("SUPD_IT_BIN");
        return text("%s/%s", bin, name);
}

/* --- before and after a test --- */

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw) {
        (void) st, (void) flag, (void) ftw;
        return remove(path);
}

static void remove_tree(const char *path) {
        (void) nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

typedef void (*StrayHandler)(pid_t pid, const char *command);

/* Everything in this PID namespace but its init, the runner and this test. The namespace is ours alone: it_main()
 * checks. */
static unsigned for_each_stray(StrayHandler handler) {
        unsigned n = 0;
        DIR *proc = opendir("/proc");
        ck_assert_ptr_nonnull(proc);
        for (struct dirent *e; (e = readdir(proc));) {
                pid_t pid = atoi(e->d_name);
                if (pid <= 1 || pid == getpid() || pid == getppid() || process_state(pid) == 0)
                        continue;
                n++;
                handler(pid, process_command(pid));
        }
        closedir(proc);
        return n;
}

static void kill_stray(pid_t pid, const char *command) {
        (void) command;
        (void) kill(pid, SIGKILL);
}

static void report_stray(pid_t pid, const char *command) {
        fprintf(stderr, "left behind: %d %c %s\n", pid, process_state(pid), command);
        (void) kill(pid, SIGKILL);
}

void sandbox_setup(void) {
        ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
        /* A test that failed before this one may have left its supd; it is nobody's any more. */
        wait_until(for_each_stray(kill_stray) == 0);

        box = (Sandbox){ .dir = text("%s/tXXXXXX", getenv("SUPD_IT_BOX")) };
        ck_assert_ptr_nonnull(mkdtemp(box.dir));
        ck_assert_int_eq(chmod(box.dir, 01777), 0);
        box.conf = box_write("conf/supd.ini", "%s", "");
        box.run = in_box("run");
        box.log = in_box("log");
        /* The reports of sanitizers come from supd's child too, which may be another user already. */
        char *reports = in_box("reports");
        ck_assert_int_eq(mkdir(reports, 0777), 0);
        ck_assert_int_eq(chmod(reports, 0777), 0);
        setenv("ASAN_OPTIONS", text("log_path=%s/asan", reports), 1);
        setenv("UBSAN_OPTIONS", text("log_path=%s/ubsan:print_stacktrace=1", reports), 1);
}

static void fail_on_reports(void) {
        DIR *reports = opendir(in_box("reports"));
        ck_assert_ptr_nonnull(reports);
        for (struct dirent *e; (e = readdir(reports));)
                if (e->d_name[0] != '.')
                        ck_abort_msg("sanitizer report:\n%s", read_file(in_box("reports/%s", e->d_name)));
        closedir(reports);
}

static void reap_adopted(void) {
        while (waitpid(-1, NULL, WNOHANG) > 0)
                ;
}

void sandbox_teardown(void) {
        if (box.supd != 0) {
                wait_until(count_zombies(box.supd) == 0);
                supd_stop();
        }
        reap_adopted();
        unsigned n = for_each_stray(report_stray);
        ck_assert_msg(n == 0, "supd left %u processes behind; its log:\n%s", n, supd_log());
        fail_on_reports();
        remove_tree(box.dir);
}

TCase *it_case(Suite *s, const char *name) {
        TCase *c = tcase_create(name);
        tcase_add_checked_fixture(c, sandbox_setup, sandbox_teardown);
        tcase_set_timeout(c, (double) it_deadline_length() / 1000 * 3);
        suite_add_tcase(s, c);
        return c;
}

/* --- the runner --- */

static void print_tail(const char *path) {
        char *s = read_file(path);
        if (!s || !*s)
                return;
        printf("---- %s\n%s\n", path, tail_of(s));
}

static void print_directory(const char *path) {
        DIR *d = opendir(path);
        if (!d)
                return;
        for (struct dirent *e; (e = readdir(d));)
                if (e->d_name[0] != '.')
                        print_tail(text("%s/%s", path, e->d_name));
        closedir(d);
}

/* A sandbox that is still there belongs to a test that failed: its files say why. */
static void print_failed_sandboxes(void) {
        DIR *d = opendir(getenv("SUPD_IT_BOX"));
        if (!d)
                return;
        for (struct dirent *e; (e = readdir(d));) {
                if (e->d_name[0] != 't')
                        continue;
                char *dir = text("%s/%s", getenv("SUPD_IT_BOX"), e->d_name);
                print_tail(text("%s/conf/supd.ini", dir));
                print_tail(text("%s/supd.out", dir));
                print_directory(text("%s/log", dir));
                print_directory(text("%s/reports", dir));
        }
        closedir(d);
}

int it_main(Suite *s) {
        char *init = read_file("/proc/1/comm");
        if (!init || strcmp(init, "namespace-init\n") != 0 || !getenv("SUPD_IT_BIN") || !getenv("SUPD_IT_BOX")) {
                fprintf(stderr, "This program kills what it finds: run it by ctest, or by tests/tools/in-namespace.\n");
                return 1;
        }
        /* Messages carry supd's log; Check ends the program over one that is longer than this. */
        setenv("CK_MAX_MSG_SIZE", "65536", 1);
        SRunner *runner = srunner_create(s);
        srunner_set_fork_status(runner, CK_FORK);
        srunner_run_all(runner, CK_ENV);
        int n_failed = srunner_ntests_failed(runner);
        int n_run = srunner_ntests_run(runner);
        srunner_free(runner);
        if (n_failed > 0)
                print_failed_sandboxes();
        /* A filter that matches nothing must not look like success. */
        return n_failed == 0 && n_run > 0 ? 0 : 1;
}
