/* Programs run to their end, and supd started, signalled and awaited. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness_internal.h"

struct Background {
        pid_t pid;
        int out_fd, err_fd;
        char *what;
};

/* --- spawning --- */

static void become(uid_t uid, gid_t gid) {
        if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
                _exit(126);
}

/* What a careless parent leaves to its children; Check does some of it too. */
static void be_careless(void) {
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGTERM);
        sigaddset(&set, SIGCHLD);
        sigaddset(&set, SIGUSR1);
        (void) sigprocmask(SIG_BLOCK, &set, NULL);
        (void) signal(SIGPIPE, SIG_IGN);
        (void) signal(SIGCHLD, SIG_IGN);
        (void) signal(SIGQUIT, SIG_IGN);
        (void) signal(SIGHUP, SIG_IGN);
        (void) dup2(STDERR_FILENO, CARELESS_FD);
}

static void be_careful(void) {
        sigset_t none;
        sigemptyset(&none);
        (void) sigprocmask(SIG_SETMASK, &none, NULL);
        for (int signo = 1; signo < NSIG; signo++)
                (void) signal(signo, SIG_DFL);
        (void) close_range(3, ~0U, 0);
}

static void exec_program(const char *const *argv, const RunOptions *options, bool dirty) {
        be_careful();
        if (dirty)
                be_careless();
        if (options && options->uid != 0)
                become(options->uid, options->gid ? options->gid : (gid_t) options->uid);
        if (options && options->environment)
                execve(argv[0], (char *const *) argv, options->environment);
        else
                execv(argv[0], (char *const *) argv);
        dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
        _exit(127);
}

static Background *begin(const char *const *argv, const RunOptions *options, bool dirty) {
        int out[2], err[2];
        ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
        ck_assert_int_eq(pipe2(err, O_CLOEXEC), 0);
        pid_t pid = fork();
        ck_assert_int_ge(pid, 0);
        if (pid == 0) {
                int null = open("/dev/null", O_RDONLY);
                (void) dup2(null, STDIN_FILENO);
                (void) dup2(out[1], STDOUT_FILENO);
                (void) dup2(err[1], STDERR_FILENO);
                exec_program(argv, options, dirty);
        }
        close(out[1]);
        close(err[1]);
        Background *b = calloc(1, sizeof(*b));
        ck_assert_ptr_nonnull(b);
        *b = (Background){ pid, out[0], err[0], text("%s %s", argv[0], argv[1] ? argv[1] : "") };
        return b;
}

/* --- collecting --- */

typedef struct Collector {
        FILE *file;
        char *s;
        size_t n;
} Collector;

static bool collect(struct pollfd *p, Collector *c) {
        char buffer[65536];
        ssize_t n = read(p->fd, buffer, sizeof(buffer));
        if (n > 0) {
                fwrite(buffer, 1, (size_t) n, c->file);
                return true;
        }
        p->fd = -1;
        return false;
}

static int exit_code(int status) {
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Until both pipes are at their end and the process too: a detached daemon that keeps its starter's stdout is found
 * here. */
static Run finish(Background *b) {
        uint64_t deadline = deadline_ms();
        Collector collectors[2] = { 0 };
        struct pollfd fds[2] = { { .fd = b->out_fd, .events = POLLIN }, { .fd = b->err_fd, .events = POLLIN } };
        for (int i = 0; i < 2; i++)
                collectors[i].file = open_memstream(&collectors[i].s, &collectors[i].n);
        while (fds[0].fd >= 0 || fds[1].fd >= 0) {
                uint64_t now = now_ms();
                int n = now < deadline ? poll(fds, 2, (int) (deadline - now)) : 0;
                if (n == 0) {
                        fflush(collectors[0].file);
                        fflush(collectors[1].file);
                        ck_abort_msg("%s does not end, or left its output to somebody. So far:\n%s%s\nsupd's log:\n%s",
                                        b->what, collectors[0].s, collectors[1].s, supd_log());
                }
                for (int i = 0; i < 2; i++)
                        if (fds[i].fd >= 0 && fds[i].revents)
                                (void) collect(&fds[i], &collectors[i]);
        }
        for (int i = 0; i < 2; i++)
                fclose(collectors[i].file);
        close(b->out_fd);
        close(b->err_fd);
        wait_for_exit(b->pid);
        int status;
        ck_assert_int_eq(waitpid(b->pid, &status, 0), b->pid);
        return (Run){ exit_code(status), collectors[0].s, collectors[1].s };
}

Run run_argv(const char *const *argv, const RunOptions *options) {
        return finish(begin(argv, options, false));
}

/* prefix and argv as one vector. */
static const char **joined(const char *const *prefix, const char *const *argv) {
        size_t n = 0, k = 0;
        while (prefix[n])
                n++;
        while (argv[k])
                k++;
        const char **all = calloc(n + k + 1, sizeof(char *));
        ck_assert_ptr_nonnull(all);
        memcpy(all, prefix, n * sizeof(char *));
        memcpy(all + n, argv, k * sizeof(char *));
        return all;
}

/* --- supctl --- */

static const char **supctl_command(const char *const *argv) {
        return joined((const char *const[]){ program_path("supctl"), "--runtime-dir", box.run, NULL }, argv);
}

Run supctl_argv(const char *const *argv, const RunOptions *options) {
        return run_argv(supctl_command(argv), options);
}

char *supctl_ok_argv(const char *const *argv) {
        Run r = supctl_argv(argv, NULL);
        ck_assert_msg(r.code == 0, "supctl %s %s: exit %d\n%s%s\nsupd's log:\n%s", argv[0], argv[1] ? argv[1] : "",
                        r.code, r.out, r.err, supd_log());
        return r.out;
}

Background *supctl_begin_argv(const char *const *argv) {
        return begin(supctl_command(argv), NULL, false);
}

Run supctl_finish(Background *b) {
        return finish(b);
}

bool supctl_is_running(Background *b) {
        return process_exists(b->pid);
}

void supctl_kill(Background *b, int signo) {
        ck_assert_int_eq(kill(b->pid, signo), 0);
}

/* --- supd --- */

static const char **supd_command(const char *const *argv) {
        return joined((const char *const[]){ program_path("supd"), "-c", box.conf, "--runtime-dir", box.run, NULL },
                        argv);
}

Run supd_argv(const char *const *argv) {
        return finish(begin(supd_command(argv), NULL, box.dirty_start));
}

bool supd_answers(void) {
        struct sockaddr_un a = { .sun_family = AF_UNIX };
        (void) snprintf(a.sun_path, sizeof(a.sun_path), "%s/control.sock", box.run);
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        bool yes = connect(fd, (struct sockaddr *) &a, sizeof(a)) == 0;
        close(fd);
        return yes;
}

void supd_start(void) {
        Run r = supd_argv((const char *const[]){ NULL });
        ck_assert_msg(r.code == 0, "supd: exit %d\n%s%s\nits log:\n%s", r.code, r.out, r.err, supd_log());
        char *pid = must_read(text("%s/supd.pid", box.run));
        box.supd = atoi(pid);
        ck_assert_msg(process_exists(box.supd), "the pid file says «%s», which does not run", pid);
        ck_assert_msg(supd_answers(), "supd said that it is ready, and its control socket is not");
}

void supd_start_foreground(void) {
        const char **argv = supd_command((const char *const[]){ "--foreground", NULL });
        pid_t pid = fork();
        ck_assert_int_ge(pid, 0);
        if (pid == 0) {
                int null = open("/dev/null", O_RDONLY);
                int out = open(in_box("supd.out"), O_WRONLY | O_CREAT | O_APPEND, 0666);
                (void) dup2(null, STDIN_FILENO);
                (void) dup2(out, STDOUT_FILENO);
                (void) dup2(out, STDERR_FILENO);
                exec_program(argv, NULL, box.dirty_start);
        }
        box.supd = pid;
        wait_until(supd_answers() || !process_exists(pid));
        ck_assert_msg(process_exists(pid), "supd --foreground ended:\n%s", supd_log());
}

void supd_signal(int signo) {
        ck_assert_int_gt(box.supd, 1);
        ck_assert_int_eq(kill(box.supd, signo), 0);
}

/* Detached or not, it is our child: a subreaper adopts what was orphaned below it. */
int supd_wait(void) {
        wait_for_exit(box.supd);
        int status;
        ck_assert_int_eq(waitpid(box.supd, &status, 0), box.supd);
        box.supd = 0;
        return status;
}

void supd_stop(void) {
        supd_signal(SIGTERM);
        int status = supd_wait();
        ck_assert_msg(box.may_fail || (WIFEXITED(status) && WEXITSTATUS(status) == 0),
                        "supd ended with %d; its log:\n%s", exit_code(status), supd_log());
}

char *supd_log(void) {
        if (!box.dir)
                return text("%s", "");
        char *log = read_file(text("%s/supd.log", box.log));
        char *out = read_file(in_box("supd.out"));
        return text("%s%s", log ? tail_of(log) : "", out ? tail_of(out) : "");
}
