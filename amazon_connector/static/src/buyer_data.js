// SPDX-License-Identifier: LGPL-3.0-or-later
import { Component, onMounted, onWillStart, onWillUnmount } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { CopyButton } from "@web/core/copy_button/copy_button";
import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

const SHOWN_FOR = 2 * 60 * 1000;

/** What a buyer told Amazon, for two minutes; the server logs who asked. */
export class BuyerData extends Component {
    static template = "amazon_connector.BuyerData";
    static components = { CopyButton };
    static props = { ...standardActionServiceProps };

    setup() {
        this.action = useService("action");
        onWillStart(async () => {
            const { active_model, active_id } = this.props.action.context;
            this.rows = await rpc("/amazon_connector/buyer_data", {
                model: active_model,
                record_id: active_id,
            });
        });
        onMounted(() => {
            this.timer = browser.setTimeout(() => this.close(), SHOWN_FOR);
        });
        onWillUnmount(() => browser.clearTimeout(this.timer));
    }

    close() {
        this.action.doAction({ type: "ir.actions.act_window_close" });
    }
}

registry.category("actions").add("amazon_buyer_data", BuyerData);
