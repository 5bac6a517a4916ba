/* What every integration test stands on: a sandbox with a real supd in it, programs run to their end, and waiting.
 *
 * One test is one process (Check forks it) and one sandbox: a directory with conf, run and log. The test process is a
 * child subreaper, so whatever supd loses comes to it. The teardown ends supd and then fails the test when supd did not
 * exit with 0, left a process behind, kept a zombie, or printed a sanitizer report.
 *
 * Nothing here waits for a time: a wait ends with its event, or fails the test at a generous deadline. Memory that
 * these functions return lives as long as the test's process and is not freed. A failure ends the test; no function
 * returns it. */
#pragma once

#include <check.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* --- the sandbox of the running test --- */

typedef struct Sandbox {
        char *dir;        /* writable for every user; the services' markers go here */
        char *conf;       /* dir/conf/supd.ini */
        char *run, *log;  /* dir/run, dir/log */
        pid_t supd;       /* 0: not running */
        bool dirty_start; /* start supd with blocked and ignored signals and a stray descriptor, as a careless parent
                             does */
        bool may_fail;    /* the exit status of supd is the test's own affair */
} Sandbox;

extern Sandbox box;

#define NOBODY      65534
#define CARELESS_FD 217 /* what a dirty start leaves open; beyond what supd opens itself */

/* A case whose tests have a sandbox each. */
TCase *it_case(Suite *s, const char *name);
int it_main(Suite *s);

/* Programs: supd, supctl and the test services, where every user can execute them. */
const char *program_path(const char *name);

char *text(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* A path in the sandbox. */
char *in_box(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* True where this program runs with a private, writable cgroup2; else supd is told to do without. */
bool it_has_cgroup(void);
bool it_is_root(void);

/* --- configuration --- */

/* Replaces conf/supd.ini: a [supd] section for the sandbox, then the text. */
void conf_write(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same with further keys for [supd]. */
void conf_write_supd(const char *supd_keys, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Any file, by its path below the sandbox's directory; directories on the way are made. */
char *box_write(const char *path, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* --- programs run to their end --- */

typedef struct Run {
        int code; /* 128 + N when killed by signal N */
        char *out, *err;
} Run;

typedef struct RunOptions {
        uid_t uid;                /* 0: as we are */
        gid_t gid;                /* with uid; 0: the same number */
        char *const *environment; /* NULL: ours */
} RunOptions;

Run run_argv(const char *const *argv, const RunOptions *options);
#define run(...) run_argv((const char *const[]){ __VA_ARGS__, NULL }, NULL)

/* supctl on the sandbox's runtime directory; supctl_ok() fails unless it exits with 0 and returns its output. */
Run supctl_argv(const char *const *argv, const RunOptions *options);
#define supctl(...)          supctl_argv((const char *const[]){ __VA_ARGS__, NULL }, NULL)
#define supctl_as(user, ...) supctl_argv((const char *const[]){ __VA_ARGS__, NULL }, &(RunOptions){ .uid = (user) })
char *supctl_ok_argv(const char *const *argv);
#define supctl_ok(...) supctl_ok_argv((const char *const[]){ __VA_ARGS__, NULL })

/* supctl in the background; supctl_finish() waits for it. */
typedef struct Background Background;
Background *supctl_begin_argv(const char *const *argv);
#define supctl_begin(...) supctl_begin_argv((const char *const[]){ __VA_ARGS__, NULL })
Run supctl_finish(Background *b);
bool supctl_is_running(Background *b);
void supctl_kill(Background *b, int signo);

/* supd with these arguments after -c and --runtime-dir, to the end of the started process. */
Run supd_argv(const char *const *argv);
#define supd_run(...) supd_argv((const char *const[]){ __VA_ARGS__, NULL })

/* --- supd --- */

void supd_start(void);            /* detached: the starting process has returned 0 */
void supd_start_foreground(void); /* as our child; returns when the control socket answers */
void supd_signal(int signo);
int supd_wait(void);  /* its end; the wait status */
void supd_stop(void); /* SIGTERM, and it must exit with 0 */
char *supd_log(void); /* what it has logged so far */

/* --- what supd says about a service, by D-Bus, independent of supctl --- */

typedef struct View {
        char *name, *phase, *goal, *result, *description, *note;
        pid_t pid;
        uint64_t next_start_in, uptime; /* microseconds; UINT64_MAX: none */
        unsigned restarts;
        bool pending_restart;
} View;

View view(const char *service);
char *daemon_scope(void); /* "cgroup", "process" */
uint64_t daemon_orphans_reaped(void);
pid_t service_pid(const char *service); /* fails when it is not running */
/* By the StateChanged signal, which supd must send. */
void wait_for_phase(const char *service, const char *phase);

/* --- waiting --- */

uint64_t now_ms(void);      /* CLOCK_MONOTONIC */
uint64_t deadline_ms(void); /* from now: 30 s, four times that under sanitizers */
void wait_for_file(const char *path);
/* The first line of the file that contains text; waits for it to be written. */
char *wait_for_line(const char *path, const char *needle);
/* The number at the end of that line. */
pid_t wait_for_pid(const char *path, const char *needle);
unsigned count_lines(const char *path, const char *needle);
void wait_for_lines(const char *path, const char *needle, unsigned n);
void wait_for_exit(pid_t pid); /* of any process: until it is gone or a zombie */

/* For what gives no event. */
bool keep_waiting(uint64_t deadline);
#define wait_until(condition)                                                                                          \
        do {                                                                                                           \
                uint64_t _deadline = deadline_ms();                                                                    \
                while (!(condition))                                                                                   \
                        ck_assert_msg(keep_waiting(_deadline), "in vain: %s\n%s", #condition, supd_log());             \
        } while (0)

/* --- looking at the machine --- */

char *read_file(const char *path); /* NULL when it is not there */
char *must_read(const char *path);
bool process_exists(pid_t pid); /* a zombie does not */
char process_state(pid_t pid);  /* as in /proc/PID/stat; 0: gone */
pid_t process_parent(pid_t pid);
unsigned count_zombies(pid_t parent);
unsigned children_of(pid_t parent, pid_t *ret, unsigned max);
/* Processes of this namespace whose command line contains the text; zombies do not count. */
unsigned count_processes(const char *needle);
int free_port(void);
bool port_is_open(int port);
/* Value of key=value in the output of the program `inherited`; NULL when there is none. */
char *value_of(const char *properties, const char *key);

void assert_contains(const char *haystack, const char *needle);
void assert_lacks(const char *haystack, const char *needle);
