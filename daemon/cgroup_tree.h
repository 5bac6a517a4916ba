/* Directories in a cgroup v2 hierarchy: our own subtree, below the cgroup that supd itself was started in, and how to remove
 * such trees. rmdir succeeds only where no process lives, so removing can harm nobody. */
#pragma once

/* Makes the subtree "supd-PID-RANDOM" and locks it (flock(2)) for as long as *ret_fd is open. What dead ones left beside it is
 * removed. -ENOENT: no cgroup v2 mount shows our cgroup; -EACCES, -EROFS: not ours to write in. */
int cgroup_tree_open(int *ret_fd, char **ret_path);

/* A directory with all that is below it. -EBUSY (and errno) where something lives; what is empty has gone nevertheless. */
int cgroup_tree_remove(int parent_fd, const char *name);
