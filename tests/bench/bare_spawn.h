/* The two ways in which bare starts a service. Both return when the service's program runs. */
#pragma once

#include "bare_services.h"

/* Once, before anything is spawned: the stack of the children, and /dev/null at a fixed descriptor. -errno. */
int bare_spawn_setup(void);

/* vfork and execve; of the rest only that the signals which the parent has blocked are not blocked in the child. */
pid_t bare_spawn_minimal(const Service *s);

/* The system calls of supd: shared descriptor table unshared in the child, own session, /dev/null as standard descriptors,
 * umask, directory, signals. cgroup_fd: where the child is born, -1: in the cgroup of the parent. -errno. */
pid_t bare_spawn_full(const Service *s, int cgroup_fd, int *ret_pidfd);
