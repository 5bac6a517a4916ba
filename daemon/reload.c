/* Takes a new configuration into service: touches what changed, and nothing else. */
#include <string.h>

#include "daemon/actions.h"
#include "daemon/control.h"
#include "daemon/log.h"
#include "daemon/manager.h"
#include "daemon/output.h"
#include "daemon/registry.h"

static void log_change(const ServiceChange *c) {
        const ServiceConfig *sc = c->new_config ?: c->old_config;

        log_info("reload: %s: %s", sc->name, service_change_kind_to_string(c->kind));
        for (size_t i = 0; i < c->n_keys; i++)
                log_info("reload: %s.%s: %s -> %s", sc->name, c->keys[i].key, c->keys[i].old_value ?: "(not set)",
                        c->keys[i].new_value ?: "(not set)");
}

/* Swaps the definition under a service. What is hot counts from the next event on. */
static void service_set_config(Service *s, const ServiceConfig *config, bool needs_restart) {
        config_ref(config->owner);
        config_unref(s->config->owner);
        s->config = config;
        if (needs_restart && !service_phase_is_final(s->state.phase))
                s->pending_restart = true;
        output_set_limits(s);
}

static void remove_service(Service *s, const Requester *who) {
        s->gone = true;
        service_note_request(s, REQUEST_RELOAD, who);
        (void) service_dispatch(s, &(ServiceEvent){ .kind = EVENT_STOP, .stop_mode = STOP_NORMAL });
}

/* A service of this name may still be on its way out from an earlier reload: it comes back as what is configured now. */
static void add_service(Manager *m, const ServiceConfig *config, const Requester *who) {
        Service *s = manager_find_service(m, config->name);

        if (s) {
                s->gone = false;
                service_set_config(s, config, true);
        } else if (manager_add_service(m, config, &s) < 0) {
                log_error("%s: not added: out of memory", config->name);
                return;
        }
        if (!config->autostart)
                return;
        service_note_request(s, REQUEST_RELOAD, who);
        (void) service_dispatch(s, &(ServiceEvent){ .kind = EVENT_START, .origin = START_AUTOMATIC });
}

static void apply(Manager *m, const ServiceChange *c, const Requester *who) {
        Service *s = c->old_config ? manager_find_service(m, c->old_config->name) : NULL;

        log_change(c);
        switch (c->kind) {
        case SERVICE_ADDED:
                add_service(m, c->new_config, who);
                break;
        case SERVICE_REMOVED:
                if (s)
                        remove_service(s, who);
                break;
        case SERVICE_CHANGED_HOT:
        case SERVICE_CHANGED_RESTART:
                if (s)
                        service_set_config(s, c->new_config, c->kind == SERVICE_CHANGED_RESTART);
                break;
        case _SERVICE_CHANGE_KIND_MAX:
                break;
        }
}

/* Services that did not change take the new definition too, so that the old Config can go. */
static void adopt_unchanged(Manager *m, const Config *config) {
        for (size_t i = 0; i < config->n_services; i++) {
                Service *s = manager_find_service(m, config->services[i]->name);
                if (s && s->config != config->services[i])
                        service_set_config(s, config->services[i], false);
        }
}

static int compare_order(const void *a, const void *b) {
        const Service *x = *(Service *const *) a, *y = *(Service *const *) b;
        return (x->order > y->order) - (x->order < y->order);
}

static void renumber(Manager *m, const Config *config) {
        for (size_t i = 0; i < m->n_services; i++)
                m->services[i]->order = (unsigned) (config->n_services + i); /* those that are gone come last */
        for (size_t i = 0; i < config->n_services; i++) {
                Service *s = manager_find_service(m, config->services[i]->name);
                if (s)
                        s->order = (unsigned) i;
        }
        qsort(m->services, m->n_services, sizeof *m->services, compare_order);
}

static int load(Manager *m, Diagnostics *d, Config **ret) {
        LoadOptions options = m->options.load;
        int r = config_load(&options, d, ret);

        /* skip-service is for the first start: while services run, the old definition is better than none */
        if (r >= 0 && diagnostics_failed(d)) {
                *ret = config_unref(*ret);
                return -EBADMSG;
        }
        return r;
}

/* What both of them begin with: the new configuration, and how it differs from the one in service. */
static int prepare(Manager *m, Diagnostics *d, Config **ret_config, ConfigDiff *ret_diff) {
        _cleanup_(config_unrefp) Config *config = NULL;

        if (m->shutting_down)
                return -ESHUTDOWN;
        int r = load(m, d, &config);
        if (r < 0)
                return r;
        r = config_diff(m->config, config, ret_diff);
        if (r < 0)
                return r;
        *ret_config = STEAL_PTR(config);
        return 0;
}

int manager_plan(Manager *m, Diagnostics *d, ConfigDiff *ret_diff) {
        Config *config;

        int r = prepare(m, d, &config, ret_diff);
        if (r >= 0)
                ret_diff->owner = config;
        return r;
}

int manager_reload(Manager *m, const Requester *who, Diagnostics *d, ConfigDiff *ret_diff) {
        ConfigDiff diff;
        Config *config;

        if (who && who->pid != 0 && !m->shutting_down)
                log_info("reload requested by uid %u, pid %d (%s)", (unsigned) who->uid, who->pid, who->comm);
        int r = prepare(m, d, &config, &diff);
        if (r < 0)
                return r;

        for (size_t i = 0; i < diff.n_changes; i++)
                apply(m, &diff.changes[i], who);
        adopt_unchanged(m, config);
        renumber(m, config);
        log_info("reload: %zu services changed, %zu in all", diff.n_changes, config->n_services);

        /* the diff points into both configurations: the old one stays until the caller has read it */
        diff.owner = m->config;
        m->config = config;
        control_config_changed(m->control);
        if (ret_diff)
                *ret_diff = diff;
        else
                config_diff_done(&diff);
        return 0;
}
