// SPDX-License-Identifier: LGPL-3.0-or-later
import { cookie } from "@web/core/browser/cookie";
import { getColor, getCustomColor } from "@web/core/colors/colors";
import { registry } from "@web/core/registry";
import { formatCurrency, getCurrency } from "@web/core/currency";
import { _t } from "@web/core/l10n/translation";
import { humanNumber } from "@web/core/utils/numbers";
import {
    JournalDashboardGraphField,
    journalDashboardGraphField,
} from "@web/views/fields/journal_dashboard_graph/journal_dashboard_graph_field";

const { DateTime } = luxon;

/** Revenue, orders and value per day, and the shares of channels, of one account. */
export class OrderGraph extends JournalDashboardGraphField {
    static template = "amazon_connector.OrderGraph";

    get series() {
        return JSON.parse(this.props.record.data[this.props.name])[0];
    }

    get hasOrders() {
        return this.series.values.some(({ count }) => count);
    }

    get amountLabel() {
        return _t("Value in %s", getCurrency(this.series.currency)?.name || "");
    }

    formatAmount(amount) {
        return formatCurrency(amount, this.series.currency);
    }

    /** The revenue of some periods, each with its change against the one before. */
    get figures() {
        return this.series.figures.map(({ days, amount, before }) => {
            const percent = before > 0 ? Math.round(((amount - before) / before) * 100) : null;
            return {
                label: days === 1 ? _t("Today") : _t("%s days", days),
                amount: this.formatAmount(amount),
                change: percent === null ? "" : `${percent > 0 ? "+" : ""}${percent} %`,
                icon: percent > 0 ? "fa-caret-up" : percent < 0 ? "fa-caret-down" : "fa-minus",
                hint: _t("Previous period, up to this time of day: %s", this.formatAmount(before)),
            };
        });
    }

    shareColor(index) {
        return getColor(index, cookie.get("color_scheme"), "odoo");
    }

    renderChart() {
        // Odoo reads the values once; the card's are read anew after each button.
        this.data = [this.series];
        if (this.canvasRef.el) {
            super.renderChart();
        }
    }

    getBarChartConfig() {
        const scheme = cookie.get("color_scheme");
        const text = getCustomColor(scheme, "#374151", "#E4E4E4");
        const points = this.series.values;
        const ticks = { color: text, maxTicksLimit: 4, font: { size: 11 } };
        return {
            type: "bar",
            data: {
                labels: points.map(({ day }) => DateTime.fromISO(day).toFormat("d MMM")),
                datasets: [
                    {
                        label: _t("Orders"),
                        data: points.map(({ count }) => count),
                        backgroundColor: getCustomColor(scheme, "#5ba4b8", "#4d8a9b"),
                        order: 2,
                    },
                    {
                        type: "line",
                        label: this.amountLabel,
                        data: points.map(({ amount }) => amount),
                        borderColor: getCustomColor(scheme, "#714b67", "#d9a8cf"),
                        backgroundColor: getCustomColor(scheme, "#714b67", "#d9a8cf"),
                        borderWidth: 2,
                        pointRadius: 0,
                        yAxisID: "amounts",
                        order: 1,
                    },
                ],
            },
            options: {
                maintainAspectRatio: false,
                interaction: { mode: "index", intersect: false },
                plugins: {
                    legend: {
                        position: "bottom",
                        labels: { color: text, boxWidth: 12, font: { size: 11 } },
                    },
                    tooltip: { callbacks: { label: (item) => this.describe(item) } },
                },
                scales: {
                    x: { grid: { display: false }, ticks: { ...ticks, maxTicksLimit: 6, maxRotation: 0 } },
                    y: { beginAtZero: true, ticks: { ...ticks, precision: 0 } },
                    amounts: {
                        position: "right",
                        beginAtZero: true,
                        grid: { display: false },
                        ticks: { ...ticks, callback: (value) => humanNumber(value, { decimals: 0, minDigits: 2 }) },
                    },
                },
            },
        };
    }

    /** One line of the tooltip: the amount with its currency. */
    describe(item) {
        const point = this.series.values[item.dataIndex];
        const value = item.datasetIndex ? this.formatAmount(point.amount) : point.count;
        return `${item.dataset.label}: ${value}`;
    }
}

registry.category("fields").add("amazon_order_graph", {
    ...journalDashboardGraphField,
    component: OrderGraph,
});
