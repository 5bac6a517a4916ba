/* holder PORT WORKERS MARKER: a master that listens and forks workers which accept, like gunicorn, nginx and php-fpm.
 *
 * A master that is killed leaves its workers, and these hold the port: no second master can bind it before they are
 * gone. Each connection is answered with the worker's pid. On TERM or QUIT the master ends its workers, waits for them
 * and exits 0; a port that is taken makes it exit 98. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "marker.h"

#define EXIT_PORT_TAKEN 98

static int listen_on(int port) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        int one = 1;
        /* Without this the connections of the last run in TIME_WAIT would hold the port too; a listener still does. */
        (void) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
        struct sockaddr_in a = {
                .sin_family = AF_INET, .sin_port = htons((uint16_t) port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)
        };
        if (bind(fd, (struct sockaddr *) &a, sizeof(a)) < 0 || listen(fd, 64) < 0) {
                marker("bind %s", strerror(errno));
                exit(errno == EADDRINUSE ? EXIT_PORT_TAKEN : 1);
        }
        return fd;
}

static void work(int listener) {
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        marker("worker %d", getpid());
        for (;;) {
                int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
                if (fd < 0)
                        continue;
                dprintf(fd, "%d\n", getpid());
                close(fd);
        }
}

int main(int argc, char **argv) {
        if (argc < 4) {
                fprintf(stderr, "usage: holder PORT WORKERS MARKER\n");
                return 2;
        }
        marker_open(argv[3]);
        int n = atoi(argv[2]);
        pid_t *workers = calloc((size_t) n, sizeof(pid_t));
        if (!workers)
                return 1;

        sigset_t wait_for;
        sigemptyset(&wait_for);
        sigaddset(&wait_for, SIGTERM);
        sigaddset(&wait_for, SIGQUIT);
        sigprocmask(SIG_BLOCK, &wait_for, NULL);

        int listener = listen_on(atoi(argv[1]));
        for (int i = 0; i < n; i++) {
                workers[i] = fork();
                if (workers[i] == 0)
                        work(listener);
        }
        marker("ready %d", getpid());

        int signo = 0;
        (void) sigwait(&wait_for, &signo);
        for (int i = 0; i < n; i++)
                if (workers[i] > 0)
                        (void) kill(workers[i], SIGTERM);
        while (wait(NULL) > 0 || errno == EINTR)
                ;
        marker("done");
        free(workers);
        return 0;
}
