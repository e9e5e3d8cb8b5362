// SPDX-License-Identifier: LGPL-3.0-or-later
import { Component, xml } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { useProgressWhile } from "./sync_run";

/** Keeps the figures of a finished set-up current while the first sync is at work. */
export class SetupProgress extends Component {
    static template = xml``;
    static props = standardWidgetProps;

    setup() {
        useProgressWhile(this, () => this.props.record.data.step === "done");
    }
}

registry.category("view_widgets").add("amazon_setup_progress", {
    component: SetupProgress,
    fieldDependencies: [{ name: "step", type: "selection" }],
});
