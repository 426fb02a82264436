-- What is appended stays: a correction is another row.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING MESSAGE = TG_ARGV[0], ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER tr_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON entries
    EXECUTE FUNCTION refuse_change('entries are only appended; a correction is another entry');
CREATE TRIGGER tr_item_changes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON item_changes
    EXECUTE FUNCTION refuse_change('item changes are only appended');
CREATE TRIGGER tr_audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    EXECUTE FUNCTION refuse_change('the audit trail is only appended');
