//! Stories of files that can and cannot be read.

use recaudo_ports::plugin::{Call, Gate, Instant, Operation, PluginError, Proposal, Refusal, Verdict};

use super::{BenchError, CONFIG, parse_vectors, proposals, run};

/// Blocks calls, and remembers nothing.
struct NoCalls;

impl Gate for NoCalls {
    fn review(&self, call: &Call, proposals: &[Proposal]) -> Result<Vec<Verdict>, PluginError> {
        let verdict = |proposal: &Proposal| {
            assert_eq!(call.now, proposal.at, "each vector is a call at its own time");
            if proposal.channel != "call" {
                return Verdict::Permit(None);
            }
            let (rule, source, reason) = ("NO-CALLS".into(), "a test".into(), "calls are blocked".into());
            Verdict::Refuse(Refusal { rule, source, reason, not_before: None })
        };
        Ok(proposals.iter().map(verdict).collect())
    }
}

fn call() -> Call {
    Call {
        now: Instant::default(),
        business_day: 0,
        time_zone: "America/Bogota".into(),
        locale: "en".into(),
        deadline: Instant::default(),
        entropy: [0; 32],
        trace_id: String::new(),
        operation: Operation { id: "bench".into(), idempotency_key: "bench".into(), attempt: 1 },
        config: CONFIG.as_bytes().into(),
    }
}

#[test]
fn rows_say_what_was_expected_what_came_and_by_which_rule() {
    let text = "vector_id,channel,country,local_datetime,expected,blocking_rule,basis\n\
        a,call,CO,2026-03-10T10:00:00-05:00,blocked,NO-CALLS,\n\
        b,call,CO,2026-03-10T10:00:00-05:00,blocked,OTHER,\n\
        c,email,CO,2026-03-10T10:00:00-05:00,allowed,,\n\
        d,email,CO,2026-03-10T10:00:00-05:00,allowed,,conflict\n";
    let rows = run(&NoCalls, &call(), &parse_vectors(text).unwrap()).unwrap();
    let got: Vec<_> = rows.iter().map(|row| (row.got, row.rule.as_str(), row.agrees())).collect();
    assert_eq!(
        got,
        [
            ("blocked", "NO-CALLS", true),
            ("blocked", "NO-CALLS", false),
            ("allowed", "", true),
            ("skipped", "", true)
        ]
    );
    assert!(rows[3].reason.contains("names no reading"));
    let json = serde_json::to_string(&rows[0]).unwrap();
    let expected = r#"{"vector_id":"a","expected":"blocked","got":"blocked","rule":"NO-CALLS","reason":"calls are blocked"}"#;
    assert_eq!(json, expected);
}

#[test]
fn columns_stand_in_any_order_and_quoted_json_is_read() {
    let text = "\u{feff}context,channel,local_datetime,country,prior_contacts\r\n\
        \"{\"\"tz\"\":\"\"America/Santiago\"\",\"\"authorized_channels\"\":[\"\"email\"\",\"\"call\"\"]}\",\
        sms,2026-09-18T10:00,cl,\"[{\"\"at\"\":\"\"2026-09-17 10:00\"\",\"\"channel\"\":\"\"call\"\",\"\"outcome\"\":\"\"answered\"\"}]\"\r\n\r\n";
    let (id, proposal) = proposals(&parse_vectors(text).unwrap()).remove(0);
    let proposal = proposal.unwrap();
    assert_eq!(id, "row 2");
    assert_eq!(proposal.at.seconds, 1_789_736_400, "13:00 UTC: summer time began on the 6th");
    assert_eq!(proposal.attempts[0].at.seconds, 1_789_736_400 - 86_400);
    assert!(proposal.attempts[0].two_way);
    assert_eq!(proposal.holiday.as_deref(), Some("Independencia Nacional"), "found by its date");
    assert_eq!((proposal.country.as_str(), proposal.consent.as_str()), ("CL", "unknown"));
    assert_eq!(proposal.debtor_kind, "consumer");
    assert!(proposal.attributes.contains(&("authorized_channels".into(), "email,call".into())));
    assert!(
        proposal
            .attributes
            .iter()
            .any(|(key, days)| key == "holidays_ahead" && days.starts_with("2026-09-19"))
    );
}

#[test]
fn what_cannot_be_read_is_named_by_row_and_field() {
    let row = |row: &str| parse_vectors(&format!("country,local_datetime,channel,context,expected\n{row}\n"));
    let message = |text: &str| row(text).unwrap_err().to_string();
    assert_eq!(
        message("CO,yesterday,call,,"),
        "row 2, field local_datetime: \"yesterday\" is no time; write 2026-03-31T09:00:00-05:00"
    );
    assert!(
        message("CO,2026-03-10T10:00:00-05:00,call,{,").starts_with("row 2, field context: \"{\" is no JSON")
    );
    assert!(message("CO,2026-03-10T10:00:00-05:00,call").contains("is 3 fields where the header names 5"));
    assert!(message("CO,2026-03-10T10:00:00-05:00,call,,maybe").contains("neither allowed nor blocked"));
    assert!(message("CO,2026-03-10T10:00:00-05:00,,,").contains("field channel: \"\" is empty"));
    assert_eq!(row("CO,\"2026"), Err(BenchError::Quote(2)));
    assert_eq!(parse_vectors("country,channel\n"), Err(BenchError::Column("local_datetime")));
    assert_eq!(parse_vectors(""), Err(BenchError::Empty));
}
