-- Money taken through gateways: what was asked of them, every transaction they told of, and how they told it.
-- source_id is the gateway's installation: the origin of its payments and entries. What names a person is sealed.

-- One wish, done once. operation_id and idempotency_key are what the far side knows it by: they never change and are kept
-- for ever. state: queued, to be executed; executing, a call is under way; asking, its outcome is asked for on a schedule;
-- person, the schedule is over or nobody but a person can go on; settled. Its job (kind gateway) says when it is next looked at.
CREATE TABLE gateway_operations (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    source_id INTEGER NOT NULL REFERENCES sources (id),
    action TEXT NOT NULL CONSTRAINT ck_gateway_operations_action CHECK (action IN
        ('create-link', 'create-reference', 'create-mandate', 'charge-saved', 'refund', 'cancel')),
    amount_minor INTEGER NOT NULL,
    currency TEXT NOT NULL CONSTRAINT ck_gateway_operations_currency CHECK (length(currency) = 3),
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    intent BYTEA NOT NULL,
    operation_id TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    state TEXT NOT NULL CONSTRAINT ck_gateway_operations_state CHECK (state IN
        ('queued', 'executing', 'asking', 'person', 'settled')),
    status TEXT NOT NULL,
    code TEXT NOT NULL,
    gateway_id TEXT,
    next_url TEXT,
    attempts INTEGER NOT NULL,
    asked INTEGER NOT NULL,
    made_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    CONSTRAINT uq_gateway_operations_operation UNIQUE (tenant_id, operation_id),
    CONSTRAINT uq_gateway_operations_key UNIQUE (tenant_id, idempotency_key)
);
CREATE INDEX ix_gateway_operations_customer ON gateway_operations (tenant_id, customer_id);
CREATE INDEX ix_gateway_operations_gateway ON gateway_operations (tenant_id, source_id, gateway_id);
CREATE INDEX ix_gateway_operations_state ON gateway_operations (tenant_id, state) WHERE state IN ('executing', 'person');

-- The open items an operation is to pay, in the order they are paid.
CREATE TABLE gateway_operation_items (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    gateway_operation_id INTEGER NOT NULL REFERENCES gateway_operations (id),
    item_id INTEGER NOT NULL REFERENCES open_items (id),
    CONSTRAINT uq_gateway_operation_items_item UNIQUE (tenant_id, gateway_operation_id, item_id)
);

-- The journal around what an operation commits: request and answer are sealed.
CREATE TABLE gateway_effects (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    gateway_operation_id INTEGER NOT NULL REFERENCES gateway_operations (id),
    commit_number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    target TEXT NOT NULL,
    request BYTEA NOT NULL,
    prepared_at INTEGER NOT NULL,
    sent_at INTEGER,
    settled_at INTEGER,
    settled TEXT CONSTRAINT ck_gateway_effects_settled CHECK (settled IN ('done', 'not_done', 'unknown')),
    answer BYTEA
);
CREATE INDEX ix_gateway_effects_operation ON gateway_effects (tenant_id, gateway_operation_id);

-- A movement at a gateway, one row by whatever road it comes. Amount and fee stand with the word they were said in, so that
-- words join in any order. posted_* is what the ledger holds of it, on the row of the payment it belongs to.
CREATE TABLE gateway_transactions (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    source_id INTEGER NOT NULL REFERENCES sources (id),
    gateway_id TEXT NOT NULL,
    kind TEXT NOT NULL CONSTRAINT ck_gateway_transactions_kind CHECK (kind IN
        ('payment', 'refund', 'charge-back', 'given-back', 'fee', 'payout')),
    status TEXT NOT NULL,
    currency TEXT,
    amount_minor INTEGER,
    amount_status TEXT,
    amount_at INTEGER,
    fee_minor INTEGER,
    fee_status TEXT,
    fee_at INTEGER,
    occurred_at INTEGER,
    original TEXT,
    payout TEXT,
    code TEXT NOT NULL,
    gateway_operation_id INTEGER REFERENCES gateway_operations (id),
    payment_id INTEGER REFERENCES payments (id),
    posted_received INTEGER NOT NULL,
    posted_returned INTEGER NOT NULL,
    posted_fee INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    CONSTRAINT uq_gateway_transactions_gateway UNIQUE (tenant_id, source_id, gateway_id)
);
CREATE INDEX ix_gateway_transactions_original ON gateway_transactions (tenant_id, source_id, original)
    WHERE original IS NOT NULL;
CREATE INDEX ix_gateway_transactions_operation ON gateway_transactions (tenant_id, gateway_operation_id)
    WHERE gateway_operation_id IS NOT NULL;
CREATE INDEX ix_gateway_transactions_payout ON gateway_transactions (tenant_id, amount_minor) WHERE kind = 'payout';
CREATE INDEX ix_gateway_transactions_waiting ON gateway_transactions (tenant_id, id)
    WHERE payment_id IS NULL AND posted_received > 0;

-- What reached us, as it arrived and sealed; kept before anything of it is believed. A refused one keeps its digest only.
CREATE TABLE gateway_deliveries (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    source_id INTEGER NOT NULL REFERENCES sources (id),
    received_at INTEGER NOT NULL,
    sha256 BYTEA NOT NULL,
    raw BYTEA NOT NULL,
    state TEXT NOT NULL CONSTRAINT ck_gateway_deliveries_state CHECK (state IN
        ('received', 'done', 'challenge', 'hint', 'refused', 'failed')),
    code TEXT NOT NULL
);
CREATE INDEX ix_gateway_deliveries_received ON gateway_deliveries (tenant_id, received_at);

-- Events heard: one row an event, in the transaction of its effect.
CREATE TABLE gateway_events (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    source_id INTEGER NOT NULL REFERENCES sources (id),
    event_id TEXT NOT NULL,
    gateway_delivery_id INTEGER NOT NULL REFERENCES gateway_deliveries (id),
    CONSTRAINT uq_gateway_events_event UNIQUE (tenant_id, source_id, event_id)
);

-- Links of a customer's own page of payments. The token is found by its digest, and given again from under the customer's
-- key; without that key the row opens nothing.
CREATE TABLE pay_tokens (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    sha256 BYTEA NOT NULL,
    sealed BYTEA NOT NULL,
    made_at INTEGER NOT NULL,
    not_after_at INTEGER NOT NULL,
    revoked_at INTEGER,
    CONSTRAINT uq_pay_tokens_sha256 UNIQUE (tenant_id, sha256)
);
CREATE INDEX ix_pay_tokens_customer ON pay_tokens (tenant_id, customer_id);

-- What an ERP is told, each thing once: a payment it does not have (receipt) or that went back (reversal), a note, a promise.
-- subject_id is the row of that kind; part counts what the same row has to be told again. entry is sealed, and empty until it is
-- made. States and keys as of gateway_operations. Its job (kind writeback) says when it is next looked at.
CREATE TABLE writebacks (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    source_id INTEGER NOT NULL REFERENCES sources (id),
    kind TEXT NOT NULL CONSTRAINT ck_writebacks_kind CHECK (kind IN ('receipt', 'reversal', 'note', 'promise')),
    subject_id INTEGER NOT NULL,
    part INTEGER NOT NULL,
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    entry BYTEA NOT NULL,
    operation_id TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    state TEXT NOT NULL CONSTRAINT ck_writebacks_state CHECK (state IN
        ('queued', 'executing', 'asking', 'person', 'settled')),
    status TEXT NOT NULL,
    code TEXT NOT NULL,
    target_id TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    asked INTEGER NOT NULL,
    made_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    CONSTRAINT uq_writebacks_subject UNIQUE (tenant_id, source_id, kind, subject_id, part),
    CONSTRAINT uq_writebacks_operation UNIQUE (tenant_id, operation_id),
    CONSTRAINT uq_writebacks_key UNIQUE (tenant_id, idempotency_key)
);
CREATE INDEX ix_writebacks_state ON writebacks (tenant_id, state) WHERE state IN ('executing', 'person');

-- The journal around what is written back: request and answer are sealed.
CREATE TABLE writeback_effects (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    writeback_id INTEGER NOT NULL REFERENCES writebacks (id),
    commit_number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    target TEXT NOT NULL,
    request BYTEA NOT NULL,
    prepared_at INTEGER NOT NULL,
    sent_at INTEGER,
    settled_at INTEGER,
    settled TEXT CONSTRAINT ck_writeback_effects_settled CHECK (settled IN ('done', 'not_done', 'unknown')),
    answer BYTEA
);
CREATE INDEX ix_writeback_effects_writeback ON writeback_effects (tenant_id, writeback_id);
