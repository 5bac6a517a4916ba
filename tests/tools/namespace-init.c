/* namespace-init [--cgroup] [--uid N] PROGRAM [ARGUMENT...]: PID 1 of the namespaces that in-namespace makes.
 *
 * Shows in /proc the processes of the namespace, brings the loopback interface up (iproute2 is not on a bare machine),
 * shows the program the root of its cgroup namespace, and drops to the user. Then it runs PROGRAM, reaps whatever is
 * orphaned to it, and ends with the program's exit status. When it ends, the kernel ends everything that is left in the
 * namespace. */
#include <errno.h>
#include <grp.h>
#include <net/if.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what) {
        fprintf(stderr, "namespace-init: %s: %s\n", what, strerror(errno));
        exit(1);
}

static void loopback_up(void) {
        int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        struct ifreq request = { .ifr_name = "lo" };
        if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &request) < 0)
                die("lo");
        request.ifr_flags |= IFF_UP;
        if (ioctl(fd, SIOCSIFFLAGS, &request) < 0)
                die("lo up");
        close(fd);
}

static bool make_private(const char *path) {
        return mount(NULL, path, NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

/* What is mounted here must not show outside. The root of a chroot is no mount point; then those two below which we
 * mount are. */
static void keep_mounts_in(void) {
        if (!make_private("/") && !(make_private("/proc") && make_private("/sys")))
                die("make mounts private");
        if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
                die("mount /proc");
}

/* Over whatever is at /sys/fs/cgroup: a machine with the old controllers has no cgroup2 there. */
static void mount_cgroup2(void) {
        if (mount("cgroup2", "/sys/fs/cgroup", "cgroup2", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
                die("mount cgroup2");
}

static void become(uid_t uid) {
        if (setgroups(0, NULL) < 0 || setresgid(uid, uid, uid) < 0 || setresuid(uid, uid, uid) < 0)
                die("become user");
        static const char *const of_root[] = { "HOME", "USER", "LOGNAME", "MAIL", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME",
                "XDG_STATE_HOME" };
        for (size_t i = 0; i < sizeof(of_root) / sizeof(of_root[0]); i++)
                unsetenv(of_root[i]);
}

/* The status of the program, as a shell tells it. */
static int reap_until(pid_t program) {
        for (;;) {
                int status;
                pid_t pid = wait(&status);
                if (pid < 0 && errno != EINTR)
                        die("wait");
                if (pid == program)
                        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        }
}

int main(int argc, char **argv) {
        bool cgroup = false;
        uid_t uid = 0;
        int i = 1;
        for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
                if (strcmp(argv[i], "--cgroup") == 0)
                        cgroup = true;
                else if (strcmp(argv[i], "--uid") == 0 && i + 1 < argc)
                        uid = (uid_t) atoi(argv[++i]);
        }
        if (i >= argc) {
                fprintf(stderr, "usage: namespace-init [--cgroup] [--uid N] PROGRAM [ARGUMENT...]\n");
                return 2;
        }
        keep_mounts_in();
        loopback_up();
        if (cgroup)
                mount_cgroup2();

        pid_t program = fork();
        if (program < 0)
                die("fork");
        if (program == 0) {
                if (uid != 0)
                        become(uid);
                execv(argv[i], argv + i);
                die(argv[i]);
        }
        return reap_until(program);
}
