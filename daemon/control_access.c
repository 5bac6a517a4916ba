/* Who may control supd: judged once per connection, by what the kernel says about the other end at connect(2). Never asks
 * the user database: groups come with the socket. */
#include <stdio.h>

#include "daemon/control_internal.h"

static bool group_list_has(const gid_t *groups, size_t n, gid_t gid) {
        for (size_t i = 0; i < n; i++)
                if (groups[i] == gid)
                        return true;
        return false;
}

/* 1: a supplementary group of the peer. 0: not. */
static int peer_is_in_group(int fd, gid_t gid) {
        _cleanup_(freep) gid_t *groups = NULL;
        socklen_t size = 64 * sizeof(gid_t);

        for (;;) {
                gid_t *bigger = realloc(groups, MAX(size, sizeof(gid_t)));
                if (!bigger)
                        return -ENOMEM;
                groups = bigger;
                if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) == 0)
                        return group_list_has(groups, size / sizeof(gid_t), gid);
                if (errno != ERANGE) /* size now says how much is needed */
                        return errno == ENOPROTOOPT ? 0 : -errno;
        }
}

int control_access_judge(const Control *c, int fd, struct ucred *ret_cred, Access *ret) {
        gid_t gid = c->manager->config->daemon.control_gid;
        struct ucred cred;
        socklen_t size = sizeof(cred);

        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &size) < 0)
                return -errno;

        Access access = ACCESS_DENIED;
        if (cred.uid == 0 || cred.uid == geteuid())
                access = ACCESS_PRIVILEGED;
        else if (gid != (gid_t) -1) {
                int r = cred.gid == gid ? 1 : peer_is_in_group(fd, gid);
                if (r < 0)
                        return r;
                access = r ? ACCESS_GROUP : ACCESS_DENIED;
        }
        *ret_cred = cred;
        *ret = access;
        return 0;
}

char *control_access_denied_text(const Control *c, uid_t uid) {
        const char *group = c->manager->config->daemon.control_group;
        char *text;
        int r;

        if (group)
                r = asprintf(&text,
                        "uid %u may not control supd: only root, uid %u and members of group '%s' may; "
                        "add the user to that group and log in again",
                        (unsigned) uid, (unsigned) geteuid(), group);
        else
                r = asprintf(&text,
                        "uid %u may not control supd: only root and uid %u may; set control_group in section [supd] "
                        "to let the members of a group in",
                        (unsigned) uid, (unsigned) geteuid());
        return r < 0 ? NULL : text;
}
