-- SPDX-License-Identifier: LGPL-3.0-or-later
-- A copy of the database must not talk to Amazon and must not know any buyer.
UPDATE amazon_account
   SET credentials_ciphertext = NULL, authorisation_digest = NULL,
       consent_nonce = NULL, on_hold = TRUE, state = 'draft';
-- Servers of one's own may be those of the original: the copy forgets them.
UPDATE amazon_account
   SET environment = 'sandbox', custom_api_url = NULL, custom_lwa_url = NULL
 WHERE environment = 'custom' OR custom_api_url IS NOT NULL OR custom_lwa_url IS NOT NULL;
DELETE FROM amazon_onboarding;
DELETE FROM amazon_access_token;
DELETE FROM amazon_order_pii;
DELETE FROM ir_attachment WHERE url LIKE '/amazon_connector/file/%';
DELETE FROM ir_attachment WHERE res_model = 'amazon.sealed.file';
DELETE FROM amazon_sealed_file;
DELETE FROM amazon_carrier_purchase;
UPDATE amazon_customer
   SET ciphertext = NULL, email_digest = NULL, identity_digest = NULL,
       address_digest = NULL;
UPDATE amazon_order SET ship_state_digests = NULL WHERE ship_state_digests IS NOT NULL;
DELETE FROM amazon_place WHERE typed;
-- What is in work at Amazon is the original's.
UPDATE amazon_sync_cursor
   SET page_token = NULL, page_time = NULL, query = NULL, seen_tokens = NULL;
UPDATE amazon_sync_request
   SET page_token = NULL, page_time = NULL, query = NULL, seen_tokens = NULL,
       state = CASE state WHEN 'open' THEN 'failed' ELSE state END;
UPDATE amazon_sync_run
   SET state = 'failed', ended_at = now() AT TIME ZONE 'UTC',
       message = 'It was running when the database was copied.'
 WHERE state = 'running';
UPDATE amazon_sync_task
   SET leased_until = NULL, worker = NULL, next_run = NULL, trigger = NULL;
UPDATE amazon_report SET report_number = NULL, state = 'failed'
 WHERE state IN ('wanted', 'requested');
DELETE FROM ir_config_parameter WHERE key = 'amazon_connector.metrics_token';
-- Who connects the copy to a seller sends nothing that was decided elsewhere.
UPDATE amazon_channel SET stock_live = FALSE, acknowledge_orders = FALSE;
UPDATE amazon_stock_level
   SET state = 'rehearsal', confirmed = FALSE, to_compute = TRUE
 WHERE state != 'excluded';
UPDATE amazon_shipment SET state = 'skipped'
 WHERE state IN ('held', 'waiting', 'failed', 'sent');
UPDATE amazon_cancellation SET state = 'withdrawn' WHERE state IN ('waiting', 'sent');
UPDATE amazon_feed
   SET next_poll = NULL,
       state = CASE WHEN state IN ('wanted', 'submitted') THEN 'cancelled' ELSE state END;
