//! Real guests against servers on this machine: what is charged once, what is in doubt, what is read and written back.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use recaudo_guests_build::GUESTS;
use recaudo_ports::journal::{Effect, Journal, JournalError, Settled};
use recaudo_ports::plugin::gateway::{Action, Intent, TransactionStatus};
use recaudo_ports::plugin::webhook::{Authenticity, Delivery};
use recaudo_ports::plugin::writeback::{Entry, Note, PostingStatus};
use recaudo_ports::plugin::{
    Call, Decimal, Grants, Installation, Instant, Message, Money, Operation, Permit, PluginErrorKind,
    Plugins, allocator, pricer,
};
use recaudo_ports::secrets::{Secret, Secrets, SecretsError};
use recaudo_runtime::limits::Limits;
use recaudo_runtime::{BuiltIn, Runtime, RuntimeConfig};

struct Kept;

impl Secrets for Kept {
    fn get(&self, handle: &str) -> Result<Option<Secret>, SecretsError> {
        let fields = [("token", "api-token-kept"), ("key", "Jefe")];
        Ok((handle == "kept").then(|| Secret::new(fields.map(|(n, v)| (n.to_owned(), v.to_owned())))))
    }
}

/// A runtime with one guest, installed to call `port` in one of its ways.
struct Bench {
    runtime: Arc<Runtime>,
    installation: Installation,
    drop: tempfile::TempDir,
}

fn bench(guest: &str, port: u16, way: &str) -> Bench {
    let guest = GUESTS.iter().find(|g| g.name == guest).expect("a guest of this name");
    let origin = format!("http://localhost:{port}");
    let (config, drop) = (format!("\"{origin}{way}\""), tempfile::tempdir().expect("a folder"));
    let limits = Limits { retry_wait: std::time::Duration::from_millis(1), ..Limits::default() };
    let runtime = Runtime::new(RuntimeConfig { secrets: Arc::new(Kept), limits, ..RuntimeConfig::default() });
    let runtime = runtime.expect("the sandbox starts");
    let manifest = format!(
        "id = \"{}\"\nversion = \"0.1.0\"\ncontract = \"0.1\"\ndescription = \"A test's guest.\"\n\
         [[files]]\nsource = \"drop\"\naccess = [\"read\", \"archive\"]\n[[http]]\norigin = \"{origin}\"\n{}\
         [[credential]]\nlabel = \"api\"\nscheme = \"bearer\"\n[[credential]]\nlabel = \"hook\"\nscheme = \"secret\"\n",
        guest.name,
        if way == "|plain" { "" } else { "post_reads = true\n" },
    );
    use sha2::Digest as _;
    let identity = runtime.registry().add_builtin(&BuiltIn {
        component: guest.component,
        manifest: &manifest,
        config_schema: "{}",
        component_sha256: &hex::encode(sha2::Sha256::digest(guest.component)),
    });
    let identity = identity.expect("a sound package");
    let handle = || "kept".to_owned();
    let grants = Grants {
        files: [("drop".into(), drop.path().display().to_string())].into(),
        hosts: vec![origin],
        credentials: [("api".into(), handle()), ("hook".into(), handle())].into(),
        mail: false,
    };
    let installation = Installation {
        name: "x".into(),
        plugin: identity.id,
        component_sha256: identity.component_sha256,
        config: Arc::from(config.as_bytes()),
        grants,
    };
    Bench { runtime, installation, drop }
}

impl Bench {
    fn call(&self) -> Call {
        Call {
            now: Instant { seconds: 1_760_000_000, nanoseconds: 0 },
            business_day: 20_370,
            time_zone: "America/Bogota".into(),
            locale: "es-CO".into(),
            deadline: Instant { seconds: 1_760_000_060, nanoseconds: 0 },
            entropy: [7; 32],
            trace_id: "t".into(),
            operation: Operation { id: "op-1".into(), idempotency_key: "key-1".into(), attempt: 1 },
            config: Arc::clone(&self.installation.config),
        }
    }

    /// What became of a charge, and what was journalled.
    fn charge(&self) -> (Result<TransactionStatus, (PluginErrorKind, bool)>, Vec<String>) {
        let rows = Rows::default();
        let gateway = self.runtime.gateway(&self.installation).unwrap();
        let done = gateway.execute(&self.call(), &intent(), &rows);
        let done = done.map(|t| t.status).map_err(|e| (e.kind, e.may_have_committed));
        (done, rows.0.into_inner().unwrap())
    }
}

fn money(minor: i64) -> Money {
    Money { minor, exponent: 2, currency: *b"COP" }
}

fn intent() -> Intent {
    Intent {
        action: Action::CreateLink,
        amount: money(5_000),
        documents: vec![],
        payer: "c-1".into(),
        original: None,
        return_url: String::new(),
        not_after: None,
        attributes: vec![],
    }
}

/// Keeps what was written, in words.
#[derive(Default)]
struct Rows(Mutex<Vec<String>>);

impl Journal for Rows {
    fn prepared(&self, effect: &Effect<'_>) -> Result<i64, JournalError> {
        let request = String::from_utf8_lossy(effect.request);
        assert!(!request.contains("api-token-kept"), "no secret in the journal");
        let line =
            format!("prepared {} {} {} #{}", effect.operation_id, effect.kind, effect.target, effect.commit);
        self.0.lock().unwrap().push(line);
        Ok(1)
    }
    fn sent(&self, _: i64) -> Result<(), JournalError> {
        self.0.lock().unwrap().push("sent".into());
        Ok(())
    }
    fn settled(&self, _: i64, how: Settled, _: &[u8]) -> Result<(), JournalError> {
        self.0.lock().unwrap().push(format!("settled {how:?}"));
        Ok(())
    }
}

/// Cannot be written.
struct Full;

impl Journal for Full {
    fn prepared(&self, _: &Effect<'_>) -> Result<i64, JournalError> {
        Err(JournalError("the disk is full".into()))
    }
    fn sent(&self, _: i64) -> Result<(), JournalError> {
        unreachable!("nothing was prepared")
    }
    fn settled(&self, _: i64, _: Settled, _: &[u8]) -> Result<(), JournalError> {
        unreachable!("nothing was prepared")
    }
}

/// Answers each connection with the next answer, an empty one by hanging up; returns what was asked.
fn serve(answers: Vec<String>) -> (u16, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = std::thread::spawn(move || {
        let mut asked = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            asked.push(one_request(&mut stream));
            stream.write_all(answer.as_bytes()).unwrap();
        }
        asked
    });
    (port, asked)
}

fn one_request(stream: &mut std::net::TcpStream) -> String {
    let mut text = String::new();
    let mut bytes = [0_u8; 4096];
    loop {
        let n = stream.read(&mut bytes).unwrap();
        text.push_str(&String::from_utf8_lossy(&bytes[..n]));
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            assert!(n > 0, "no whole head: {text}");
            continue;
        };
        let length =
            head.lines().find_map(|l| l.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if n == 0 || body.len() >= length.unwrap_or(0) {
            return text;
        }
    }
}

fn answer(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

/// A port where nobody listens.
fn nobody() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn a_charge_is_journalled_sent_once_and_settled() {
    let (port, asked) = serve(vec![answer("201 Created", "ch_1")]);
    let (status, rows) = bench("honest-money", port, "").charge();
    assert_eq!(status, Ok(TransactionStatus::Succeeded));
    assert_eq!(rows, ["prepared op-1 http localhost #1", "sent", "settled Done"]);
    let asked = asked.join().unwrap();
    assert!(asked[0].contains("idempotency-key: key-1"), "{}", asked[0]);
    assert!(asked[0].contains("authorization: Bearer api-token-kept"), "{}", asked[0]);
    assert!(asked[0].ends_with("{\"amount\": 5000}"), "{}", asked[0]);
}

#[test]
fn a_refusal_is_certain_and_an_error_of_the_far_side_is_not() {
    for (status, settled, becomes) in [
        ("402 Payment Required", "settled NotDone", TransactionStatus::Declined),
        ("500 Oops", "settled Unknown", TransactionStatus::Unknown),
        ("504 Gateway Timeout", "settled Unknown", TransactionStatus::Unknown),
        ("409 Conflict", "settled Unknown", TransactionStatus::Unknown),
    ] {
        let (port, asked) = serve(vec![answer(status, "")]);
        let (found, rows) = bench("honest-money", port, "|declined").charge();
        assert_eq!((found, rows[2].as_str()), (Ok(becomes), settled), "{status}");
        assert_eq!(asked.join().unwrap().len(), 1, "a commit is never tried again");
    }
}

#[test]
fn after_the_request_left_nothing_the_plugin_does_makes_it_certain() {
    for way in ["|not-attempted", "|succeeded", "|declined"] {
        let (port, asked) = serve(vec![String::new()]);
        let (found, rows) = bench("honest-money", port, way).charge();
        assert_eq!(found, Ok(TransactionStatus::Unknown), "{way}");
        assert_eq!(rows, ["prepared op-1 http localhost #1", "sent", "settled Unknown"]);
        assert_eq!(asked.join().unwrap().len(), 1);
    }
    for (way, kind) in [("|panic", PluginErrorKind::Trap), ("|fails", PluginErrorKind::InvalidInput)] {
        let (port, _asked) = serve(vec![String::new()]);
        assert_eq!(bench("honest-money", port, way).charge().0, Err((kind, true)), "{way}");
        // It may have been done even when the far side said so and the plugin cannot read it.
        let (port, _asked) = serve(vec![answer("201 Created", "ch_1")]);
        assert_eq!(bench("honest-money", port, way).charge().0, Err((kind, true)), "{way}");
    }
}

#[test]
fn what_never_left_did_not_happen() {
    let (found, rows) = bench("honest-money", nobody(), "|succeeded").charge();
    assert_eq!(found, Ok(TransactionStatus::NotAttempted));
    assert_eq!(rows, ["prepared op-1 http localhost #1", "sent", "settled NotDone"]);
    assert_eq!(bench("honest-money", nobody(), "|panic").charge().0, Err((PluginErrorKind::Trap, false)));
    let bench = bench("honest-money", nobody(), "");
    let error = bench.runtime.gateway(&bench.installation).unwrap().execute(&bench.call(), &intent(), &Full);
    let error = error.unwrap_err();
    assert_eq!((error.code.as_str(), error.may_have_committed), ("journal", false), "{error}");
}

#[test]
fn a_query_reads_and_only_reads() {
    let original = Operation { id: "op-0".into(), idempotency_key: "key-0".into(), attempt: 1 };
    let (port, asked) = serve(vec![answer("503 Busy", ""), answer("200 OK", "ch_0")]);
    let honest = bench("honest-money", port, "");
    let gateway = honest.runtime.gateway(&honest.installation).unwrap();
    let found = gateway.query(&honest.call(), &original, &intent(), None).unwrap();
    assert_eq!((found.status, found.gateway_id.as_str()), (TransactionStatus::Succeeded, "ch_0"));
    assert!(asked.join().unwrap()[1].starts_with("GET /charges?key=key-0 "));
    let hostile = bench("honest-money", nobody(), "|commits");
    let gateway = hostile.runtime.gateway(&hostile.installation).unwrap();
    let error = gateway.query(&hostile.call(), &original, &intent(), None).unwrap_err();
    assert_eq!(error.code, "query-commits");
}

#[test]
fn a_gateway_that_is_down_is_left_alone_for_a_while() {
    let bench = bench("honest-money", nobody(), "|declined");
    for _ in 0..5 {
        assert_eq!(bench.charge().0, Ok(TransactionStatus::Declined), "nothing left, and it says so");
    }
    assert_eq!(bench.charge(), (Err((PluginErrorKind::Unavailable, false)), vec![]));
    let settlement = bench.runtime.settlement(&bench.installation).unwrap();
    let other = settlement.pull(&bench.call(), None).unwrap_err();
    assert_ne!(other.code, "breaker-open", "another interface has its own");
}

#[test]
fn a_report_is_spooled_and_read_in_ranges() {
    let (port, _asked) = serve(vec![answer("200 OK", "tx-1\ntx-2\n"), answer("200 OK", "")]);
    let bench = bench("honest-money", port, "");
    let settlement = bench.runtime.settlement(&bench.installation).unwrap();
    let page = settlement.pull(&bench.call(), None).unwrap();
    let ids: Vec<&str> = page.transactions.iter().map(|t| t.gateway_id.as_str()).collect();
    assert_eq!((ids, page.done), (vec!["tx-1", "tx-2"], false));
    let next = settlement.pull(&bench.call(), Some(&page.checkpoint)).unwrap();
    assert!(next.done && next.transactions.is_empty());
}

#[test]
fn a_statement_is_read_recognised_and_put_aside() {
    let bench = bench("honest-money", nobody(), "");
    let write = |name: &str, text: &str| std::fs::write(bench.drop.path().join(name), text).unwrap();
    write("a.txt", "BANK\none\ntwo\n");
    write("b.txt", "OTHER\n");
    let statement = bench.runtime.statement(&bench.installation).unwrap();
    let page = statement.read(&bench.call(), "drop", "a.txt", None).unwrap();
    assert_eq!((page.statements[0].entries.len(), page.done), (2, true));
    assert!(bench.drop.path().join("done/a.txt").exists(), "archived");
    let other = statement.read(&bench.call(), "drop", "b.txt", None).unwrap_err();
    assert_eq!((other.kind, other.code.as_str()), (PluginErrorKind::Unsupported, "other-format"));
}

#[test]
fn an_entry_is_looked_for_and_then_written_once() {
    let note = Entry::Note(Note { customer: "c".into(), document: None, text: "called".into() });
    for (answers, way, status, rows) in [
        (vec!["none", ""], "", PostingStatus::Applied, 3),
        (vec!["found"], "", PostingStatus::AlreadyApplied, 0),
        (vec!["none"], "|lies", PostingStatus::NotAttempted, 0),
    ] {
        let (port, _asked) = serve(answers.iter().map(|body| answer("200 OK", body)).collect());
        let bench = bench("honest-money", port, way);
        let journal = Rows::default();
        let writeback = bench.runtime.writeback(&bench.installation).unwrap();
        let posting = writeback.push(&bench.call(), &note, &journal).unwrap();
        assert_eq!((posting.status, journal.0.into_inner().unwrap().len()), (status, rows), "{way}");
    }
    // Without `post_reads` every POST counts: the search is journalled like a commit, and `query` may not ask for it.
    let bench = bench("honest-money", nobody(), "|plain");
    let writeback = bench.runtime.writeback(&bench.installation).unwrap();
    let original = Operation { id: "op-0".into(), idempotency_key: "key-0".into(), attempt: 1 };
    let error = writeback.query(&bench.call(), &original, &note).unwrap_err();
    assert!(error.code == "query-commits" && error.message.contains("post_reads"), "{error}");
}

#[test]
fn a_delivery_is_verified_by_the_host() {
    let bench = bench("honest-money", nobody(), "");
    let webhook = bench.runtime.payment_webhook(&bench.installation).unwrap();
    let delivery = |signature: Option<&str>| Delivery {
        method: "POST".into(),
        path: "/".into(),
        query: String::new(),
        headers: signature.map(|s| ("x-signature".to_owned(), s.to_owned())).into_iter().collect(),
        body: b"what do ya want for nothing?".to_vec(),
        received_at: Instant { seconds: 1_760_000_000, nanoseconds: 0 },
        client_certificate: None,
    };
    // RFC 4231, 4.3.
    let good = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    assert_eq!(webhook.authenticate(&bench.call(), &delivery(Some(good))), Ok(Authenticity::Verified));
    let Authenticity::Refused(why) = webhook.authenticate(&bench.call(), &delivery(Some("00"))).unwrap()
    else {
        panic!("believed")
    };
    assert_eq!(why.code, "bad-signature");
    assert_eq!(webhook.authenticate(&bench.call(), &delivery(None)), Ok(Authenticity::Refetch));
    let events = webhook.parse(&bench.call(), &delivery(Some(good))).unwrap();
    assert_eq!(events[0].id, "what do ya want for nothing?");
}

#[test]
fn judges_name_only_what_they_were_shown() {
    let receipt = allocator::Receipt {
        id: "r-1".into(),
        customer: None,
        amount: money(100),
        received: 0,
        reference: String::new(),
        remittance: String::new(),
        counterparty: String::new(),
        account: String::new(),
        attributes: vec![],
    };
    let item = allocator::Item {
        id: "i-1".into(),
        customer: "c".into(),
        number: "F-1".into(),
        references: vec![],
        kind: "invoice".into(),
        issued: 0,
        due: 30,
        open: money(100),
        attributes: vec![],
    };
    let honest = bench("honest-money", 1, "");
    let allocate = |bench: &Bench| {
        let allocator = bench.runtime.allocator(&bench.installation).unwrap();
        allocator.allocate(&bench.call(), std::slice::from_ref(&receipt), std::slice::from_ref(&item))
    };
    let suggestion = allocate(&honest).unwrap();
    assert_eq!(
        (suggestion.assignments[0].item.as_str(), suggestion.assignments[0].amount),
        ("i-1", money(100))
    );
    assert_eq!(allocate(&bench("honest-money", 1, "|stray")).unwrap_err().code, "no-such-row");
    let pricer = honest.runtime.pricer(&honest.installation).unwrap();
    let owed = pricer::Item {
        id: "i-1".into(),
        kind: "invoice".into(),
        country: "CO".into(),
        debtor_kind: "person".into(),
        issued: 0,
        due: 30,
        balances: vec![pricer::Balance { on: 0, open: money(100) }],
        charged: vec![],
        attributes: vec![],
    };
    let series =
        pricer::Series { name: "co-usury".into(), rates: vec![(0, Decimal { coefficient: 25, scale: 2 })] };
    let charges = pricer.price(&honest.call(), 60, &[series], std::slice::from_ref(&owed)).unwrap();
    assert_eq!(
        (charges[0].amount, charges[0].source.as_str(), charges[0].to_day),
        (money(100), "co-usury", 60)
    );
    let gap = pricer.price(&honest.call(), 60, &[], &[owed]).unwrap_err();
    assert_eq!((gap.kind, gap.code.as_str()), (PluginErrorKind::InvalidInput, "rate-gap"));
}

fn message() -> Message {
    Message {
        permit: Permit { id: "p".into(), not_after: Instant { seconds: 1_760_003_600, nanoseconds: 0 } },
        to: "+573001234567".into(),
        sender: String::new(),
        subject: String::new(),
        text: "Señora \"Ana\"".into(),
        html: None,
        template: None,
        variables: vec![],
        attachments: vec![],
        purpose: "reminder".into(),
    }
}

#[test]
fn a_message_by_http_carries_what_the_permit_binds_and_nothing_else() {
    let (port, asked) = serve(vec![answer("200 OK", "sm_1")]);
    let bench_of = |port, way| bench("permitted-http", port, way);
    let honest = bench_of(port, "");
    let rows = Rows::default();
    let channel = honest.runtime.channel(&honest.installation).unwrap();
    let receipt = channel.send(&honest.call(), &message(), &rows).unwrap();
    assert_eq!(receipt.provider_id, "sm_1");
    assert_eq!(rows.0.into_inner().unwrap(), ["prepared op-1 http localhost #1", "sent", "settled Done"]);
    let body = r#"{"to": "+573001234567", "text": "Señora \"Ana\""}"#;
    assert!(asked.join().unwrap()[0].ends_with(body));
    for (way, code, left) in [
        ("|own-recipient", "permit-mismatch", 0),
        ("|own-text", "permit-mismatch", 0),
        ("|as-a-read", "permit-mismatch", 0),
        ("|twice", "permit-used", 1),
    ] {
        let (port, asked) = serve(vec![answer("200 OK", "sm_1"); left]);
        let bench = bench_of(port, way);
        let channel = bench.runtime.channel(&bench.installation).unwrap();
        let error = channel.send(&bench.call(), &message(), &Rows::default()).unwrap_err();
        assert_eq!((error.code.as_str(), error.may_have_committed), (code, left > 0), "{way}");
        assert_eq!(asked.join().unwrap().len(), left);
    }
}
