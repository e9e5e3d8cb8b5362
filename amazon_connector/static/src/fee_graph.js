// SPDX-License-Identifier: LGPL-3.0-or-later
import { registry } from "@web/core/registry";
import { journalDashboardGraphField } from "@web/views/fields/journal_dashboard_graph/journal_dashboard_graph_field";

import { OrderGraph } from "./order_graph";

const BAR_REM = 1.75;
const AXIS_REM = 2;

/** What Amazon keeps, a bar for each kind of fee, with its meaning in words. */
export class FeeGraph extends OrderGraph {
    static template = "amazon_connector.FeeGraph";

    get height() {
        return `${this.series.values.length * BAR_REM + AXIS_REM}rem`;
    }

    getBarChartConfig() {
        const config = super.getBarChartConfig();
        config.options.indexAxis = "y";
        config.options.scales.x.display = true;
        config.options.scales.x.ticks.maxTicksLimit = 5;
        config.options.scales.y = { grid: { display: false }, ticks: {} };
        config.options.scales.y.ticks.color = config.options.scales.x.ticks.color;
        config.data.datasets[0].maxBarThickness = 18;
        return config;
    }
}

registry.category("fields").add("amazon_fee_graph", {
    ...journalDashboardGraphField,
    component: FeeGraph,
});
