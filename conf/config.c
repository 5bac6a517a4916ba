/* The life of a Config, and look-ups in it. Only config_load() makes one; nobody changes one. */
#include "conf/config.h"

#include <string.h>

Config *config_ref(Config *c) {
        c->n_ref++;
        return c;
}

Config *config_unref(Config *c) {
        if (!c || --c->n_ref > 0)
                return NULL;
        arena_done(&c->arena);
        free(c);
        return NULL;
}

static int compare_name(const void *name, const void *service) {
        const ServiceConfig *const *s = service;
        return strcmp(name, (*s)->name);
}

const ServiceConfig *config_find_service(const Config *c, const char *name) {
        if (c->n_services == 0)
                return NULL;
        const ServiceConfig *const *found =
                        bsearch(name, c->services_by_name, c->n_services, sizeof(ServiceConfig *), compare_name);
        return found ? *found : NULL;
}

const GroupConfig *config_find_group(const Config *c, const char *name) {
        for (size_t i = 0; i < c->n_groups; i++)
                if (strcmp(c->groups[i].name, name) == 0)
                        return &c->groups[i];
        return NULL;
}
