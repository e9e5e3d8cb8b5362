// SPDX-License-Identifier: LGPL-3.0-or-later
// Runs within the web client's page, beside axe-core; see axe.py.
window.axePage = {
    /** Open an action, or close the dialog; done when what `shown` selects is drawn. */
    async open(action, shown, options) {
        await odoo.__WOWL_DEBUG__.root.env.services.action.doAction(action, options);
        return this.drawn(shown);
    },

    /** Press a record's button, which opens a dialog. */
    async press(model, record, method, shown) {
        const { action } = odoo.__WOWL_DEBUG__.root.env.services;
        const ids = { resModel: model, resId: record, resIds: [record] };
        await action.doActionButton({ type: "object", name: method, ...ids });
        return this.drawn(shown);
    },

    async switchTo(record) {
        const { action } = odoo.__WOWL_DEBUG__.root.env.services;
        await action.switchView("form", { resId: record });
        return this.drawn(".o_form_view");
    },

    /** Wait until something is drawn and nothing moves; whether it came to that. */
    async drawn(shown) {
        const there = () => document.querySelector(shown);
        const busy = () => document.querySelector(".o_loading_indicator, .o_blockUI");
        for (let tries = 0; (!there() || busy()) && tries < 200; tries++) {
            await new Promise((done) => setTimeout(done, 25));
        }
        const moving = document
            .getAnimations()
            .filter((one) => one.effect.getComputedTiming().endTime < 2000)
            .map((one) => one.finished);
        await Promise.allSettled(moving);
        return Boolean(there());
    },

    /** What axe finds of these impacts: the dialog's, or else the screen's. */
    async look(impacts, leftOut, owners) {
        const dialog = document.querySelector(".o_dialog");
        const place = dialog ? ".o_dialog" : ".o_action_manager";
        const there = leftOut.filter((one) => document.querySelector(one));
        const found = await this.inspect({
            include: [[place]],
            exclude: there.map((one) => [one]),
        });
        return found.violations
            .filter(({ impact }) => impacts.includes(impact))
            .flatMap((rule) => rule.nodes.map((node) => this.read(rule, node, owners)));
    },

    /** Have axe look; again, if the page was drawn anew meanwhile. */
    async inspect(place) {
        const options = { resultTypes: ["violations"], elementRef: true };
        for (let tries = 1; ; tries++) {
            const found = await axe.run(place, options);
            const nodes = found.violations.flatMap((rule) => rule.nodes);
            if (tries === 5 || nodes.every(({ element }) => element.isConnected)) {
                return found;
            }
        }
    },

    read(rule, node, owners) {
        const reasons = [...node.any, ...node.all, ...node.none];
        return {
            rule: rule.id,
            html: node.html.slice(0, 300),
            why: reasons.map((one) => one.message).join("; "),
            owners: owners.filter((owner) => node.element.closest(owner)),
        };
    },
};
