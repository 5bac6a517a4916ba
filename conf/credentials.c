/* See credentials.h. getpwnam_r(3) and its siblings with growing buffers: a directory service may hold groups of
 * thousands of members. */
#include "conf/credentials.h"

#include <grp.h>
#include <pwd.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "conf/base/parse.h"

#define BUFFER_FIRST 1024
#define BUFFER_MAX   (16U << 20) /* a broken name service may say ERANGE for ever */
#define GROUPS_MAX   65536       /* NGROUPS_MAX of Linux */

typedef struct CacheEntry {
        HashNode node;
        const char *user, *group;
        char *const *supplementary;
        const Credentials *credentials;
} CacheEntry;

void credentials_cache_done(CredentialsCache *cache) {
        if (cache)
                hash_table_done(&cache->found);
}

_printf_(2, 3) static int refuse(char **reason, const char *format, ...) {
        va_list args;
        va_start(args, format);
        int n = vasprintf(reason, format, args);
        va_end(args);
        if (n >= 0)
                return -EINVAL;
        *reason = NULL;
        return -ENOMEM;
}

/* One look-up with a growing buffer. 1: found, *ret_buffer holds the strings; 0: nobody; or a negative errno. */
typedef int (*LookUp)(const char *name, uint64_t number, void *entry, char *buffer, size_t size, bool *found);

static int look_up(LookUp function, const char *name, uint64_t number, void *entry, char **ret_buffer) {
        for (size_t size = BUFFER_FIRST; size <= BUFFER_MAX; size *= 2) {
                _cleanup_(freep) char *buffer = malloc(size);
                bool found = false;
                if (!buffer)
                        return -ENOMEM;
                int e = function(name, number, entry, buffer, size, &found);
                if (e == ERANGE || e == EINTR)
                        continue;
                if (found)
                        *ret_buffer = STEAL_PTR(buffer);
                /* POSIX wants 0 for "nobody"; these stand for it in practice, see getpwnam(3). */
                return found ? 1 : e == ENOENT || e == ESRCH || e == EBADF || e == EPERM ? 0 : -e;
        }
        return -ERANGE;
}

static int user_by_name(
                const char *name, uint64_t number _unused_, void *entry, char *buffer, size_t size, bool *found) {
        struct passwd *result = NULL;
        int e = getpwnam_r(name, entry, buffer, size, &result);
        *found = result;
        return e;
}

static int user_by_number(
                const char *name _unused_, uint64_t number, void *entry, char *buffer, size_t size, bool *found) {
        struct passwd *result = NULL;
        int e = getpwuid_r((uid_t) number, entry, buffer, size, &result);
        *found = result;
        return e;
}

static int group_by_name(
                const char *name, uint64_t number _unused_, void *entry, char *buffer, size_t size, bool *found) {
        struct group *result = NULL;
        int e = getgrnam_r(name, entry, buffer, size, &result);
        *found = result;
        return e;
}

/* UINT32_MAX is (uid_t) -1, which setuid(2) and chown(2) read as "leave it". */
static bool is_id(const char *text, uint64_t *ret) {
        return parse_u64(text, 0, UINT32_MAX - 1, ret) == 0;
}

int group_lookup(const char *group, gid_t *ret, char **ret_reason) {
        struct group entry;
        _cleanup_(freep) char *buffer = NULL;
        uint64_t number = 0;
        if (is_id(group, &number)) {
                *ret = (gid_t) number;
                return 0;
        }
        int r = look_up(group_by_name, group, 0, &entry, &buffer);
        if (r == -ENOMEM)
                return r;
        if (r <= 0)
                return refuse(ret_reason, "%s group `%.60s`", r == 0 ? "unknown" : "cannot look up the", group);
        *ret = entry.gr_gid;
        return 0;
}

static int set_string(Arena *a, const char **to, const char *from) {
        *to = from && *from ? arena_intern(a, from) : NULL;
        return from && *from && !*to ? -ENOMEM : 0;
}

/* The user's part; without a passwd entry the group of the same number, because supd's own would be root's. user NULL
 * is the one that supd runs as. */
static int fill_user(CredentialsCache *cache, const char *user, Credentials *c, CredentialsError *error) {
        struct passwd entry;
        _cleanup_(freep) char *buffer = NULL;
        uint64_t number = geteuid();
        bool by_number = !user || is_id(user, &number);
        int r = look_up(by_number ? user_by_number : user_by_name, user, number, &entry, &buffer);
        error->key = "user";
        if (r == -ENOMEM)
                return r;
        if (r > 0) {
                c->uid = entry.pw_uid;
                c->gid = entry.pw_gid;
                r = set_string(cache->arena, &c->user_name, entry.pw_name);
                if (r == 0)
                        r = set_string(cache->arena, &c->home, entry.pw_dir);
                return r < 0 ? r : set_string(cache->arena, &c->shell, entry.pw_shell);
        }
        if (!by_number)
                return refuse(&error->reason, "%s user `%.60s`", r == 0 ? "unknown" : "cannot look up the", user);
        c->uid = (uid_t) number;
        c->gid = (gid_t) number;
        return 0;
}

static int intern_groups(CredentialsCache *cache, const gid_t *groups, size_t n, Credentials *c) {
        c->groups = arena_intern_data(cache->arena, groups, n * sizeof(gid_t), alignof(gid_t));
        c->n_groups = n;
        return c->groups ? 0 : -ENOMEM;
}

/* What initgroups(3) would set. */
static int fill_groups_of_user(CredentialsCache *cache, Credentials *c) {
        if (!c->user_name)
                return intern_groups(cache, &c->gid, 1, c);
        for (int room = 64; room <= GROUPS_MAX; room *= 2) {
                _cleanup_(freep) gid_t *groups = calloc((size_t) room, sizeof(gid_t));
                int n = room;
                if (!groups)
                        return -ENOMEM;
                if (getgrouplist(c->user_name, c->gid, groups, &n) >= 0)
                        return intern_groups(cache, groups, (size_t) n, c);
        }
        return intern_groups(cache, &c->gid, 1, c);
}

static int fill_listed_groups(CredentialsCache *cache, char *const *names, Credentials *c, CredentialsError *error) {
        size_t n = strv_length(names);
        _cleanup_(freep) gid_t *groups = calloc(n, sizeof(gid_t));
        if (!groups)
                return -ENOMEM;
        error->key = "supplementary_groups";
        for (size_t i = 0; i < n; i++) {
                int r = group_lookup(names[i], &groups[i], &error->reason);
                if (r < 0)
                        return r;
        }
        return intern_groups(cache, groups, n, c);
}

static int fill(CredentialsCache *cache, const CacheEntry *wanted, Credentials *c, CredentialsError *error) {
        int r = fill_user(cache, wanted->user, c, error);
        if (r == 0 && wanted->group) {
                error->key = "group";
                r = group_lookup(wanted->group, &c->gid, &error->reason);
        }
        if (r < 0)
                return r;
        return wanted->supplementary ? fill_listed_groups(cache, wanted->supplementary, c, error)
                                     : fill_groups_of_user(cache, c);
}

/* All three are interned, so the pointers tell them apart. */
static uint64_t hash_wanted(const CacheEntry *e) {
        return hash_u64((uintptr_t) e->user ^ hash_u64((uintptr_t) e->group ^ hash_u64((uintptr_t) e->supplementary)));
}

static const Credentials *cached(const CredentialsCache *cache, const CacheEntry *wanted) {
        for (HashNode *n = hash_table_first(&cache->found, hash_wanted(wanted)); n; n = hash_node_next_equal(n)) {
                const CacheEntry *e = container_of(n, CacheEntry, node);
                if (e->user == wanted->user && e->group == wanted->group && e->supplementary == wanted->supplementary)
                        return e->credentials;
        }
        return NULL;
}

int credentials_lookup(CredentialsCache *cache, const char *user, const char *group, char *const *supplementary,
                const Credentials **ret, CredentialsError *ret_error) {
        CacheEntry wanted = { .user = user, .group = group, .supplementary = supplementary };
        const Credentials *c = cached(cache, &wanted);
        if (!c) {
                Credentials *made = arena_alloc(cache->arena, sizeof(Credentials));
                CacheEntry *e = arena_alloc(cache->arena, sizeof(CacheEntry));
                if (!made || !e)
                        return -ENOMEM;
                int r = fill(cache, &wanted, made, ret_error);
                if (r < 0)
                        return r;
                *e = wanted;
                e->credentials = c = made;
                r = hash_table_insert(&cache->found, &e->node, hash_wanted(e));
                if (r < 0)
                        return r;
        }
        *ret = c;
        return 0;
}
