// SPDX-License-Identifier: LGPL-3.0-or-later
import { cookie } from "@web/core/browser/cookie";
import { getCustomColor } from "@web/core/colors/colors";
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
        const scheme = cookie.get("color_scheme");
        const ticks = { color: getCustomColor(scheme, "#374151", "#E4E4E4"), font: { size: 11 } };
        const { key, values } = this.series;
        return {
            type: "bar",
            data: {
                labels: values.map(({ label }) => label),
                datasets: [
                    {
                        label: key,
                        data: values.map(({ value }) => value),
                        backgroundColor: getCustomColor(scheme, "#5ba4b8", "#4d8a9b"),
                        maxBarThickness: 18,
                    },
                ],
            },
            options: {
                indexAxis: "y",
                maintainAspectRatio: false,
                plugins: { legend: { display: false } },
                scales: {
                    x: { beginAtZero: true, ticks: { ...ticks, maxTicksLimit: 5 } },
                    y: { grid: { display: false }, ticks: { ...ticks, autoSkip: false } },
                },
            },
        };
    }
}

registry.category("fields").add("amazon_fee_graph", {
    ...journalDashboardGraphField,
    component: FeeGraph,
});
