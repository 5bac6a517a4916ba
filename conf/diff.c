/* See diff.h. Key by key through the schema table, so that a new key is compared the day it is added. */
#include "conf/diff.h"

#include <string.h>

#include "conf/schema.h"

static const char *const change_names[] = {
        [SERVICE_ADDED] = "added",
        [SERVICE_REMOVED] = "removed",
        [SERVICE_CHANGED_HOT] = "changed",
        [SERVICE_CHANGED_RESTART] = "changed-restart",
};
ENUM_TABLE(service_change_kind, ServiceChangeKind, change_names, _SERVICE_CHANGE_KIND_MAX);

static void change_done(ServiceChange *c) {
        for (size_t i = 0; i < c->n_keys; i++) {
                free(c->keys[i].old_value);
                free(c->keys[i].new_value);
        }
        free(c->keys);
}

void config_diff_done(ConfigDiff *d) {
        if (!d)
                return;
        for (size_t i = 0; i < d->n_changes; i++)
                change_done(&d->changes[i]);
        free(d->changes);
        config_unref(d->owner);
        *d = (ConfigDiff){ 0 };
}

static int add_key(ServiceChange *c, const SchemaKey *key) {
        KeyChange *bigger = reallocarray(c->keys, c->n_keys + 1, sizeof(KeyChange));
        if (!bigger)
                return -ENOMEM;
        c->keys = bigger;
        KeyChange *k = &c->keys[c->n_keys++];
        *k = (KeyChange){ .key = key->name, .needs_restart = key->needs_restart };
        int r = schema_format(key, c->old_config, &k->old_value);
        return r < 0 ? r : schema_format(key, c->new_config, &k->new_value);
}

/* Fills c->keys and the kind; no keys: nothing changed. */
static int compare_keys(ServiceChange *c) {
        c->kind = SERVICE_CHANGED_HOT;
        for (size_t i = 0; i < n_schema_keys; i++) {
                const SchemaKey *key = &schema_keys[i];
                if (key->section != SCHEMA_SERVICE || schema_equal(key, c->old_config, c->new_config))
                        continue;
                int r = add_key(c, key);
                if (r < 0)
                        return r;
                if (key->needs_restart)
                        c->kind = SERVICE_CHANGED_RESTART;
        }
        return 0;
}

/* changes has room for every service of both configurations. */
static int compare_service(ConfigDiff *d, const ServiceConfig *old_config, const ServiceConfig *new_config) {
        ServiceChange *c = &d->changes[d->n_changes];
        *c = (ServiceChange){ .old_config = old_config, .new_config = new_config };
        if (!old_config || !new_config) {
                c->kind = old_config ? SERVICE_REMOVED : SERVICE_ADDED;
                d->n_changes++;
                return 0;
        }
        int r = compare_keys(c);
        if (r < 0 || c->n_keys > 0)
                d->n_changes++; /* on failure too: it is then freed with the rest */
        return r;
}

static int compare_all(ConfigDiff *d, const Config *old_config, const Config *new_config) {
        int r = 0;
        for (size_t i = 0; i < old_config->n_services; i++)
                if (!config_find_service(new_config, old_config->services[i]->name))
                        (void) compare_service(d, old_config->services[i], NULL);
        for (size_t i = 0; i < new_config->n_services && r == 0; i++) {
                const ServiceConfig *c = new_config->services[i];
                r = compare_service(d, config_find_service(old_config, c->name), c);
        }
        return r;
}

int config_diff(const Config *old_config, const Config *new_config, ConfigDiff *ret) {
        ConfigDiff d = { 0 };
        d.changes = calloc(old_config->n_services + new_config->n_services + 1, sizeof(ServiceChange));
        if (!d.changes)
                return -ENOMEM;
        int r = compare_all(&d, old_config, new_config);
        if (r < 0) {
                config_diff_done(&d);
                return r;
        }
        *ret = d;
        return 0;
}
