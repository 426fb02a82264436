//! The last look before a message leaves: still owed, still wanted, still permitted, and saying what was permitted.

use chrono::{DateTime, Utc};
use recaudo_core::contact::Channel;
use recaudo_core::day::Day;
use recaudo_core::hold;
use recaudo_ports::plugin::Attempt;
use recaudo_store::action::{self, AboutItem, Kept, Person};
use recaudo_store::portfolio::{self, Said};
use recaudo_store::{Conn, StoreError};

use crate::compose::content::{Content, ContentItem};
use crate::compose::{self, From, Letter, Line, Rendered, format};
use crate::decision::{Calls, Records};
use crate::instant::{instant, micros, micros_of};
use crate::run::{Asked, Days, Gates, Proposing, attempt, attributes, from_micros};
use crate::{Engine, EngineError};

/// What the last look says.
pub(super) enum Verdict {
    Send(Box<Ready>),
    /// A code.
    Cancel(String),
    /// Until a moment; microseconds UTC.
    Wait(i64),
}

/// A message ready to leave.
pub(super) struct Ready {
    pub(super) to: String,
    pub(super) rendered: Rendered,
    pub(super) not_after: i64,
}

/// What the store knows now.
struct Now {
    person: Option<Person>,
    items: Vec<AboutItem>,
    held: bool,
    opted_out: bool,
    attempts: Vec<Attempt>,
    creditor: String,
}

pub(super) fn check(engine: &Engine, kept: &Kept, moment: DateTime<Utc>) -> Result<Verdict, EngineError> {
    let now = engine.store.read(|conn| load(engine, conn, kept, micros(moment)))?;
    let cancel = |code: &str| Ok(Verdict::Cancel(code.to_owned()));
    let Some(person) = &now.person else { return cancel("gone") };
    let to = match Channel::from_code(&kept.action.channel).map(Channel::address) {
        Some(recaudo_core::contact::Address::Email) => person.email.clone(),
        Some(recaudo_core::contact::Address::Phone) => person.phone.clone(),
        _ => String::new(),
    };
    if to.is_empty() {
        return cancel("gone");
    }
    if now.opted_out {
        return cancel("opted_out");
    }
    let owed: i64 = now.items.iter().filter(|item| !item.disputed).map(|item| item.open_minor).sum();
    if owed <= 0 {
        return cancel("paid");
    }
    if now.held {
        return cancel("on_hold");
    }
    let items: Vec<ContentItem> = now.items.iter().map(content_item).collect();
    let content =
        Content::of(&kept.action, person.contact_version, &items, &engine.settings.templates).sha256();
    if content != kept.permit.content_sha256 {
        return cancel("changed");
    }
    if micros(moment) < kept.permit.not_before_at {
        return Ok(Verdict::Wait(kept.permit.not_before_at));
    }
    let mut not_after = kept.permit.not_after_at;
    if micros(moment) >= not_after {
        match renew(engine, kept, &now, person, moment)? {
            Ok(until) => not_after = until,
            Err(verdict) => return Ok(verdict),
        }
    }
    let mut letter = letter(engine, kept, &now, person);
    letter.pay_url = crate::pay::url_for(engine, kept.action.customer_id)?;
    match engine.settings.templates.render(&kept.action.template, &kept.action.language, &letter) {
        Ok(rendered) => Ok(Verdict::Send(Box::new(Ready { to, rendered, not_after }))),
        Err(error) => Err(EngineError::fault(error.to_string())),
    }
}

fn load(engine: &Engine, conn: &Conn<'_>, kept: &Kept, moment: i64) -> Result<Now, StoreError> {
    let (tenant, action) = (engine.tenant, &kept.action);
    let span = (action.customer_id, action.customer_id);
    let items = action::about(conn, tenant, action)?;
    let holds = recaudo_store::hold::within(conn, tenant, span)?;
    let about = |item: Option<i64>| item.is_none_or(|id| items.iter().any(|item| item.item_id == id));
    let bearing = holds.iter().filter(|kept| about(kept.item_id)).map(|kept| &kept.hold);
    let held = hold::in_force(bearing, action.business_on).is_some();
    let mut said = Vec::new();
    portfolio::consents(conn, tenant, span, moment, &mut said)?;
    let mut contacted = Vec::new();
    portfolio::contacted(conn, tenant, span, moment - 60 * 86_400 * 1_000_000, &mut contacted)?;
    // This very permit, still out, is no earlier contact.
    let own = contacted.iter().position(|c| c.at == action.contact_at && c.channel == action.channel);
    own.map(|own| contacted.remove(own));
    let creditor = portfolio::creditors(conn, tenant)?.into_iter().find(|c| c.id == action.creditor_id);
    Ok(Now {
        person: action::person(conn, tenant, action.customer_id, action.contact_id)?,
        held,
        opted_out: opted_out(&said, &action.channel),
        attempts: contacted.iter().map(attempt).collect(),
        creditor: creditor.map(|creditor| creditor.name).unwrap_or_default(),
        items,
    })
}

/// The last word about the channel, or about all channels.
fn opted_out(said: &[Said], channel: &str) -> bool {
    let about = |said: &&Said| said.channel.is_empty() || said.channel == "any" || said.channel == channel;
    said.iter().rfind(about).is_some_and(|said| !said.granted)
}

fn content_item(item: &AboutItem) -> ContentItem {
    ContentItem {
        item_id: item.item_id,
        due_on: item.due_on.0,
        open_minor: item.open_minor,
        disputed: item.disputed,
    }
}

/// The permit ran out: the gates are asked again.
fn renew(
    engine: &Engine,
    kept: &Kept,
    now: &Now,
    person: &Person,
    moment: DateTime<Utc>,
) -> Result<Result<i64, Verdict>, EngineError> {
    let action = &kept.action;
    let calls = Calls {
        now: instant(engine.clock.now()),
        business_day: action.business_on.0,
        time_zone: engine.settings.creditor.time_zone.name().to_owned(),
        locale: engine.settings.creditor.locale.clone(),
        run: format!("action-{}", action.id),
    };
    let days = Days::default();
    let attributes = attributes(&person.attributes);
    let proposing = Proposing {
        engine,
        days: &days,
        country: &person.country,
        time_zone: &person.time_zone,
        kind: &person.kind,
        attributes: &attributes,
    };
    let at = micros(moment);
    let words = (action.channel.as_str(), action.purpose.as_str());
    let proposal = proposing.proposal(
        format!("action-{}", action.id),
        words,
        from_micros(at),
        action.days_past_due,
        now.attempts.clone(),
    );
    let mut records = Records::default();
    let span = (action.customer_id, action.customer_id);
    let asked = Gates::new(engine).ask(engine, (&calls, &mut records), vec![proposal], span);
    let hours = i64::from(engine.settings.contacting.permit_hours);
    let longest = at + hours * 3_600 * 1_000_000;
    let (renewed, verdict) = match asked.into_iter().next() {
        Some(Asked::Permit(until)) => (Some(until.map_or(longest, |until| until.min(longest))), None),
        Some(Asked::Refuse { not_before: Some(until), .. }) => (None, Some(Verdict::Wait(micros_of(until)))),
        Some(Asked::Refuse { phrase, .. }) => (None, Some(Verdict::Cancel(phrase.rule))),
        None => (None, Some(Verdict::Cancel("no_gate".into()))),
    };
    engine.store.write(|tx| {
        records.keep(tx, engine.tenant, action.run_id, at)?;
        if let Some(not_after_at) = renewed {
            let permit = action::Permit { issued_at: at, not_before_at: at, not_after_at, ..kept.permit };
            action::renew_permit(tx, engine.tenant, &permit)?;
        }
        Ok::<_, EngineError>(())
    })?;
    Ok(match (renewed, verdict) {
        (Some(until), _) => Ok(until),
        (None, Some(verdict)) => Err(verdict),
        (None, None) => Err(Verdict::Cancel("no_gate".into())),
    })
}

/// What the message says, in the reader's words.
fn letter(engine: &Engine, kept: &Kept, now: &Now, person: &Person) -> Letter {
    let (action, creditor) = (&kept.action, &engine.settings.creditor);
    let language = action.language.as_str();
    let locale = if person.locale.starts_with(language) { &person.locale } else { &creditor.locale };
    let amount = |minor: i64| format::amount(minor, action.currency, locale);
    let today: Day = action.business_on;
    let line = |item: &AboutItem| Line {
        kind: compose::kind_word(language, &item.kind).to_owned(),
        number: item.number.clone(),
        due: format::day(item.due_on, language),
        amount: amount(item.open_minor),
        days_past_due: today.since(item.due_on),
    };
    let (disputed, items): (Vec<&AboutItem>, Vec<&AboutItem>) =
        now.items.iter().filter(|item| item.open_minor != 0).partition(|item| item.disputed);
    let total: i64 = items.iter().map(|item| item.open_minor).sum();
    Letter {
        from: From {
            name: if now.creditor.is_empty() { creditor.name.clone() } else { now.creditor.clone() },
            contact: creditor.contact.clone(),
            pay_at: creditor.pay_at.clone(),
            opt_out: creditor.opt_out.clone(),
        },
        customer: person.customer_name.clone(),
        oldest_days: items.iter().map(|item| today.since(item.due_on)).max().unwrap_or(0),
        items: items.into_iter().map(line).collect(),
        total: amount(total),
        disputed: disputed.into_iter().map(line).collect(),
        today: format::day(today, language),
        pay_url: String::new(),
    }
}
