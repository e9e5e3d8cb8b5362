// SPDX-License-Identifier: LGPL-3.0-or-later
import { Component, onMounted, onWillUnmount } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { KanbanController } from "@web/views/kanban/kanban_controller";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { listView } from "@web/views/list/list_view";
import { ListController } from "@web/views/list/list_controller";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const NOTIFICATION = "amazon_sync_progress";
const PATIENCE_MS = 10000;

/** Call back when the server has got further with a run that this user started. */
export function useProgress(callback) {
    const bus = useService("bus_service");
    bus.subscribe(NOTIFICATION, callback);
    onWillUnmount(() => bus.unsubscribe(NOTIFICATION, callback));
}

/**
 * Load a widget's record anew as long as there is something to expect: when the server
 * tells of progress, and now and then. What it told while the page had no connection,
 * or not yet, is not told again.
 */
export function useProgressWhile(widget, isExpected) {
    const look = () => isExpected() && widget.props.record.load();
    let timer;
    useProgress(look);
    onMounted(() => {
        timer = browser.setInterval(look, PATIENCE_MS);
    });
    onWillUnmount(() => browser.clearInterval(timer));
}

/** Keeps the counters of a run's form current while it is in work. */
export class SyncProgress extends Component {
    static template = "amazon_connector.SyncProgress";
    static props = standardWidgetProps;

    setup() {
        useProgressWhile(this, () => this.isRunning);
    }

    get isRunning() {
        return this.props.record.data.state === "running";
    }
}

registry.category("view_widgets").add("amazon_sync_progress", {
    component: SyncProgress,
    fieldDependencies: [
        { name: "state", type: "selection" },
        { name: "seen_count", type: "integer" },
    ],
});

/** The history: says how long it is kept, also above rows. */
export class SyncRunListController extends ListController {
    static template = "amazon_connector.SyncRunListView";

    setup() {
        super.setup();
        useProgress(() => this.model.root.load());
    }
}

registry.category("views").add("amazon_sync_run_list", {
    ...listView,
    Controller: SyncRunListController,
});

/** The same on phones. */
export class SyncRunKanbanController extends KanbanController {
    static template = "amazon_connector.SyncRunKanbanView";

    setup() {
        super.setup();
        useProgress(() => this.model.root.load());
    }
}

registry.category("views").add("amazon_sync_run_kanban", {
    ...kanbanView,
    Controller: SyncRunKanbanController,
});
