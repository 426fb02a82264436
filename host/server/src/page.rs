//! The payer's pages: a few kilobytes of HTML, no script, no image, nothing from anywhere else.
//!
//! Addresses in them are relative, so that they hold behind a proxy that puts the server below a folder.

use std::fmt::Write as _;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use recaudo_engine::compose::format::{day, written};
use recaudo_engine::pay::{OperationView, PayCurrency, PayPage};
use sha2::{Digest as _, Sha256};

use crate::words::{LANGUAGES, Words};

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:34em;padding:1em;color:#1b1f24;\
background:#fff}h1{font-size:1.4em;margin:.2em 0}h2{font-size:1.1em;margin:1.2em 0 .3em}p{margin:.5em 0}\
table{width:100%;border-collapse:collapse}th,td{text-align:left;padding:.45em .3em;border-bottom:1px solid #d8dde3}\
td.n,th.n{text-align:right;white-space:nowrap}tfoot td{font-weight:bold;border:0}\
button{display:block;width:100%;margin:.6em 0;padding:.8em;font:inherit;font-weight:bold;color:#fff;background:#0b5cad;\
border:0;border-radius:.4em}input{width:1.2em;height:1.2em;vertical-align:middle}label{display:block}\
footer{margin-top:2em;font-size:.85em;color:#57606a}a{color:#0b5cad}";

/// The style is the only thing a page may use besides its text; forms lead here and, by a redirection, to a gateway.
pub(crate) static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; form-action 'self' https:; base-uri 'none'; \
         frame-ancestors 'none'"
    )
});

/// Who is owed, as a page shows it.
#[derive(Clone, Copy)]
pub(crate) struct House<'a> {
    pub(crate) creditor: &'a str,
    /// How to reach a person; may be empty.
    pub(crate) contact: &'a str,
    pub(crate) words: &'static Words,
}

/// Where a page stands and how it goes on.
#[derive(Clone, Copy, Default)]
struct Frame<'a> {
    title: &'a str,
    /// It looks again by itself after so many seconds.
    refresh: Option<u32>,
    /// Its own address, to read it in another language; none where that makes no sense.
    own: Option<&'a str>,
}

fn frame(house: &House<'_>, frame: Frame<'_>, body: &str) -> String {
    let words = house.words;
    let refresh = frame
        .refresh
        .map_or(String::new(), |seconds| format!("<meta http-equiv=\"refresh\" content=\"{seconds}\">"));
    let mut foot = String::new();
    if !house.contact.is_empty() {
        let _ = write!(foot, "<p>{} {}</p>", words.contact, escaped(house.contact));
    }
    if let Some(own) = frame.own {
        let others = LANGUAGES.into_iter().filter(|other| other.code != words.code);
        let links: Vec<String> = others
            .map(|other| {
                let (code, name) = (other.code, other.own_name);
                format!("<a href=\"{}?lang={code}\" hreflang=\"{code}\">{name}</a>", escaped(own))
            })
            .collect();
        let _ = write!(foot, "<p>{}</p>", links.join(" · "));
    }
    format!(
        "<!DOCTYPE html><html lang=\"{}\"><head><meta charset=\"utf-8\">{refresh}\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><meta name=\"robots\" content=\"noindex\">\
         <title>{}</title><style>{STYLE}</style></head><body><header><p>{}</p><h1>{}</h1></header>\
         <main>{body}</main><footer>{foot}</footer></body></html>",
        words.code,
        escaped(frame.title),
        escaped(house.creditor),
        escaped(frame.title),
    )
}

/// What is owed, and the ways to pay it.
pub(crate) fn owed(house: &House<'_>, token: &str, page: &PayPage, gateways: &[&str]) -> String {
    let words = house.words;
    let locale = format!("{}{}", words.code, page.locale.get(2..).unwrap_or(""));
    let mut body = String::new();
    if page.currencies.is_empty() {
        let _ = write!(body, "<p>{}</p>", words.nothing);
    } else if gateways.is_empty() {
        let _ = write!(body, "<p>{}</p>", words.no_way);
    }
    for currency in &page.currencies {
        debts(&mut body, (words, &locale), token, currency, gateways);
    }
    recent(&mut body, words, &locale, &page.operations);
    let title = if page.currencies.is_empty() { words.title } else { words.owed };
    frame(house, Frame { title, own: Some(token), ..Frame::default() }, &body)
}

/// Documents of one currency. Each gateway's button sends the same form to its own address.
fn debts(
    body: &mut String,
    (words, locale): (&Words, &str),
    token: &str,
    currency: &PayCurrency,
    gateways: &[&str],
) {
    let code = escaped(&currency.currency);
    let ways = !gateways.is_empty();
    let _ = write!(body, "<h2>{code}</h2>");
    if ways {
        let _ =
            write!(body, "<form method=\"post\"><input type=\"hidden\" name=\"currency\" value=\"{code}\">");
        if currency.documents.len() > 1 {
            let _ = write!(body, "<p>{}</p>", words.choose);
        }
    }
    let (document, due, open) = (words.document, words.due, words.open);
    let _ = write!(
        body,
        "<table><thead><tr><th>{document}</th><th>{due}</th><th class=\"n\">{open}</th></tr></thead><tbody>"
    );
    for row in &currency.documents {
        let number = escaped(&row.number);
        let label = match ways {
            true => format!(
                "<label><input type=\"checkbox\" name=\"document\" value=\"{number}\" checked> {number}</label>"
            ),
            false => number,
        };
        let due = row.due_on.parse().map_or_else(|_| row.due_on.clone(), |due| day(due, words.code));
        let open = escaped(&written(&row.open, &currency.currency, locale));
        let _ = write!(body, "<tr><td>{label}</td><td>{due}</td><td class=\"n\">{open}</td></tr>");
    }
    let all = escaped(&written(&currency.open, &currency.currency, locale));
    let _ = write!(
        body,
        "</tbody><tfoot><tr><td colspan=\"2\">{}</td><td class=\"n\">{all}</td></tr></tfoot></table>",
        words.total
    );
    for gateway in gateways {
        let _ = write!(
            body,
            "<button formaction=\"{}/{}\">{} {}</button>",
            escaped(token),
            escaped(gateway),
            words.pay_with,
            escaped(&shown(gateway))
        );
    }
    if ways {
        body.push_str("</form>");
    }
}

/// What came of links lately.
fn recent(body: &mut String, words: &Words, locale: &str, operations: &[OperationView]) {
    let told =
        operations.iter().filter(|operation| operation.action == "create-link").filter_map(|operation| {
            let nothing = !operation.paid.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
            let (amount, state) = match operation.status {
                "pending" => (&operation.amount.amount, words.on_its_way),
                _ if !nothing => (&operation.paid, words.paid),
                _ => return None,
            };
            Some((written(amount, &operation.amount.currency, locale), state))
        });
    let told: Vec<(String, &str)> = told.take(5).collect();
    if told.is_empty() {
        return;
    }
    let _ = write!(body, "<h2>{}</h2><ul>", words.recent);
    for (amount, state) in told {
        let _ = write!(body, "<li>{} · {state}</li>", escaped(&amount));
    }
    body.push_str("</ul>");
}

/// Back from a gateway.
pub(crate) fn returned(house: &House<'_>, token: &str, page: &PayPage) -> String {
    let words = house.words;
    let locale = format!("{}{}", words.code, page.locale.get(2..).unwrap_or(""));
    let mut body = format!("<p>{}</p>", words.when_confirmed);
    recent(&mut body, words, &locale, &page.operations);
    let _ = write!(body, "<p><a href=\"../{}\">{}</a></p>", escaped(token), words.back);
    let latest = page.operations.iter().find(|operation| operation.action == "create-link");
    let waits = latest.is_some_and(|operation| operation.status != "succeeded");
    let refresh = waits.then_some(20);
    frame(house, Frame { title: words.thanks, refresh, own: Some("return") }, &body)
}

/// A gateway makes a link.
pub(crate) fn preparing(house: &House<'_>) -> String {
    let words = house.words;
    let title = words.preparing;
    frame(house, Frame { title, refresh: Some(3), own: None }, &format!("<p>{}</p>", words.wait))
}

/// A gateway made none. `back` leads to what is owed.
pub(crate) fn failed(house: &House<'_>, back: &str) -> String {
    let words = house.words;
    let body = format!("<p>{}</p><p><a href=\"{}\">{}</a></p>", words.try_later, escaped(back), words.back);
    frame(house, Frame { title: words.failed, ..Frame::default() }, &body)
}

/// No such token, or it ended: the page does not say which.
pub(crate) fn unknown(house: &House<'_>) -> String {
    let title = house.words.unknown;
    frame(house, Frame { title, ..Frame::default() }, &format!("<p>{}</p>", house.words.unknown_what))
}

/// Too many are before this one.
pub(crate) fn busy(house: &House<'_>) -> String {
    let title = house.words.title;
    let refresh = Some(5);
    frame(house, Frame { title, refresh, own: None }, &format!("<p>{}</p>", house.words.busy))
}

/// An installation's name as a person reads it: `mercado-pago` is Mercado Pago.
fn shown(name: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
    };
    name.split('-').map(capital).collect::<Vec<String>>().join(" ")
}

/// Text inside an element or a quoted attribute.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            letter if letter.is_control() => safe.push(' '),
            letter => safe.push(letter),
        }
    }
    safe
}
