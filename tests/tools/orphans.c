/* orphans N MARKER [--linger]: makes N orphans by double fork, then stays until SIGTERM.
 *
 * All orphans wait on one pipe and end at the same moment, when the last of them is there: the storm that a reaper must
 * take. With --linger they stay instead. MARKER gets "made N" when all were made and, without --linger, let go. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "marker.h"

static void orphan(int wait_fd, bool linger) {
        char byte;
        while (read(wait_fd, &byte, 1) < 0 && errno == EINTR)
                ;
        while (linger)
                pause();
        _exit(0);
}

/* The child that stands between ends at once, and is reaped here, so that nothing but true orphans is left to others.
 */
static int make_one(const int *pipe_fds, bool linger) {
        pid_t child = fork();
        if (child < 0)
                return -errno;
        if (child == 0) {
                close(pipe_fds[1]);
                pid_t grandchild = fork();
                if (grandchild == 0)
                        orphan(pipe_fds[0], linger);
                _exit(grandchild < 0 ? 1 : 0);
        }
        int status;
        if (waitpid(child, &status, 0) < 0)
                return -errno;
        return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EAGAIN;
}

int main(int argc, char **argv) {
        if (argc < 3) {
                fprintf(stderr, "usage: orphans N MARKER [--linger]\n");
                return 2;
        }
        int n = atoi(argv[1]);
        marker_open(argv[2]);
        bool linger = argc > 3 && strcmp(argv[3], "--linger") == 0;

        int pipe_fds[2];
        if (pipe(pipe_fds) < 0) {
                perror("pipe");
                return 1;
        }
        for (int i = 0; i < n; i++) {
                int r = make_one(pipe_fds, linger);
                if (r < 0) {
                        fprintf(stderr, "orphan %d: %s\n", i, strerror(-r));
                        return 1;
                }
        }
        close(pipe_fds[1]);
        close(pipe_fds[0]);
        marker("made %d", n);
        for (;;)
                pause();
}
