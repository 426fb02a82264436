//! Stories of verdicts, and properties of the two instants a verdict carries.

use proptest::prelude::*;
use recaudo_sdk::policy::gate::{Attempt, Proposal, Refusal, Verdict};
use recaudo_sdk::values::Instant;
use recaudo_sdk::{Context, Failure, Gate, Kind};

use crate::GateContact;
use crate::book::{Book, COUNTRIES};
use crate::config::Config;
use crate::text::{day, sections};
use crate::zone::{Local, Zone};

const LAW: &str = r#"{"reading":"published","house_rules":false,"courtesy":{"enabled":false}}"#;

fn context(config: &str, locale: &str) -> Context {
    let instant = Instant { seconds: 0, nanoseconds: 0 };
    Context {
        now: instant,
        business_day: 0,
        time_zone: "America/Bogota".into(),
        locale: locale.into(),
        deadline: instant,
        entropy: Vec::new(),
        trace_id: String::new(),
        operation: recaudo_sdk::call::Operation { id: "t".into(), idempotency_key: "t".into(), attempt: 1 },
        config: config.into(),
    }
}

/// `2026-03-10 09:00` in a zone.
fn at(zone: &str, text: &str) -> Instant {
    let (date, clock) = text.split_once(' ').unwrap();
    let local = Local { day: day(date).unwrap(), second: crate::text::clock(clock).unwrap() };
    Instant { seconds: Zone::find(zone).unwrap().utc(local), nanoseconds: 0 }
}

fn proposal(country: &str, zone: &str, channel: &str, when: &str) -> Proposal {
    Proposal {
        id: "p".into(),
        channel: channel.into(),
        purpose: String::new(),
        at: at(zone, when),
        recipient: "debtor".into(),
        time_zones: vec![zone.into()],
        country: country.into(),
        region: String::new(),
        debtor_kind: "consumer".into(),
        creditor_kind: String::new(),
        holiday: None,
        consent: "authorized".into(),
        document: String::new(),
        days_past_due: 10,
        attempts: Vec::new(),
        attributes: Vec::new(),
    }
}

fn attempt(at: Instant, channel: &str, outcome: &str) -> Attempt {
    Attempt {
        at,
        channel: channel.into(),
        outcome: outcome.into(),
        two_way: false,
        debt: String::new(),
        recipient: String::new(),
        consented: false,
    }
}

fn ask(config: &str, proposal: &Proposal) -> Verdict {
    GateContact::review(context(config, "en"), vec![proposal.clone()]).unwrap().remove(0)
}

fn refusal(config: &str, proposal: &Proposal) -> Refusal {
    match ask(config, proposal) {
        Verdict::Refuse(refusal) => refusal,
        Verdict::Permit(until) => panic!("permitted until {until:?}"),
    }
}

#[test]
fn a_saturday_evening_in_bogota_waits_for_monday_and_for_tuesday_when_monday_is_a_holiday() {
    let mut late = proposal("CO", "America/Bogota", "call", "2026-08-15 16:00");
    let refused = refusal(LAW, &late);
    assert_eq!((refused.rule.as_str(), refused.source.as_str()), ("CO-HOURS", "Ley 2300/2023 art. 3"));
    assert!(refused.reason.ends_with("(2026-08-15 16:00 America/Bogota)"), "{}", refused.reason);
    assert_eq!(refused.not_before, Some(at("America/Bogota", "2026-08-17 07:00")));
    late.attributes.push(("holidays-ahead".into(), "2026-08-17".into()));
    assert_eq!(refusal(LAW, &late).not_before, Some(at("America/Bogota", "2026-08-18 07:00")));
}

#[test]
fn a_second_contact_of_the_day_waits_for_the_next_morning_and_the_strict_reading_for_next_week() {
    let mut again = proposal("CO", "America/Bogota", "call", "2026-03-10 16:00");
    again.attempts.push(attempt(at("America/Bogota", "2026-03-10 09:00"), "call", "no_answer"));
    let refused = refusal(LAW, &again);
    assert_eq!(refused.rule, "CO-FREQ-DAY");
    assert!(refused.reason.ends_with("(2026-03-10 09:00 call)"), "{}", refused.reason);
    assert_eq!(refused.not_before, Some(at("America/Bogota", "2026-03-11 07:00")));
    let strict = refusal("{}", &again).not_before;
    assert_eq!(strict, Some(at("America/Bogota", "2026-03-17 08:00")), "a week later, at the house's hour");
}

#[test]
fn a_permit_ends_when_the_door_shuts() {
    let call = proposal("CO", "America/Bogota", "call", "2026-03-10 16:00");
    assert_eq!(ask(LAW, &call), Verdict::Permit(Some(at("America/Bogota", "2026-03-10 19:00"))));
    let night = proposal("US", "America/New_York", "call", "2026-04-01 20:59");
    let nine = at("America/New_York", "2026-04-01 21:00");
    assert_eq!(
        ask(LAW, &night),
        Verdict::Permit(Some(Instant { nanoseconds: 1, ..nine })),
        "nine itself is inside"
    );
    let message = proposal("PE", "America/Lima", "email", "2026-06-13 23:00");
    assert_eq!(ask(LAW, &message), Verdict::Permit(None), "Peru's clock is about calls and visits");
    let mut napping = proposal("US", "America/New_York", "call", "2026-04-01 10:00");
    napping.attributes.push(("inconvenient".into(), "01234 15:00-17:00".into()));
    assert_eq!(ask(LAW, &napping), Verdict::Permit(Some(at("America/New_York", "2026-04-01 15:00"))));
    napping.at = at("America/New_York", "2026-04-01 15:00");
    assert_eq!(refusal(LAW, &napping).not_before, Some(at("America/New_York", "2026-04-01 17:00")));
}

#[test]
fn every_zone_the_debtor_may_be_in_must_be_awake() {
    let mut call = proposal("US", "America/New_York", "call", "2026-07-01 09:00");
    call.time_zones.extend(["America/Los_Angeles".into(), "America/Phoenix".into()]);
    assert_eq!(refusal(LAW, &call).not_before, Some(at("America/New_York", "2026-07-01 11:00")));
    call.time_zones.clear();
    let widest = refusal(LAW, &call).not_before;
    assert_eq!(
        widest,
        Some(at("Pacific/Honolulu", "2026-07-01 08:00")),
        "no zone known: all of the country's"
    );
    call.time_zones = vec!["America/Macondo".into()];
    assert_eq!(refusal(LAW, &call).rule, "HOUSE-ZONE");
}

#[test]
fn what_time_cannot_mend_has_no_later_instant() {
    let mut written = proposal("US", "America/New_York", "letter", "2026-04-01 10:00");
    written.attributes.push(("cease_written".into(), "true".into()));
    assert_eq!(refusal(LAW, &written).not_before, None);
    written.at = at("America/New_York", "2026-04-01 03:00");
    assert_eq!(refusal(LAW, &written).not_before, None, "nor when the hour is wrong besides");
}

#[test]
fn a_business_owes_no_consumer_law_but_is_not_called_at_night() {
    let mut call = proposal("CO", "America/Bogota", "call", "2026-03-10 21:00");
    call.debtor_kind = "business".into();
    call.consent = "unknown".into();
    assert_eq!(ask(LAW, &call), Verdict::Permit(None));
    let refused = refusal("{}", &call);
    assert_eq!((refused.rule.as_str(), refused.source.as_str()), ("HOUSE-COURTESY", "house policy"));
    assert_eq!(refused.not_before, Some(at("America/Bogota", "2026-03-11 08:00")));
    call.channel = "email".into();
    assert_eq!(ask("{}", &call), Verdict::Permit(None), "a mail waits to be read");
    let early = r#"{"courtesy":{"mon_fri":"06:00-09:00, 20:00-22:00","channels":"@contact"}}"#;
    assert_eq!(ask(early, &call), Verdict::Permit(Some(at("America/Bogota", "2026-03-10 22:00"))));
}

#[test]
fn the_house_keeps_from_writing_to_whom_nobody_should_write() {
    for (attribute, value, rule) in [
        ("deceased", "true", "HOUSE-DECEASED"),
        ("do_not_contact", "true", "HOUSE-NO-CONTACT"),
        ("insolvent", "true", "HOUSE-INSOLVENCY"),
        ("represented", "true", "HOUSE-ATTORNEY"),
        ("opted_out", "sms, email", "HOUSE-OPT-OUT"),
        ("wrong_channels", "email", "HOUSE-WRONG-CONTACT"),
    ] {
        let mut mail = proposal("XX", "America/Lima", "email", "2026-06-10 10:00");
        assert_eq!(ask("{}", &mail), Verdict::Permit(None), "a country without rules");
        mail.attributes.push((attribute.into(), value.into()));
        assert_eq!(refusal("{}", &mail).rule, rule);
    }
    let mut mail = proposal("PE", "America/Lima", "email", "2026-06-10 10:00");
    mail.consent = "refused".into();
    assert_eq!(refusal("{}", &mail).rule, "HOUSE-CONSENT");
}

#[test]
fn unknown_consent_is_refused_in_colombia_unless_the_house_reads_otherwise() {
    let mut mail = proposal("CO", "America/Bogota", "email", "2026-03-10 10:00");
    mail.consent = String::new();
    assert_eq!(refusal("{}", &mail).rule, "CO-CHANNEL-AUTH");
    assert!(matches!(ask(r#"{"readings":{"unknown_consent":"permit"}}"#, &mail), Verdict::Permit(_)));
}

#[test]
fn a_country_without_rules_can_be_refused_or_given_rules() {
    let mail = proposal("ZZ", "America/Lima", "email", "2026-06-13 10:00");
    assert_eq!(refusal(r#"{"unknown_country":"refuse"}"#, &mail).rule, "NO-RULES");
    let own = r#"{"extra_rules":{"ZZ":"[ZZ-HOURS]\nsource = a test\nkind = hours\nmon_fri = 09:00-17:00\nsat = closed\nsun = closed\nen = Weekdays only."}}"#;
    let refused = refusal(own, &mail);
    assert_eq!(refused.rule, "ZZ-HOURS");
    assert_eq!(refused.not_before, Some(at("America/Lima", "2026-06-15 09:00")));
}

#[test]
fn a_configuration_that_cannot_be_used_is_named() {
    let call = || vec![proposal("ZZ", "America/Lima", "call", "2026-06-13 10:00")];
    let failure =
        |config: &str| -> Failure { GateContact::review(context(config, "en"), call()).unwrap_err() };
    for (config, part) in [
        ("{", "cannot be read"),
        (r#"{"courtesy":{"monday":"08:00-09:00"}}"#, "monday"),
        (r#"{"courtesy":{"mon_fri":"19:00-08:00"}}"#, "mon_fri = 19:00-08:00"),
        (r#"{"readings":{"month_mode":"x"}}"#, "month_mode is no reading"),
        (r#"{"extra_rules":{"ZZ":"[A]\nsource = x\nen = x\nkind = maybe"}}"#, "kind = maybe"),
        (
            r#"{"extra_rules":{"ZZ":"[A]\nsource = x\nen = x\nkind = hours\nsat = closed"}}"#,
            "says nothing about mon",
        ),
        (r#"{"extra_rules":{"ZZ":"[A]\nsource = x\nen = x\nchannels = @nobody"}}"#, "@nobody is no group"),
    ] {
        let failure = failure(config);
        assert_eq!(failure.kind, Kind::InvalidConfig);
        assert!(failure.message.contains(part), "{config}: {}", failure.message);
    }
}

#[test]
fn the_sentence_comes_in_the_locale_of_the_call() {
    let call = proposal("PE", "America/Lima", "call", "2026-06-13 10:00");
    let sentence = |locale: &str| match GateContact::review(context("{}", locale), vec![call.clone()]) {
        Ok(verdicts) => match &verdicts[0] {
            Verdict::Refuse(refusal) => refusal.reason.clone(),
            Verdict::Permit(_) => panic!("permitted"),
        },
        Err(failure) => panic!("{failure:?}"),
    };
    assert!(sentence("es-PE").starts_with("En Perú no se llama"));
    assert!(sentence("pt-BR").starts_with("O Peru proíbe"));
    assert!(sentence("de").starts_with("Peru forbids"));
}

#[test]
fn every_rule_of_every_country_stands_in_the_table_of_rules_with_three_sentences() {
    let table = include_str!("../data/contact_rules.csv");
    let config = Config::default();
    let mut book = Book::open(&config).unwrap();
    for (code, alpha3, text) in COUNTRIES {
        let at = book.find(code).unwrap();
        assert!(book.find(alpha3).is_ok());
        let country = book.country(at).unwrap();
        assert!(!country.rules.is_empty() && country.zones.iter().all(|zone| Zone::find(zone).is_some()));
        for rule in &country.rules {
            assert!(table.contains(&format!("{code},{},", rule.id)), "{} stands in no table", rule.id);
            assert!(rule.reasons.iter().all(|reason| reason.ends_with('.')), "{} lacks a sentence", rule.id);
        }
        let named = sections(text).unwrap().iter().filter(|s| !matches!(s.id, "" | "scope")).count();
        assert_eq!(named, country.rules.len());
    }
    assert!(book.house.iter().all(|rule| rule.reasons.iter().all(|reason| !reason.is_empty())));
}

/// A proposal out of everything that moves the two instants.
fn any_proposal() -> impl Strategy<Value = Proposal> {
    let places = prop_oneof![
        Just(("CO", vec!["America/Bogota"])),
        Just(("CL", vec!["America/Santiago"])),
        Just(("CL", vec!["America/Santiago", "Pacific/Easter"])),
        Just(("PE", vec!["America/Lima"])),
        Just(("MX", vec!["America/Tijuana", "America/Cancun"])),
        Just(("US", vec!["America/New_York"])),
        Just(("US", vec![])),
        Just(("EC", vec!["America/Guayaquil"])),
        Just(("PY", vec!["America/Asuncion"])),
        Just(("XX", vec!["Europe/London"])),
    ];
    let channels = || prop_oneof![Just("call"), Just("email"), Just("sms"), Just("visit")];
    let outcomes = prop_oneof![Just("answered"), Just("no_answer"), Just("sent"), Just("permitted")];
    // 2024 to 2028, to the minute; history of ten days either side.
    let minutes = 28_400_000_i64..30_500_000;
    let history = prop::collection::vec((-14_400_i64..2_880, channels(), outcomes), 0..6);
    let holidays = prop::collection::vec(0_i32..9, 0..4);
    (places, channels(), minutes, history, holidays, any::<bool>()).prop_map(
        |((country, zones), channel, minute, history, holidays, business)| {
            let mut proposal = proposal("XX", "UTC", channel, "2026-01-01 00:00");
            proposal.country = country.into();
            proposal.time_zones = zones.into_iter().map(str::to_owned).collect();
            proposal.at = Instant { seconds: minute * 60, nanoseconds: 0 };
            let earlier = |minutes: i64| Instant { seconds: (minute + minutes) * 60, nanoseconds: 0 };
            proposal.attempts = history
                .iter()
                .map(|(m, channel, o)| attempt(earlier(*m), channel, if *m > 0 { "permitted" } else { o }))
                .collect();
            let today = i32::try_from(minute / 1440).unwrap();
            let days = holidays.iter().map(|d| recaudo_sdk::Date::from_epoch_day(today + d).to_string());
            let list = days.collect::<Vec<_>>().join(",");
            proposal.attributes.push(("holidays_ahead".into(), list));
            proposal.attributes.push(("opt_out_notice".into(), "true".into()));
            proposal.attributes.push(("inconvenient".into(), "024 12:00-14:30".into()));
            proposal.debtor_kind = if business { "business" } else { "consumer" }.into();
            proposal
        },
    )
}

fn later(proposal: &Proposal, at: Instant) -> Proposal {
    Proposal { at, ..proposal.clone() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_permit_holds_until_it_ends_and_a_refusal_until_it_may_be_asked_again(
        proposal in any_proposal(),
        strict in any::<bool>(),
        share in 0_i64..1000,
    ) {
        let config = if strict { "{}" } else { LAW };
        match ask(config, &proposal) {
            Verdict::Permit(Some(until)) => {
                prop_assert!(until.seconds >= proposal.at.seconds);
                let span = until.seconds - proposal.at.seconds;
                let inside = Instant { seconds: proposal.at.seconds + span * share / 1000, nanoseconds: 0 };
                let held = ask(config, &later(&proposal, inside));
                prop_assert!(matches!(held, Verdict::Permit(_)), "{inside:?} {held:?}");
                prop_assert!(matches!(ask(config, &later(&proposal, until)), Verdict::Refuse(_)), "{until:?}");
            }
            Verdict::Permit(None) => {}
            Verdict::Refuse(refused) => {
                let Some(next) = refused.not_before else { return Ok(()) };
                prop_assert!(next.seconds > proposal.at.seconds);
                let asked_again = ask(config, &later(&proposal, next));
                prop_assert!(matches!(asked_again, Verdict::Permit(_)), "{refused:?} {asked_again:?}");
                let before = Instant { seconds: next.seconds - 1, nanoseconds: 0 };
                prop_assert!(matches!(ask(config, &later(&proposal, before)), Verdict::Refuse(_)), "{refused:?}");
            }
        }
    }

    #[test]
    fn no_text_of_an_attribute_and_no_time_makes_the_gate_stumble(at in any::<i64>(), then in any::<i64>(), key in ".{0,12}", value in ".{0,40}", channel in ".{0,8}") {
        let mut odd = proposal("US", "America/New_York", &channel, "2026-04-01 10:00");
        let spans = format!("0{} {}:00-{}", &key, then % 100, &value);
        odd.attributes.push(("inconvenient".into(), spans));
        odd.attributes.extend(["inconvenient", "holidays_ahead", "consent_on", "notices", "week_mode"].map(|k| (k.into(), value.clone())));
        odd.attributes.push((key, value));
        let mut lost = odd.clone();
        lost.at.seconds = at;
        let instant = Instant { seconds: then, nanoseconds: 0 };
        odd.attempts.push(attempt(instant, "call", "answered"));
        prop_assert_eq!(GateContact::review(context("", "en"), vec![lost]).unwrap().len(), 1);
        prop_assert_eq!(GateContact::review(context("", "en"), vec![odd]).unwrap().len(), 1);
    }
}
