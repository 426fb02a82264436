//! A Tryton of a test's own: a copy of the story, a free port on the loopback, gone with the test.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use recaudo_sdk::{Date, Money};
use serde_json::{Value, json};

/// Of the user `admin`.
pub const PASSWORD: &str = "story-of-debts-4711";
/// The first start reads every module; a busy machine takes its time.
const PATIENCE: Duration = Duration::from_secs(180);

/// A running server, logged in to.
pub struct Tryton {
    child: Child,
    folder: Folder,
    /// Its address.
    pub url: String,
    port: u16,
    session: String,
}

/// A temporary folder that ends with its owner.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("recaudo-tryton-{}-{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).expect("a temporary folder");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is no reason to hide why a test failed.
        let _removed = fs::remove_dir_all(&self.0);
    }
}

impl Tryton {
    /// Starts a copy of the story; `moves` more receivables are added to it first.
    pub fn start(moves: u32) -> Self {
        let home = root().join(".work/tryton");
        let story = newest_story(&home);
        let folder = Folder::new();
        fs::copy(story, folder.0.join("tryton.sqlite")).expect("the story can be copied");
        if moves > 0 {
            let script = root().join("tests/peers/tryton/volume.py");
            let added = Command::new("python3")
                .arg(script)
                .arg(folder.0.join("tryton.sqlite"))
                .arg(moves.to_string())
                .status();
            assert!(added.is_ok_and(|status| status.success()), "receivables could not be added");
        }
        let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
        let config = format!(
            "[database]\nuri = sqlite://\npath = {}\n[web]\nlisten = 127.0.0.1:{port}\n\
             [session]\ntimeout = 3600\n",
            folder.0.display()
        );
        fs::write(folder.0.join("trytond.conf"), config).expect("a configuration can be written");
        let log = File::create(folder.0.join("trytond.log")).expect("a log can be written");
        let child = Command::new(home.join("venv/bin/trytond"))
            .args(["-c", "trytond.conf", "-d", "tryton"])
            .current_dir(&folder.0)
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("Tryton starts");
        let url = format!("http://127.0.0.1:{port}");
        let mut server = Self { child, folder, url, port, session: String::new() };
        server.log_in();
        server
    }

    /// What it says when it is asked for a session, as soon as it says anything.
    fn log_in(&mut self) {
        let begun = Instant::now();
        let login =
            json!({ "id": 1, "method": "common.db.login", "params": ["admin", { "password": PASSWORD }] });
        loop {
            let sent = self.post("/tryton/rpc/", &[], login.to_string().as_bytes());
            if let Ok((200, body)) = sent {
                let answer: Value = serde_json::from_slice(&body).expect("a login answers in JSON");
                let [user, key] = [&answer["result"][0], &answer["result"][1]];
                let key = key.as_str().unwrap_or_else(|| panic!("no session: {answer}"));
                self.session = format!("Session {}", STANDARD.encode(format!("admin:{user}:{key}")));
                return;
            }
            let log = || fs::read_to_string(self.folder.0.join("trytond.log")).unwrap_or_default();
            assert!(begun.elapsed() < PATIENCE, "Tryton does not answer: {}", log());
            if let Ok(Some(status)) = self.child.try_wait() {
                panic!("Tryton ended with {status}: {}", log());
            }
            sleep(Duration::from_millis(200));
        }
    }

    /// One POST; the session goes with it unless the path is the server's own.
    pub fn post(&self, path: &str, headers: &[(String, String)], body: &[u8]) -> io::Result<(u16, Vec<u8>)> {
        let mut lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        if headers.is_empty() {
            lines.push_str("Content-Type: application/json\r\n");
        }
        if !self.session.is_empty() && path != "/rpc/" {
            lines.push_str(&format!("Authorization: {}\r\n", self.session));
        }
        self.exchange(path, &lines, body)
    }

    /// The answer ends with the connection; Tryton writes long ones in chunks.
    fn exchange(&self, path: &str, headers: &str, body: &[u8]) -> io::Result<(u16, Vec<u8>)> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        let length = body.len();
        let head = format!("Host: localhost\r\nConnection: close\r\n{headers}Content-Length: {length}");
        write!(stream, "POST {path} HTTP/1.1\r\n{head}\r\n\r\n")?;
        stream.write_all(body)?;
        let mut answer = vec![];
        stream.read_to_end(&mut answer)?;
        whole(&answer).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))
    }

    /// A call of Tryton's own API, as its client would make it.
    pub fn call(&self, method: &str, params: &Value) -> Value {
        let body = json!({ "id": 1, "method": method, "params": params }).to_string();
        let (status, body) = self.post("/tryton/rpc/", &[], body.as_bytes()).expect("Tryton answers");
        let text = String::from_utf8_lossy(&body);
        assert_eq!(status, 200, "{method}: {text}");
        let mut answer: Value = serde_json::from_slice(&body).expect("JSON");
        assert!(answer.get("error").is_none(), "{method}: {text}");
        answer["result"].take()
    }

    /// Rows of a model.
    pub fn rows(&self, model: &str, domain: &Value, fields: &[&str]) -> Vec<Value> {
        let params = json!([domain, 0, null, [["id", "ASC"]], fields, { "company": 1 }]);
        let found = self.call(&format!("model.{model}.search_read"), &params);
        found.as_array().expect("rows").clone()
    }

    /// The status of a call under another session.
    pub fn with_session(&self, session: &str) -> u16 {
        let body =
            json!({ "id": 1, "method": "model.party.party.search_count", "params": [[], {}] }).to_string();
        let headers = format!("Content-Type: application/json\r\nAuthorization: {session}\r\n");
        self.exchange("/tryton/rpc/", &headers, body.as_bytes()).expect("an answer").0
    }
}

/// What people do in it, and what its own books say.
impl Tryton {
    /// Pays an invoice through the wizard people use; `amount` as they type it.
    pub fn pay(&self, number: &str, amount: &str, description: &str) {
        let invoice = self.rows("account.invoice", &json!([["number", "=", number]]), &["party", "currency"]);
        let method = self.rows("account.invoice.payment.method", &json!([]), &["name"]);
        let under = json!({
            "company": 1, "active_model": "account.invoice",
            "active_id": invoice[0]["id"], "active_ids": [invoice[0]["id"]],
        });
        let opened = self.call("wizard.account.invoice.pay.create", &json!([under]));
        let (year, month, day) = today().ymd();
        let start = json!({
            "payee": invoice[0]["party"], "amount": { "__class__": "Decimal", "decimal": amount },
            "currency": invoice[0]["currency"], "company": 1, "description": description,
            "payment_method": method[0]["id"],
            "date": { "__class__": "date", "year": year, "month": month, "day": day },
        });
        let answer = self.call(
            "wizard.account.invoice.pay.execute",
            &json!([opened[0], { "start": start }, "choice", under]),
        );
        if answer["view"]["state"] == "ask" {
            // The client's own copies of names, such as `company.`, are not sent back.
            let mut ask = answer["view"]["defaults"].clone();
            ask.as_object_mut().expect("defaults").retain(|key, _| !key.ends_with('.'));
            ask["type"] = json!("partial");
            let data = json!([opened[0], { "start": start, "ask": ask }, "pay", under]);
            self.call("wizard.account.invoice.pay.execute", &data);
        }
    }

    /// Per customer's code and currency: the sum of open receivable lines by its own API, in hundredths.
    pub fn balances(&self) -> BTreeMap<(String, String), i64> {
        let open = json!([
            ["account.type.receivable", "=", true],
            ["move.state", "=", "posted"],
            ["reconciliation", "=", null]
        ]);
        let fields = ["party.code", "debit", "credit", "amount_second_currency", "second_currency.code"];
        let mut sums = BTreeMap::new();
        for line in self.rows("account.move.line", &open, &fields) {
            let party = line["party."]["code"].as_str().expect("a code").to_owned();
            let (currency, moved) = match line["second_currency."]["code"].as_str() {
                Some(code) => (code.to_owned(), minor(&line["amount_second_currency"])),
                None => ("MXN".into(), minor(&line["debit"]) - minor(&line["credit"])),
            };
            *sums.entry((party, currency)).or_default() += moved;
        }
        sums.retain(|_, sum| *sum != 0);
        sums
    }
}

/// Two decimals of Tryton's as minor units.
pub fn minor(value: &Value) -> i64 {
    let text = value["decimal"].as_str().unwrap_or("0");
    Money::parse(text, 2, *b"MXN").unwrap_or_else(|_| panic!("{text} is no amount")).minor
}

/// The day at the other end, which goes by the real one.
#[expect(clippy::disallowed_methods, reason = "the server at the other end goes by the real day")]
pub fn today() -> Date {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    Date::from_epoch_day(i32::try_from(now.as_secs() / 86_400).expect("this century"))
}

impl Drop for Tryton {
    fn drop(&mut self) {
        // The server may have ended by itself already; either way it is gone afterwards.
        let _killed = self.child.kill();
        let _waited = self.child.wait();
    }
}

/// Status and body of an HTTP answer.
fn whole(answer: &[u8]) -> Option<(u16, Vec<u8>)> {
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    let (head, mut rest) = (str::from_utf8(&answer[..end]).ok()?, &answer[end + 4..]);
    let status = head.get(9..12)?.parse().ok()?;
    if !head.to_ascii_lowercase().contains("transfer-encoding: chunked") {
        return Some((status, rest.to_vec()));
    }
    let mut body = vec![];
    loop {
        let line = rest.windows(2).position(|bytes| bytes == b"\r\n")?;
        let size = usize::from_str_radix(str::from_utf8(&rest[..line]).ok()?, 16).ok()?;
        let chunk = rest.get(line + 2..line + 2 + size)?;
        if chunk.is_empty() {
            return Some((status, body));
        }
        body.extend_from_slice(chunk);
        rest = rest.get(line + size + 4..)?;
    }
}

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("two folders below the root").to_path_buf()
}

fn newest_story(home: &Path) -> PathBuf {
    let entries = fs::read_dir(home).unwrap_or_else(|_| panic!("Tryton is missing: cargo xtask setup"));
    let named = |path: &PathBuf| path.file_name().is_some_and(|n| n.to_string_lossy().starts_with("story-"));
    let stories = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(named);
    stories.max().expect("Tryton's story is missing: cargo xtask setup")
}
