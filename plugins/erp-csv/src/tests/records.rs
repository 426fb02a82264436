//! What rows become: signs, kinds, states, settlements, payments, contacts, snapshots, versions.

use recaudo_sdk::{Date, erp};

use super::bench::{Folder, Import, shown};

/// One file with a document section of these members, and these rows under these columns.
fn documents(members: &str, columns: &str, rows: &str) -> Import {
    let config = format!(
        r#"{{ "defaults": {{ "currency": "=USD" }}, "format": {{ "dates": ["yyyy-mm-dd"] }}, "files": [{{ "path": "in.csv",
        "customer": {{ "id": "c" }},
        "document": {{ "number": "n", "issued": "=2024-01-31", "due_days": "=30", {members} }} }}] }}"#
    );
    Folder::new(&config).with("in.csv", format!("c,n,{columns}\n{rows}")).import()
}

/// Number, kind, total, open.
fn worth(import: &Import) -> Vec<(&str, &str, i64, Option<i64>)> {
    let of = |d: &erp::Document| d.open.map(|open| open.minor);
    import
        .batch
        .documents
        .iter()
        .map(|d| (d.number.as_str(), d.kind.as_str(), d.total.minor, of(d)))
        .collect()
}

fn codes(import: &Import) -> Vec<(u64, &str)> {
    import.rejects.iter().map(|reject| (reject.row, reject.code.as_str())).collect()
}

#[test]
fn a_sign_means_what_the_configuration_says() {
    let rows = "a,1,100\na,2,-30\n";
    let positive = documents(r#""total": "t""#, "t", rows);
    assert_eq!(
        (worth(&positive), codes(&positive)),
        (vec![("1", "invoice", 10_000, None)], vec![(3, "negative-amount")])
    );
    let notes = documents(r#""total": "t", "signs": "negative-is-credit-note""#, "t", rows);
    assert_eq!(worth(&notes), [("1", "invoice", 10_000, None), ("2", "credit-note", 3_000, None)]);
    assert_eq!(notes.control.iter().map(shown).collect::<Vec<_>>(), ["130.00 USD"], "as records have it");
    let reversed = documents(r#""total": "t", "signs": "reversed""#, "t", rows);
    assert_eq!(worth(&reversed), [("1", "credit-note", 10_000, None), ("2", "invoice", 3_000, None)]);
}

#[test]
fn a_kind_column_tells_notes_whatever_their_sign() {
    let members =
        r#""total": "t", "kind": { "column": "k", "map": { "FA": "invoice", "NC": "credit-note" } }"#;
    let rows = "a,1,100,FA\na,2,-30,nc\na,3,30,NC\na,4,5,Debit Note\na,5,5,XX\na,6,-5,FA\na,7,5,\n";
    let import = documents(members, "t,k", rows);
    let expected = [
        ("1", "invoice", 10_000, None),
        ("2", "credit-note", 3_000, None),
        ("3", "credit-note", 3_000, None),
        ("4", "debit-note", 500, None),
        ("7", "invoice", 500, None),
    ];
    assert_eq!(worth(&import), expected);
    assert_eq!(codes(&import), [(6, "unknown-kind"), (7, "negative-amount")]);
}

#[test]
fn debit_and_credit_columns_tell_the_side() {
    let import =
        documents(r#""debit": "d", "credit": "h""#, "d,h", "a,1,100,\na,2,0,30\na,3,,\na,4,1,1\na,5,-1,\n");
    assert_eq!(worth(&import), [("1", "invoice", 10_000, None), ("2", "credit-note", 3_000, None)]);
    assert_eq!(codes(&import), [(4, "missing-field"), (5, "debit-and-credit"), (6, "negative-amount")]);
}

#[test]
fn a_settlement_day_is_a_payment_of_all_of_it() {
    let members = r#""total": "t", "settled": "s", "settled_amount": "p", "method": "=transfer""#;
    let import = documents(members, "t,s,p", "a,1,100,2024-02-05,\na,2,50,,\na,3,80,2024-02-06,20\n");
    let day = Date::from_ymd(2024, 2, 5).expect("a day").epoch_day();
    let payment = &import.batch.payments[0];
    assert_eq!(
        (payment.key.id.as_str(), payment.customer.as_str(), payment.received),
        ("settled:1", "a", day)
    );
    assert_eq!(
        (shown(&payment.amount), payment.method.as_str(), payment.reference.as_str()),
        ("100.00 USD".into(), "transfer", "1")
    );
    let allocation = &import.batch.allocations[0];
    assert_eq!(allocation.settler, erp::Settler::Payment("settled:1".into()));
    assert_eq!((allocation.document.as_str(), allocation.amount.minor, allocation.on), ("1", 10_000, day));
    assert_eq!(import.batch.payments.len(), 2, "a blank day leaves an item open");
    assert_eq!(import.batch.allocations[1].amount.minor, 2_000);
}

#[test]
fn a_status_is_translated_and_a_new_one_is_told() {
    let members = r#""total": "t", "disputed": "d", "status": { "column": "s",
        "map": { "Vigente": "open", "Anulada": "void", "Pagada": "paid", "Reclamo": "disputed" } }"#;
    let rows = "a,1,5,,VIGENTE\na,2,5,,Anulada\na,3,5,,Pagada\na,4,5,,Reclamo\na,5,5,Sí,\na,6,5,,Otra\na,7,5,maybe,\n";
    let import = documents(members, "t,d,s", rows);
    let got: Vec<_> = import
        .batch
        .documents
        .iter()
        .map(|d| (d.status.as_str(), d.disputed, d.open.map(|o| o.minor)))
        .collect();
    let expected =
        [("posted", false, None), ("cancelled", false, None), ("posted", true, None), ("posted", true, None)];
    assert_eq!(got, expected);
    assert_eq!(codes(&import), [(4, "balance-in-events"), (7, "unknown-status"), (8, "bad-flag")]);
}

#[test]
fn what_is_open_comes_from_a_balance_or_from_what_was_paid() {
    let snapshot = |members: &str, columns: &str, rows: &str| {
        let members =
            format!(r#"{members} }}, "mode": "snapshot", "skip": {{ "column": "c", "in": ["none"]"#);
        documents(&members, columns, rows)
    };
    let rows = "a,1,100,40\na,2,100,\na,3,100,140\na,4,100,-40\n";
    let open = snapshot(r#""total": "t", "open": "o""#, "t,o", rows);
    assert_eq!(worth(&open), [("1", "invoice", 10_000, Some(4_000)), ("2", "invoice", 10_000, None)]);
    assert_eq!(codes(&open), [(4, "over-total"), (5, "negative-amount")]);
    let paid = snapshot(r#""total": "t", "paid": "p""#, "t,p", "a,1,100,40\n");
    assert_eq!(worth(&paid), [("1", "invoice", 10_000, Some(6_000))]);
    let status = snapshot(r#""total": "t", "status": "s""#, "t,s", "a,1,100,paid\na,2,100,open\n");
    assert_eq!(worth(&status), [("1", "invoice", 10_000, Some(0)), ("2", "invoice", 10_000, None)]);
    let events = documents(r#""total": "t", "open": "o""#, "t,o", "a,1,100,40\na,2,100,100\n");
    assert_eq!(codes(&events), [(2, "balance-in-events")], "paid when, and how, nobody says");
    assert_eq!(worth(&events), [("2", "invoice", 10_000, Some(10_000))]);
}

#[test]
fn a_settled_credit_note_has_to_say_what_it_settled() {
    let members = r#""total": "t", "settled": "s", "signs": "negative-is-credit-note""#;
    let import = documents(members, "t,s", "a,1,-5,2024-02-01\na,2,-5,\n");
    assert_eq!(
        (worth(&import), codes(&import)),
        (vec![("2", "credit-note", 500, None)], vec![(2, "settled-credit")])
    );
}

#[test]
fn currencies_have_their_own_decimals() {
    let members =
        r#""total": "t", "currency": { "column": "m", "map": { "$": "COP" } }, "exchange_rate": "x""#;
    let rows = "a,1,1000,CLP,\na,2,1.500,kwd,4.1235\na,3,1.5,CLP,\na,4,5,XXX,\na,5,5,$,\na,6,5,,\n";
    let import = documents(members, "t,m,x", rows);
    let totals: Vec<_> = import.batch.documents.iter().map(|document| shown(&document.total)).collect();
    assert_eq!(totals, ["1000 CLP", "1.500 KWD", "5.00 COP"]);
    let rate = import.batch.documents[1].exchange_rate.expect("a rate");
    assert_eq!((rate.coefficient, rate.scale), (41_235, 4));
    assert_eq!(codes(&import), [(4, "amount-precision"), (5, "unknown-currency"), (7, "missing-field")]);
    assert_eq!(import.control.iter().map(shown).collect::<Vec<_>>(), ["1000 CLP", "5.00 COP", "1.500 KWD"]);
}

#[test]
fn instalments_are_items_of_one_number() {
    let import =
        documents(r#""total": "t", "instalment": "i""#, "t,i", "a,1,5,1\na,1,5,2\na,2,5,\na,3,5,x\n");
    let items: Vec<_> = import.batch.documents.iter().map(|d| (d.key.id.as_str(), d.instalment)).collect();
    assert_eq!(items, [("1#1", 1), ("1#2", 2), ("2", 0)]);
    assert_eq!(codes(&import), [(5, "bad-number")]);
}

#[test]
fn a_version_is_a_number_or_a_moment_or_the_files() {
    let import = documents(
        r#""total": "t", "version": "v""#,
        "t,v",
        "a,1,5,7\na,2,5,2024-01-31 00:01:00\na,3,5,\na,4,5,x\n",
    );
    let versions: Vec<_> = import.batch.documents.iter().map(|document| document.key.version).collect();
    assert_eq!(versions, [7, 1_706_659_260, 1_714_000_000]);
    assert_eq!(codes(&import), [(5, "bad-number")]);
}

#[test]
fn three_files_come_customers_first() {
    let config = include_str!("../../examples/three-files.json");
    let mut folder = Folder::new(config)
        .with("customers.csv", "customer_id;name;kind;parent_id;tax_id;country;language;time_zone;contact_name;email;phone;role\n\
            C1;Ana;person;;123;co;es-CO;America/Bogota;Ana;ana@example.com;;\nC2;Bit SA;business;C1;;Perú;;;;;;\nC3;Cal;;;;;;;;;;\n")
        .with("documents.csv", "document_id,company,customer_id,number,instalment,kind,issued_on,due_on,total,currency,status,disputed,updated_at\n\
            D1,E1,C1,F-1,,invoice,2024-01-01,2024-02-01,100,COP,open,no,5\nD2,,C1,F-2,,invoice,2024-01-01,2024-02-01,100,COP,open,no,5\n")
        .with("payments.csv", "payment_id,company,customer_id,received_on,amount,currency,method,reference,document_id,applied\n\
            P1,E1,C1,2024-02-03,80,COP,transfer,ref,D1,60\nP2,E1,,2024-02-03,80,COP,,,,\nP3,E1,C1,2024-02-03,-8,COP,,,,\n");
    let feeds: Vec<_> = folder.feeds().into_iter().map(|feed| (feed.name, feed.snapshot)).collect();
    assert_eq!(
        feeds,
        [("customers".to_owned(), false), ("documents".to_owned(), false), ("payments".to_owned(), false)]
    );
    let import = folder.import();
    let batch = &import.batch;
    assert_eq!(
        batch.customers.iter().map(|c| (c.key.id.as_str(), c.country.as_str())).collect::<Vec<_>>(),
        [("C1", "CO"), ("C3", "")]
    );
    assert_eq!(
        (batch.customers[0].tax_id.as_deref(), batch.customers[0].parent.as_deref()),
        (Some("123"), None)
    );
    assert_eq!(
        (batch.contacts.len(), batch.contacts[0].key.id.as_str(), batch.contacts[0].email.as_str()),
        (1, "C1/1", "ana@example.com")
    );
    assert_eq!(
        (batch.documents.len(), batch.documents[0].creditor.as_str(), batch.documents[0].key.version),
        (1, "E1", 5)
    );
    assert_eq!(
        batch.payments.iter().map(|p| (p.key.id.as_str(), p.customer.as_str())).collect::<Vec<_>>(),
        [("P1", "C1"), ("P2", "")]
    );
    let allocation = &batch.allocations[0];
    assert_eq!(
        (allocation.key.id.as_str(), allocation.document.as_str(), allocation.amount.minor),
        ("P1>D1", "D1", 6_000)
    );
    assert_eq!(
        import.reasons(),
        [
            (3, "country", "Perú", "unknown-country"),
            (3, "company", "", "missing-field"),
            (4, "amount", "-8", "negative-amount"),
        ]
    );
}

#[test]
fn a_ledger_of_a_spanish_erp_comes_in() {
    let config = include_str!("../../examples/spanish-erp.json");
    let text = "CARTERA AL CIERRE;;;;;\r\nGenerado;01/02/2024\r\n\
        Empresa;Tipo;Número;Cuota;NIT;Razón Social;País;Contacto;Correo;Teléfono;Correo 2;Fecha;Vencimiento;Débito;Crédito;Moneda;Estado;Medio;Referencia;Aplica a\r\n\
        10;FV;100;1;900;Señal SAS;Colombia;Ana;a@x.co;;b@x.co;01/01/2024;31/01/2024;1.500.000,50;;$;Vigente;;;\r\n\
        10;FV;100;2;900;Señal SAS;Colombia;Ana;a@x.co;;b@x.co;01/01/2024;29/02/2024;$ 500;;PESOS;En reclamo;;;\r\n\
        10;NC;7;;900;Señal SAS;Colombia;Ana;a@x.co;;b@x.co;05/01/2024;05/01/2024;;200,00;;;;;\r\n\
        10;RC;55;;900;Señal SAS;Colombia;Ana;a@x.co;;b@x.co;06/01/2024;;;1.500.000,50;;;TRANSFERENCIA;X1;FV-100-1\r\n\
        10;SALDO ANTERIOR;;;900;;;;;;;;;;;;;;;\r\n\
        10;ZZ;1;;900;Señal SAS;Colombia;Ana;a@x.co;;b@x.co;05/01/2024;05/01/2024;;200,00;;;;;\r\n\
        TOTAL;;;;;;;;;;;;;2.000.500,50;1.500.200,50;;;;;\r\n";
    let bytes: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).expect("latin-1")).collect();
    let import = Folder::new(config).with("cartera-2024-01.csv", bytes).import();
    let documents: Vec<_> = import
        .batch
        .documents
        .iter()
        .map(|d| (d.key.id.as_str(), d.kind.as_str(), shown(&d.total)))
        .collect();
    assert_eq!(
        documents,
        [
            ("FV-100-1", "invoice", "1500000.50 COP".into()),
            ("FV-100-2", "invoice", "500.00 COP".into()),
            ("NC-7", "credit-note", "200.00 COP".into()),
        ]
    );
    assert!(import.batch.documents[1].disputed);
    assert_eq!(import.batch.customers[0].name, "Señal SAS");
    let contacts: Vec<_> = import
        .batch
        .contacts
        .iter()
        .map(|c| (c.key.id.as_str(), c.email.as_str(), c.role.as_str()))
        .collect();
    assert_eq!(contacts, [("900/1", "a@x.co", "billing"), ("900/2", "b@x.co", "")], "told once");
    let payment = &import.batch.payments[0];
    assert_eq!(
        (payment.key.id.as_str(), payment.method.as_str(), payment.reference.as_str()),
        ("RC-55", "transfer", "X1")
    );
    assert_eq!(
        (import.batch.allocations[0].document.as_str(), import.batch.documents[0].key.row),
        ("FV-100-1", 4)
    );
    assert_eq!(
        codes(&import),
        [(9, "no-record"), (10, "totals-row")],
        "a type of row nobody thought of is told"
    );
    assert_eq!(import.read, 6, "the skipped row is no row");
}

#[test]
fn a_snapshot_is_the_latest_of_its_files_on_the_day_of_its_name() {
    let config = include_str!("../../examples/balances-snapshot.json");
    let text = "RUT|NOMBRE|FOLIO|EMISION|VENCE|MONTO|SALDO\n1-9|Uno|77|20240101|20240131|1000|400\n";
    let mut folder = Folder::new(config)
        .with("saldos-20240131.txt", text.replace("400", "900"))
        .with("saldos-20240229.txt", text);
    assert!(folder.feeds()[0].snapshot);
    let import = folder.import();
    let day = Date::from_ymd(2024, 2, 29).expect("a day").epoch_day();
    assert_eq!(import.modes, [erp::Mode::Snapshot(day)]);
    assert_eq!(worth(&import), [("77", "invoice", 1000, Some(400))]);
    // Half a snapshot would tell that the rest is settled.
    let mut broken = Folder::new(config).with("saldos-20240131.txt", "RUT|NOMBRE\n");
    assert_eq!(broken.import_feed("rows").expect_err("no snapshot").code, "missing-column");
    let mut empty =
        Folder::new(config).with("saldos-20240131.txt", "RUT|NOMBRE|FOLIO|EMISION|VENCE|MONTO|SALDO\n\n");
    assert_eq!(empty.import_feed("rows").expect_err("nothing is open?").code, "empty-snapshot");
    let mut nameless = Folder::new(config).with("saldos-hoy.txt", text);
    assert_eq!(nameless.import_feed("rows").expect_err("no day").code, "no-snapshot-day");
}

#[test]
fn allocations_and_consents_have_files_of_their_own() {
    let config = r#"{ "defaults": { "currency": "=USD" }, "files": [
      { "path": "a.csv", "allocation": { "payment": "p", "credit_note": "n", "document": "d", "amount": "t", "on": "on", "signs": "negative-is-return" } },
      { "path": "c.csv", "consent": { "customer": "c", "channel": "ch", "granted": "ok", "at": "on", "evidence": "e" } } ] }"#;
    let import = Folder::new(config)
        .with("a.csv", "p,n,d,t,on\nP1,,D1,5,2024-01-31\n,N1,D1,-2,2024-02-01\n,,D1,5,2024-01-31\n")
        .with("c.csv", "c,ch,ok,on,e\nC1,email,no,2024-01-31 10:00,form 7\nC1,sms,,2024-01-31,\n")
        .import();
    let settlers: Vec<_> =
        import.batch.allocations.iter().map(|a| (a.key.id.as_str(), &a.settler, a.amount.minor)).collect();
    let (payment, note) = (erp::Settler::Payment("P1".into()), erp::Settler::CreditNote("N1".into()));
    assert_eq!(settlers, [("P1>D1@2024-01-31", &payment, 500), ("N1>D1@2024-02-01", &note, -200)]);
    let consent = &import.batch.consents[0];
    assert_eq!(
        (consent.granted, consent.at.seconds, consent.evidence.as_str()),
        (false, 1_706_695_200, "form 7")
    );
    assert_eq!(codes(&import), [(4, "missing-field"), (3, "missing-field")]);
}

#[test]
fn a_row_is_refused_whole() {
    let config = r#"{ "defaults": { "currency": "=USD" }, "files": [{ "path": "in.csv",
      "customer": { "id": "c", "country": "k" }, "contacts": { "email": "e" },
      "document": { "number": "n", "issued": "=2024-01-31", "due_days": "=30", "total": "t", "settled": "=2024-02-01" } }] }"#;
    let import = Folder::new(config)
        .with("in.csv", "c,k,e,n,t\nC1,Peru,a@x.pe,1,5\nC1,PE,a@x.pe,2,5\nC1,PE,,3,5\n")
        .import();
    assert_eq!(codes(&import), [(2, "unknown-country")]);
    let batch = &import.batch;
    let counts = (
        batch.customers.len(),
        batch.contacts.len(),
        batch.documents.len(),
        batch.payments.len(),
        batch.allocations.len(),
    );
    assert_eq!(counts, (1, 1, 2, 2, 2), "nothing of row 2, and a blank address is no contact");
    assert_eq!(batch.contacts[0].key.row, 3);
}
