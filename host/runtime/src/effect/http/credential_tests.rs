//! Credentials, signatures, slots, captures and spools, against servers on this machine.

use std::sync::Arc;

use recaudo_ports::documents::NoDocuments;
use recaudo_ports::plugin::{Instant, Message, Permit};
use recaudo_ports::secrets::{Secret, Secrets, SecretsError};
use serde_json::Value;

use super::tests::{answer, get, made, read, serve, soon};
use super::{Client, Means, fact};
use crate::effect::crypto::{Key, verify};
use crate::effect::scratch::Scratch;
use crate::effect::slots::Permitted;
use crate::exchange::Fact;
use crate::manifest::KeyEncoding;
use crate::wit::effects::{files, http as wit};

/// Keeps these fields.
struct Fields(&'static [(&'static str, &'static str)]);

impl Secrets for Fields {
    fn get(&self, handle: &str) -> Result<Option<Secret>, SecretsError> {
        let fields = || Secret::new(self.0.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
        Ok((handle == "kept").then(fields))
    }
}

fn client(port: u16, credential: &str, fields: &'static [(&'static str, &'static str)]) -> (Client, String) {
    let origin = format!("http://localhost:{port}");
    let manifest = format!(
        "id = \"erp-x\"\nversion = \"0.1.0\"\ncontract = \"0.1\"\ndescription = \"X.\"\n\
         [[http]]\norigin = \"{origin}\"\npost_reads = true\n[[credential]]\nlabel = \"api\"\n{credential}"
    );
    (made(&manifest, &[&origin], Arc::new(Fields(fields))), origin)
}

fn with_api(url: &str) -> wit::Request {
    wit::Request { credential: Some("api".into()), ..get(url) }
}

fn ok(body: &str) -> String {
    answer("200 OK", "", body)
}

const TRYTON: &str = r#"scheme = "session"
[credential.session]
path = "/{config:/database}/rpc/"
body = '{"id": 0, "method": "common.db.login", "params": ["{user}", {"password": "{password}"}]}'
keep = { uid = "/result/0", key = "/result/1" }
apply = { Authorization = "Session base64({user}:{uid}:{key})" }
"#;
const ANA: &[(&str, &str)] = &[("user", "ana"), ("password", "pass\"word")];

#[test]
fn a_session_is_opened_by_the_host_and_renewed_when_it_is_over() {
    let (port, asked) = serve(vec![
        ok(r#"{"id": 0, "result": [7, "first-session-key", null]}"#),
        ok(r#"{"result": "one"}"#),
        ok(r#"{"result": "two"}"#),
        answer("401 Unauthorized", "", ""),
        ok(r#"{"id": 0, "result": [7, "second-session-key", null]}"#),
        ok(r#"{"result": "you are first-session-key or second-session-key"}"#),
    ]);
    let (client, origin) = client(port, TRYTON, ANA);
    let mut bodies = vec![];
    for _ in 0..3 {
        let request =
            wit::Request { method: "POST".into(), body: b"{}".to_vec(), ..with_api(&format!("{origin}/x")) };
        bodies.push(String::from_utf8(read(&client, &request).unwrap().body).unwrap());
    }
    assert_eq!(bodies[1], r#"{"result": "two"}"#);
    assert_eq!(
        bodies[2], r#"{"result": "you are first-session-key or [redacted]"}"#,
        "the key in use is hidden"
    );
    let asked = asked.join().unwrap();
    assert!(asked[0].starts_with("POST /acme%2F1/rpc/ "), "{}", asked[0]);
    let login: Value = serde_json::from_str(asked[0].split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!(login["params"][1]["password"], "pass\"word");
    // base64 of `ana:7:first-session-key` and of `ana:7:second-session-key`.
    assert!(asked[1].contains("authorization: Session YW5hOjc6Zmlyc3Qtc2Vzc2lvbi1rZXk="), "{}", asked[1]);
    assert!(asked[5].contains("authorization: Session YW5hOjc6c2Vjb25kLXNlc3Npb24ta2V5"), "{}", asked[5]);
}

#[test]
fn a_login_that_is_refused_is_an_answer_the_plugin_knows() {
    let (port, asked) = serve(vec![ok(r#"{"error": "bad password"}"#)]);
    let (client, origin) = client(port, TRYTON, ANA);
    let response = read(&client, &with_api(&origin)).unwrap();
    assert_eq!(response.status, 401);
    assert!(String::from_utf8(response.body).unwrap().contains("nothing was sent"));
    assert_eq!(asked.join().unwrap().len(), 1, "the request itself never left");
}

#[test]
fn cookies_of_a_login_go_with_every_request() {
    let session = "scheme = \"session\"\n[credential.session]\npath = \"/b1s/v1/Login\"\n\
                   body = '{\"UserName\": \"{user}\", \"Password\": \"{password}\"}'\ncookies = true\n";
    let cookies =
        "Set-Cookie: B1SESSION=very-long-session; path=/; HttpOnly\r\nSet-Cookie: ROUTEID=.node1\r\n";
    let (port, asked) = serve(vec![answer("200 OK", cookies, "{}"), ok("[]")]);
    let (client, origin) = client(port, session, ANA);
    assert_eq!(read(&client, &with_api(&origin)).unwrap().status, 200);
    let asked = asked.join().unwrap();
    assert!(asked[1].contains("cookie: B1SESSION=very-long-session; ROUTEID=.node1"), "{}", asked[1]);
}

#[test]
fn a_token_is_fetched_once_and_again_when_it_is_over() {
    let token = "scheme = \"oauth2\"\n[credential.token]\nurl = \"/oauth/token\"\nscope = \"ledger\"\n\
                 parameters = { audience = \"{config:/database}\" }\n";
    let (port, asked) = serve(vec![
        ok(r#"{"access_token": "first-access-token", "expires_in": 3600}"#),
        ok("1"),
        answer("401 Unauthorized", "", "first-access-token is over"),
        ok(r#"{"access_token": "second-access-token", "expires_in": 3600}"#),
        ok("2"),
    ]);
    let (client, origin) = client(port, token, &[("client_id", "me"), ("client_secret", "s3cret:&value")]);
    for expected in ["1", "2"] {
        assert_eq!(read(&client, &with_api(&origin)).unwrap().body, expected.as_bytes());
    }
    let asked = asked.join().unwrap();
    assert!(
        asked[0].contains("grant_type=client_credentials&scope=ledger&audience=acme%2F1"),
        "{}",
        asked[0]
    );
    // base64 of `me:s3cret%3A%26value`.
    assert!(asked[0].contains("authorization: Basic bWU6czNjcmV0JTNBJTI2dmFsdWU="), "{}", asked[0]);
    assert!(asked[1].contains("authorization: Bearer first-access-token"), "{}", asked[1]);
    assert!(asked[4].contains("authorization: Bearer second-access-token"), "{}", asked[4]);
}

#[test]
fn an_assertion_is_signed_and_dated() {
    let jwt = "scheme = \"jwt\"\n[credential.assertion]\nalgorithm = \"ES256\"\nlifetime_s = 60\n\
               claims = { iss = \"{client_id}\", aud = \"https://api.example\" }\n";
    let (port, asked) = serve(vec![ok("")]);
    let fields =
        &[("client_id", "me"), ("key_id", "k1"), ("key", include_str!("../crypto/test-keys/ec.pem"))];
    let (client, origin) = client(port, jwt, fields);
    read(&client, &with_api(&origin)).unwrap();
    let asked = asked.join().unwrap();
    let token = asked[0].split("Bearer ").nth(1).unwrap().split_whitespace().next().unwrap();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let decode = |text: &str| {
        use base64::Engine as _;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).unwrap()
    };
    let public = include_str!("../crypto/test-keys/ec.pub");
    let key = Key { text: public, encoding: KeyEncoding::Text, prefix: "" };
    let algorithm = wit::MacAlgorithm::EcdsaP256Sha256;
    assert_eq!(verify(algorithm, &key, signed.as_bytes(), &decode(signature)), Ok(true));
    let claims: Value = serde_json::from_slice(&decode(signed.split_once('.').unwrap().1)).unwrap();
    assert_eq!((claims["iss"].as_str(), claims["exp"].as_i64()), (Some("me"), Some(1_760_000_060)));
}

#[test]
fn an_amazon_request_is_dated_and_signed() {
    let sigv4 = "scheme = \"sigv4\"\n[credential.sigv4]\nregion = \"us-east-1\"\nservice = \"service\"\n";
    let fields: &[(&str, &str)] =
        &[("access_key", "AKIDEXAMPLE"), ("secret_key", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")];
    let (port, asked) = serve(vec![ok("")]);
    let (client, origin) = client(port, sigv4, fields);
    read(&client, &with_api(&format!("{origin}/?Param2=value2&Param1=value1"))).unwrap();
    let asked = asked.join().unwrap();
    let scope = "Credential=AKIDEXAMPLE/20251009/us-east-1/service/aws4_request";
    assert!(asked[0].contains(scope), "{}", asked[0]);
    assert!(
        asked[0].contains("SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature="),
        "{}",
        asked[0]
    );
    assert!(asked[0].contains("x-amz-date: 20251009T085320Z"), "{}", asked[0]);
}

#[test]
fn a_signature_goes_where_the_plugin_says_under_a_key_it_never_sees() {
    let (port, asked) = serve(vec![ok("")]);
    let (client, origin) = client(port, "scheme = \"secret\"\n", &[("key", "integrity-secret")]);
    let signing = |algorithm, message: &str, place| wit::Signing {
        credential: "api".into(),
        algorithm,
        message: message.into(),
        encoding: wit::Encoding::Hex,
        place,
        prefix: "v1=".into(),
    };
    let request = wit::Request {
        method: "POST".into(),
        body: b"{\"signature\": \"%%PLACE%%\"}".to_vec(),
        signing: vec![
            signing(wit::MacAlgorithm::HmacSha256, "body", wit::Place::Header("X-Signature".into())),
            signing(wit::MacAlgorithm::Sha256, "100{secret}", wit::Place::Placeholder("%%PLACE%%".into())),
        ],
        ..get(&origin)
    };
    read(&client, &request).unwrap();
    let asked = asked.join().unwrap().remove(0);
    let key = Key { text: "integrity-secret", encoding: KeyEncoding::Text, prefix: "" };
    let expected =
        hex::encode(crate::effect::crypto::sign(wit::MacAlgorithm::HmacSha256, &key, b"body").unwrap());
    assert!(asked.contains(&format!("x-signature: v1={expected}")), "{asked}");
    use sha2::Digest as _;
    let digest = hex::encode(sha2::Sha256::digest(b"100integrity-secret"));
    assert!(asked.contains(&format!("{{\"signature\": \"v1={digest}\"}}")), "{asked}");
}

fn slot(placeholder: &str, (credential, field): (&str, &str), escaping: wit::Escaping) -> wit::Slot {
    let (placeholder, credential, field) = (placeholder.into(), credential.into(), field.into());
    wit::Slot { placeholder, credential, field, escaping }
}

fn message() -> Message {
    Message {
        permit: Permit { id: "p".into(), not_after: Instant { seconds: 2_000_000_000, nanoseconds: 0 } },
        to: "+573001234567".into(),
        sender: String::new(),
        subject: String::new(),
        text: "Ana \"N\" {{TO}}00".into(),
        html: None,
        template: None,
        variables: vec![],
        attachments: vec![],
        purpose: "reminder".into(),
    }
}

#[test]
fn slots_are_filled_once_escaped_and_only_where_they_stand() {
    let (port, asked) = serve(vec![ok("")]);
    let (client, origin) = client(port, "scheme = \"secret\"\n", &[("key", "account/1")]);
    let (message, scratch) = (message(), Scratch::default());
    let permitted = Permitted { message: &message, documents: &NoDocuments };
    let means = Means { now: 0, permitted: Some(&permitted), scratch: &scratch };
    let request = wit::Request {
        method: "POST".into(),
        body: b"{\"to\": \"{{TO}}00\", \"text\": \"{{TEXT}}00\"}".to_vec(),
        slots: vec![
            slot("ACCOUNT-0000", ("api", "key"), wit::Escaping::Percent),
            slot("{{TO}}00", ("permit", "to"), wit::Escaping::Json),
            slot("{{TEXT}}00", ("permit", "text"), wit::Escaping::Json),
        ],
        ..get(&format!("{origin}/accounts/ACCOUNT-0000/messages"))
    };
    client.read(&request, &means, soon()).unwrap();
    let asked = asked.join().unwrap().remove(0);
    assert!(asked.starts_with("POST /accounts/account%2F1/messages "), "{asked}");
    assert!(asked.ends_with(r#"{"to": "+573001234567", "text": "Ana \"N\" {{TO}}00"}"#), "{asked}");
    for (slots, code) in [
        (vec![slot("{{NONE}}0", ("permit", "to"), wit::Escaping::Raw)], "slot-misplaced"),
        (vec![slot("{{TO}}00", ("permit", "iban"), wit::Escaping::Raw)], "slot-unknown"),
        (vec![slot("ACCOUNT-0000", ("api", "key"), wit::Escaping::Raw)], "slot-misplaced"),
        (vec![slot("{{TO}}00", ("other", "key"), wit::Escaping::Raw)], "credential-not-granted"),
    ] {
        let refused = client.read(&wit::Request { slots, ..request.clone() }, &means, soon()).unwrap_err();
        assert_eq!((refused.code.as_str(), refused.request_sent), (code, false));
    }
    let unpermitted = read(&client, &request).unwrap_err();
    assert_eq!(unpermitted.code, "slot-denied");
}

#[test]
fn a_captured_token_is_the_hosts_and_used_from_then_on() {
    let (port, asked) = serve(vec![
        answer(
            "200 OK",
            "Set-Cookie: sid=cookie-value; Path=/\r\n",
            r#"{"token": "captured-token", "n": "captured-token"}"#,
        ),
        ok("you sent captured-token"),
    ]);
    let (client, origin) =
        client(port, "scheme = \"bearer\"\ncaptured = true\n", &[("token", "before-login")]);
    let capture =
        |locator, field: &str| wit::Capture { locator, credential: "api".into(), field: field.into() };
    let login = wit::Request {
        captures: vec![
            capture(wit::Locator::JsonPointer("/token".into()), "token"),
            capture(wit::Locator::Cookie("sid".into()), "cookie"),
        ],
        ..get(&format!("{origin}/login"))
    };
    let response = read(&client, &login).unwrap();
    assert_eq!(response.body, br#"{"token": "[captured]", "n": "[captured]"}"#);
    assert!(response.headers.contains(&("set-cookie".into(), "sid=[captured]; Path=/".into())));
    let response = read(&client, &with_api(&origin)).unwrap();
    assert_eq!(response.body, b"you sent [redacted]");
    assert!(asked.join().unwrap()[1].contains("authorization: Bearer captured-token"));
}

#[test]
fn an_xml_token_is_captured_too() {
    let (port, _asked) = serve(vec![ok(
        "<s:Envelope><s:Body><t:Token id=\"1\">xml&amp;token</t:Token></s:Body></s:Envelope>",
    )]);
    let (client, origin) = client(port, "scheme = \"bearer\"\n", &[("token", "before-login")]);
    let locator = wit::Locator::XmlElement("Token".into());
    let capture = wit::Capture { locator, credential: "api".into(), field: "token".into() };
    let response = read(&client, &wit::Request { captures: vec![capture], ..get(&origin) }).unwrap();
    let body = String::from_utf8(response.body).unwrap();
    assert_eq!(body, "<s:Envelope><s:Body><t:Token id=\"1\">[captured]</t:Token></s:Body></s:Envelope>");
}

#[test]
fn a_spooled_body_is_read_in_ranges_and_holds_no_secret() {
    // The secret lies over the border of two parts of the network's reading.
    let body = format!("{}kept-in-the-vault{}", "x".repeat(256 * 1024 - 5), "y".repeat(1000));
    let (port, _asked) = serve(vec![ok(&body)]);
    let (client, origin) = client(port, "scheme = \"bearer\"\n", &[("token", "kept-in-the-vault")]);
    let scratch = Scratch::default();
    let means = Means { now: 0, permitted: None, scratch: &scratch };
    let request = wit::Request { spool: Some("report".into()), ..get(&origin) };
    let response = client.read(&request, &means, soon()).unwrap();
    assert_eq!((response.size, response.body.len(), response.truncated), (body.len() as u64, 0, false));
    let mut whole = vec![];
    loop {
        let range = files::Range {
            source: "scratch".into(),
            path: "report".into(),
            offset: whole.len() as u64,
            length: 100_000,
            etag: None,
        };
        let Ok(files::Response::Chunk(chunk)) = scratch.perform(&files::Request::Read(range), 64 * 1024)
        else {
            panic!("no chunk")
        };
        whole.extend(chunk.bytes);
        if chunk.end_of_file {
            break;
        }
    }
    let expected = body.replace("kept-in-the-vault", "[redacted]");
    assert!(whole == expected.as_bytes(), "{} bytes, expected {}", whole.len(), expected.len());
}

#[test]
fn what_is_certain_about_a_commit_follows_from_the_answer_alone() {
    let answered =
        |status| Ok(wit::Response { status, headers: vec![], body: vec![], size: 0, truncated: false });
    for (status, certain) in [
        (200, Fact::Done),
        (201, Fact::Done),
        (400, Fact::Refused),
        (401, Fact::Refused),
        (402, Fact::Refused),
        (422, Fact::Refused),
        (429, Fact::Refused),
        (302, Fact::Unknown),
        (408, Fact::Unknown),
        (409, Fact::Unknown),
        (500, Fact::Unknown),
        (502, Fact::Unknown),
        (504, Fact::Unknown),
    ] {
        assert_eq!(fact(&answered(status)), certain, "{status}");
    }
    let lost = |request_sent| {
        Err(wit::TransportFailure {
            kind: wit::FailureKind::Timeout,
            code: "timeout".into(),
            message: String::new(),
            request_sent,
        })
    };
    assert_eq!((fact(&lost(true)), fact(&lost(false))), (Fact::Unknown, Fact::NotSent));
}
