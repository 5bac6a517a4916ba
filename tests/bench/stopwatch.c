/* stopwatch COUNT COMMAND...: runs COMMAND that often, one after the other, its standard descriptors on /dev/null, and prints
 * for each run how many nanoseconds it took from before the spawn to after the wait, and its exit code. */
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t now_nsec(void) {
        struct timespec t;
        clock_gettime(CLOCK_MONOTONIC, &t);
        return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static int run_once(const posix_spawn_file_actions_t *files, char **argv) {
        int64_t begin = now_nsec();
        pid_t pid;
        int status;

        int r = posix_spawnp(&pid, argv[0], files, NULL, argv, environ);
        if (r != 0) {
                fprintf(stderr, "stopwatch: %s: %s\n", argv[0], strerror(r));
                return -1;
        }
        if (waitpid(pid, &status, 0) < 0) {
                perror("stopwatch: waitpid");
                return -1;
        }
        printf("%lld %d\n", (long long) (now_nsec() - begin), WIFEXITED(status) ? WEXITSTATUS(status) : -1);
        return 0;
}

int main(int argc, char **argv) {
        posix_spawn_file_actions_t files;

        if (argc < 3) {
                fprintf(stderr, "usage: stopwatch COUNT COMMAND...\n");
                return 2;
        }
        posix_spawn_file_actions_init(&files);
        posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDWR, 0);
        posix_spawn_file_actions_adddup2(&files, STDIN_FILENO, STDOUT_FILENO);
        posix_spawn_file_actions_adddup2(&files, STDIN_FILENO, STDERR_FILENO);
        for (long left = strtol(argv[1], NULL, 10); left > 0; left--)
                if (run_once(&files, argv + 2) < 0)
                        return 1;
        posix_spawn_file_actions_destroy(&files);
        return 0;
}
