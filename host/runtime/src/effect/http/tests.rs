//! What leaves and what does not, decided without a network; one exchange against a server on this machine.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use recaudo_ports::plugin::{Grants, Installation};
use recaudo_ports::secrets::{Secret, Secrets, SecretsError};

use super::{Client, Means};
use crate::effect::scratch::Scratch;
use crate::effect::vault::Vault;
use crate::limits::Limits;
use crate::manifest::Manifest;
use crate::wit::effects::http as wit;

struct One;

impl Secrets for One {
    fn get(&self, handle: &str) -> Result<Option<Secret>, SecretsError> {
        Ok((handle == "kept").then(|| Secret::new([("token".into(), "tok-very-secret".into())])))
    }
}

fn client(origins: &[&str], granted: &[&str]) -> Client {
    let mut text =
        "id = \"erp-x\"\nversion = \"0.1.0\"\ncontract = \"0.1\"\ndescription = \"X.\"\n".to_owned();
    for origin in origins {
        text.push_str(&format!("[[http]]\norigin = \"{origin}\"\n"));
    }
    if let Some(first) = origins.first() {
        text.push_str(&format!(
            "[[credential]]\nlabel = \"api\"\nscheme = \"bearer\"\norigins = [\"{first}\"]\n"
        ));
    }
    made(&text, granted, Arc::new(One))
}

/// A client of that manifest, with credential `api` kept.
pub(super) fn made(manifest: &str, granted: &[&str], secrets: Arc<dyn Secrets>) -> Client {
    let grants = Grants {
        hosts: granted.iter().map(|g| (*g).to_owned()).collect(),
        credentials: [("api".to_owned(), "kept".to_owned())].into(),
        ..Grants::default()
    };
    let installation = Installation {
        name: "x".into(),
        plugin: "erp-x".into(),
        component_sha256: [0; 32],
        config: Arc::from(*b"{\"database\": \"acme/1\"}"),
        grants,
    };
    let limits = Limits { retry_wait: Duration::from_millis(1), ..Limits::default() };
    let manifest = Manifest::parse(manifest).unwrap();
    let vault = Vault::new(&manifest, &installation, secrets, Arc::default());
    Client::new(&manifest, &installation.grants, Arc::new(vault), &limits)
}

/// A read without a permit, in an operation of its own.
pub(super) fn read(client: &Client, request: &wit::Request) -> wit::Outcome {
    let scratch = Scratch::default();
    client.read(request, &Means { now: 1_760_000_000, permitted: None, scratch: &scratch }, soon())
}

pub(super) fn get(url: &str) -> wit::Request {
    wit::Request {
        method: "GET".into(),
        url: url.into(),
        headers: vec![],
        body: vec![],
        credential: None,
        signing: vec![],
        slots: vec![],
        timeout_ms: 2_000,
        captures: vec![],
        spool: None,
    }
}

pub(super) fn soon() -> Instant {
    Instant::now() + Duration::from_secs(10)
}

fn refusal(client: &Client, request: &wit::Request) -> String {
    let failure = read(client, request).unwrap_err();
    assert!(!failure.request_sent, "{}", failure.message);
    failure.code
}

#[test]
fn only_what_is_declared_and_granted_is_called() {
    let client =
        client(&["https://api.example.com", "https://other.example.com"], &["https://api.example.com"]);
    for (url, code) in [
        ("https://evil.example.net/", "egress-not-declared"),
        ("https://other.example.com/", "egress-not-granted"),
        ("https://api.example.com:8443/", "egress-not-declared"),
        ("http://api.example.com/", "plain-http-denied"),
        ("https://user:word@api.example.com/", "userinfo-denied"),
        ("https://93.184.216.34/", "ip-literal-denied"),
        ("https://2130706433/", "ip-literal-denied"),
        ("https://[::ffff:127.0.0.1]/", "ip-literal-denied"),
        ("file:///etc/passwd", "scheme-denied"),
        ("not a url", "url-malformed"),
    ] {
        assert_eq!(refusal(&client, &get(url)), code, "{url}");
    }
}

#[test]
fn a_plugin_writes_neither_secrets_nor_the_hosts_headers() {
    let client = client(&["https://api.example.com"], &["https://api.example.com"]);
    let url = "https://api.example.com/";
    let header =
        |name: &str, value: &str| wit::Request { headers: vec![(name.into(), value.into())], ..get(url) };
    for (request, code) in [
        (header("Authorization", "Bearer x"), "header-denied"),
        (header("proxy-authorization", "x"), "header-denied"),
        (header("Host", "x"), "header-denied"),
        (header("X-A", "b\r\nX-C: d"), "header-injection"),
        (header("X-A", "tok-very-secret"), "secret-in-request"),
        (get("https://api.example.com/?q=tok%2Dvery%2Dsecret"), "secret-in-request"),
        (wit::Request { body: b"dG9rLXZlcnktc2VjcmV0".to_vec(), ..get(url) }, "secret-in-request"),
        (wit::Request { spool: Some("../big".into()), ..get(url) }, "spool-name"),
        (wit::Request { credential: Some("none".into()), ..get(url) }, "credential-not-granted"),
    ] {
        assert_eq!(refusal(&client, &request), code);
    }
}

#[test]
fn a_credential_goes_only_where_it_is_bound() {
    let two = ["https://api.example.com", "https://other.example.com"];
    let client = client(&two, &two);
    let request = wit::Request { credential: Some("api".into()), ..get("https://other.example.com/") };
    assert_eq!(refusal(&client, &request), "credential-not-bound");
}

#[test]
fn a_name_that_means_a_private_address_is_not_dialled() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://localhost:{}/", listener.local_addr().unwrap().port());
    // The origin passed the allow list, but nobody granted it the inside of this network.
    let error = super::dial::agent(std::collections::BTreeSet::new(), 0).get(&url).call().unwrap_err();
    let failure =
        super::dial::failure(&error, super::dial::was_sent(), &crate::effect::redact::Hidden::default());
    assert_eq!((failure.code.as_str(), failure.request_sent), ("private-address", false));
    assert!(listener.accept().is_err(), "nobody knocked");
}

/// Answers each connection with the next answer; returns what was asked.
pub(super) fn serve(answers: Vec<String>) -> (u16, std::thread::JoinHandle<Vec<String>>) {
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

/// An answer after which the connection ends.
pub(super) fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{headers}Connection: close\r\n\r\n{body}")
}

/// Head and body, whether or not they come at once.
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

#[test]
fn an_exchange_injects_retries_and_redacts() {
    let (port, asked) = serve(vec![
        answer("503 Busy", "", ""),
        answer("200 OK", "X-Echo: tok-very-secret\r\n", "you: tok-very-secret"),
    ]);
    let origin = format!("http://localhost:{port}");
    let client = client(&[&origin], &[&origin]);
    let request = wit::Request { credential: Some("api".into()), ..get(&format!("{origin}/ledger?page=1")) };
    let response = read(&client, &request).unwrap();
    assert_eq!((response.status, response.body), (200, b"you: [redacted]".to_vec()));
    assert!(response.headers.contains(&("x-echo".into(), "[redacted]".into())));
    let asked = asked.join().unwrap();
    assert_eq!(asked.len(), 2, "the 503 was tried again");
    assert!(asked[1].contains("authorization: Bearer tok-very-secret"), "{}", asked[1]);
}

#[test]
fn a_redirect_is_an_answer_and_not_followed() {
    let (port, asked) = serve(vec![answer("302 Found", "Location: http://169.254.169.254/latest\r\n", "")]);
    let origin = format!("http://localhost:{port}");
    let response = read(&client(&[&origin], &[&origin]), &get(&origin)).unwrap();
    assert_eq!(response.status, 302);
    assert_eq!(asked.join().unwrap().len(), 1);
}

#[test]
fn whether_a_request_left_is_a_fact() {
    let (port, asked) = serve(vec![String::new()]);
    let origin = format!("http://localhost:{port}");
    let post = wit::Request { method: "POST".into(), body: b"x".to_vec(), ..get(&origin) };
    let failure = read(&client(&[&origin], &[&origin]), &post).unwrap_err();
    assert!(failure.request_sent, "the server read it and hung up");
    assert_eq!(asked.join().unwrap().len(), 1, "a POST is not tried again");
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let origin = format!("http://localhost:{closed}");
    let post = wit::Request { method: "POST".into(), body: b"x".to_vec(), ..get(&origin) };
    let failure = read(&client(&[&origin], &[&origin]), &post).unwrap_err();
    assert!(!failure.request_sent, "nobody listened: {}", failure.message);
}
