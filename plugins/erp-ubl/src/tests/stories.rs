//! What own small documents show.

use proptest::prelude::*;
use recaudo_sdk::bench::Bench;
use recaudo_sdk::{Date, erp};

use super::{import, shown};
use crate::ErpUbl;

/// A document with a body of one's own.
fn ubl(root: &str, body: &str) -> String {
    format!(
        r#"<?xml version="1.0"?><{root} xmlns="urn:oasis:names:specification:ubl:schema:xsd:{root}-2" xmlns:cac="a" xmlns:cbc="b">
<cbc:ID>F-1</cbc:ID><cbc:IssueDate>2026-03-01</cbc:IssueDate><cbc:DocumentCurrencyCode>PEN</cbc:DocumentCurrencyCode>
<cac:AccountingSupplierParty><cac:Party><cac:PartyTaxScheme><cbc:CompanyID>20100100100</cbc:CompanyID></cac:PartyTaxScheme></cac:Party></cac:AccountingSupplierParty>
<cac:AccountingCustomerParty><cac:Party><cac:PartyIdentification><cbc:ID>20600600600</cbc:ID></cac:PartyIdentification><cac:PartyName><cbc:Name>Bodega Ana</cbc:Name></cac:PartyName></cac:Party></cac:AccountingCustomerParty>
{body}</{root}>"#
    )
}

fn payable(amount: &str) -> String {
    format!(
        r#"<cac:LegalMonetaryTotal><cbc:PayableAmount currencyID="PEN">{amount}</cbc:PayableAmount></cac:LegalMonetaryTotal>"#
    )
}

fn terms(day: &str, share: &str) -> String {
    format!("<cac:PaymentTerms>{share}<cbc:PaymentDueDate>{day}</cbc:PaymentDueDate></cac:PaymentTerms>")
}

fn amount(text: &str) -> String {
    format!(r#"<cbc:Amount currencyID="PEN">{text}</cbc:Amount>"#)
}

fn parts(page: &erp::Page) -> Vec<String> {
    let part = |document: &erp::Document| {
        format!(
            "{} {} {} {}",
            document.key.id,
            document.instalment,
            Date::from_epoch_day(document.due),
            shown(document.total)
        )
    };
    page.rows.documents.iter().map(part).collect()
}

#[test]
fn an_invoice_without_a_due_date_is_due_after_the_configured_days() {
    let file = ubl("Invoice", &payable("118.00"));
    let page = import(r#"{"term_days": 30, "creditor": "own"}"#, &[("f.xml", &file)]);
    assert_eq!(parts(&page), ["invoice:20100100100:F-1 0 2026-03-31 118.00 PEN"]);
    assert_eq!((page.rows.documents[0].creditor.as_str(), page.rejects.len()), ("own", 0));
}

#[test]
fn terms_with_days_and_amounts_are_instalments() {
    let body = format!(
        "{}{}{}",
        terms("2026-05-01", &amount("60.00")),
        terms("2026-04-01", &amount("58.00")),
        payable("118.00")
    );
    let page = import("{}", &[("f.xml", &ubl("Invoice", &body))]);
    assert_eq!(
        parts(&page),
        [
            "invoice:20100100100:F-1#1 1 2026-04-01 58.00 PEN",
            "invoice:20100100100:F-1#2 2 2026-05-01 60.00 PEN"
        ]
    );
}

#[test]
fn shares_in_percent_lose_no_cent() {
    let third = "<cbc:PaymentPercent>33.33</cbc:PaymentPercent>";
    let body =
        ["2026-04-01", "2026-05-01", "2026-06-01"].map(|day| terms(day, third)).concat() + &payable("100.00");
    let page = import("{}", &[("f.xml", &ubl("Invoice", &body))]);
    let totals: Vec<i64> = page.rows.documents.iter().map(|document| document.total.minor).collect();
    assert_eq!(totals, [3_333, 3_333, 3_334]);
}

#[test]
fn instalments_past_the_total_are_refused() {
    let body =
        terms("2026-05-01", &amount("60.00")) + &terms("2026-04-01", &amount("60.00")) + &payable("118.00");
    let page = import("{}", &[("f.xml", &ubl("Invoice", &body))]);
    assert_eq!((page.rows.documents.len(), page.rows.customers.len()), (0, 0), "whole or not at all");
    assert_eq!(
        (page.rejects[0].code.as_str(), page.rejects[0].field.as_str()),
        ("over-total", "PaymentTerms/Amount")
    );
}

#[test]
fn a_credit_note_settles_the_one_invoice_it_names() {
    let reference = "<cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>F-1</cbc:ID></cac:InvoiceDocumentReference></cac:BillingReference>";
    let note = ubl("CreditNote", &(reference.to_owned() + &payable("18.00"))).replacen("F-1", "NC-1", 1);
    let files = [("a.xml", ubl("Invoice", &payable("118.00"))), ("b.xml", note.clone())];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let page = import("{}", &files);
    let allocation = &page.rows.allocations[0];
    assert_eq!(allocation.settler, erp::Settler::CreditNote("credit-note:20100100100:NC-1".into()));
    assert_eq!(allocation.document, page.rows.documents[0].key.id);
    assert_eq!(shown(allocation.amount), "18.00 PEN");
    let twice = note.replace(reference, &reference.repeat(2));
    assert!(
        import("{}", &[("b.xml", &twice)]).rows.allocations.is_empty(),
        "which of two is a person's to say"
    );
    assert!(import(r#"{"apply_credit_notes": false}"#, &[("b.xml", &note)]).rows.allocations.is_empty());
}

#[test]
fn a_negative_invoice_is_a_credit_note_and_a_type_may_say_so() {
    let page = import("{}", &[("f.xml", &ubl("Invoice", &payable("-18.00")))]);
    assert_eq!(
        (page.rows.documents[0].kind.as_str(), shown(page.rows.documents[0].total)),
        ("credit-note", "18.00 PEN".into())
    );
    let typed =
        ubl("Invoice", &format!("<cbc:InvoiceTypeCode>381</cbc:InvoiceTypeCode>{}", payable("18.00")));
    assert_eq!(import("{}", &[("f.xml", &typed)]).rows.documents[0].kind, "credit-note");
    let debit = ubl("DebitNote", &payable("18.00").replace("LegalMonetaryTotal", "RequestedMonetaryTotal"));
    assert_eq!(import("{}", &[("f.xml", &debit)]).rows.documents[0].kind, "debit-note");
}

#[test]
fn an_attached_document_carries_its_invoice() {
    let carried = ubl("Invoice", &payable("118.00"));
    let file = format!(
        r#"<AttachedDocument xmlns="urn:oasis:names:specification:ubl:schema:xsd:AttachedDocument-2"><Attachment><ExternalReference><Description><![CDATA[{carried}]]></Description></ExternalReference></Attachment></AttachedDocument>"#
    );
    assert_eq!(
        parts(&import("{}", &[("f.xml", &file)])),
        ["invoice:20100100100:F-1 0 2026-03-01 118.00 PEN"]
    );
}

#[test]
fn a_broken_file_is_one_reject_and_the_rest_goes_through() {
    let good = ubl("Invoice", &payable("118.00"));
    let cases = [
        (
            good.replace("118.00", "118.005"),
            "amount-precision",
            "LegalMonetaryTotal/PayableAmount",
            "118.005",
        ),
        (good.replace("118.00", "118,00"), "bad-amount", "LegalMonetaryTotal/PayableAmount", "118,00"),
        (
            good.replace("118.00", "99999999999999999999"),
            "amount-too-large",
            "LegalMonetaryTotal/PayableAmount",
            "99999999999999999999",
        ),
        (good.replace("2026-03-01", "2026-02-31"), "bad-date", "IssueDate", "2026-02-31"),
        (good.replace("2026-03-01", "1012-03-01"), "implausible-date", "IssueDate", "1012-03-01"),
        (good.replace(">PEN<", ">PEX<"), "unknown-currency", "DocumentCurrencyCode", "PEX"),
        (
            good.replace("\"PEN\"", "\"USD\""),
            "unknown-currency",
            "LegalMonetaryTotal/PayableAmount",
            "118.00 USD",
        ),
        (good.replace("F-1", " "), "missing-field", "ID", ""),
        (good.replace("AccountingCustomerParty", "Nobody"), "missing-field", "AccountingCustomerParty", ""),
        (
            good.replace("Bodega Ana", "").replace("20600600600", ""),
            "missing-field",
            "AccountingCustomerParty/Party",
            "",
        ),
        (
            good.replace("LegalMonetaryTotal", "Total"),
            "missing-field",
            "LegalMonetaryTotal/PayableAmount",
            "",
        ),
        (good.replace("urn:oasis", "urn:mine"), "unknown-kind", "Invoice", ""),
        (good.replace("</Invoice>", ""), "xml-truncated", "", ""),
        (good.replace("</cbc:ID>", "</cbc:JD>"), "xml-syntax", "", ""),
        ("a,b,c\n1,2,3\n".to_owned(), "xml-syntax", "", ""),
        (String::new(), "xml-truncated", "", ""),
    ];
    for (file, code, field, value) in cases {
        let page = import("{}", &[("a.xml", &file), ("b.xml", &good)]);
        assert_eq!((page.read, page.rows.documents.len(), page.rejects.len()), (2, 1, 1), "{code} {field}");
        let reject = &page.rejects[0];
        assert_eq!(
            (reject.source.as_str(), reject.row, reject.code.as_str(), reject.field.as_str()),
            ("a.xml", 1, code, field)
        );
        assert!(value.is_empty() || reject.value == value, "{reject:?}");
        assert!(
            reject.message.contains(';') || reject.message.contains("line "),
            "says what to do: {}",
            reject.message
        );
    }
}

#[test]
fn what_would_swell_or_reach_out_is_refused() {
    let good = ubl("Invoice", &payable("118.00"));
    let declared = |dtd: &str| good.replace("?>", &format!("?>{dtd}"));
    let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    let wide = format!("<a b=\"{}\"/>", "x".repeat(1_000_000));
    let many = format!("<a {}/>", (0..5_000).map(|n| format!("b{n}=\"\" ")).collect::<String>());
    for (file, code) in [
        (declared("<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]>"), "xml-doctype"),
        (declared("<!DOCTYPE x SYSTEM \"file:///etc/passwd\">"), "xml-doctype"),
        (good.replace("F-1", "&b;"), "xml-entity"),
        (good.replace("<cbc:ID>", &format!("{deep}<cbc:ID>")), "xml-limit"),
        (good.replace("<cbc:ID>", &format!("{wide}<cbc:ID>")), "xml-limit"),
        (good.replace("<cbc:ID>", &format!("{many}<cbc:ID>")), "xml-limit"),
        (good.replace("<cbc:ID>", &format!("{}<cbc:ID>", "<a/>".repeat(400_000))), "xml-limit"),
        (" ".repeat(8 * 1024 * 1024 + 1), "file-too-large"),
    ] {
        let page = import("{}", &[("a.xml", &file), ("b.xml", &good)]);
        assert_eq!((page.rows.documents.len(), page.rejects[0].code.as_str()), (1, code));
    }
}

#[test]
fn each_file_once_and_a_corrected_one_again() {
    let mut bench =
        Bench::new().file("drop", "a.xml", ubl("Invoice", &payable("118.00"))).file("drop", "notes.txt", "");
    let pages = bench.pull::<ErpUbl>("documents", 500).expect("read");
    assert_eq!((pages.len(), pages[0].read), (1, 1));
    let next = |bench: &mut Bench| {
        let request = erp::PullRequest {
            feed: "documents".into(),
            checkpoint: Some(pages[0].checkpoint.clone()),
            rows_max: 500,
        };
        bench
            .run(|ctx| <ErpUbl as recaudo_sdk::Importer>::pull(ctx, request.clone()))
            .result
            .expect("read")
            .read
    };
    assert_eq!(next(&mut bench), 0);
    bench.put("drop", "a.xml", ubl("Invoice", &payable("119.00")));
    assert_eq!(next(&mut bench), 1);
}

#[test]
fn the_configuration_is_checked() {
    let mut bench = Bench::new().config(r#"{"customer_id": ["shoe size"]}"#);
    let failure = bench.run(<ErpUbl as recaudo_sdk::Importer>::check).result.expect_err("no such id");
    assert_eq!(failure.details, [("key".to_owned(), "/customer_id".to_owned())]);
    let mut bench = Bench::new().file("drop", "a.XML", "").file("drop", "b.pdf", "");
    let found = bench.run(<ErpUbl as recaudo_sdk::Importer>::check).result.expect("it is there");
    assert_eq!(found, "1 XML files in the folder");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_damaged_file_is_read_or_refused_but_never_traps(at in 0_usize..1_000, with in ".{0,3}", cut in 0_usize..1_200) {
        let mut file = ubl("Invoice", &payable("118.00"));
        let place = (0..=at.min(file.len())).rev().find(|at| file.is_char_boundary(*at)).unwrap_or(0);
        file.insert_str(place, &with);
        let end = (0..=cut.min(file.len())).rev().find(|at| file.is_char_boundary(*at)).unwrap_or(0);
        file.truncate(if cut % 2 == 0 { file.len() } else { end });
        let page = import("{}", &[("a.xml", &file)]);
        prop_assert_eq!(page.read, 1);
        prop_assert_eq!(page.rows.documents.len() + page.rejects.len(), 1);
    }
}
