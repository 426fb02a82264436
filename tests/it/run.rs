//! A day with the built-in plugins in the sandbox: from an ERP's files to permits, with every judgement on record.

use recaudo_core::day::Day;
use recaudo_engine::decision::{Asked, read};
use recaudo_engine::progress::Silent;
use recaudo_engine::run::{self, RunRequest, RunView};
use recaudo_engine::settings::{Settings, SettingsText};
use recaudo_engine::why;
use recaudo_store::{decision, run as runs};

use super::support::desk::Desk;

const HOME: &str = r#"
[creditor]
name = "Acme S.A.S."
time_zone = "America/Bogota"
locale = "es-CO"
sender = "cobranza@acme.example"

[scorer]
plugin = "scorer-standard"

[strategist]
plugin = "strategist-standard"

[[gates]]
plugin = "gate-contact"

[channels.email]
plugin = "channel-email"

[costs.email]
COP = "10"
"#;

const MAPPING: &str = r#"{
  "format": { "delimiter": ",", "dates": ["yyyy-mm-dd"], "decimal": "." },
  "files": [
    { "path": "customers.csv",
      "customer": { "id": "id", "name": "name", "kind": "kind", "country": "=CO", "locale": "=es-CO" },
      "contacts": { "name": "name", "email": "email", "role": "=billing" } },
    { "path": "documents.csv",
      "document": { "number": "number", "customer": "customer", "issued": "issued", "due": "due", "total": "total",
                    "currency": "=COP" } }
  ]
}"#;

/// Three customers on a Tuesday that is a holiday nowhere: one late, one early, one without an address.
fn desk() -> Desk {
    let mut desk = Desk::on("2026-11-17");
    let mut settings = Settings::parse(&SettingsText { home: HOME, ..SettingsText::default() }).unwrap();
    settings.pin(|id| recaudo_app::digest(&desk.runtime, id));
    desk.engine.settings = settings;
    let customers = "id,name,kind,email\n\
                     late,Tarde S.A.S.,business,pagos@tarde.example\n\
                     early,Temprano S.A.S.,business,pagos@temprano.example\n\
                     mute,Mudo S.A.S.,business,\n";
    let documents = "number,customer,issued,due,total\n\
                     F-1,late,2026-10-09,2026-11-08,1500000.00\n\
                     F-2,early,2026-11-10,2026-12-10,900000.00\n\
                     F-3,mute,2026-10-09,2026-11-08,700000.00\n";
    desk.file("customers.csv", customers);
    desk.file("documents.csv", documents);
    let drop = desk.drop();
    desk.source("erp", MAPPING, &drop);
    let imported = desk.import("erp");
    assert_eq!(imported.quarantined, 0, "{imported:?} {:?}", desk.complaints());
    desk
}

fn plan(desk: &mut Desk, dry_run: bool) -> RunView {
    run::plan(&mut desk.engine, RunRequest { on: None, dry_run }, &mut Silent).unwrap()
}

#[test]
fn the_built_in_judges_permit_one_contact_and_say_why_not_for_the_others() {
    let mut desk = desk();
    let rehearsed = plan(&mut desk, true);
    let planned = plan(&mut desk, false);
    assert!(planned.notes.is_empty() && !planned.degraded, "{planned:#?}");
    assert_eq!((planned.candidates, planned.permitted, planned.skipped), (3, 1, 2), "{planned:#?}");
    assert_eq!(rehearsed.reasons, planned.reasons, "a rehearsal says what the run then does");
    let outcome = |desk: &mut Desk, customer: &str| {
        let trace = why::why(&mut desk.engine, customer, None).unwrap();
        let account = trace.runs[0].accounts[0].clone();
        (account.outcome, account.reason)
    };
    let said = |outcome: &str, reason: &str| (outcome.to_owned(), reason.to_owned());
    assert_eq!(outcome(&mut desk, "late"), said("permitted", "due"));
    assert_eq!(outcome(&mut desk, "early"), said("skipped", "before_first_step"));
    assert_eq!(outcome(&mut desk, "mute"), said("skipped", "no_address"));
    let trace = why::why(&mut desk.engine, "late", None).unwrap();
    let account = &trace.runs[0].accounts[0];
    assert!(!account.scores[0].reasons.is_empty(), "the scorer gives its reasons: {account:#?}");
    assert!(why::text(&trace, "es").contains("gate-contact"), "{}", why::text(&trace, "es"));
}

/// Every judgement of a run, asked again from its record alone, gives the same answer.
#[test]
fn every_judgement_replays_to_the_same_answer() {
    let mut desk = desk();
    plan(&mut desk, false);
    let engine = &desk.engine;
    let on: Day = "2026-11-17".parse().unwrap();
    let customer =
        engine.store.read(|conn| recaudo_store::customer::by_external(conn, 1, "late")).unwrap().unwrap();
    let kept = engine
        .store
        .read(|conn| {
            let run = runs::of_day(conn, 1, on)?.remove(0);
            decision::of_customer(conn, 1, run.id, customer.id)
        })
        .unwrap();
    let interfaces: Vec<&str> = kept.iter().map(|kept| kept.interface.as_str()).collect();
    assert_eq!(interfaces, ["scoring/scorer", "policy/strategist", "policy/gate"]);
    let installed = &engine.settings.installed;
    for kept in &kept {
        match engine.store.read(|conn| read(conn, 1, kept)).unwrap() {
            Asked::Score(call, batch, answer) => {
                let scorer = engine.plugins.scorer(installed.scorer.as_ref().unwrap()).unwrap();
                assert_eq!(Some(scorer.score(&call, &batch).unwrap()), answer);
            }
            Asked::Decide(call, batch, answer) => {
                let strategist = engine.plugins.strategist(installed.strategist.as_ref().unwrap()).unwrap();
                assert_eq!(Some(strategist.decide(&call, &batch).unwrap()), answer);
            }
            Asked::Allocate(..) => panic!("a run asks no allocator"),
            Asked::Review(call, proposals, answer) => {
                let gate = engine.plugins.gate(&installed.gates[0]).unwrap();
                assert_eq!(Some(gate.review(&call, &proposals).unwrap()), answer);
                let said = format!("{proposals:?}");
                assert!(
                    !said.contains("tarde.example") && !said.contains("Tarde"),
                    "no personal identifiers: {said}"
                );
            }
        }
    }
}
