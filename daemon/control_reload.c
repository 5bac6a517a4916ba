/* ReloadConfiguration and PlanConfiguration: what the manager changed, or would change, told service by service and key by key;
 * or why it changed nothing. */
#include <string.h>

#include "daemon/control_internal.h"

static int append_keys(sd_bus_message *m, const ServiceChange *change) {
        int r = sd_bus_message_open_container(m, 'a', "(sssb)");

        for (size_t i = 0; i < change->n_keys && r >= 0; i++) {
                const KeyChange *k = &change->keys[i];

                r = sd_bus_message_append(
                        m, "(sssb)", k->key, k->old_value ?: "", k->new_value ?: "", (int) k->needs_restart);
        }
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_change(sd_bus_message *m, const ServiceChange *change) {
        const ServiceConfig *config = change->new_config ?: change->old_config;
        int r;

        if ((r = sd_bus_message_open_container(m, 'r', "ssa(sssb)")) < 0 ||
                (r = sd_bus_message_append(m, "ss", config->name, service_change_kind_to_string(change->kind))) < 0 ||
                (r = append_keys(m, change)) < 0)
                return r;
        return sd_bus_message_close_container(m);
}

static int append_changes(sd_bus_message *m, const ConfigDiff *diff) {
        int r = sd_bus_message_open_container(m, 'a', "(ssa(sssb))");

        for (size_t i = 0; i < diff->n_changes && r >= 0; i++)
                r = append_change(m, &diff->changes[i]);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

/* Warnings, and errors too where on_config_error = skip-service let the rest pass. */
static int append_warnings(sd_bus_message *m, const Diagnostics *d) {
        int r = sd_bus_message_open_container(m, 'a', "s");

        for (size_t i = 0; i < d->n_items && r >= 0; i++) {
                _cleanup_(freep) char *line = diagnostic_format(&d->items[i]);

                r = line ? sd_bus_message_append(m, "s", line) : -ENOMEM;
        }
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int reply_diff(ControlPeer *peer, sd_bus_message *call, const ConfigDiff *diff, const Diagnostics *d) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        int r;

        if ((r = sd_bus_message_new_method_return(call, &reply)) < 0 || (r = append_changes(reply, diff)) < 0 ||
                (r = append_warnings(reply, d)) < 0 || (r = sd_bus_send(NULL, reply, NULL)) < 0)
                return r;
        control_peer_account(peer, 256 * (diff->n_changes + d->n_items + 1));
        return 1;
}

static int reload_error(int r, const Diagnostics *d, sd_bus_error *e) {
        _cleanup_(freep) char *text = d->n_items > 0 ? diagnostics_to_string(d) : NULL;

        if (r == -ESHUTDOWN)
                return sd_bus_error_set(e, SUPD_ERROR_SHUTTING_DOWN, "supd is shutting down; nothing is reloaded any more");
        return sd_bus_error_set(e, SUPD_ERROR_CONFIG_INVALID, text ?: strerror(-r));
}

int control_method_reload_configuration(sd_bus_message *m, void *userdata, sd_bus_error *e) {
        ControlPeer *peer = userdata;
        _cleanup_(diagnostics_done) Diagnostics d = { 0 };
        _cleanup_(config_diff_done) ConfigDiff diff = { 0 };

        int r = manager_reload(peer->control->manager, control_peer_requester(peer), &d, &diff);
        return r < 0 ? reload_error(r, &d, e) : reply_diff(peer, m, &diff, &d);
}

int control_method_plan_configuration(sd_bus_message *m, void *userdata, sd_bus_error *e) {
        ControlPeer *peer = userdata;
        _cleanup_(diagnostics_done) Diagnostics d = { 0 };
        _cleanup_(config_diff_done) ConfigDiff diff = { 0 };

        int r = manager_plan(peer->control->manager, &d, &diff);
        return r < 0 ? reload_error(r, &d, e) : reply_diff(peer, m, &diff, &d);
}
