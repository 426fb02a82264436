-- The daily run: who was looked at and what came of it, the contacts it permits, what was sent, and the record of every
-- judgement. Names that repeat (steps, rules) are kept once and referred to by number; personal data is sealed or absent.

-- A run reads what is open and what was settled customer by customer: both ways in hold all it reads, so that it never
-- looks up a row of the table. (settled_on stands in the first, always NULL, because SQLite would look it up otherwise.)
DROP INDEX ix_open_items_open;
CREATE INDEX ix_open_items_open ON open_items
    (tenant_id, customer_id, creditor_id, currency, due_on, open_minor, issued_on, disputed, kind, settled_on)
    WHERE settled_on IS NULL;
CREATE INDEX ix_open_items_settled ON open_items
    (tenant_id, customer_id, settled_on, issued_on, due_on, total_minor, currency, disputed)
    WHERE settled_on IS NOT NULL;

-- Contacts a source told of, as caps count them.
CREATE INDEX ix_interactions_customer ON interactions (tenant_id, customer_id, happened_at);

-- Segments, strategies and templates a run rested on, by digest.
CREATE TABLE policies (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL REFERENCES tenants (id),
    sha256 BYTEA NOT NULL,
    body TEXT NOT NULL,
    kept_at INTEGER NOT NULL,
    CONSTRAINT uq_policies_sha256 UNIQUE (tenant_id, sha256)
);

-- A step of a strategy, once. Its day is the one it had last.
CREATE TABLE steps (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    strategy TEXT NOT NULL,
    step TEXT NOT NULL,
    day INTEGER NOT NULL,
    CONSTRAINT uq_steps_name UNIQUE (tenant_id, strategy, step)
);

-- What a gate or a strategist gave as its reason, once.
CREATE TABLE phrases (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    rule TEXT NOT NULL,
    source TEXT NOT NULL,
    reason TEXT NOT NULL,
    CONSTRAINT uq_phrases_text UNIQUE (tenant_id, rule, source, reason)
);

-- One at a time. cursor_customer is the last customer that is done: a run that died goes on after it.
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    business_on INTEGER NOT NULL,
    policy_id INTEGER NOT NULL REFERENCES policies (id),
    started_at INTEGER NOT NULL,
    finished_at INTEGER,
    cursor_customer INTEGER NOT NULL
);
CREATE INDEX ix_runs_day ON runs (tenant_id, business_on);

-- Every account with something open, what was done about it or the first reason why not. Outcomes and reasons are the
-- engine's codes; detail is a day, a hold or a step, as the reason says.
CREATE TABLE candidates (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    run_id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    creditor_id INTEGER NOT NULL,
    currency TEXT NOT NULL,
    segment INTEGER NOT NULL,
    score_ppm INTEGER,
    outcome INTEGER NOT NULL,
    reason INTEGER NOT NULL,
    detail INTEGER,
    step_id INTEGER,
    phrase_id INTEGER,
    not_before_at INTEGER,
    action_id INTEGER
);
CREATE INDEX ix_candidates_customer ON candidates (tenant_id, run_id, customer_id);

-- A contact the gates permitted. state: queued, sending, sent, failed, unknown, cancelled.
CREATE TABLE actions (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    run_id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    creditor_id INTEGER NOT NULL,
    contact_id INTEGER NOT NULL,
    step_id INTEGER NOT NULL,
    business_on INTEGER NOT NULL,
    contact_at INTEGER NOT NULL,
    amount_minor INTEGER NOT NULL,
    days_past_due INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    items_first INTEGER NOT NULL,
    items_count INTEGER NOT NULL,
    closed_at INTEGER,
    attempts INTEGER NOT NULL,
    state TEXT NOT NULL CONSTRAINT ck_actions_state CHECK (state IN
        ('queued', 'sending', 'sent', 'failed', 'unknown', 'cancelled')),
    currency TEXT NOT NULL,
    channel TEXT NOT NULL,
    template TEXT NOT NULL,
    purpose TEXT NOT NULL,
    language TEXT NOT NULL,
    reason TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    message_sha256 BYTEA
);
CREATE INDEX ix_actions_customer ON actions (tenant_id, customer_id, contact_at);
-- What is queued has its job; this is what a worker left, or a person has to know.
CREATE INDEX ix_actions_open ON actions (tenant_id, state, customer_id)
    WHERE state IN ('sending', 'unknown', 'failed');

-- What a contact is about. A step is done for an item and due date once: the index below lets no second one in.
-- counts becomes 0 when the contact was cancelled or failed; step_id is NULL for what is only listed.
CREATE TABLE action_items (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    action_id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    item_id INTEGER NOT NULL,
    due_on INTEGER NOT NULL,
    open_minor INTEGER NOT NULL,
    step_id INTEGER,
    counts INTEGER NOT NULL CONSTRAINT ck_action_items_counts CHECK (counts IN (0, 1))
);
CREATE UNIQUE INDEX uq_action_items_once ON action_items (tenant_id, customer_id, item_id, due_on, step_id, counts)
    WHERE counts = 1 AND step_id IS NOT NULL;

-- One use, bound to the action's customer and channel, to what the message says and to a time window. Its id is the
-- action's: a contact has one permit at a time.
CREATE TABLE permits (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    content_sha256 BYTEA NOT NULL,
    issued_at INTEGER NOT NULL,
    not_before_at INTEGER NOT NULL,
    not_after_at INTEGER NOT NULL,
    used_at INTEGER
);

-- Work to be done, by what it is about; a row goes when the work is done.
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    subject_id INTEGER NOT NULL,
    run_after_at INTEGER NOT NULL,
    CONSTRAINT uq_jobs_subject UNIQUE (tenant_id, subject_id, kind)
);

-- Around every effect that commits something outside. Request and answer are sealed under the customer's key.
CREATE TABLE journal (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    action_id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    commit_number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    target TEXT NOT NULL,
    request BYTEA NOT NULL,
    prepared_at INTEGER NOT NULL,
    sent_at INTEGER,
    settled_at INTEGER,
    settled TEXT CONSTRAINT ck_journal_settled CHECK (settled IN ('done', 'not_done', 'unknown')),
    answer BYTEA
);
CREATE INDEX ix_journal_action ON journal (tenant_id, action_id);

-- A plugin that judged, proven by its bytes.
CREATE TABLE components (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    plugin TEXT NOT NULL,
    version TEXT NOT NULL,
    contract TEXT NOT NULL,
    component_sha256 BYTEA NOT NULL,
    manifest_sha256 BYTEA NOT NULL,
    CONSTRAINT uq_components_bytes UNIQUE (tenant_id, component_sha256, manifest_sha256)
);

-- Inputs, outputs and configurations of judgements by digest, lz4. No personal identifiers are in them.
CREATE TABLE blobs (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    sha256 BYTEA NOT NULL,
    bytes BYTEA NOT NULL,
    CONSTRAINT uq_blobs_sha256 UNIQUE (tenant_id, sha256)
);

-- One judgement over a batch of rows: who, over what, with what answer. A kill by the wall clock is none and leaves no row.
CREATE TABLE decisions (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    run_id INTEGER NOT NULL,
    component_id INTEGER NOT NULL REFERENCES components (id),
    config_blob_id INTEGER NOT NULL REFERENCES blobs (id),
    input_blob_id INTEGER NOT NULL REFERENCES blobs (id),
    output_blob_id INTEGER REFERENCES blobs (id),
    first_customer_id INTEGER NOT NULL,
    last_customer_id INTEGER NOT NULL,
    row_count INTEGER NOT NULL,
    decided_at INTEGER NOT NULL,
    interface TEXT NOT NULL,
    installation TEXT NOT NULL,
    failure TEXT NOT NULL
);
CREATE INDEX ix_decisions_run ON decisions (tenant_id, run_id, first_customer_id);

-- Days on which a customer, or one item, is not chased. until_on is the first day it no longer holds. The note is sealed.
CREATE TABLE holds (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    item_id INTEGER REFERENCES open_items (id),
    from_on INTEGER NOT NULL,
    until_on INTEGER,
    made_at INTEGER NOT NULL,
    reason TEXT NOT NULL,
    resume TEXT NOT NULL,
    made_by TEXT NOT NULL,
    note BYTEA NOT NULL,
    CONSTRAINT ck_holds_days CHECK (until_on IS NULL OR until_on >= from_on)
);
CREATE INDEX ix_holds_customer ON holds (tenant_id, customer_id);

-- A customer's word. Open until kept, broken or withdrawn; it covers the customer's items of its currency.
CREATE TABLE promises (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    amount_minor INTEGER NOT NULL,
    made_at INTEGER NOT NULL,
    pay_on INTEGER NOT NULL,
    currency TEXT NOT NULL,
    state TEXT NOT NULL CONSTRAINT ck_promises_state CHECK (state IN ('open', 'kept', 'broken', 'withdrawn'))
);
CREATE INDEX ix_promises_open ON promises (tenant_id, customer_id) WHERE state = 'open';
