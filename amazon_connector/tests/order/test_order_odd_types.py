# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged
from odoo.tools import split_every

from ..common import AmazonCase, item_json, leaves, order_json, replace_leaf

ODD = (31337731, 1.5, True, ["x"], {"a": 1})


@tagged("post_install", "-at_install")
class TestOddTypes(AmazonCase):
    """Rule 7: a value of another type is data with a note, never a crash."""

    def whole_order(self):
        item = item_json(SHIPPING="40.00")
        item["product"]["customization"] = {"customizedUrl": "https://x.example/1.zip"}
        item["product"]["condition"] = {"conditionType": "NEW"}
        item["product"]["serialNumbers"] = ["1"]
        item["programs"] = ["SUBSCRIBE_AND_SAVE"]
        item["tax"] = {
            "taxCalculationBreakdowns": [{"reportingScheme": "IOSS"}],
            "taxCollections": [{"model": "NONE", "responsibleParty": "AMAZON"}],
        }
        item["cancellation"] = {
            "cancellationRequest": {"requester": "SELLER", "cancelReason": "Other"},
            "cancellationExecution": {"cancelledBy": "BUYER", "cancelReason": "x"},
        }
        item["promotion"] = {"breakdowns": [{"promotionId": "P"}]}
        item["fulfillment"]["packing"] = {
            "giftOption": {"giftMessage": "Hello", "giftWrapLevel": "Classic"}
        }
        item["fulfillment"]["shipping"] = {
            "shippingConstraints": {"cashOnDelivery": "MANDATORY"},
            "internationalShipping": {"iossNumber": "IM1"},
        }
        order = order_json(items=[item], programs=["PRIME"])
        order["fulfillment"]["fulfillmentServiceLevel"] = "EXPEDITED"
        order["associatedOrders"] = [{"orderId": "1", "associationType": "REPLACEMENT"}]
        order["buyer"].update(
            buyerCompanyName="Traders", buyerPurchaseOrderNumber="PO-1"
        )
        order["recipient"]["deliveryAddress"].update(
            companyName="Traders",
            addressLine2="Backyard",
            districtOrCounty="District",
            municipality="Town",
            addressType="RESIDENTIAL",
            extendedFields={"streetName": "Street", "streetNumber": "5"},
        )
        order["recipient"]["deliveryPreference"] = {
            "dropOffLocation": "Desk",
            "deliveryTime": {
                "exceptionDates": [{"exceptionDate": "2026-01-01"}],
            },
        }
        order["tax"] = {
            "taxRegistrations": [
                {
                    "entityType": "BUYER",
                    "legalName": "Traders",
                    "taxRegistrationType": "BUSINESS",
                    "taxRegistrationNumber": "27AAPFU0939F1ZV",
                    "taxRegistrationAddress": {"city": "Pune", "countryCode": "IN"},
                    "taxRegistrationAttributes": [{"key": "k", "value": "v"}],
                }
            ],
            "taxInvoicing": {"buyerInvoicePreference": "BUSINESS"},
        }
        order["packages"] = [
            {
                "packageReferenceId": "1",
                "trackingNumber": "T",
                "carrier": "DHL",
                "packageStatus": {"status": "DELIVERED"},
                "packageItems": [{"orderItemId": "1", "quantity": 1}],
            }
        ]
        return order

    def swapped(self, blocks):
        whole = self.whole_order()
        number = 0
        for path in leaves(whole):
            if path == ("orderId",) or (path[0] in ("buyer", "recipient", "tax")) != (
                blocks == "personal"
            ):
                continue
            for odd in ODD:
                number += 1
                order = replace_leaf(whole, path, odd)
                order["orderId"] = f"403-2222222-{number:07d}"
                yield order, (path, odd)

    def assert_survived(self, blocks):
        for chunk in split_every(50, list(self.swapped(blocks)), list):
            bindings = self.receive(*(order for order, _change in chunk))
            for binding, (_order, change) in zip(bindings, chunk, strict=True):
                told = (change, binding.reason)
                self.assertNotEqual(binding.state, "failed", told)
                self.assertFalse(binding.to_apply, told)
            # The same once more is merged with what is stored.
            self.store(*(order for order, _change in chunk))

    def test_every_value_of_the_buyer_may_be_of_another_type(self):
        self.assert_survived("personal")

    def test_every_value_of_the_order_may_be_of_another_type(self):
        self.assert_survived("public")

    def test_a_number_is_read_as_text(self):
        order = order_json()
        order["buyer"]["buyerEmail"] = 31337731
        first = self.receive(order)
        again = order_json(2)
        again["buyer"]["buyerEmail"] = "31337731"
        second = self.receive(again)
        self.assertEqual(first.state, "applied")
        self.assertEqual(
            first.sale_order_id.partner_id, second.sale_order_id.partner_id
        )
