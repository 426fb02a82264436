//! The sandbox with real guests: honest ones work, hostile ones meet a named end and hurt nobody.
//!
//! Each guest of `tests/guests` says in its own first lines what to call and what must come of it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use recaudo_guests_build::{GUESTS, Guest};
use recaudo_ports::journal::{Effect, Journal, JournalError, Settled};
use recaudo_ports::plugin::{
    Call, Grants, Installation, Instant, Message, Operation, Permit, PluginErrorKind, Plugins, Proposal,
    PullRequest, ReceiptStatus, Verdict,
};
use recaudo_ports::table::{Batch, Column, Data};
use recaudo_runtime::limits::Limits;
use recaudo_runtime::{BuiltIn, CallStats, MailRoute, Observer, Runtime, RuntimeConfig, RuntimeError};

const SCHEMA: &str = r#"{"type": "object"}"#;

/// A place with a drop folder, a secret beside it, a maildir, and a runtime over them.
struct Bench {
    root: tempfile::TempDir,
    runtime: Arc<Runtime>,
}

impl Bench {
    fn new() -> Self {
        Self::with(RuntimeConfig::default())
    }

    fn with(config: RuntimeConfig) -> Self {
        let root = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(root.path().join("drop")).expect("a folder");
        std::fs::write(root.path().join("secret.txt"), "top secret").expect("a file");
        std::fs::write(root.path().join("drop/lines.csv"), "one\ntwo\nthree\n").expect("a file");
        let mail = Some(MailRoute::Maildir(root.path().join("mail")));
        let runtime = Runtime::new(RuntimeConfig { mail, ..config }).expect("the sandbox starts");
        Self { root, runtime }
    }

    fn install(&self, guest: &Guest) -> Result<Installation, RuntimeError> {
        let identity = self.runtime.registry().add_builtin(&BuiltIn {
            component: guest.component,
            manifest: &manifest(guest.name),
            config_schema: SCHEMA,
            component_sha256: &sha256(guest.component),
        })?;
        let drop = self.root.path().join("drop").display().to_string();
        Ok(Installation {
            name: guest.name.into(),
            plugin: identity.id,
            component_sha256: identity.component_sha256,
            config: Arc::from(*b"{}"),
            grants: Grants {
                files: BTreeMap::from([("drop".into(), drop)]),
                mail: true,
                ..Grants::default()
            },
        })
    }

    fn mails(&self) -> Vec<String> {
        let new = self.root.path().join("mail/new");
        let Ok(entries) = std::fs::read_dir(new) else { return vec![] };
        entries.map(|e| std::fs::read_to_string(e.expect("an entry").path()).expect("a mail")).collect()
    }
}

fn manifest(id: &str) -> String {
    format!(
        "id = \"{id}\"\nversion = \"0.1.0\"\ncontract = \"0.1\"\ndescription = \"A test's guest.\"\n\
         channels = [\"email\"]\ncolumns = [\"amount\"]\n[[files]]\nsource = \"drop\"\naccess = [\"read\"]\n[mail]\nsend = true\n"
    )
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    hex::encode(sha2::Sha256::digest(bytes))
}

fn guest(name: &str) -> &'static Guest {
    GUESTS.iter().find(|g| g.name == name).expect("a guest of this name")
}

fn call() -> Call {
    Call {
        now: Instant { seconds: 1_760_000_000, nanoseconds: 0 },
        business_day: 20_370,
        time_zone: "America/Bogota".into(),
        locale: "es-CO".into(),
        deadline: Instant { seconds: 1_760_000_060, nanoseconds: 0 },
        entropy: [7; 32],
        trace_id: "t".into(),
        operation: Operation { id: "op-1".into(), idempotency_key: "key-1".into(), attempt: 1 },
        config: Arc::from(*b"{}"),
    }
}

fn batch(rows: u32) -> Batch {
    let values: Vec<i64> = (0..i64::from(rows)).collect();
    let column = |n: u32| Column {
        name: format!("c{n}"),
        data: Data::Ints { values: values.clone(), scale: 0, present: vec![] },
    };
    Batch { ids: (0..u64::from(rows)).collect(), columns: (0..12).map(column).collect() }
}

fn proposal(attempts: usize) -> Proposal {
    let attempt = recaudo_ports::plugin::Attempt {
        at: call().now,
        channel: "email".into(),
        outcome: "sent".into(),
        two_way: false,
        debt: "d".into(),
        recipient: "debtor".into(),
        consented: true,
    };
    Proposal {
        id: "p".into(),
        channel: "email".into(),
        purpose: "reminder".into(),
        at: call().now,
        recipient: "debtor".into(),
        time_zones: vec!["America/Bogota".into()],
        country: "CO".into(),
        region: String::new(),
        debtor_kind: "person".into(),
        creditor_kind: "merchant".into(),
        holiday: None,
        consent: "given".into(),
        document: "F-1".into(),
        days_past_due: 10,
        attempts: vec![attempt; attempts],
        attributes: vec![],
    }
}

fn message() -> Message {
    Message {
        permit: Permit {
            id: "permit-1".into(),
            not_after: Instant { seconds: 1_760_003_600, nanoseconds: 0 },
        },
        to: "ana@example.com".into(),
        sender: "Cobranzas Ñandú <cobros@example.org>".into(),
        subject: "Su factura está vencida".into(),
        text: "Señora Ana: debe 1.234,56.\n".into(),
        html: Some("<p>Señora Ana</p>".into()),
        template: None,
        variables: vec![],
        attachments: vec![],
        purpose: "reminder".into(),
    }
}

/// Keeps what was written, in words.
#[derive(Default)]
struct Rows(Mutex<Vec<String>>);

impl Journal for Rows {
    fn prepared(&self, effect: &Effect<'_>) -> Result<i64, JournalError> {
        self.0
            .lock()
            .expect("no panic")
            .push(format!("prepared {} {} #{}", effect.operation_id, effect.kind, effect.commit));
        Ok(1)
    }
    fn sent(&self, _: i64) -> Result<(), JournalError> {
        self.0.lock().expect("no panic").push("sent".into());
        Ok(())
    }
    fn settled(&self, _: i64, how: Settled, _: &[u8]) -> Result<(), JournalError> {
        self.0.lock().expect("no panic").push(format!("settled {how:?}"));
        Ok(())
    }
}

/// What comes of a guest, as one line.
fn outcome(bench: &Bench, guest: &Guest) -> String {
    let installed = match bench.install(guest) {
        Ok(installed) => installed,
        Err(error) => return error.to_string(),
    };
    let runtime = &bench.runtime;
    let result = match guest.run {
        "install" => return "installed".into(),
        "score" => {
            runtime.scorer(&installed).and_then(|s| s.score(&call(), &batch(3))).map(|_| "ok".to_owned())
        }
        "review" => {
            runtime.gate(&installed).and_then(|g| g.review(&call(), &[proposal(0)])).map(|_| "ok".to_owned())
        }
        "check" => {
            runtime.importer(&installed).and_then(|i| i.check(&call())).map(|found| format!("ok {found}"))
        }
        "send" => runtime
            .channel(&installed)
            .and_then(|c| c.send(&call(), &message(), &Rows::default()))
            .map(|r| format!("{:?} {}", r.status, if r.code == "250" { "ok" } else { &r.code })),
        other => panic!("{}: unknown run `{other}`", guest.name),
    };
    result.unwrap_or_else(|e| e.to_string())
}

#[test]
fn every_guest_meets_the_end_it_names() {
    // A loop of effects costs the square of its length: the limit is the same at a tenth.
    let limits = Limits { reads_max: 100, ..Limits::default() };
    let bench = Bench::with(RuntimeConfig { limits, ..RuntimeConfig::default() });
    let mut wrong = Vec::new();
    for guest in GUESTS {
        let outcome = outcome(&bench, guest);
        if !outcome.contains(guest.expect) || outcome.contains("top secret") {
            wrong.push(format!("{}: expected `{}`, got `{outcome}`", guest.name, guest.expect));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(bench.mails().iter().all(|m| m.contains("To: ana@example.com") && !m.contains("thief")));
}

#[test]
fn a_hostile_call_leaves_the_next_one_alone() {
    let bench = Bench::new();
    let hostile = bench.install(guest("memory-bomb")).unwrap();
    let honest = bench.install(guest("honest-judge")).unwrap();
    for _ in 0..40 {
        let error = bench.runtime.gate(&hostile).unwrap().review(&call(), &[proposal(0)]).unwrap_err();
        assert_eq!(error.kind, PluginErrorKind::OutOfMemory, "{error}");
    }
    let verdicts = bench.runtime.gate(&honest).unwrap().review(&call(), &[proposal(0), proposal(3)]).unwrap();
    assert!(matches!(verdicts[..], [Verdict::Permit(None), Verdict::Refuse(_)]));
}

#[test]
fn a_score_costs_the_same_whenever_it_is_computed() {
    #[derive(Default)]
    struct Fuel(Mutex<Vec<u64>>);
    impl Observer for Fuel {
        fn ran(&self, stats: &CallStats) {
            self.0.lock().unwrap().push(stats.fuel);
        }
    }
    let fuel = Arc::new(Fuel::default());
    let mut all = Vec::new();
    for on_demand in [false, true] {
        let mut config = RuntimeConfig { observer: Some(fuel.clone()), ..RuntimeConfig::default() };
        config.pools.policy.on_demand = on_demand;
        let bench = Bench::with(config);
        let scorer = bench.runtime.scorer(&bench.install(guest("honest-judge")).unwrap()).unwrap();
        for _ in 0..3 {
            all.push(scorer.score(&call(), &batch(1_000)).unwrap());
        }
    }
    assert!(all.windows(2).all(|pair| pair[0] == pair[1]), "the same bytes each time");
    let fuel = fuel.0.lock().unwrap();
    assert!(fuel[0] > 0 && fuel.iter().all(|f| f == &fuel[0]), "{fuel:?}");
}

#[test]
fn a_columns_list_beyond_the_manifest_is_refused() {
    let bench = Bench::new();
    let installed = bench.install(guest("honest-judge")).unwrap();
    assert_eq!(bench.runtime.scorer(&installed).unwrap().columns(&call()).unwrap(), ["amount"]);
    let error = bench.runtime.strategist(&installed).unwrap().columns(&call()).unwrap_err();
    assert_eq!(error.code, "column-undeclared");
}

#[test]
fn a_file_is_read_in_ranges_page_by_page() {
    let bench = Bench::new();
    let installed = bench.install(guest("honest-connector")).unwrap();
    let importer = bench.runtime.importer(&installed).unwrap();
    assert_eq!(importer.check(&call()).unwrap(), "lines.csv:14");
    assert_eq!(importer.discover(&call()).unwrap()[0].name, "lines");
    let request = PullRequest { feed: "lines".into(), checkpoint: None, rows_max: 1_000 };
    let page = importer.pull(&call(), &request).unwrap();
    let numbers: Vec<&str> = page.rows.documents.iter().map(|d| d.number.as_str()).collect();
    assert_eq!((numbers, page.done), (vec!["one", "two", "three"], true));
    let after = PullRequest { checkpoint: Some(page.checkpoint), ..request };
    assert_eq!(importer.pull(&call(), &after).unwrap().rows.documents, []);
}

#[cfg(unix)]
#[test]
fn a_link_out_of_a_source_is_not_followed() {
    let bench = Bench::new();
    let drop = bench.root.path().join("drop");
    std::fs::remove_file(drop.join("lines.csv")).unwrap();
    std::os::unix::fs::symlink(bench.root.path().join("secret.txt"), drop.join("lines.csv")).unwrap();
    let importer = bench.runtime.importer(&bench.install(guest("honest-connector")).unwrap()).unwrap();
    assert_eq!(importer.check(&call()).unwrap(), "", "not even listed");
    let request = PullRequest { feed: "lines".into(), checkpoint: None, rows_max: 1_000 };
    let error = importer.pull(&call(), &request).unwrap_err();
    assert_eq!((error.kind, error.code.as_str()), (PluginErrorKind::Forbidden, "path-escapes"));
}

#[test]
fn a_permitted_mail_arrives_once_and_is_journalled() {
    let bench = Bench::new();
    let channel = bench.runtime.channel(&bench.install(guest("honest-connector")).unwrap()).unwrap();
    let rows = Rows::default();
    let receipt = channel.send(&call(), &message(), &rows).unwrap();
    assert_eq!(receipt.status, ReceiptStatus::Accepted);
    assert_eq!(*rows.0.lock().unwrap(), ["prepared op-1 mail #1", "sent", "settled Done"]);
    // The same operation again is recognised by its message id.
    assert_eq!(channel.send(&call(), &message(), &Rows::default()).unwrap().status, ReceiptStatus::Accepted);
    let mails = bench.mails();
    assert_eq!(mails.len(), 1);
    for part in ["To: ana@example.com", "multipart/alternative", "text/html", "Message-ID: <", "Date: "] {
        assert!(mails[0].contains(part), "{part} in {}", mails[0]);
    }
    let late = Call { now: Instant { seconds: 1_760_009_999, nanoseconds: 0 }, ..call() };
    assert_eq!(channel.send(&late, &message(), &Rows::default()).unwrap_err().code, "permit-expired");
}

#[test]
fn without_a_grant_nothing_is_reached() {
    let bench = Bench::new();
    let mut installed = bench.install(guest("honest-connector")).unwrap();
    installed.grants = Grants::default();
    let error =
        bench.runtime.channel(&installed).unwrap().send(&call(), &message(), &Rows::default()).unwrap_err();
    assert_eq!((error.code.as_str(), error.may_have_committed), ("mail-not-granted", false));
    let error = bench.runtime.importer(&installed).unwrap().check(&call()).unwrap_err();
    assert_eq!(error.code, "source-not-granted");
    assert!(bench.mails().is_empty());
}

#[test]
fn grants_hold_for_one_digest_only() {
    let bench = Bench::new();
    let mut installed = bench.install(guest("honest-judge")).unwrap();
    installed.component_sha256 = [0; 32];
    let error = bench.runtime.identity(&installed).unwrap_err();
    assert!(error.message.contains("expected 0000") && error.message.contains("found"), "{error}");
}

#[test]
fn a_folder_needs_a_digest_that_holds_and_a_switch_that_shouts() {
    let folder = tempfile::tempdir().unwrap();
    let guest = guest("honest-judge");
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("plugin.toml", manifest("honest-judge").as_bytes());
    write("component.wasm", guest.component);
    write(
        "config.schema.json",
        br#"{"type": "object", "required": ["due"], "properties": {"due": {"type": "integer"}}}"#,
    );
    let refused = Bench::new().runtime.registry().add_folder(folder.path()).unwrap_err();
    assert!(refused.to_string().contains("is not signed"), "{refused}");
    let bench = Bench::with(RuntimeConfig { allow_unsigned: true, ..RuntimeConfig::default() });
    bench.runtime.registry().add_folder(folder.path()).unwrap();
    let inspection = bench.runtime.registry().inspect("honest-judge").unwrap();
    assert_eq!(inspection.surface.imports, ["recaudo:log/logger@0.1.0"]);
    for (config, expected) in [
        ("{}", "at /: expected the key \"due\", found none"),
        (r#"{"due": "soon"}"#, "at /due: "),
        ("{", "at /: expected JSON"),
    ] {
        let error = bench.runtime.validate_config("honest-judge", config.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    bench.runtime.validate_config("honest-judge", br#"{"due": 3}"#).unwrap();
    let taken = Bench::with(RuntimeConfig { allow_unsigned: true, ..RuntimeConfig::default() });
    taken.install(guest).unwrap();
    let shadow = taken.runtime.registry().add_folder(folder.path()).unwrap_err().to_string();
    assert!(shadow.contains("a built-in plugin has this id"), "{shadow}");
    write("DIGESTS", format!("{}  component.wasm\n", "0".repeat(64)).as_bytes());
    let wrong = bench.runtime.registry().add_folder(folder.path()).unwrap_err().to_string();
    assert!(wrong.contains("expected 0000") && wrong.contains(&sha256(guest.component)), "{wrong}");
}

#[test]
fn a_compiled_component_is_kept_and_a_torn_one_is_a_miss() {
    let cache = tempfile::tempdir().unwrap();
    let config = || RuntimeConfig { cache_dir: Some(cache.path().to_owned()), ..RuntimeConfig::default() };
    let scores = || {
        let bench = Bench::with(config());
        let scorer = bench.runtime.scorer(&bench.install(guest("honest-judge")).unwrap()).unwrap();
        scorer.score(&call(), &batch(5)).unwrap()
    };
    let first = scores();
    let files = || std::fs::read_dir(cache.path()).unwrap().map(|e| e.unwrap().path()).collect::<Vec<_>>();
    assert_eq!(files().len(), 1);
    assert_eq!(scores(), first);
    let bytes = std::fs::read(&files()[0]).unwrap();
    for torn in [&bytes[..bytes.len() / 2], &bytes[..10], b""] {
        write_all(&files()[0], torn);
        assert_eq!(scores(), first);
    }
    assert_eq!(std::fs::read(&files()[0]).unwrap().len(), bytes.len(), "mended");
}

fn write_all(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).expect("a file");
}
