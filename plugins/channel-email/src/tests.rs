//! What leaves, under which headers, and what a server's answer becomes.

use recaudo_sdk::bench::{Bench, message};
use recaudo_sdk::messaging::{Mail, MailReceipt, Message, Status};

use super::ChannelEmail;

const CONFIG: &str = r#"{
    "sender": {"name": "Cobranzas Ñandú, S.A.", "address": "cobranzas@nandu.example"},
    "reply_to": {"address": "ayuda@nandu.example"},
    "domain": "mail.nandu.example",
    "unsubscribe": {
        "url": "https://nandu.example/baja/{operation}",
        "mailto": "baja@nandu.example?subject={operation}"
    }
}"#;

fn reminder() -> Message {
    Message {
        html: Some("<p>Debe 1.234,50 €</p>".into()),
        ..message("ana@example.com", "Su factura", "Debe 1.234,50 €")
    }
}

fn send(config: &str, message: &Message) -> Mail {
    let mut bench = Bench::new().config(config);
    let receipt = bench.send::<ChannelEmail>(message).result.expect("the server accepts");
    assert_eq!(receipt.status, Status::Accepted);
    bench.mails()[0].clone()
}

fn header<'a>(mail: &'a Mail, name: &str) -> Option<&'a str> {
    mail.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
}

fn answer(code: u16, sent: bool) -> MailReceipt {
    MailReceipt { accepted: false, queue_id: String::new(), code, reply: String::new(), sent }
}

#[test]
fn the_permitted_message_leaves_unchanged_in_both_forms() {
    let mail = send(CONFIG, &reminder());
    assert_eq!(mail.to, ["ana@example.com"]);
    assert_eq!((mail.subject.as_str(), mail.text.as_str()), ("Su factura", "Debe 1.234,50 €"));
    assert_eq!(mail.html.as_deref(), Some("<p>Debe 1.234,50 €</p>"));
    assert_eq!(mail.sender, "\"Cobranzas Ñandú, S.A.\" <cobranzas@nandu.example>");
    assert_eq!(header(&mail, "Reply-To"), Some("ayuda@nandu.example"));
    assert_eq!(header(&mail, "Auto-Submitted"), Some("auto-generated"));
}

#[test]
fn a_message_id_belongs_to_its_operation() {
    let send = |operation: &str| {
        let mut bench = Bench::new().config(CONFIG);
        bench.context.operation.id = operation.into();
        let run = bench.send::<ChannelEmail>(&reminder());
        (
            run.result.expect("accepted").provider_id,
            header(&bench.mails()[0], "Message-ID").map(str::to_owned),
        )
    };
    let (id, written) = send("op-7");
    assert_eq!(id, "<op-7@mail.nandu.example>");
    assert_eq!(written.as_deref(), Some(id.as_str()));
    assert_eq!(send("op-7").0, id, "sent again, it is the same message");
    assert_eq!(send("a b\r\nc_d@e>").0, "<a_20b_0D_0Ac_5Fd_40e_3E@mail.nandu.example>");
}

#[test]
fn a_recipient_can_leave_the_list_by_click_and_by_mail() {
    let mail = send(CONFIG, &reminder());
    let ways = "<https://nandu.example/baja/op-1>, <mailto:baja@nandu.example?subject=op-1>";
    assert_eq!(header(&mail, "List-Unsubscribe"), Some(ways));
    assert_eq!(header(&mail, "List-Unsubscribe-Post"), Some("List-Unsubscribe=One-Click"));
}

#[test]
fn one_click_is_not_promised_without_a_link() {
    let by_mail = r#"{"sender": {"address": "a@b.example"}, "unsubscribe": {"mailto": "baja@b.example"}}"#;
    let mail = send(by_mail, &reminder());
    assert_eq!(header(&mail, "List-Unsubscribe"), Some("<mailto:baja@b.example>"));
    assert_eq!(header(&mail, "List-Unsubscribe-Post"), None);
    assert_eq!(header(&mail, "Message-ID"), Some("<op-1@b.example>"), "the sender's domain");
    let none = send(r#"{"sender": {"address": "a@b.example"}}"#, &reminder());
    assert_eq!((header(&none, "List-Unsubscribe"), header(&none, "Reply-To")), (None, None));
}

#[test]
fn the_messages_own_link_goes_first_if_it_is_one() {
    let with = |url: &str| Message { variables: vec![("unsubscribe-url".into(), url.into())], ..reminder() };
    let own = send(CONFIG, &with("https://pay.example/u/x1"));
    assert!(header(&own, "List-Unsubscribe").is_some_and(|v| v.starts_with("<https://pay.example/u/x1>")));
    let by_mail = [("unsubscribe-mailto".to_owned(), "stop@pay.example".to_owned())];
    let own = send("{}", &Message { sender: "a@b.example".into(), variables: by_mail.into(), ..reminder() });
    assert_eq!(header(&own, "List-Unsubscribe"), Some("<mailto:stop@pay.example>"));
    for no_link in ["http://pay.example/u", "https://pay.example/>\r\nBcc: b@evil.example"] {
        let mail = send(CONFIG, &with(no_link));
        assert!(
            header(&mail, "List-Unsubscribe").is_some_and(|v| v.starts_with("<https://nandu.example/")),
            "{no_link}"
        );
    }
}

#[test]
fn a_message_may_name_its_own_sender() {
    let mail = send(CONFIG, &Message { sender: "Otra Marca <hola@otra.example>".into(), ..reminder() });
    assert_eq!(mail.sender, "Otra Marca <hola@otra.example>");
    assert_eq!(header(&mail, "Message-ID"), Some("<op-1@mail.nandu.example>"));
    let bare = send("{}", &Message { sender: "hola@otra.example".into(), ..reminder() });
    assert_eq!(header(&bare, "Message-ID"), Some("<op-1@otra.example>"), "no configuration is needed then");
    for no_sender in ["nobody", "a@b.example\r\nBcc: c@d.example", "X <a@b, c@d>"] {
        let mut bench = Bench::new().config(CONFIG);
        let run = bench.send::<ChannelEmail>(&Message { sender: no_sender.into(), ..reminder() });
        assert_eq!(run.result.expect_err(no_sender).code, "bad-sender");
    }
}

#[test]
fn each_answer_of_a_server_means_one_thing() {
    let cases = [
        (answer(550, false), Status::Failed, "smtp-550"),
        (answer(554, true), Status::Failed, "smtp-554"),
        (answer(452, true), Status::Failed, "smtp-452"),
        (answer(451, false), Status::NotAttempted, "smtp-451"),
        (answer(0, false), Status::NotAttempted, "smtp-unreachable"),
        (answer(0, true), Status::Unknown, "smtp-no-answer"),
        (answer(354, true), Status::Unknown, "smtp-no-answer"),
    ];
    for (said, status, code) in cases {
        let mut bench = Bench::new().config(CONFIG).mail_server([said]);
        let run = bench.send::<ChannelEmail>(&reminder());
        let receipt = run.result.expect("an answer is no failure");
        assert_eq!((receipt.status, receipt.code.as_str()), (status, code));
        assert_eq!(receipt.provider_id, "<op-1@mail.nandu.example>", "{code}");
        assert_eq!((run.commits, bench.mails().len()), (1, 0), "{code}");
    }
}

#[test]
fn nothing_leaves_for_an_address_that_is_none_or_a_permit_that_is_over() {
    let two = [
        "",
        "ana",
        "@example.com",
        "a@b@c",
        "a@b.example, c@d.example",
        "a@b.example\r\nBcc: c@d.example",
        "<a@b>",
    ];
    for to in two {
        let mut bench = Bench::new().config(CONFIG);
        let run = bench.send::<ChannelEmail>(&Message { to: to.into(), ..reminder() });
        let receipt = run.result.expect("an answer is no failure");
        assert_eq!(
            (receipt.status, receipt.code.as_str(), run.commits),
            (Status::Failed, "bad-address", 0),
            "{to}"
        );
    }
    let mut bench = Bench::new().config(CONFIG);
    bench.context.now.seconds += 3601;
    let run = bench.send::<ChannelEmail>(&reminder());
    let receipt = run.result.expect("an answer is no failure");
    assert_eq!(
        (receipt.status, receipt.code.as_str(), run.commits),
        (Status::NotAttempted, "permit-expired", 0)
    );
}

#[test]
fn a_subject_cannot_begin_another_header() {
    let mut bench = Bench::new().config(CONFIG);
    let run =
        bench.send::<ChannelEmail>(&Message { subject: "Hola\r\nBcc: b@evil.example".into(), ..reminder() });
    assert_eq!(run.result.expect_err("refused").code, "bad-subject");
    assert_eq!(run.commits, 0);
}

#[test]
fn a_configuration_that_cannot_work_is_named_by_its_key() {
    let cases = [
        (r#"{}"#, "/sender"),
        (r#"{"sender": {"address": 7}}"#, "/sender/address"),
        (r#"{"sender": {"address": "nobody"}}"#, "/sender/address"),
        (r#"{"sender": {"address": "a@b", "name": "x\r\nBcc: y"}}"#, "/sender/name"),
        (r#"{"sender": {"address": "a@b"}, "reply_to": {"address": "<x@y>"}}"#, "/reply_to/address"),
        (r#"{"sender": {"address": "a@b"}, "domain": "two words"}"#, "/domain"),
        (r#"{"sender": {"address": "a@b"}, "unsubscribe": {"url": "http://x.example"}}"#, "/unsubscribe/url"),
        (r#"{"sender": {"address": "a@b"}, "unsubscribe": {"mailto": "x y@z"}}"#, "/unsubscribe/mailto"),
        (r#"{"sender": {"address": "a@b"}, "sendre": {}}"#, "/sendre"),
    ];
    for (config, key) in cases {
        let failure = Bench::new().config(config).send::<ChannelEmail>(&reminder()).result.expect_err(config);
        assert_eq!(failure.kind, recaudo_sdk::Kind::InvalidConfig, "{config}");
        assert_eq!(failure.details, [("key".to_owned(), key.to_owned())], "{config}");
    }
}

#[test]
fn a_mail_server_cannot_be_asked_about_the_past() {
    let mut bench = Bench::new().config(CONFIG);
    let run = bench.run(|ctx| <ChannelEmail as recaudo_sdk::Channel>::query(ctx, "op-7".into(), None));
    let receipt = run.result.expect("an answer");
    assert_eq!((receipt.status, receipt.code.as_str()), (Status::Unknown, "smtp-cannot-tell"));
    assert_eq!(receipt.provider_id, "<op-7@mail.nandu.example>", "what a person looks for in the log");
    assert_eq!((run.reads, run.commits), (0, 0));
}
