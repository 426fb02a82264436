-- Money in: what banks and gateways say they saw, which payment it is, and what it settles. Who paid, and what they wrote,
-- is sealed: under the customer's key once the customer is known, under the source's before.

-- What kind of thing a source is: an importer that is asked for pages, a bank account, a gateway.
ALTER TABLE sources ADD COLUMN kind TEXT NOT NULL DEFAULT 'importer';

-- How a payment somebody else has told of is found again.
CREATE INDEX ix_payments_evidence ON payments (tenant_id, amount_minor, received_on);

-- A file being read, and where reading goes on. The row goes when the file is done. What could not be read is sealed.
CREATE TABLE bank_readings (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    file_sha256 BYTEA NOT NULL,
    plugin TEXT NOT NULL,
    checkpoint_version INTEGER NOT NULL,
    checkpoint BYTEA NOT NULL,
    rejects BYTEA NOT NULL,
    saved_at INTEGER NOT NULL,
    CONSTRAINT uq_bank_readings_file UNIQUE (tenant_id, file_sha256)
);

-- A statement of an account; banks begin to count anew each year, so its last day belongs to its identity. entries_minor sums every booked movement read, known ones too: with the opening balance it is
-- the closing one, or the statement is refused. A report of the day is shown and never posted.
CREATE TABLE bank_statements (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    source_id INTEGER NOT NULL REFERENCES sources (id),
    number TEXT NOT NULL,
    kind TEXT NOT NULL CONSTRAINT ck_bank_statements_kind CHECK (kind IN ('statement', 'report', 'notice')),
    currency TEXT NOT NULL,
    file_sha256 BYTEA NOT NULL,
    first_on INTEGER,
    last_on INTEGER,
    opening_minor INTEGER,
    closing_minor INTEGER,
    entry_count INTEGER NOT NULL,
    entries_minor INTEGER NOT NULL,
    known_count INTEGER NOT NULL,
    state TEXT NOT NULL CONSTRAINT ck_bank_statements_state CHECK (state IN ('reading', 'whole', 'posted', 'refused')),
    read_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX uq_bank_statements_identity ON bank_statements
    (tenant_id, source_id, number, kind, coalesce(last_on, 0))
    WHERE state = 'posted';
CREATE INDEX ix_bank_statements_file ON bank_statements (tenant_id, file_sha256);

-- One movement at a bank, or one thing a gateway told (those have no statement). amount_minor is positive for money in.
-- payer is a keyed digest of the account it came from. state: staged until its statement is whole; posted, it made its
-- payment; same, another road had told of it; waiting, a person decides which payment it is; returned, it took one back;
-- other, it is no receipt.
CREATE TABLE bank_entries (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    source_id INTEGER NOT NULL REFERENCES sources (id),
    statement_id INTEGER REFERENCES bank_statements (id),
    road TEXT NOT NULL CONSTRAINT ck_bank_entries_road CHECK (road IN ('statement', 'notice', 'gateway')),
    external_id TEXT NOT NULL,
    booked_on INTEGER NOT NULL,
    value_on INTEGER NOT NULL,
    amount_minor INTEGER NOT NULL,
    currency TEXT NOT NULL CONSTRAINT ck_bank_entries_currency CHECK (length(currency) = 3),
    reversal INTEGER NOT NULL CONSTRAINT ck_bank_entries_reversal CHECK (reversal IN (0, 1)),
    customer_id INTEGER REFERENCES customers (id),
    payment_id INTEGER REFERENCES payments (id),
    payer BYTEA NOT NULL,
    details BYTEA NOT NULL,
    state TEXT NOT NULL CONSTRAINT ck_bank_entries_state CHECK (state IN
        ('staged', 'posted', 'same', 'waiting', 'returned', 'other')),
    CONSTRAINT uq_bank_entries_external UNIQUE (tenant_id, source_id, road, external_id)
);
CREATE INDEX ix_bank_entries_payment ON bank_entries (tenant_id, payment_id) WHERE payment_id IS NOT NULL;
CREATE INDEX ix_bank_entries_undone ON bank_entries (tenant_id, state, statement_id)
    WHERE state IN ('staged', 'waiting');

-- A payment that another road has told of first: who tells of it too, and how it was recognised.
CREATE TABLE payment_sightings (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    payment_id INTEGER NOT NULL REFERENCES payments (id),
    source_id INTEGER NOT NULL REFERENCES sources (id),
    road TEXT NOT NULL,
    external_id TEXT NOT NULL,
    matched TEXT NOT NULL CONSTRAINT ck_payment_sightings_matched CHECK (matched IN
        ('write-back', 'reference', 'evidence', 'person')),
    amount_minor INTEGER NOT NULL,
    version INTEGER NOT NULL,
    digest BYTEA NOT NULL,
    seen_at INTEGER NOT NULL,
    CONSTRAINT uq_payment_sightings_external UNIQUE (tenant_id, source_id, road, external_id)
);
CREATE INDEX ix_payment_sightings_payment ON payment_sightings (tenant_id, payment_id);

-- What a person may confirm: that a payment settles an item (apply), that an entry is this payment (same), that an entry
-- takes this payment back (return). A confirmed one that was sure enough was confirmed by `recaudo`. replaced: a source
-- said otherwise.
CREATE TABLE suggestions (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    kind TEXT NOT NULL CONSTRAINT ck_suggestions_kind CHECK (kind IN ('apply', 'same', 'return')),
    payment_id INTEGER NOT NULL REFERENCES payments (id),
    item_id INTEGER REFERENCES open_items (id),
    entry_id INTEGER REFERENCES bank_entries (id),
    amount_minor INTEGER NOT NULL,
    written_off_minor INTEGER NOT NULL,
    confidence_ppm INTEGER NOT NULL,
    rule TEXT NOT NULL,
    difference TEXT NOT NULL,
    difference_minor INTEGER NOT NULL,
    state TEXT NOT NULL CONSTRAINT ck_suggestions_state CHECK (state IN
        ('open', 'confirmed', 'rejected', 'undone', 'replaced')),
    made_at INTEGER NOT NULL,
    decided_at INTEGER,
    decided_by TEXT NOT NULL,
    CONSTRAINT ck_suggestions_about CHECK ((kind = 'apply') = (item_id IS NOT NULL)
        AND (kind = 'apply') = (entry_id IS NULL))
);
CREATE INDEX ix_suggestions_payment ON suggestions (tenant_id, payment_id);
CREATE INDEX ix_suggestions_open ON suggestions (tenant_id, id) WHERE state = 'open';

-- Whose debts an account has paid before, by the account's keyed digest.
CREATE TABLE payers (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    mark BYTEA NOT NULL,
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    CONSTRAINT uq_payers_mark UNIQUE (tenant_id, mark, customer_id)
);

-- The last ledger entry the allocator knew when it was asked last: nothing new, nothing to ask.
CREATE TABLE cash_marks (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    last_entry INTEGER NOT NULL,
    CONSTRAINT uq_cash_marks_tenant UNIQUE (tenant_id)
);
