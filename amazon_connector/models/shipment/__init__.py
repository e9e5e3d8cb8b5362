# SPDX-License-Identifier: LGPL-3.0-or-later
from . import (
    amazon_carrier,
    amazon_channel_shipments,
    amazon_order_pickup,
    amazon_order_shipments,
    amazon_shipment,
    amazon_shipment_correction,
    amazon_shipment_delivery,
    amazon_shipment_line,
    amazon_shipment_outbox,
    amazon_shipment_rules,
    report_amazon_connector_report_picklist,
    sale_order_shipment,
    stock_picking_desk,
    stock_picking_desk_actions,
    stock_picking_shipment,
    stock_picking_stop,
)
