//! A tenant's settings: texts from its home, parsed in two steps, file by file, into checked values.
//!
//! This module reads no file. The caller hands texts in; what it leaves out is built in. Every error names the file and
//! the key.

mod amount;
mod cash;
mod home;
mod pay;
mod rules;
#[cfg(test)]
mod tests;
mod writeback;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveTime;
use chrono_tz::Tz;
use recaudo_core::contact::Channel;
use recaudo_core::money::Currency;
use recaudo_core::segment::Segments;
use recaudo_core::strategy::{Calendar, Strategy};
use recaudo_ports::plugin::{Grants, Installation};
use sha2::{Digest, Sha256};

use crate::compose::Templates;

pub(crate) use amount::parse_minor;
pub use cash::{Cash, StatementReader};
pub use pay::Pay;
pub use rules::{SEGMENTS, STANDARD_STRATEGY};
pub use writeback::Writeback;

/// The texts of a home, as its owner wrote them.
#[derive(Debug, Clone, Default)]
pub struct SettingsText<'a> {
    /// `recaudo.toml`.
    pub home: &'a str,
    /// `segments.toml`; none takes the built-in ones.
    pub segments: Option<&'a str>,
    /// `strategies/*.toml`: file name and text, by name; none takes the built-in one.
    pub strategies: Vec<(String, String)>,
    /// `templates/*`: file name (such as `friendly.es.txt`) and text; each overrides a built-in one or adds another.
    pub templates: Vec<(String, String)>,
}

/// What is wrong with a home's files.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {message}")]
pub struct SettingsError {
    /// The file, as in the home.
    pub file: String,
    /// Key, what was expected, what was found.
    pub message: String,
}

/// What TOML says is wrong with a text, in one line with the place: `line 3: unknown field ...`.
pub fn slip(error: &toml::de::Error, text: &str) -> String {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or("");
    let line = before.matches('\n').count() + 1;
    format!("line {line}: {}", error.message().replace('\n', ", "))
}

/// Who writes to customers, unless a source says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Creditor {
    /// As it stands under a message.
    pub name: String,
    /// Its zone: due dates and business days are days of it.
    pub time_zone: Tz,
    /// Language and country, such as `es-CO`.
    pub locale: String,
    /// ISO 3166 alpha-2.
    pub country: String,
    /// What gates call the kind of creditor, such as `supplier`, `bank`.
    pub kind: String,
    /// The sender's address.
    pub sender: String,
    /// How customers reach a person, as shown in messages; empty hides it.
    pub contact: String,
    /// Where one may pay, as shown in messages; empty hides it.
    pub pay_at: String,
    /// An address or page to opt out by; empty offers to answer the message.
    pub opt_out: String,
}

/// When contacts are proposed and how long a permit holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contacting {
    /// Business days.
    pub calendar: Calendar,
    /// The hour proposed on a business day that is not today.
    pub hour: NaiveTime,
    /// A permit holds this long unless a gate says shorter.
    pub permit_hours: u16,
    /// Messages handed to channels at once.
    pub dispatch_batch: u32,
}

/// The plugins that judge and send.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Installed {
    /// None scores by the customer's own late rate.
    pub scorer: Option<Installation>,
    /// None does what the strategies call for.
    pub strategist: Option<Installation>,
    /// All of them must permit; none permits nothing.
    pub gates: Vec<Installation>,
    /// One a channel.
    pub channels: BTreeMap<Channel, Installation>,
    /// Asked in this order which of them reads a bank's file.
    pub statements: Vec<StatementReader>,
    /// None leaves what money settles to people.
    pub allocator: Option<Installation>,
    /// Take payments, by name.
    pub gateways: BTreeMap<String, Installation>,
}

/// What is known of the server that customers and gateways reach.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Server {
    /// Where it is reached from outside, without a slash at the end; none: messages carry no links to it.
    pub public_url: Option<String>,
}

/// A segment's title by language, or a strategy's.
pub type Titles = BTreeMap<String, String>;

/// A tenant's settings, checked.
#[derive(Debug)]
pub struct Settings {
    /// Messages reach people: each leaves by the wall clock, whatever business day its run is of. Off for a maildir or a
    /// mail server on this machine, where a day may be rehearsed as if it were its hour.
    pub live: bool,
    /// Creditor defaults.
    pub creditor: Creditor,
    /// When contacts are proposed.
    pub contacting: Contacting,
    /// The plugins.
    pub installed: Installed,
    /// In order.
    pub segments: Segments,
    /// Titles of the segments, by name.
    pub segment_titles: BTreeMap<String, Titles>,
    /// In order of their files' names.
    pub strategies: Vec<Strategy>,
    /// Which strategy serves a segment, by the segment's place.
    pub strategy_of: Vec<Option<usize>>,
    /// How money that comes in is recognised and applied.
    pub cash: Cash,
    /// How long links to pay by are good.
    pub pay: Pay,
    /// Where customers and gateways reach us.
    pub server: Server,
    /// Who is told what happened here; none: nobody.
    pub writeback: Option<Writeback>,
    /// Cost of a contact, minor units.
    pub costs: BTreeMap<(Channel, Currency), i64>,
    /// Messages.
    pub templates: Templates,
    /// Of segments, strategies and templates: what a decision of a run rests on.
    pub policy_sha256: [u8; 32],
}

impl Settings {
    /// Parses and checks everything.
    ///
    /// # Errors
    /// The first thing wrong, by file and key.
    pub fn parse(text: &SettingsText<'_>) -> Result<Self, SettingsError> {
        let home = home::parse(text.home)?;
        let (segments, thresholds) = rules::segments(text.segments)?;
        let built = segments.build(&thresholds)?;
        let strategies = rules::strategies(&text.strategies, &thresholds)?;
        let strategy_of = rules::assign(&built, &strategies)?;
        let templates = Templates::new(&text.templates)?;
        rules::check_templates(&strategies, &templates)?;
        let strategies: Vec<Strategy> = strategies.into_iter().map(|(_, strategy)| strategy).collect();
        Ok(Self {
            live: false,
            creditor: home.creditor,
            contacting: home.contacting,
            installed: home.installed,
            segment_titles: segments.titles(),
            segments: built,
            strategies,
            strategy_of,
            cash: home.cash,
            pay: home.pay,
            server: home.server,
            writeback: home.writeback,
            costs: home.costs,
            policy_sha256: digest(text, &templates),
            templates,
        })
    }

    /// Fills in the digests the home leaves to the program: the built-in plugins'. What stays unknown stays zero and is
    /// refused when it is used.
    pub fn pin(&mut self, digest_of: impl Fn(&str) -> Option<[u8; 32]>) {
        let Installed { scorer, strategist, gates, channels, statements, allocator, gateways } =
            &mut self.installed;
        let readers = statements.iter_mut().map(|reader| &mut reader.installation);
        let judges = scorer.iter_mut().chain(strategist).chain(gates).chain(allocator);
        for installation in judges.chain(channels.values_mut()).chain(readers).chain(gateways.values_mut()) {
            if installation.component_sha256 == [0; 32]
                && let Some(digest) = digest_of(&installation.plugin)
            {
                installation.component_sha256 = digest;
            }
        }
    }

    /// The two letters of the creditor's language.
    pub fn language(&self) -> &str {
        self.creditor.locale.get(..2).unwrap_or("en")
    }

    /// What a contact by a channel costs in a currency, minor units.
    pub fn cost(&self, channel: Channel, currency: Currency) -> Option<i64> {
        self.costs.get(&(channel, currency)).copied()
    }
}

/// An installation as the home states it: a digest of zeros is filled in by [`Settings::pin`].
fn installation(
    name: &str,
    plugin: String,
    sha256: [u8; 32],
    config: Vec<u8>,
    grants: Grants,
) -> Installation {
    Installation { name: name.into(), plugin, component_sha256: sha256, config: Arc::from(config), grants }
}

/// Over the texts in force, built-in ones included, each with its length so that no two sets of files agree by accident.
fn digest(text: &SettingsText<'_>, templates: &Templates) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hash.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(bytes);
    };
    part(text.segments.unwrap_or(SEGMENTS).as_bytes());
    for (file, text) in rules::strategy_files(&text.strategies) {
        part(file.as_bytes());
        part(text.as_bytes());
    }
    part(&templates.sha256());
    hash.finalize().into()
}
