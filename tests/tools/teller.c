/* teller FIFO MARKER: a service that says by sd_notify(3) what the test tells it to, line by line from a FIFO.
 *
 *   say TEXT      one datagram; "|" in TEXT is a newline
 *   child TEXT    the same from a child of ours, which stays
 *   stranger TEXT the same from a child with an own session, whose parent is gone (adopted by the supervisor)
 *   exit CODE
 * Each line is confirmed in the marker file by "did LINE", after the datagram was sent. The messages go out by hand: what the
 * supervisor links for them is under test. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "marker.h"

static void say(char *message) {
        const char *path = getenv("NOTIFY_SOCKET");
        struct sockaddr_un a = { .sun_family = AF_UNIX };

        if (!path || strlen(path) >= sizeof(a.sun_path)) {
                marker("no NOTIFY_SOCKET");
                return;
        }
        strcpy(a.sun_path, path);
        for (char *c = message; *c; c++)
                if (*c == '|')
                        *c = '\n';
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (sendto(fd, message, strlen(message), 0, (struct sockaddr *) &a, sizeof(a)) < 0)
                marker("sendto %s", strerror(errno));
        close(fd);
}

static void say_as_child(char *message) {
        pid_t pid = fork();
        if (pid == 0) {
                say(message);
                pause(); /* the supervisor has to find us in /proc */
                _exit(0);
        }
        marker("child %d", pid);
}

static void say_as_stranger(char *message) {
        pid_t pid = fork();
        if (pid == 0) {
                (void) setsid();
                pid_t grandchild = fork();
                if (grandchild != 0)
                        _exit(0);
                say(message);
                pause();
        }
        (void) waitpid(pid, NULL, 0);
}

static void obey(char *line) {
        char done[512];
        snprintf(done, sizeof(done), "%s", line);
        if (strncmp(line, "say ", 4) == 0)
                say(line + 4);
        else if (strncmp(line, "child ", 6) == 0)
                say_as_child(line + 6);
        else if (strncmp(line, "stranger ", 9) == 0)
                say_as_stranger(line + 9);
        else if (strncmp(line, "exit ", 5) == 0)
                exit(atoi(line + 5));
        marker("did %s", done);
}

int main(int argc, char **argv) {
        char *line = NULL;
        size_t size = 0;
        ssize_t n;

        if (argc < 3) {
                fprintf(stderr, "usage: teller FIFO MARKER\n");
                return 2;
        }
        marker_open(argv[2]);
        int fd = open(argv[1], O_RDWR | O_CLOEXEC); /* for writing too: no end of file between two writers */
        FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
        if (!f) {
                perror(argv[1]);
                return 1;
        }
        marker("watchdog %s", getenv("WATCHDOG_USEC") ? getenv("WATCHDOG_USEC") : "none");
        marker("up %d", getpid());
        while ((n = getline(&line, &size, f)) > 0) {
                line[n - 1] = 0;
                obey(line);
        }
        return 0;
}
