// SPDX-License-Identifier: LGPL-3.0-or-later
import { Component, onWillUnmount } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { KanbanController } from "@web/views/kanban/kanban_controller";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { listView } from "@web/views/list/list_view";
import { ListController } from "@web/views/list/list_controller";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const NOTIFICATION = "amazon_sync_progress";

/** Call back when the server has got further with a run that this user started. */
export function useProgress(callback) {
    const bus = useService("bus_service");
    bus.subscribe(NOTIFICATION, callback);
    onWillUnmount(() => bus.unsubscribe(NOTIFICATION, callback));
}

/** Keeps the counters of a run's form current while it is in work. */
export class SyncProgress extends Component {
    static template = "amazon_connector.SyncProgress";
    static props = standardWidgetProps;

    setup() {
        useProgress(({ run_id }) => {
            const { record } = this.props;
            if (record.resId === run_id) {
                record.load();
            }
        });
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
