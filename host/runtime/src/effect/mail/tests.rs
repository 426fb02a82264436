//! Against a server that follows a script, and says what it was told: in which command a mail fails decides what is known.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use recaudo_ports::documents::{Document, Documents, DocumentsError};
use recaudo_ports::journal::{Effect, Journal, JournalError, Settled};
use recaudo_ports::plugin::{Call, Instant as At, Message, Operation, Permit};
use recaudo_ports::secrets::NoSecrets;

use super::{MailRoute, Mailer, Order, SmtpRoute, SmtpTls};
use crate::effect::slots::Permitted;
use crate::exchange::Fact;
use crate::wit::exports::messaging::channel as wit;

/// How a server behaves: each command's answer, empty to hang up.
struct Script {
    rcpt: &'static str,
    data: &'static str,
    end: &'static str,
}

const KIND: Script = Script { rcpt: "250 ok", data: "354 go on", end: "250 2.0.0 queued as ABC123" };

fn serve(script: Script) -> (u16, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let told = std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        converse(&stream, &script)
    });
    (port, told)
}

fn converse(stream: &TcpStream, script: &Script) -> String {
    let mut told = String::new();
    let mut lines = BufReader::new(stream);
    let say = |text: &str| {
        let mut stream = stream;
        // The other side may be gone; then there is nothing more to say.
        let _ = stream.write_all(format!("{text}\r\n").as_bytes());
    };
    say("220 test");
    let mut in_data = false;
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).unwrap_or(0) == 0 {
            return told;
        }
        told.push_str(&line);
        let answer = match line.trim_end() {
            "." if in_data => {
                in_data = false;
                script.end
            }
            _ if in_data => continue,
            l if l.starts_with("RCPT") => script.rcpt,
            "DATA" => {
                in_data = script.data.starts_with('3');
                script.data
            }
            _ => "250 ok",
        };
        if answer.is_empty() {
            return told;
        }
        say(answer);
    }
}

/// Keeps one invoice.
struct Shelf;

impl Documents for Shelf {
    fn get(&self, name: &str) -> Result<Option<Document>, DocumentsError> {
        let invoice = || Document {
            name: "factura-1.pdf".into(),
            media_type: "application/pdf".into(),
            bytes: b"%PDF-1.7 small".to_vec(),
        };
        Ok((name == "invoice-1").then(invoice))
    }
}

#[derive(Default)]
struct Rows(Mutex<Vec<String>>);

impl Journal for Rows {
    fn prepared(&self, effect: &Effect<'_>) -> Result<i64, JournalError> {
        self.0.lock().unwrap().push(format!("prepared {}", effect.target));
        Ok(1)
    }
    fn sent(&self, _: i64) -> Result<(), JournalError> {
        self.0.lock().unwrap().push("sent".into());
        Ok(())
    }
    fn settled(&self, _: i64, how: Settled, _: &[u8]) -> Result<(), JournalError> {
        self.0.lock().unwrap().push(format!("{how:?}"));
        Ok(())
    }
}

fn call() -> Call {
    Call {
        now: At { seconds: 1_760_000_000, nanoseconds: 0 },
        business_day: 20_370,
        time_zone: "America/Bogota".into(),
        locale: "es-CO".into(),
        deadline: At::default(),
        entropy: [0; 32],
        trace_id: String::new(),
        operation: Operation { id: "op-1".into(), idempotency_key: "k".into(), attempt: 1 },
        config: Arc::from(*br#"{"sender": {"address": "cobros@example.org"}}"#),
    }
}

fn message() -> Message {
    Message {
        permit: Permit { id: "p".into(), not_after: At { seconds: 1_760_003_600, nanoseconds: 0 } },
        to: "ana@example.com".into(),
        sender: String::new(),
        subject: "Su factura está vencida".into(),
        text: "Señora Ana\n.\nuna línea con un punto".into(),
        html: None,
        template: None,
        variables: vec![],
        attachments: vec![],
        purpose: "reminder".into(),
    }
}

fn mail() -> wit::Mail {
    let message = message();
    wit::Mail {
        sender: "Ñandú, S.A. <cobros@example.org>".into(),
        to: vec![message.to],
        subject: message.subject,
        text: message.text,
        html: None,
        headers: vec![("List-Unsubscribe".into(), format!("<https://example.org/{}>", "u".repeat(120)))],
        attachments: vec![],
    }
}

fn send(port: u16, mail: &wit::Mail) -> (Result<(wit::MailReceipt, Fact), String>, Vec<String>) {
    let route = SmtpRoute {
        host: "localhost".into(),
        port,
        tls: SmtpTls::None,
        credential: None,
        timeout: Duration::from_secs(5),
    };
    let mailer = Mailer { route: MailRoute::Smtp(route), secrets: Arc::new(NoSecrets) };
    let rows = Rows::default();
    let until = Instant::now() + Duration::from_secs(10);
    let (call, message) = (call(), message());
    let permitted = Permitted { message: &message, documents: &Shelf };
    let order = Order { call: &call, permitted: &permitted, journal: &rows, number: 1, until };
    let outcome = mailer.send(&order, mail).map_err(|r| r.code.to_owned());
    (outcome, rows.0.into_inner().unwrap())
}

#[test]
fn an_accepted_mail_is_done() {
    let (port, told) = serve(KIND);
    let (outcome, rows) = send(port, &mail());
    let (receipt, fact) = outcome.unwrap();
    assert_eq!((fact, receipt.code, receipt.queue_id.as_str()), (Fact::Done, 250, "ABC123"));
    assert_eq!(rows, ["prepared localhost", "sent", "Done"]);
    let told = told.join().unwrap();
    assert!(
        told.contains("RCPT TO:<ana@example.com>") && told.contains("Subject: Su factura =?utf-8?"),
        "{told}"
    );
    assert!(told.contains(&format!("List-Unsubscribe: <https://example.org/{}>", "u".repeat(120))), "{told}");
}

#[test]
fn a_refused_recipient_is_refused_and_nothing_left() {
    let (port, told) = serve(Script { rcpt: "550 no such person", ..KIND });
    let (outcome, rows) = send(port, &mail());
    let (receipt, fact) = outcome.unwrap();
    assert_eq!((fact, receipt.code, receipt.sent), (Fact::Refused, 550, false));
    assert_eq!(rows, ["prepared localhost", "NotDone"]);
    assert!(!told.join().unwrap().contains("DATA"));
}

#[test]
fn a_server_that_hangs_up_on_data_has_nothing() {
    let (port, _told) = serve(Script { data: "", ..KIND });
    let (outcome, rows) = send(port, &mail());
    assert_eq!(outcome.unwrap().1, Fact::NotSent);
    assert_eq!(rows, ["prepared localhost", "sent", "NotDone"]);
}

#[test]
fn a_refused_message_is_refused() {
    let (port, _told) = serve(Script { end: "554 spam", ..KIND });
    let (outcome, rows) = send(port, &mail());
    assert_eq!(outcome.unwrap().1, Fact::Refused);
    assert_eq!(rows, ["prepared localhost", "sent", "NotDone"]);
}

#[test]
fn an_answer_lost_after_the_message_is_unknown() {
    let (port, _told) = serve(Script { end: "", ..KIND });
    let (outcome, rows) = send(port, &mail());
    assert_eq!(outcome.unwrap().1, Fact::Unknown);
    assert_eq!(rows, ["prepared localhost", "sent", "Unknown"]);
}

#[test]
fn a_server_that_is_not_there_got_nothing() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (outcome, rows) = send(port, &mail());
    let (receipt, fact) = outcome.unwrap();
    assert_eq!((fact, receipt.sent), (Fact::NotSent, false));
    assert_eq!(rows, ["prepared localhost", "NotDone"]);
}

#[test]
fn the_same_call_composes_the_same_bytes() {
    let html = wit::Mail { html: Some("<p>é</p>".into()), ..mail() };
    let once = super::compose::compose(&call(), &html, vec![]).unwrap_or_else(|r| panic!("{}", r.code)).bytes;
    let twice =
        super::compose::compose(&call(), &html, vec![]).unwrap_or_else(|r| panic!("{}", r.code)).bytes;
    assert_eq!(once, twice);
}

#[test]
fn what_is_not_the_permitted_message_does_not_leave() {
    let text = |t: &str| t.to_owned();
    for (mail, code) in [
        (wit::Mail { to: vec![text("thief@example.com")], ..mail() }, "permit-mismatch"),
        (
            wit::Mail { to: vec![text("ana@example.com"), text("thief@example.com")], ..mail() },
            "permit-mismatch",
        ),
        (wit::Mail { subject: text("Other"), ..mail() }, "permit-mismatch"),
        (wit::Mail { text: text("other"), ..mail() }, "permit-mismatch"),
        (wit::Mail { html: Some(text("<p>other</p>")), ..mail() }, "permit-mismatch"),
        (wit::Mail { sender: text("thief@example.com"), ..mail() }, "permit-mismatch"),
        (wit::Mail { headers: vec![(text("Bcc"), text("thief@example.com"))], ..mail() }, "header-denied"),
        (
            wit::Mail { headers: vec![(text("Reply-To"), text("thief@example.com"))], ..mail() },
            "reply-to-denied",
        ),
        (wit::Mail { headers: vec![(text("X-A"), text("b\nBcc: c"))], ..mail() }, "header-injection"),
        (wit::Mail { headers: vec![(text("Message-ID"), text("none"))], ..mail() }, "message-id-malformed"),
    ] {
        let (outcome, rows) = send(1, &mail);
        assert_eq!(outcome.map(|_| ()).unwrap_err(), code);
        assert!(rows.is_empty(), "not even prepared");
    }
}
