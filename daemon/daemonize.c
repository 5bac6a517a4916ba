/* See daemonize.h. */
#include "daemon/daemonize.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* What the daemon writes into the pipe when it is up; anything else is the reason why it is not. */
#define READY_WORD "\001"

static _Noreturn void wait_and_exit(int fd) {
        char text[2048];
        size_t n = 0;
        ssize_t l;

        while (n < sizeof text - 1 && ((l = read(fd, text + n, sizeof text - 1 - n)) > 0 || (l < 0 && errno == EINTR)))
                n += l > 0 ? (size_t) l : 0;
        text[n] = 0;
        if (strcmp(text, READY_WORD) == 0)
                _exit(0);
        fprintf(stderr, "supd: not started: %s\n", n > 0 ? text : "the daemon ended without a word");
        _exit(1);
}

int daemonize(int *ret_ready_fd) {
        int pipe_fds[2];

        if (pipe2(pipe_fds, O_CLOEXEC) < 0)
                return -errno;
        fflush(NULL);
        pid_t pid = fork();
        if (pid < 0) {
                fd_close(pipe_fds[0]);
                fd_close(pipe_fds[1]);
                return -errno;
        }
        if (pid > 0) {
                close(pipe_fds[1]);
                wait_and_exit(pipe_fds[0]);
        }

        close(pipe_fds[0]);
        if (setsid() < 0 || (pid = fork()) < 0) {
                daemonize_failed(pipe_fds[1], strerror(errno));
                _exit(1);
        }
        if (pid > 0)
                _exit(0); /* the daemon is no session leader: it can never get a terminal back by opening one */

        umask(022);
        if (chdir("/") < 0) {
                daemonize_failed(pipe_fds[1], strerror(errno));
                _exit(1);
        }
        /* out of the range where spawns stage descriptors */
        *ret_ready_fd = fcntl(pipe_fds[1], F_DUPFD_CLOEXEC, 10);
        if (*ret_ready_fd < 0) {
                daemonize_failed(pipe_fds[1], strerror(errno));
                _exit(1);
        }
        close(pipe_fds[1]);
        return 0;
}

static void give_up_stdio(void) {
        int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
        for (int i = 0; i < 3 && fd >= 0; i++)
                (void) dup2(fd, i);
        if (fd > 2)
                close(fd);
}

static void tell(int fd, const char *text) {
        size_t n = strlen(text);
        while (n > 0) {
                ssize_t l = write(fd, text, n);
                if (l < 0 && errno != EINTR)
                        break; /* nobody waits any more */
                text += l > 0 ? l : 0;
                n -= l > 0 ? (size_t) l : 0;
        }
        close(fd);
}

void daemonize_ready(int ready_fd) {
        give_up_stdio();
        tell(ready_fd, READY_WORD);
}

void daemonize_failed(int ready_fd, const char *reason) {
        tell(ready_fd, reason);
}
