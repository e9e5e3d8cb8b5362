// SPDX-License-Identifier: LGPL-3.0-or-later
import { Component, useEffect } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { formatDateTime } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";

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
