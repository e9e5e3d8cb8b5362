// SPDX-License-Identifier: LGPL-3.0-or-later
import { patch } from "@web/core/utils/patch";
import { ActionHelper } from "@web/views/action_helper";

/** A list that a filter emptied says so, and not that there is nothing at all. */
patch(ActionHelper.prototype, {
    get isAmazonFiltered() {
        const search = this.env.searchModel;
        const isOurs = search?.resModel?.startsWith("amazon.") || search?.context?.amazon_desk;
        return Boolean(isOurs && search.facets.length);
    },
});
