/* Users and groups by name, looked up while a configuration is loaded and never later. The cache belongs to one load: with
 * 1,000 services of one user the database is asked once. */
#pragma once

#include "conf/config.h"

typedef struct CredentialsCache {
        Arena *arena; /* of the Config: where results go */
        HashTable found;
} CredentialsCache;

void credentials_cache_done(CredentialsCache *cache);

/* What went wrong, and with which key. */
typedef struct CredentialsError {
        const char *key;
        char *reason; /* heap */
} CredentialsError;

/* user, group and supplementary as a service writes them (each may be NULL, interned in cache->arena) to what setgroups,
 * setgid and setuid take. 0; -EINVAL with *ret_error; -ENOMEM. */
int credentials_lookup(CredentialsCache *cache, const char *user, const char *group, char *const *supplementary,
                const Credentials **ret, CredentialsError *ret_error);

/* group name or number to gid: 0, -EINVAL with *ret_reason, -ENOMEM. */
int group_lookup(const char *group, gid_t *ret, char **ret_reason);
