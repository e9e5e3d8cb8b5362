// SPDX-License-Identifier: LGPL-3.0-or-later
import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** A count of a sync run that opens the records it counts. */
export class RecordCount extends Component {
    static template = "amazon_connector.RecordCount";
    static props = {
        ...standardFieldProps,
        action: { type: String, optional: true },
        outcomes: { type: Array, optional: true },
    };

    setup() {
        this.action = useService("action");
    }

    get count() {
        return this.props.record.data[this.props.name];
    }

    async open() {
        const { record } = this.props;
        await this.action.doActionButton({
            type: "object",
            name: this.props.action || "action_open_records",
            resModel: record.resModel,
            resId: record.resId,
            resIds: [record.resId],
            context: record.context,
            buttonContext: { outcomes: this.props.outcomes },
        });
    }
}

registry.category("fields").add("amazon_record_count", {
    component: RecordCount,
    supportedTypes: ["integer"],
    extractProps: ({ options }) => ({
        action: options.action,
        outcomes: options.outcomes,
    }),
});
