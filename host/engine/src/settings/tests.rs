//! A home's files as people write them, and the mistakes they make.

use recaudo_core::contact::Channel;
use recaudo_core::money::Currency;

use super::{Settings, SettingsText};

pub(crate) const HOME: &str = r#"
[creditor]
name = "Acme S.A.S."
time_zone = "America/Bogota"
locale = "es-CO"
sender = "cobranza@acme.example"

[contacting]
holidays = ["2026-03-23"]
hour = "09:30"

[[gates]]
plugin = "gate-contact"
config = { zone = "America/Bogota" }

[channels.email]
plugin = "channel-email"
grants = { mail = true }

[costs.email]
COP = "12.50"

[mail]
host = "another room reads this"
"#;

fn error(text: &SettingsText<'_>) -> String {
    Settings::parse(text).unwrap_err().to_string()
}

fn home(from: &str, to: &str) -> String {
    let changed = HOME.replace(from, to);
    assert_ne!(changed, HOME);
    error(&SettingsText { home: &changed, ..SettingsText::default() })
}

#[test]
fn a_home_with_the_built_in_rules_is_complete() {
    let mut settings = Settings::parse(&SettingsText { home: HOME, ..SettingsText::default() }).unwrap();
    assert_eq!(settings.creditor.country, "CO");
    assert_eq!(settings.language(), "es");
    assert_eq!(settings.cost(Channel::Email, Currency(*b"COP")), Some(1250));
    assert_eq!(settings.segments.names().last(), Some("standard"));
    assert_eq!(settings.segment_titles["new"]["pt"], "Cliente novo");
    assert!(settings.strategy_of.iter().all(|strategy| *strategy == Some(0)));
    assert!(!settings.contacting.calendar.is_business("2026-03-23".parse().unwrap()));
    let gate = &settings.installed.gates[0];
    assert_eq!((gate.name.as_str(), &*gate.config), ("gate-0", br#"{"zone":"America/Bogota"}"#.as_slice()));
    assert!(settings.installed.channels[&Channel::Email].grants.mail);
    settings.pin(|plugin| (plugin == "gate-contact").then_some([7; 32]));
    assert_eq!(settings.installed.gates[0].component_sha256, [7; 32]);
    assert_eq!(settings.installed.channels[&Channel::Email].component_sha256, [0; 32]);
}

#[test]
fn a_mistake_names_its_file_and_key() {
    assert!(
        home("America/Bogota\"\nlocale", "Bogota\"\nlocale")
            .starts_with("recaudo.toml: creditor.time_zone: expected a zone")
    );
    assert!(home("es-CO", "fr-FR").contains("creditor.locale: expected es, pt or en"));
    assert!(home("hour", "hours").contains("unknown field `hours`"));
    assert!(home("[mail]", "[mial]").contains("unknown field `mial`"));
    assert!(home("[channels.email]", "[channels.fax]").contains("channels.fax: expected one of email, sms"));
    assert!(home("\"12.50\"", "12.50").contains("costs.email.COP: expected an amount in quotes"));
    assert!(home("12.50", "12.505").contains("at most 2 decimals, found \"12.505\""));
    assert!(home("09:30", "9h30").contains("contacting.hour: expected a time such as 10:00, found \"9h30\""));
}

#[test]
fn rules_are_checked_against_each_other() {
    let text = |segments: Option<&'static str>, strategies: &[(&str, &str)]| {
        let strategies =
            strategies.iter().map(|(f, t)| (format!("strategies/{f}.toml"), (*t).to_owned())).collect();
        error(&SettingsText { home: HOME, segments, strategies, templates: Vec::new() })
    };
    let strategy = super::rules::strategy_files(&[])[0].1;
    let segments = "[[segment]]\nname = 'a'\nwhen = 'owed > 5'\n[[segment]]\nname = 'b'\n";
    assert!(
        text(Some(segments), &[])
            .starts_with("segments.toml: segment \"a\": line 1, column 1: no field \"owed\"")
    );
    let other = strategy.replace("name = \"standard\"", "name = \"other\"");
    assert!(text(None, &[("a", strategy), ("b", &other)]).starts_with(
        "strategies/b.toml: segments: every other segment is already served by strategies/a.toml"
    ));
    assert!(
        text(None, &[("a", strategy), ("b", strategy)])
            .contains("is already the strategy of strategies/a.toml")
    );
    let nowhere = strategy.replace("segments = []", "segments = ['gold']");
    assert!(text(None, &[("a", &nowhere)]).contains("no segment \"gold\"; known are long-overdue"));
    let template = strategy.replace("template = \"friendly\"", "template = \"hello\"");
    assert!(
        text(None, &[("a", &template)])
            .contains("step \"friendly\": no template \"hello\"; known are agreement")
    );
    let mode = strategy.replace("catch_up = \"latest\"", "catch_up = \"later\"");
    assert!(text(None, &[("a", &mode)]).contains("catch_up: expected latest, next or all, found \"later\""));
}

#[test]
fn two_sets_of_rules_have_two_digests() {
    let digest = |strategies: Vec<(String, String)>| {
        let text = SettingsText { home: HOME, strategies, ..SettingsText::default() };
        Settings::parse(&text).unwrap().policy_sha256
    };
    let strategy = super::rules::strategy_files(&[])[0].1;
    let file = |text: String| vec![("strategies/standard.toml".to_owned(), text)];
    assert_eq!(digest(Vec::new()), digest(file(strategy.to_owned())));
    assert_ne!(digest(Vec::new()), digest(file(strategy.replace("quiet_days = 3", "quiet_days = 4"))));
}

#[test]
fn gateways_go_by_their_names_and_links_by_the_servers_address() {
    let text = format!(
        "{HOME}\n[server]\npublic_url = 'https://cobros.acme.example/'\nlisten = '127.0.0.1:1'\n\
         [[gateways]]\nplugin = 'gateway-stripe'\n[[gateways]]\nplugin = 'gateway-stripe'\nname = 'stripe-mx'\n\
         [gateways.config]\ncountry = 'MX'\n[gateways.grants]\nhosts = ['https://api.stripe.com']\n"
    );
    let parse = |home: &str| Settings::parse(&SettingsText { home, ..SettingsText::default() });
    let mut settings = parse(&text).unwrap();
    settings.pin(|plugin| (plugin == "gateway-stripe").then_some([5; 32]));
    let gateways = &settings.installed.gateways;
    assert_eq!(gateways.keys().collect::<Vec<_>>(), ["stripe", "stripe-mx"]);
    assert_eq!(&*gateways["stripe-mx"].config, br#"{"country":"MX"}"#);
    assert_eq!(gateways["stripe-mx"].grants.hosts, ["https://api.stripe.com"]);
    assert_eq!(gateways["stripe"].component_sha256, [5; 32]);
    assert_eq!(settings.server.public_url.as_deref(), Some("https://cobros.acme.example"));
    assert_eq!(settings.pay.token_days, 180);
    let wrong = |from: &str, to: &str| parse(&text.replace(from, to)).unwrap_err().message;
    assert!(wrong("name = 'stripe-mx'", "").contains("a gateway called \"stripe\" already"));
    assert!(wrong("'stripe-mx'", "'Stripe MX'").contains("gateways[1].name: expected letters a to z"));
    assert!(wrong("https://", "").contains("server.public_url: expected an address"));
    assert!(wrong("[server]", "[pay]\ntoken_days = 0\n[server]").contains("pay.token_days: expected 1"));
}

#[test]
fn one_source_is_told_what_happened_here() {
    let parse = |more: &str| {
        let home = format!("{HOME}\n{more}");
        Settings::parse(&SettingsText { home: &home, ..SettingsText::default() })
    };
    let told = parse("[writeback]\nsource = 'tryton'").unwrap().writeback.unwrap();
    assert_eq!(
        (told.source.as_str(), told.after_minutes, told.payments, told.holds),
        ("tryton", 10, true, true)
    );
    let told = parse("[writeback]\nsource = 'tryton'\nwhat = ['payments']").unwrap().writeback.unwrap();
    assert!(told.payments && !told.holds);
    let wrong = |more: &str| parse(more).unwrap_err().message;
    assert!(wrong("[writeback]\nsource = ''").contains("writeback.source: expected the name of a source"));
    assert!(wrong("[writeback]\nsource = 'x'\nwhat = ['tea']").contains("payments, holds, found \"tea\""));
    assert!(parse("").unwrap().writeback.is_none());
}
