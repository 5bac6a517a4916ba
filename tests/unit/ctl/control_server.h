/* The real control server with the real manager in a process of its own, on a socket in a directory of the test. For the
 * tests in this folder only. */
#pragma once

#include <systemd/sd-bus.h>

#include "conf/base/usec.h"
#include "ctl/protocol.h"
#include "tests/unit/daemon/temp_dir.h"

typedef struct ControlServer {
        pid_t pid;
        char directory[64];
        char socket_path[108];
} ControlServer;

/* n_files > 0: RLIMIT_NOFILE of the server. config is the text of its configuration. */
ControlServer server_start(const char *config, unsigned n_files);
void server_stop(ControlServer *s); /* asserts that it ends by itself and well */

int connect_raw(const ControlServer *s);     /* blocking */
sd_bus *connect_bus(const ControlServer *s); /* not yet authenticated */
void assert_answers(const ControlServer *s); /* a new peer is served */

usec_t test_now(void);
/* A number from /proc/PID/status ("VmRSS:", in kB; "Threads:"). */
unsigned long server_status(const ControlServer *s, const char *key);
unsigned server_count_fds(const ControlServer *s);
usec_t server_cpu(const ControlServer *s);
