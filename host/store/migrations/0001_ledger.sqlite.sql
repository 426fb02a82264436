-- What is appended stays: a correction is another row.
CREATE TRIGGER tr_entries_no_update BEFORE UPDATE ON entries
BEGIN SELECT RAISE(ABORT, 'entries are only appended; a correction is another entry'); END;
CREATE TRIGGER tr_entries_no_delete BEFORE DELETE ON entries
BEGIN SELECT RAISE(ABORT, 'entries are only appended; a correction is another entry'); END;
CREATE TRIGGER tr_item_changes_no_update BEFORE UPDATE ON item_changes
BEGIN SELECT RAISE(ABORT, 'item changes are only appended'); END;
CREATE TRIGGER tr_item_changes_no_delete BEFORE DELETE ON item_changes
BEGIN SELECT RAISE(ABORT, 'item changes are only appended'); END;
CREATE TRIGGER tr_audit_no_update BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is only appended'); END;
CREATE TRIGGER tr_audit_no_delete BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is only appended'); END;
