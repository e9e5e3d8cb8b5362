// SPDX-License-Identifier: LGPL-3.0-or-later
import { cookie } from "@web/core/browser/cookie";
import { getColor } from "@web/core/colors/colors";
import { registry } from "@web/core/registry";
import {
    JournalDashboardGraphField,
    journalDashboardGraphField,
} from "@web/views/fields/journal_dashboard_graph/journal_dashboard_graph_field";

/** Odoo's graph of a dashboard as bare bars, with their meaning in words below. */
export class OrderGraph extends JournalDashboardGraphField {
    static template = "amazon_connector.OrderGraph";

    get series() {
        return JSON.parse(this.props.record.data[this.props.name])[0];
    }

    get hasOrders() {
        return this.series.values.some(({ value }) => value);
    }

    renderChart() {
        // Odoo reads the values once; the card's are read anew after each button.
        this.data = [this.series];
        if (this.canvasRef.el) {
            super.renderChart();
        }
    }

    getBarChartConfig() {
        const config = super.getBarChartConfig();
        config.options.scales.x.display = false;
        config.data.datasets[0].backgroundColor = getColor(
            1,
            cookie.get("color_scheme"),
            "odoo"
        );
        return config;
    }
}

registry.category("fields").add("amazon_order_graph", {
    ...journalDashboardGraphField,
    component: OrderGraph,
});
