// SPDX-License-Identifier: LGPL-3.0-or-later
import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** The figures of a sync run by channel; each opens the records that it counts. */
export class ChannelCounts extends Component {
    static template = "amazon_connector.ChannelCounts";
    static props = standardFieldProps;

    setup() {
        this.action = useService("action");
        this.figures = [
            { name: "synced_count", label: _t("Synced") },
            { name: "frozen_count", label: _t("Frozen") },
            { name: "skipped_count", label: _t("Skipped") },
            { name: "failed_count", label: _t("Failed") },
        ];
    }

    get rows() {
        return this.props.record.data[this.props.name] || [];
    }

    async open(row, figure) {
        const { record } = this.props;
        await this.action.doActionButton({
            type: "object",
            name: "action_open_records",
            resModel: record.resModel,
            resId: record.resId,
            resIds: [record.resId],
            context: record.context,
            buttonContext: { outcomes: row.outcomes[figure.name], run_channel: row.channel_id },
        });
    }
}

registry.category("fields").add("amazon_channel_counts", {
    component: ChannelCounts,
    supportedTypes: ["json"],
});
