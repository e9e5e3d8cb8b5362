// SPDX-License-Identifier: LGPL-3.0-or-later
import { Component, useEffect, useRef, useState } from "@odoo/owl";
import { scanBarcode } from "@web/core/barcode/barcode_dialog";
import { isBarcodeScannerSupported } from "@web/core/barcode/barcode_video_scanner";
import { _t } from "@web/core/l10n/translation";
import { formatDateTime } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { imageUrl } from "@web/core/utils/urls";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";
import { KanbanController } from "@web/views/kanban/kanban_controller";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";

const { DateTime } = luxon;

/** How long there is to ship, or for how long it is late; the time as its title. */
export class Countdown extends Component {
    static template = "amazon_connector.Countdown";
    static props = standardFieldProps;

    get value() {
        return this.props.record.data[this.props.name];
    }

    get text() {
        return this.value ? this.value.toRelative({ base: DateTime.now() }) : "";
    }

    get title() {
        return this.value ? formatDateTime(this.value) : "";
    }
}

registry.category("fields").add("amazon_countdown", {
    component: Countdown,
    displayName: _t("Time to ship"),
    supportedTypes: ["datetime"],
});

/** A product's picture, fetched by the browser once the row is seen. */
export class Picture extends Component {
    static template = "amazon_connector.Picture";
    static props = standardFieldProps;

    get value() {
        return this.props.record.data[this.props.name];
    }

    get url() {
        return this.value && imageUrl("product.product", this.value.id, "image_128");
    }
}

registry.category("fields").add("amazon_picture", {
    component: Picture,
    displayName: _t("Picture"),
    supportedTypes: ["many2one"],
});

/** A delivery opened from the desk: once it is validated, the next one opens. */
export class DeskFormController extends FormController {
    setup() {
        super.setup();
        this.notification = useService("notification");
        this.validating = null;
        useEffect(
            (resId, state) => {
                if (this.validating === resId && state === "done") {
                    this.validating = null;
                    this.openNext();
                }
            },
            () => [this.model.root.resId, this.model.root.data.state]
        );
        // The number is what is typed or scanned; nothing else is to be clicked.
        useEffect(
            () => {
                const input = document.querySelector(
                    ".o_form_view [name='carrier_tracking_ref'] input"
                );
                if (input && !input.value && !this.env.isSmall) {
                    input.focus();
                }
            },
            () => [this.model.root.resId]
        );
    }

    async beforeExecuteActionButton(clickParams) {
        if (clickParams.name === "button_validate") {
            this.validating = this.model.root.resId;
        }
        return super.beforeExecuteActionButton(clickParams);
    }

    async openNext() {
        const { resId, resIds, data } = this.model.root;
        const next = resIds[resIds.indexOf(resId) + 1];
        this.notification.add(_t("%s is validated.", data.name), { type: "success" });
        if (next) {
            await this.model.load({ resId: next });
        } else if (resIds.length > 1) {
            this.env.config.historyBack();
        }
    }
}

registry.category("views").add("amazon_desk_form", {
    ...formView,
    Controller: DeskFormController,
});

/**
 * The desk's scanner: an order or delivery, then its products one by one, then the
 * slip is printed; the order once more validates it. Typing and Enter do the same.
 */
export class DeskScanner extends Component {
    static template = "amazon_connector.DeskScanner";
    static props = { reload: Function };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.input = useRef("input");
        this.state = useState({ delivery: null, counts: [], problem: "", ready: false });
        this.camera = isBarcodeScannerSupported();
    }

    async onKeydown(ev) {
        if (ev.key === "Enter") {
            ev.preventDefault();
            ev.stopPropagation();
            const code = ev.target.value.trim();
            ev.target.value = "";
            await this.scan(code);
        } else if (ev.key === "Escape") {
            this.forget();
        }
    }

    async openCamera() {
        const code = await scanBarcode(this.env);
        if (code) {
            await this.scan(code);
        }
    }

    forget() {
        Object.assign(this.state, { delivery: null, counts: [], problem: "", ready: false });
    }

    async scan(code) {
        if (!code) {
            return;
        }
        this.state.problem = "";
        const { delivery } = this.state;
        if (delivery && this.isDelivery(code)) {
            return this.state.ready ? this.validate() : this.tellMissing();
        }
        if (delivery && this.count(code)) {
            return;
        }
        const found = await this.orm.call("stock.picking", "amazon_find_scanned", [code]);
        if (found) {
            Object.assign(this.state, {
                delivery: found,
                counts: found.items.map(() => 0),
                ready: false,
            });
        } else {
            this.state.problem = delivery
                ? _t("%(code)s is not in %(delivery)s.", { code, delivery: delivery.name })
                : _t("There is no delivery %s to ship.", code);
        }
    }

    isDelivery(code) {
        const { name, order } = this.state.delivery;
        return [name, order].some((one) => one && one.toLowerCase() === code.toLowerCase());
    }

    /** Whether the code is a product of this delivery. */
    count(code) {
        const { delivery, counts } = this.state;
        const fits = (item) => item.codes.includes(code.toLowerCase());
        if (!delivery.items.some(fits)) {
            return false;
        }
        const place = delivery.items.findIndex((item, i) => fits(item) && counts[i] < item.units);
        if (place < 0) {
            this.state.problem = _t("There are already enough units of %s.", code);
            return true;
        }
        counts[place] += 1;
        if (delivery.items.every((item, i) => counts[i] >= item.units)) {
            this.state.ready = true;
            if (delivery.leaves) {
                this.print();
            }
        }
        return true;
    }

    tellMissing() {
        const { delivery, counts } = this.state;
        const missing = delivery.items
            .filter((item, i) => counts[i] < item.units)
            .map((item) => item.name);
        this.state.problem = _t("Not scanned yet: %s", missing.join(", "));
    }

    print() {
        return this.press("action_amazon_print_slips");
    }

    async validate() {
        const { id, name } = this.state.delivery;
        await this.press("button_validate", () => this.tellIfDone(id, name));
        this.forget();
        this.input.el?.focus();
    }

    /** Who scans sees no button change: say that it is done, also after a dialog. */
    async tellIfDone(id, name) {
        const [{ state }] = await this.orm.read("stock.picking", [id], ["state"]);
        if (state === "done") {
            this.notification.add(_t("%s is validated.", name), { type: "success" });
        }
    }

    press(name, then) {
        const { id } = this.state.delivery;
        return this.action.doActionButton({
            type: "object",
            name,
            resModel: "stock.picking",
            resId: id,
            resIds: [id],
            context: {},
            onClose: () => {
                this.props.reload();
                then?.();
            },
        });
    }
}

export class DeskListController extends ListController {
    static template = "amazon_connector.DeskListView";
    static components = { ...ListController.components, DeskScanner };
}

registry.category("views").add("amazon_desk_list", {
    ...listView,
    Controller: DeskListController,
});

export class DeskKanbanController extends KanbanController {
    static template = "amazon_connector.DeskKanbanView";
    static components = { ...KanbanController.components, DeskScanner };
}

registry.category("views").add("amazon_desk_kanban", {
    ...kanbanView,
    Controller: DeskKanbanController,
});
