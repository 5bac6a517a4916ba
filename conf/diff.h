/* What changed between two configurations, service by service and key by key. Pure. */
#pragma once

#include "conf/config.h"

typedef enum ServiceChangeKind {
        SERVICE_ADDED,
        SERVICE_REMOVED,
        SERVICE_CHANGED_HOT,     /* every changed key takes effect at once */
        SERVICE_CHANGED_RESTART, /* at least one needs the service to be started anew */
        _SERVICE_CHANGE_KIND_MAX,
} ServiceChangeKind;
ENUM_TABLE_DECLARE(service_change_kind, ServiceChangeKind);

typedef struct KeyChange {
        const char *key;        /* the schema's name for it */
        bool needs_restart;
        char *old_value, *new_value; /* as text; NULL: not set */
} KeyChange;

typedef struct ServiceChange {
        ServiceChangeKind kind;
        const ServiceConfig *old_config, *new_config; /* borrowed; NULL where there is none */
        KeyChange *keys;
        size_t n_keys;
} ServiceChange;

typedef struct ConfigDiff {
        ServiceChange *changes; /* removed ones first, then the order of the new configuration */
        size_t n_changes;
        Config *owner; /* keeps what is borrowed from a Config that is not in service; given up by config_diff_done(); NULL: none */
} ConfigDiff;

int config_diff(const Config *old_config, const Config *new_config, ConfigDiff *ret); /* 0 or -ENOMEM */
void config_diff_done(ConfigDiff *d);
