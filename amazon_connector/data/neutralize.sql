-- SPDX-License-Identifier: LGPL-3.0-or-later
-- A copy of the database must not talk to Amazon and must not know any buyer.
UPDATE amazon_account
   SET credentials_ciphertext = NULL, authorisation_digest = NULL,
       consent_nonce = NULL, on_hold = TRUE, state = 'draft';
DELETE FROM amazon_access_token;
DELETE FROM amazon_order_pii;
UPDATE amazon_customer
   SET ciphertext = NULL, email_digest = NULL, identity_digest = NULL,
       address_digest = NULL;
UPDATE amazon_order SET ship_state_digests = NULL WHERE ship_state_digests IS NOT NULL;
DELETE FROM amazon_place WHERE typed;
UPDATE amazon_sync_cursor SET page_token = NULL, query = NULL, seen_tokens = NULL;
-- Who connects the copy to a seller sends nothing that was decided elsewhere.
UPDATE amazon_channel SET stock_live = FALSE, acknowledge_orders = FALSE;
UPDATE amazon_stock_level
   SET state = 'rehearsal', confirmed = FALSE, to_compute = TRUE
 WHERE state != 'excluded';
UPDATE amazon_shipment SET state = 'skipped'
 WHERE state IN ('held', 'waiting', 'failed', 'sent');
UPDATE amazon_cancellation SET state = 'withdrawn' WHERE state IN ('waiting', 'sent');
UPDATE amazon_feed SET state = 'cancelled' WHERE state IN ('wanted', 'submitted');
