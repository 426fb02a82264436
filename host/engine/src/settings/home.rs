//! `recaudo.toml`: who the creditor is, when contacts are made, which plugins judge and send.

use std::collections::BTreeMap;

use chrono::NaiveTime;
use chrono_tz::Tz;
use recaudo_core::contact::Channel;
use recaudo_core::day::Day;
use recaudo_core::money::Currency;
use recaudo_core::strategy::Calendar;
use recaudo_ports::plugin::{Grants, Installation};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{
    Cash, Contacting, Creditor, Installed, Pay, Server, SettingsError, Writeback, amount, cash, installation,
    pay, writeback,
};

pub(super) const FILE: &str = "recaudo.toml";

/// As written; unknown keys are errors, so that a misspelt one is not silently ignored.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    creditor: RawCreditor,
    #[serde(default)]
    contacting: RawContacting,
    scorer: Option<RawPlugin>,
    strategist: Option<RawPlugin>,
    #[serde(default)]
    gates: Vec<RawPlugin>,
    #[serde(default)]
    channels: BTreeMap<String, RawPlugin>,
    #[serde(default)]
    costs: BTreeMap<String, BTreeMap<String, toml::Value>>,
    statements: Option<Vec<RawPlugin>>,
    allocator: Option<RawPlugin>,
    #[serde(default)]
    cash: cash::Raw,
    #[serde(default)]
    gateways: Vec<RawPlugin>,
    #[serde(default)]
    pay: pay::RawPay,
    #[serde(default)]
    server: pay::RawServer,
    writeback: Option<writeback::Raw>,
    // Sections other rooms read from the same file.
    #[serde(default, rename = "mail")]
    _mail: IgnoredAny,
    #[serde(default, rename = "store")]
    _store: IgnoredAny,
    #[serde(default, rename = "secrets")]
    _secrets: IgnoredAny,
    #[serde(default, rename = "files")]
    _files: IgnoredAny,
    #[serde(default, rename = "runtime")]
    _runtime: IgnoredAny,
    #[serde(default, rename = "demo")]
    _demo: IgnoredAny,
    #[serde(default, rename = "report")]
    _report: IgnoredAny,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCreditor {
    name: String,
    time_zone: String,
    locale: String,
    sender: String,
    #[serde(default)]
    country: Option<String>,
    #[serde(default)]
    kind: Option<String>,
    #[serde(default)]
    contact: String,
    #[serde(default)]
    pay_at: String,
    #[serde(default)]
    opt_out: String,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawContacting {
    working_days: Option<Vec<String>>,
    #[serde(default)]
    holidays: Vec<String>,
    hour: Option<String>,
    permit_hours: Option<u16>,
    dispatch_batch: Option<u32>,
}

/// A plugin, as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPlugin {
    pub(super) plugin: String,
    name: Option<String>,
    sha256: Option<String>,
    #[serde(default)]
    config: toml::Table,
    #[serde(default)]
    grants: Grants,
}

/// What the file says.
pub(super) struct Home {
    pub(super) creditor: Creditor,
    pub(super) contacting: Contacting,
    pub(super) installed: Installed,
    pub(super) costs: BTreeMap<(Channel, Currency), i64>,
    pub(super) cash: Cash,
    pub(super) pay: Pay,
    pub(super) server: Server,
    pub(super) writeback: Option<Writeback>,
}

const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

pub(super) fn parse(text: &str) -> Result<Home, SettingsError> {
    let fail = |message: String| SettingsError { file: FILE.into(), message };
    let raw: Raw = toml::from_str(text).map_err(|error| fail(super::slip(&error, text)))?;
    let mut installed = installed(raw.scorer, raw.strategist, raw.gates, raw.channels).map_err(fail)?;
    (installed.statements, installed.allocator) =
        cash::installed(raw.statements, raw.allocator).map_err(fail)?;
    installed.gateways = pay::gateways(raw.gateways).map_err(fail)?;
    Ok(Home {
        creditor: creditor(raw.creditor).map_err(fail)?,
        contacting: contacting(raw.contacting).map_err(fail)?,
        installed,
        costs: costs(&raw.costs).map_err(fail)?,
        cash: cash::cash(&raw.cash).map_err(fail)?,
        pay: pay::pay(&raw.pay).map_err(fail)?,
        server: Server { public_url: pay::public_url(raw.server).map_err(fail)? },
        writeback: writeback::writeback(raw.writeback).map_err(fail)?,
    })
}

fn creditor(raw: RawCreditor) -> Result<Creditor, String> {
    let time_zone: Tz = raw.time_zone.parse().map_err(|_| {
        format!("creditor.time_zone: expected a zone such as America/Bogota, found {:?}", raw.time_zone)
    })?;
    let language = raw.locale.get(..2).unwrap_or("");
    if !["es", "pt", "en"].contains(&language) {
        return Err(format!(
            "creditor.locale: expected es, pt or en with a country, such as es-CO, found {:?}",
            raw.locale
        ));
    }
    if !raw.sender.contains('@') {
        return Err(format!("creditor.sender: expected an e-mail address, found {:?}", raw.sender));
    }
    let country = raw.country.or_else(|| raw.locale.get(3..).map(str::to_owned)).unwrap_or_default();
    Ok(Creditor {
        name: raw.name,
        time_zone,
        locale: raw.locale,
        country,
        kind: raw.kind.unwrap_or_else(|| "supplier".into()),
        sender: raw.sender,
        contact: raw.contact,
        pay_at: raw.pay_at,
        opt_out: raw.opt_out,
    })
}

fn contacting(raw: RawContacting) -> Result<Contacting, String> {
    let mut working = [true, true, true, true, true, false, false];
    if let Some(days) = raw.working_days {
        working = [false; 7];
        for day in days {
            let place = WEEKDAYS.iter().position(|weekday| *weekday == day).ok_or_else(|| {
                format!("contacting.working_days: expected {}, found {day:?}", WEEKDAYS.join(", "))
            })?;
            working[place] = true;
        }
    }
    let holidays = raw.holidays.iter().map(|day| day.parse::<Day>()).collect::<Result<Vec<_>, _>>();
    let holidays = holidays.map_err(|error| format!("contacting.holidays: {error}"))?;
    let hour = raw.hour.as_deref().unwrap_or("10:00");
    let hour = NaiveTime::parse_from_str(hour, "%H:%M")
        .map_err(|_| format!("contacting.hour: expected a time such as 10:00, found {hour:?}"))?;
    let permit_hours = raw.permit_hours.unwrap_or(24);
    if !(1..=168).contains(&permit_hours) {
        return Err(format!("contacting.permit_hours: expected 1 to 168, found {permit_hours}"));
    }
    let dispatch_batch = raw.dispatch_batch.unwrap_or(256);
    if !(1..=10_000).contains(&dispatch_batch) {
        return Err(format!("contacting.dispatch_batch: expected 1 to 10000, found {dispatch_batch}"));
    }
    Ok(Contacting { calendar: Calendar::new(working, holidays), hour, permit_hours, dispatch_batch })
}

fn installed(
    scorer: Option<RawPlugin>,
    strategist: Option<RawPlugin>,
    gates: Vec<RawPlugin>,
    channels: BTreeMap<String, RawPlugin>,
) -> Result<Installed, String> {
    let mut by_channel = BTreeMap::new();
    for (code, raw) in channels {
        let channel = channel(&format!("channels.{code}"), &code)?;
        by_channel.insert(channel, plugin(&format!("channels.{code}"), &code, raw)?);
    }
    Ok(Installed {
        scorer: scorer.map(|raw| plugin("scorer", "scorer", raw)).transpose()?,
        strategist: strategist.map(|raw| plugin("strategist", "strategist", raw)).transpose()?,
        gates: gates
            .into_iter()
            .enumerate()
            .map(|(place, raw)| plugin(&format!("gates[{place}]"), &format!("gate-{place}"), raw))
            .collect::<Result<_, _>>()?,
        channels: by_channel,
        ..Installed::default()
    })
}

pub(super) fn plugin(key: &str, name: &str, raw: RawPlugin) -> Result<Installation, String> {
    let mut sha256 = [0; 32];
    if let Some(text) = &raw.sha256 {
        hex::decode_to_slice(text, &mut sha256)
            .map_err(|_| format!("{key}.sha256: expected 64 hexadecimal digits, found {text:?}"))?;
    }
    let config = serde_json::to_vec(&raw.config).map_err(|error| format!("{key}.config: {error}"))?;
    Ok(installation(raw.name.as_deref().unwrap_or(name), raw.plugin, sha256, config, raw.grants))
}

fn costs(
    raw: &BTreeMap<String, BTreeMap<String, toml::Value>>,
) -> Result<BTreeMap<(Channel, Currency), i64>, String> {
    let mut costs = BTreeMap::new();
    for (code, amounts) in raw {
        let key = format!("costs.{code}");
        let channel = channel(&key, code)?;
        for (currency, minor) in amount::by_currency(&key, amounts)? {
            costs.insert((channel, currency), minor);
        }
    }
    Ok(costs)
}

/// The channel of a code in a file.
pub(super) fn channel(key: &str, code: &str) -> Result<Channel, String> {
    Channel::from_code(code).ok_or_else(|| {
        let known = Channel::ALL.map(Channel::code).join(", ");
        format!("{key}: expected one of {known}, found {code:?}")
    })
}
