-- The ledger: who owes what to whom, what was paid, and every movement that made it so.
-- Tenant first in every table. Integer keys inside, the source's ids beside them. Instants are microseconds UTC, days are
-- epoch days, money is minor units with its currency. Entries, item changes and audit rows are only ever appended;
-- open_minor and unapplied_minor are projections of the entries, kept in the same transaction and checked by verify.

CREATE TABLE tenants (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL CONSTRAINT uq_tenants_name UNIQUE
);
INSERT INTO tenants (id, name) VALUES (1, 'default');

-- An installation of an importer: which plugin, proven by its digest, with what configuration and grants.
CREATE TABLE sources (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL REFERENCES tenants (id),
    name TEXT NOT NULL,
    plugin TEXT NOT NULL,
    component_sha256 BYTEA NOT NULL,
    config BYTEA NOT NULL,
    grants TEXT NOT NULL,
    added_at INTEGER NOT NULL,
    removed_at INTEGER,
    CONSTRAINT uq_sources_name UNIQUE (tenant_id, name)
);

-- The legal creditor: the company the money is owed to. Its zone decides what "today" is for due dates.
CREATE TABLE creditors (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL REFERENCES tenants (id),
    external_id TEXT NOT NULL,
    name TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    CONSTRAINT uq_creditors_external UNIQUE (tenant_id, external_id)
);

-- Live personal data: plain here and in contacts, sealed everywhere else. Erasing a person empties the row and keeps the id.
CREATE TABLE customers (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL REFERENCES tenants (id),
    source_id INTEGER NOT NULL REFERENCES sources (id),
    external_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    digest BYTEA NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    parent TEXT,
    tax_id TEXT,
    country TEXT NOT NULL,
    locale TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    attributes TEXT NOT NULL,
    erased_at INTEGER,
    CONSTRAINT uq_customers_external UNIQUE (tenant_id, external_id)
);

CREATE TABLE contacts (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    source_id INTEGER NOT NULL,
    external_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    digest BYTEA NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    phone TEXT NOT NULL,
    role TEXT NOT NULL,
    attributes TEXT NOT NULL,
    removed_at INTEGER,
    CONSTRAINT uq_contacts_external UNIQUE (tenant_id, source_id, external_id)
);
CREATE INDEX ix_contacts_customer ON contacts (tenant_id, customer_id);

-- What a person allowed or forbade, in the order it was said; the last word on a channel counts. Evidence is sealed.
CREATE TABLE consents (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    contact TEXT NOT NULL,
    channel TEXT NOT NULL,
    granted INTEGER NOT NULL CONSTRAINT ck_consents_granted CHECK (granted IN (0, 1)),
    said_at INTEGER NOT NULL,
    source_id INTEGER,
    evidence BYTEA NOT NULL,
    CONSTRAINT uq_consents_said UNIQUE (tenant_id, customer_id, contact, channel, said_at)
);

-- One due date, one item. total_minor is negative on a credit note. moved_on is the latest day its entries are about;
-- settled_on is that day when the balance is zero.
CREATE TABLE open_items (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    creditor_id INTEGER NOT NULL REFERENCES creditors (id),
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    open_minor INTEGER NOT NULL,
    total_minor INTEGER NOT NULL,
    issued_on INTEGER NOT NULL,
    due_on INTEGER NOT NULL,
    moved_on INTEGER NOT NULL,
    settled_on INTEGER,
    disputed INTEGER NOT NULL CONSTRAINT ck_open_items_disputed CHECK (disputed IN (0, 1)),
    currency TEXT NOT NULL CONSTRAINT ck_open_items_currency CHECK (length(currency) = 3),
    kind TEXT NOT NULL,
    number TEXT NOT NULL,
    instalment INTEGER NOT NULL,
    status TEXT NOT NULL,
    source_id INTEGER NOT NULL REFERENCES sources (id),
    external_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    digest BYTEA NOT NULL,
    rate_coefficient INTEGER,
    rate_scale INTEGER,
    seen_in INTEGER,
    attributes TEXT NOT NULL,
    CONSTRAINT uq_open_items_identity UNIQUE (tenant_id, customer_id, creditor_id, number, instalment),
    CONSTRAINT uq_open_items_external UNIQUE (tenant_id, source_id, external_id),
    CONSTRAINT ck_open_items_settled CHECK ((settled_on IS NULL) = (open_minor <> 0)),
    CONSTRAINT ck_open_items_moved CHECK (settled_on IS NULL OR settled_on = moved_on)
);
-- The daily run's way in: what is open, customer by customer.
CREATE INDEX ix_open_items_open ON open_items (tenant_id, customer_id) WHERE settled_on IS NULL;

CREATE TABLE payments (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    creditor_id INTEGER NOT NULL REFERENCES creditors (id),
    customer_id INTEGER REFERENCES customers (id),
    unapplied_minor INTEGER NOT NULL,
    amount_minor INTEGER NOT NULL,
    received_on INTEGER NOT NULL,
    currency TEXT NOT NULL CONSTRAINT ck_payments_currency CHECK (length(currency) = 3),
    method TEXT NOT NULL,
    reference TEXT NOT NULL,
    status TEXT NOT NULL,
    source_id INTEGER NOT NULL REFERENCES sources (id),
    external_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    digest BYTEA NOT NULL,
    attributes TEXT NOT NULL,
    CONSTRAINT uq_payments_external UNIQUE (tenant_id, source_id, external_id)
);
CREATE INDEX ix_payments_customer ON payments (tenant_id, customer_id);

-- What the source says settles what; the movements themselves are entries. One of payment and credit note is named.
CREATE TABLE allocations (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    item_id INTEGER NOT NULL REFERENCES open_items (id),
    payment_id INTEGER REFERENCES payments (id),
    credit_item_id INTEGER REFERENCES open_items (id),
    amount_minor INTEGER NOT NULL,
    applied_on INTEGER NOT NULL,
    source_id INTEGER NOT NULL REFERENCES sources (id),
    external_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    digest BYTEA NOT NULL,
    CONSTRAINT uq_allocations_external UNIQUE (tenant_id, source_id, external_id),
    CONSTRAINT ck_allocations_settler CHECK ((payment_id IS NULL) <> (credit_item_id IS NULL))
);

-- A run over one feed of a source; killed, it goes on from its checkpoint under the same row.
CREATE TABLE imports (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    source_id INTEGER NOT NULL REFERENCES sources (id),
    feed TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    finished_at INTEGER,
    pages INTEGER NOT NULL,
    read_rows INTEGER NOT NULL,
    imported_rows INTEGER NOT NULL,
    unchanged_rows INTEGER NOT NULL,
    quarantined_rows INTEGER NOT NULL
);
CREATE INDEX ix_imports_source ON imports (tenant_id, source_id, feed);

-- Where a feed goes on. A finished feed that is not incremental has none.
CREATE TABLE checkpoints (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    source_id INTEGER NOT NULL REFERENCES sources (id),
    feed TEXT NOT NULL,
    import_id INTEGER REFERENCES imports (id),
    version INTEGER NOT NULL,
    bytes BYTEA NOT NULL,
    saved_at INTEGER NOT NULL,
    CONSTRAINT uq_checkpoints_feed UNIQUE (tenant_id, source_id, feed)
);

-- One page is one transaction: the cause of its entries.
CREATE TABLE import_pages (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    import_id INTEGER NOT NULL REFERENCES imports (id),
    origin TEXT NOT NULL,
    committed_at INTEGER NOT NULL
);

CREATE TABLE import_controls (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    import_id INTEGER NOT NULL REFERENCES imports (id),
    currency TEXT NOT NULL,
    source_minor INTEGER NOT NULL,
    ours_minor INTEGER NOT NULL,
    CONSTRAINT uq_import_controls_currency UNIQUE (tenant_id, import_id, currency)
);

-- Movements. The balance of an item is the sum of its entries; what is left of a payment is the sum of its entries; an
-- application is one row that lowers both. source_id is NULL for our own movements.
CREATE TABLE entries (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    item_id INTEGER REFERENCES open_items (id),
    payment_id INTEGER REFERENCES payments (id),
    effective_on INTEGER NOT NULL,
    known_at INTEGER NOT NULL,
    amount_minor INTEGER NOT NULL,
    kind TEXT NOT NULL CONSTRAINT ck_entries_kind CHECK (kind IN
        ('bill', 'receive', 'apply', 'credit', 'adjust', 'inferred', 'write-off', 'reverse', 'charge', 'exchange')),
    currency TEXT NOT NULL,
    source_id INTEGER,
    page_id INTEGER,
    allocation_id INTEGER,
    reason TEXT NOT NULL,
    CONSTRAINT ck_entries_about CHECK (item_id IS NOT NULL OR payment_id IS NOT NULL)
);
CREATE INDEX ix_entries_item ON entries (tenant_id, item_id);
CREATE INDEX ix_entries_payment ON entries (tenant_id, payment_id) WHERE payment_id IS NOT NULL;

-- What changed on an item besides money, so that a past day can be shown as it was known.
CREATE TABLE item_changes (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    item_id INTEGER NOT NULL REFERENCES open_items (id),
    known_at INTEGER NOT NULL,
    field TEXT NOT NULL,
    old_value TEXT NOT NULL,
    new_value TEXT NOT NULL,
    source_id INTEGER,
    page_id INTEGER
);
CREATE INDEX ix_item_changes_item ON item_changes (tenant_id, item_id);

-- Rows that did not come in, each with what to do about it. The value is sealed, and emptied when the row is resolved.
CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    source_id INTEGER NOT NULL REFERENCES sources (id),
    feed TEXT NOT NULL,
    origin TEXT NOT NULL,
    row_number INTEGER NOT NULL,
    entity TEXT NOT NULL,
    field TEXT NOT NULL,
    code TEXT NOT NULL,
    message BYTEA NOT NULL,
    value BYTEA NOT NULL,
    import_id INTEGER NOT NULL,
    first_seen_at INTEGER NOT NULL,
    resolved_at INTEGER,
    resolution TEXT NOT NULL
);
CREATE INDEX ix_quarantine_open ON quarantine (tenant_id, source_id, origin, row_number) WHERE resolved_at IS NULL;

-- Dated rate series as sources bring them.
CREATE TABLE rates (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    series TEXT NOT NULL,
    rate_on INTEGER NOT NULL,
    coefficient INTEGER NOT NULL,
    scale INTEGER NOT NULL,
    source_id INTEGER NOT NULL,
    CONSTRAINT uq_rates_day UNIQUE (tenant_id, series, rate_on)
);

-- What was said to or by a customer elsewhere. The text is sealed.
CREATE TABLE interactions (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    source_id INTEGER NOT NULL,
    external_id TEXT NOT NULL,
    happened_at INTEGER NOT NULL,
    channel TEXT NOT NULL,
    inbound INTEGER NOT NULL,
    body BYTEA NOT NULL,
    CONSTRAINT uq_interactions_external UNIQUE (tenant_id, source_id, external_id)
);

-- A key per person (and one per source, for rows nobody could be found for), wrapped by the home's key. Deleting the row erases.
CREATE TABLE person_keys (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id INTEGER NOT NULL,
    wrapped BYTEA NOT NULL,
    CONSTRAINT uq_person_keys_subject UNIQUE (tenant_id, subject_kind, subject_id)
);

-- A hash chain per tenant: who did what, and a digest over the entries it made. Personal data in a body is sealed first.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    body BYTEA NOT NULL,
    prev_hash BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    CONSTRAINT uq_audit_seq UNIQUE (tenant_id, seq)
);
