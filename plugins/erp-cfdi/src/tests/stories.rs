//! What own small documents show.

use proptest::prelude::*;
use recaudo_sdk::bench::Bench;
use recaudo_sdk::{Date, erp};

use super::{allocations, import, shown};
use crate::ErpCfdi;

const A: &str = "AAAAAAAA-1111-2222-3333-00000000000A";
const B: &str = "BBBBBBBB-1111-2222-3333-00000000000B";

/// A stamped document: attributes of its root, and what stands between the receiver and the stamp.
fn cfdi(uuid: &str, attributes: &str, body: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<cfdi:Comprobante xmlns:cfdi="http://www.sat.gob.mx/cfd/4" xmlns:pago20="http://www.sat.gob.mx/Pagos20" xmlns:tfd="http://www.sat.gob.mx/TimbreFiscalDigital" Version="4.0" Fecha="2026-03-01T10:20:30" {attributes}>
{related}<cfdi:Emisor Rfc="AAA010101AAA" Nombre="ACREEDORA"/><cfdi:Receptor Rfc="COSC8001137NA" Nombre="CARLOS CORTES" DomicilioFiscalReceptor="52000"/>
<cfdi:Complemento>{body}<tfd:TimbreFiscalDigital Version="1.1" UUID="{uuid}"/></cfdi:Complemento></cfdi:Comprobante>"#,
        related = if body.starts_with("<cfdi:") { body } else { "" },
        body = if body.starts_with("<cfdi:") { "" } else { body },
    )
}

fn income(attributes: &str) -> String {
    let base =
        r#"TipoDeComprobante="I" Serie="F" Folio="12" Moneda="MXN" Total="1160.00" SubTotal="1000.00""#;
    cfdi(A, &format!("{base} {attributes}"), "")
}

fn rep(pago: &str) -> String {
    let body = format!(r#"<pago20:Pagos Version="2.0">{pago}</pago20:Pagos>"#);
    cfdi(B, r#"TipoDeComprobante="P" Moneda="XXX" Total="0" SubTotal="0""#, &body)
}

fn pago(currency: &str, amount: &str, parts: &str) -> String {
    format!(
        r#"<pago20:Pago FechaPago="2026-03-20T12:00:00" FormaDePagoP="03" MonedaP="{currency}" TipoCambioP="1" Monto="{amount}" NumOperacion="SPEI-77">{parts}</pago20:Pago>"#
    )
}

fn part(
    document: &str,
    (currency, rate): (&str, &str),
    n: u32,
    (before, paid, after): (&str, &str, &str),
) -> String {
    format!(
        r#"<pago20:DoctoRelacionado IdDocumento="{document}" MonedaDR="{currency}" EquivalenciaDR="{rate}" NumParcialidad="{n}" ImpSaldoAnt="{before}" ImpPagado="{paid}" ImpSaldoInsoluto="{after}"/>"#
    )
}

#[test]
fn an_invoice_on_credit_is_due_by_its_terms_or_the_configured_days() {
    let due = |config: &str, attributes: &str| {
        let page = import(config, &[("f.xml", &income(attributes))]);
        assert!(page.rows.payments.is_empty());
        Date::from_epoch_day(page.rows.documents[0].due).to_string()
    };
    assert_eq!(due("{}", r#"MetodoPago="PPD""#), "2026-03-31");
    assert_eq!(due(r#"{"term_days": 60}"#, r#"MetodoPago="PPD""#), "2026-04-30");
    for terms in ["NETO 15 DIAS", "Crédito a 15 días", "15 days", "15DIAS", "a 15 d&#237;as fecha factura"]
    {
        assert_eq!(
            due("{}", &format!(r#"MetodoPago="PPD" CondicionesDePago="{terms}""#)),
            "2026-03-16",
            "{terms}"
        );
    }
    assert_eq!(due("{}", r#"MetodoPago="PPD" CondicionesDePago="CONTADO""#), "2026-03-01");
    assert_eq!(due("{}", r#"MetodoPago="PPD" CondicionesDePago="2/10 neto""#), "2026-03-31");
    assert_eq!(due(r#"{"pue": "open"}"#, r#"MetodoPago="PUE""#), "2026-03-01");
}

#[test]
fn an_invoice_paid_in_one_go_comes_with_its_payment() {
    let page = import("{}", &[("f.xml", &income(r#"MetodoPago="PUE" FormaPago="04""#))]);
    let payment = &page.rows.payments[0];
    assert_eq!((shown(payment.amount), payment.method.as_str()), ("1160.00 MXN".into(), "card"));
    assert_eq!(payment.received, page.rows.documents[0].issued);
    assert_eq!(allocations(&page), [format!("{A}#PUE -> {A} 1160.00 MXN")]);
}

#[test]
fn who_owes_is_the_receiver() {
    let page = import("{}", &[("f.xml", &income(""))]);
    let customer = &page.rows.customers[0];
    assert_eq!(
        (customer.key.id.as_str(), customer.kind.as_str(), customer.country.as_str()),
        ("COSC8001137NA", "person", "MX")
    );
    assert_eq!((page.rows.documents[0].number.as_str(), page.rows.documents[0].key.id.as_str()), ("F-12", A));
    let abroad = income("").replace(
        "Rfc=\"COSC8001137NA\"",
        "Rfc=\"XEXX010101000\" ResidenciaFiscal=\"USA\" NumRegIdTrib=\"98-7654321\"",
    );
    let page = import("{}", &[("f.xml", &abroad)]);
    let customer = &page.rows.customers[0];
    assert_eq!(
        (customer.key.id.as_str(), customer.tax_id.as_deref()),
        ("XEXX010101000:98-7654321", Some("98-7654321"))
    );
    let public = income("").replace("COSC8001137NA", "XAXX010101000");
    assert_eq!(import("{}", &[("f.xml", &public)]).rows.customers[0].key.id, "XAXX010101000:CARLOS CORTES");
}

#[test]
fn a_credit_document_settles_the_invoice_it_is_about() {
    let base = r#"TipoDeComprobante="E" Serie="NC" Folio="3" Moneda="MXN" Total="116.00""#;
    let related = |kind: &str, ids: &[&str]| {
        let ids: String = ids.iter().map(|id| format!(r#"<cfdi:CfdiRelacionado UUID="{id}"/>"#)).collect();
        format!(r#"<cfdi:CfdiRelacionados TipoRelacion="{kind}">{ids}</cfdi:CfdiRelacionados>"#)
    };
    let page = import("{}", &[("e.xml", &cfdi(B, base, &related("01", &[&A.to_lowercase()])))]);
    assert_eq!(page.rows.documents[0].kind, "credit-note");
    assert_eq!(allocations(&page), [format!("{B} -> {A} 116.00 MXN")], "UUIDs are one in either case");
    let two = import("{}", &[("e.xml", &cfdi(B, base, &related("01", &[A, B])))]);
    assert!(allocations(&two).is_empty(), "how much goes to which is not said");
    assert!(two.rows.documents[0].attributes.contains(&("related".into(), format!("{A} {B}"))));
    let substitute = import("{}", &[("e.xml", &cfdi(B, base, &related("04", &[A])))]);
    assert!(allocations(&substitute).is_empty());
    assert!(substitute.rows.documents[0].attributes.contains(&("replaces".into(), A.into())));
}

#[test]
fn a_payment_goes_to_its_documents_part_by_part() {
    let parts = part(A, ("MXN", "1"), 2, ("1000.00", "600.00", "400.00"))
        + &part(B, ("MXN", "1"), 1, ("500.00", "300.00", "200.00"));
    let page = import("{}", &[("p.xml", &rep(&pago("MXN", "1000.00", &parts)))]);
    let payment = &page.rows.payments[0];
    assert_eq!(
        (payment.key.id.as_str(), shown(payment.amount)),
        (format!("{B}#1").as_str(), "1000.00 MXN".into())
    );
    assert_eq!((payment.reference.as_str(), payment.method.as_str()), ("SPEI-77", "transfer"));
    assert_eq!(Date::from_epoch_day(payment.received).to_string(), "2026-03-20");
    assert_eq!(allocations(&page), [format!("{B}#1 -> {A} 600.00 MXN"), format!("{B}#1 -> {B} 300.00 MXN")]);
    assert_eq!(page.rows.allocations[0].key.id, format!("{B}#1>{A}/2"));
    assert!(page.rows.documents.is_empty(), "a payment document is owed by nobody");
}

#[test]
fn pesos_that_pay_a_dollar_invoice_are_a_payment_in_dollars() {
    let dollars = part(A, ("USD", "0.0529078133"), 1, ("1000.00", "1000.00", "0.00"));
    let page = import("{}", &[("p.xml", &rep(&pago("MXN", "18900.80", &dollars)))]);
    let payment = &page.rows.payments[0];
    assert_eq!(shown(payment.amount), "1000.00 USD");
    assert!(payment.attributes.contains(&("received".into(), "18900.80 MXN".into())));
    let both = dollars + &part(B, ("MXN", "1"), 1, ("99.20", "99.20", "0"));
    let page = import("{}", &[("p.xml", &rep(&pago("MXN", "19000.00", &both)))]);
    assert_eq!(
        allocations(&page),
        [format!("{B}#1:USD -> {A} 1000.00 USD"), format!("{B}#1:MXN -> {B} 99.20 MXN")]
    );
    let page = import("{}", &[("p.xml", &rep(&pago("MXN", "18999.00", &both)))]);
    assert_eq!(page.rejects[0].code, "over-total", "a peso short of what it pays");
}

#[test]
fn a_broken_file_is_one_reject_and_the_rest_goes_through() {
    let good = income(r#"MetodoPago="PPD""#);
    let paid = |amounts| rep(&pago("MXN", "100.00", &part(A, ("MXN", "1"), 1, amounts)));
    let cases = [
        (good.replace("1160.00", "1160.005"), "amount-precision", "Comprobante/@Total", "1160.005"),
        (good.replace("1160.00", "mil"), "bad-amount", "Comprobante/@Total", "mil"),
        (good.replace("1160.00", "-5"), "negative-amount", "Comprobante/@Total", "-5"),
        (good.replace("Total=\"1160.00\"", ""), "missing-field", "Comprobante/@Total", ""),
        (good.replace("2026-03-01T", "2026-02-30T"), "bad-date", "Comprobante/@Fecha", "2026-02-30T10:20:30"),
        (good.replace("Moneda=\"MXN\"", "Moneda=\"XXX\""), "unknown-currency", "Comprobante/@Moneda", "XXX"),
        (good.replace("\"I\"", "\"N\""), "unknown-kind", "Comprobante/@TipoDeComprobante", "N"),
        (good.replace("cfd/4", "cfd/3"), "unknown-kind", "Comprobante", "http://www.sat.gob.mx/cfd/3"),
        (good.replace("Version=\"4.0\"", "Version=\"3.3\""), "unknown-kind", "Comprobante/@Version", "3.3"),
        (good.replace(A, "AAAA"), "bad-number", "TimbreFiscalDigital/@UUID", "AAAA"),
        (good.replace("tfd:TimbreFiscalDigital", "tfd:Otro"), "not-stamped", "TimbreFiscalDigital/@UUID", ""),
        (good.replace("<cfdi:Receptor ", "<cfdi:Otro "), "missing-field", "Comprobante/Receptor", ""),
        (good.replace("</cfdi:Comprobante>", ""), "xml-truncated", "", ""),
        (paid(("100.00", "90.00", "11.00")), "bad-amount", "DoctoRelacionado/@ImpSaldoInsoluto", "11.00"),
        (paid(("900.00", "101.00", "799.00")), "over-total", "Pago/@Monto", "100.00"),
        (
            paid(("1", "1", "0"))
                .replace("EquivalenciaDR=\"1\"", "")
                .replace("MonedaDR=\"MXN\"", "MonedaDR=\"USD\""),
            "missing-field",
            "DoctoRelacionado/@EquivalenciaDR",
            "",
        ),
        (
            paid(("1", "1", "0")).replace("Pagos20", "Pagos"),
            "unknown-kind",
            "Pagos",
            "http://www.sat.gob.mx/Pagos",
        ),
        (rep(""), "missing-field", "Pagos/Pago", ""),
    ];
    for (file, code, field, value) in cases {
        let page = import("{}", &[("a.xml", &file), ("b.xml", &good)]);
        assert_eq!((page.read, page.rows.documents.len(), page.rejects.len()), (2, 1, 1), "{code} {field}");
        let reject = &page.rejects[0];
        assert_eq!(
            (reject.source.as_str(), reject.code.as_str(), reject.field.as_str()),
            ("a.xml", code, field)
        );
        assert_eq!(reject.value, value, "{code}");
        assert!(page.rows.payments.is_empty() && page.rows.allocations.is_empty(), "whole or not at all");
        assert!(
            reject.message.contains(';') || reject.message.contains(", ") || reject.message.contains("line ")
        );
    }
}

#[test]
fn another_issuers_documents_are_purchases() {
    let page = import(r#"{"rfc": "BBB010101BBB"}"#, &[("f.xml", &income(""))]);
    assert_eq!(
        (page.rejects[0].code.as_str(), page.rejects[0].value.as_str()),
        ("other-issuer", "AAA010101AAA")
    );
    assert_eq!(import(r#"{"rfc": "AAA010101AAA"}"#, &[("f.xml", &income(""))]).rejects.len(), 0);
}

#[test]
fn what_would_swell_or_reach_out_is_refused() {
    let good = income("");
    let declared = |dtd: &str| good.replace("?>\n", &format!("?>{dtd}\n"));
    let inside = |text: &str| good.replace("<cfdi:Emisor", &format!("{text}<cfdi:Emisor"));
    for (file, code) in [
        (declared("<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]>"), "xml-doctype"),
        (declared("<!DOCTYPE x SYSTEM \"http://evil.example/x.dtd\">"), "xml-doctype"),
        (good.replace("ACREEDORA", "&xxe;"), "xml-entity"),
        (inside(&"<a>".repeat(100_000)), "xml-limit"),
        (inside(&format!("<a b=\"{}\"/>", "x".repeat(1_000_000))), "xml-limit"),
        (inside(&"<a/>".repeat(400_000)), "xml-limit"),
        (" ".repeat(8 * 1024 * 1024 + 1), "file-too-large"),
    ] {
        let page = import("{}", &[("a.xml", &file), ("b.xml", &good)]);
        assert_eq!((page.rows.documents.len(), page.rejects[0].code.as_str()), (1, code));
    }
}

#[test]
fn each_file_once_and_the_configuration_is_checked() {
    let mut bench = Bench::new().file("drop", "a.xml", income(""));
    let first = bench.pull::<ErpCfdi>("documents", 500).expect("read").remove(0);
    let request =
        erp::PullRequest { feed: "documents".into(), checkpoint: Some(first.checkpoint), rows_max: 500 };
    let again =
        bench.run(|ctx| <ErpCfdi as recaudo_sdk::Importer>::pull(ctx, request.clone())).result.expect("read");
    assert_eq!((first.read, again.read, again.done), (1, 0, true));
    let mut bench = Bench::new().config(r#"{"pue": "later"}"#);
    let failure = bench.run(<ErpCfdi as recaudo_sdk::Importer>::check).result.expect_err("no such way");
    assert_eq!(failure.details, [("key".to_owned(), "/pue".to_owned())]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_damaged_file_is_read_or_refused_but_never_traps(at in 0_usize..1_500, with in ".{0,3}", cut in 0_usize..1_500) {
        let mut file = rep(&pago("MXN", "100.00", &part(A, ("USD", "0.05"), 1, ("5.00", "5.00", "0"))));
        let near = |file: &str, at: usize| (0..=at.min(file.len())).rev().find(|at| file.is_char_boundary(*at)).unwrap_or(0);
        file.insert_str(near(&file, at), &with);
        file.truncate(if cut % 2 == 0 { file.len() } else { near(&file, cut) });
        let page = import("{}", &[("a.xml", &file)]);
        prop_assert_eq!(page.read, 1);
        prop_assert_eq!(page.rows.customers.len() + page.rejects.len(), 1);
    }

    #[test]
    fn a_payment_never_gives_more_than_it_has(parts in prop::collection::vec((1_i64..100_000, any::<bool>()), 1..6), rate in 1_i64..1_000_000) {
        // What the parts take of a payment in pesos, rounded up, is what it has.
        let text = |minor: i64| format!("{}.{:02}", minor / 100, minor % 100);
        let rate_text = format!("{}.{:05}", rate / 100_000, rate % 100_000);
        let (mut body, mut total) = (String::new(), 0_i64);
        for ((paid, dollars), n) in parts.iter().zip(1..) {
            let currency = if *dollars { ("USD", rate_text.as_str()) } else { ("MXN", "1") };
            body += &part(A, currency, n, (&text(*paid), &text(*paid), "0"));
            total += if *dollars { (paid * 100_000 + rate - 1) / rate } else { *paid };
        }
        let page = import("{}", &[("p.xml", &rep(&pago("MXN", &text(total), &body)))]);
        prop_assert!(page.rejects.is_empty(), "{:?}", page.rejects);
        for payment in &page.rows.payments {
            let given: i64 = page.rows.allocations.iter()
                .filter(|one| one.settler == erp::Settler::Payment(payment.key.id.clone())).map(|one| one.amount.minor).sum();
            prop_assert!(given <= payment.amount.minor);
        }
    }
}
