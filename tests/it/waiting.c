/* Waiting for events, with a deadline, and looking at /proc. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "harness_internal.h"

/* --- time --- */

uint64_t now_ms(void) {
        struct timespec t;
        clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t) t.tv_sec * 1000 + (uint64_t) t.tv_nsec / 1000000;
}

uint64_t it_deadline_length(void) {
        const char *scale = getenv("SUPD_IT_SCALE");
        int n = scale ? atoi(scale) : 1;
        return 30000 * (uint64_t) (n > 0 ? n : 1);
}

uint64_t deadline_ms(void) {
        return now_ms() + it_deadline_length();
}

bool keep_waiting(uint64_t deadline) {
        if (now_ms() >= deadline)
                return false;
        nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
        return true;
}

/* --- files --- */

char *read_file(const char *path) {
        FILE *f = fopen(path, "re");
        if (!f)
                return NULL;
        char *s = NULL;
        size_t n = 0;
        /* Files in /proc have no size; up to the first NUL, or all of it. */
        FILE *memory = open_memstream(&s, &n);
        char buffer[65536];
        for (size_t k; (k = fread(buffer, 1, sizeof(buffer), f)) > 0;)
                fwrite(buffer, 1, k, memory);
        fclose(f);
        fclose(memory);
        return s;
}

/* The end of a long text: a message of megabytes helps nobody, and Check gives up on it. */
const char *tail_of(const char *s) {
        size_t n = strlen(s);
        return n > MESSAGE_MAX ? s + n - MESSAGE_MAX : s;
}

char *must_read(const char *path) {
        char *s = read_file(path);
        ck_assert_msg(s != NULL, "%s: %s", path, strerror(errno));
        return s;
}

/* Whatever changes in the directory of a file. The directory must exist, the file need not. */
static int watch_directory_of(const char *path) {
        char *copy = text("%s", path);
        int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
        ck_assert_int_ge(fd, 0);
        int wd = inotify_add_watch(fd, dirname(copy),
                        IN_CREATE | IN_MOVED_TO | IN_MODIFY | IN_CLOSE_WRITE | IN_DELETE | IN_ATTRIB);
        ck_assert_msg(wd >= 0, "watch %s: %s", copy, strerror(errno));
        return fd;
}

static bool wait_for_change(int inotify_fd, uint64_t deadline) {
        uint64_t now = now_ms();
        if (now >= deadline)
                return false;
        struct pollfd p = { .fd = inotify_fd, .events = POLLIN };
        if (poll(&p, 1, (int) (deadline - now)) > 0) {
                char events[16384];
                while (read(inotify_fd, events, sizeof(events)) > 0)
                        ;
        }
        return true;
}

void wait_for_file(const char *path) {
        uint64_t deadline = deadline_ms();
        int fd = watch_directory_of(path);
        while (access(path, F_OK) < 0)
                ck_assert_msg(wait_for_change(fd, deadline), "%s never came; supd's log:\n%s", path, supd_log());
        close(fd);
}

/* Complete lines only: what has no newline yet is still being written. */
static char *nth_line_with(const char *content, const char *needle, unsigned n) {
        const char *hit = content, *end;
        while (hit && (hit = strstr(hit, needle)) && (end = strchr(hit, '\n'))) {
                if (--n == 0) {
                        while (hit > content && hit[-1] != '\n')
                                hit--;
                        return text("%.*s", (int) (end - hit), hit);
                }
                hit = end;
        }
        return NULL;
}

static char *wait_for_nth_line(const char *path, const char *needle, unsigned n) {
        uint64_t deadline = deadline_ms();
        int fd = watch_directory_of(path);
        for (;;) {
                char *content = read_file(path);
                char *line = nth_line_with(content, needle, n);
                if (line) {
                        close(fd);
                        free(content);
                        return line;
                }
                ck_assert_msg(wait_for_change(fd, deadline),
                                "«%s» (%u.) never came into %s, which is:\n%s\nsupd's log:\n%s", needle, n, path,
                                content ? tail_of(content) : "(missing)", supd_log());
                free(content);
        }
}

char *wait_for_line(const char *path, const char *needle) {
        return wait_for_nth_line(path, needle, 1);
}

void wait_for_lines(const char *path, const char *needle, unsigned n) {
        free(wait_for_nth_line(path, needle, n));
}

pid_t wait_for_pid(const char *path, const char *needle) {
        char *line = wait_for_line(path, needle);
        const char *space = strrchr(line, ' ');
        ck_assert_msg(space && isdigit((unsigned char) space[1]), "no number at the end of «%s»", line);
        return atoi(space + 1);
}

unsigned count_lines(const char *path, const char *needle) {
        char *content = read_file(path);
        unsigned n = 0;
        for (const char *p = content; p && (p = strstr(p, needle)); n++)
                p = strchr(p, '\n');
        free(content);
        return n;
}

/* --- processes --- */

/* The fields of /proc/PID/stat behind the command's name, which may contain anything. */
static char *stat_tail(pid_t pid) {
        char *s = read_file(text("/proc/%d/stat", pid));
        char *p = s ? strrchr(s, ')') : NULL;
        return p ? p + 2 : NULL;
}

char process_state(pid_t pid) {
        const char *s = stat_tail(pid);
        return s ? s[0] : 0;
}

pid_t process_parent(pid_t pid) {
        const char *s = stat_tail(pid);
        return s ? atoi(s + 2) : 0;
}

bool process_exists(pid_t pid) {
        char state = process_state(pid);
        return state != 0 && state != 'Z' && state != 'X';
}

char *process_command(pid_t pid) {
        FILE *f = fopen(text("/proc/%d/cmdline", pid), "re");
        char line[4096];
        size_t n = f ? fread(line, 1, sizeof(line) - 1, f) : 0;
        if (f)
                fclose(f);
        for (size_t i = 0; i + 1 < n; i++)
                if (line[i] == 0)
                        line[i] = ' ';
        line[n] = 0;
        if (n > 0)
                return text("%s", line);
        char *comm = read_file(text("/proc/%d/comm", pid));
        return text("[%.*s]", comm ? (int) strcspn(comm, "\n") : 0, comm ? comm : "");
}

typedef bool (*ProcessTest)(pid_t pid, const void *what);

static unsigned count_if(ProcessTest test, const void *what) {
        unsigned n = 0;
        DIR *proc = opendir("/proc");
        ck_assert_ptr_nonnull(proc);
        for (struct dirent *e; (e = readdir(proc));) {
                pid_t pid = atoi(e->d_name);
                n += pid > 0 && test(pid, what);
        }
        closedir(proc);
        return n;
}

static bool is_zombie_of(pid_t pid, const void *parent) {
        const char *s = stat_tail(pid);
        return s && s[0] == 'Z' && atoi(s + 2) == *(const pid_t *) parent;
}

unsigned count_zombies(pid_t parent) {
        return count_if(is_zombie_of, &parent);
}

unsigned children_of(pid_t parent, pid_t *ret, unsigned max) {
        unsigned n = 0;
        DIR *proc = opendir("/proc");
        ck_assert_ptr_nonnull(proc);
        for (struct dirent *e; (e = readdir(proc));) {
                pid_t pid = atoi(e->d_name);
                if (pid > 0 && process_exists(pid) && process_parent(pid) == parent && n < max)
                        ret[n++] = pid;
        }
        closedir(proc);
        return n;
}

static bool command_contains(pid_t pid, const void *needle) {
        return pid != getpid() && process_exists(pid) && strstr(process_command(pid), needle);
}

unsigned count_processes(const char *needle) {
        return count_if(command_contains, needle);
}

void wait_for_exit(pid_t pid) {
        int fd = pidfd_open(pid, 0);
        if (fd < 0) {
                ck_assert_int_eq(errno, ESRCH);
                return;
        }
        struct pollfd p = { .fd = fd, .events = POLLIN };
        ck_assert_msg(poll(&p, 1, (int) it_deadline_length()) == 1, "%d (%s) does not end; supd's log:\n%s", pid,
                        process_command(pid), supd_log());
        close(fd);
}

/* --- ports of our own 127.0.0.1 --- */

static struct sockaddr_in loopback(int port) {
        return (struct sockaddr_in){
                .sin_family = AF_INET, .sin_port = htons((uint16_t) port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)
        };
}

int free_port(void) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct sockaddr_in a = loopback(0);
        socklen_t n = sizeof(a);
        ck_assert_int_eq(bind(fd, (struct sockaddr *) &a, sizeof(a)), 0);
        ck_assert_int_eq(getsockname(fd, (struct sockaddr *) &a, &n), 0);
        close(fd);
        return ntohs(a.sin_port);
}

bool port_is_open(int port) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct sockaddr_in a = loopback(port);
        bool open = connect(fd, (struct sockaddr *) &a, sizeof(a)) == 0;
        close(fd);
        return open;
}
