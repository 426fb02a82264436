//! The record around every judgement: who judged, over which inputs, with what answer; enough to compute it again.
//!
//! Inputs are the canonical bytes of the call and its arguments, the configuration aside (it is kept once). They carry
//! internal numbers and no personal identifiers. A kill by the wall clock is no judgement and leaves no record.

use std::sync::Arc;

use recaudo_ports::plugin::{
    Call, Decision, Identity, Installation, Operation, PluginError, PluginErrorKind, Plugins, Scores,
    Verdict, allocator,
};
use recaudo_ports::table::Batch;
use recaudo_store::{Conn, Tx, decision};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{EngineError, instant};

/// What calls of one run share.
#[derive(Debug, Clone)]
pub struct Calls {
    /// The wall clock, read once.
    pub now: recaudo_ports::plugin::Instant,
    /// The business day.
    pub business_day: i32,
    /// The creditor's zone.
    pub time_zone: String,
    /// The creditor's locale.
    pub locale: String,
    /// Names the run in operations and traces.
    pub run: String,
}

/// How long the host waits for a judgement before it gives up, seconds.
const PATIENCE_S: i64 = 2;

impl Calls {
    /// The call of one judgement.
    pub fn call(&self, installation: &Installation, what: &str, entropy: [u8; 32]) -> Call {
        let id = format!("{}/{what}", self.run);
        Call {
            now: self.now,
            business_day: self.business_day,
            time_zone: self.time_zone.clone(),
            locale: self.locale.clone(),
            deadline: recaudo_ports::plugin::Instant { seconds: self.now.seconds + PATIENCE_S, ..self.now },
            entropy,
            trace_id: self.run.clone(),
            operation: Operation { idempotency_key: id.clone(), id, attempt: 1 },
            config: installation.config.clone(),
        }
    }
}

/// A judge: an installation and who is behind it.
#[derive(Debug, Clone)]
pub struct Judge {
    /// The installation.
    pub installation: Installation,
    /// Proven by its bytes.
    pub identity: Identity,
}

impl Judge {
    /// # Errors
    /// The plugin is not installed, or its digest is another one.
    pub fn new(plugins: &dyn Plugins, installation: &Installation) -> Result<Self, PluginError> {
        let identity = plugins.identity(installation)?;
        Ok(Self { installation: installation.clone(), identity })
    }
}

/// Which rows a judgement is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first customer among them.
    pub first_customer: i64,
    /// The last one.
    pub last_customer: i64,
    /// Rows.
    pub rows: usize,
}

/// Judgements of a block that are still to be kept, with the block.
#[derive(Debug, Default)]
pub struct Records {
    list: Vec<Record>,
}

#[derive(Debug)]
struct Record {
    identity: Identity,
    installation: String,
    interface: &'static str,
    config: Arc<[u8]>,
    input: Vec<u8>,
    output: Option<Vec<u8>>,
    span: Span,
    failure: String,
}

impl Records {
    /// Asks a judge and notes what it was asked and answered.
    ///
    /// # Errors
    /// The judge's.
    pub fn judge<A: Serialize + ?Sized, R: Serialize>(
        &mut self,
        judge: &Judge,
        interface: &'static str,
        call: &Call,
        (args, span): (&A, Span),
        ask: impl FnOnce() -> Result<R, PluginError>,
    ) -> Result<R, PluginError> {
        let answer = ask();
        let (output, failure) = match &answer {
            Ok(output) => (Some(bytes(output)), String::new()),
            Err(error) if matches!(error.kind, PluginErrorKind::Deadline | PluginErrorKind::NotInstalled) => {
                return answer;
            }
            Err(error) => (None, error.code.clone()),
        };
        let bare = Call { config: Arc::from([]), ..call.clone() };
        self.list.push(Record {
            identity: judge.identity.clone(),
            installation: judge.installation.name.clone(),
            interface,
            config: call.config.clone(),
            input: bytes(&(&bare, args)),
            output,
            span,
            failure,
        });
        answer
    }

    /// Keeps them, in the transaction that keeps what they led to; gives a digest over all of them.
    ///
    /// # Errors
    /// The store's.
    pub fn keep(&mut self, tx: &Tx<'_>, tenant: i64, run_id: i64, at: i64) -> Result<(), EngineError> {
        for record in self.list.drain(..) {
            let identity = &record.identity;
            let component = decision::Component {
                plugin: &identity.id,
                version: &identity.version,
                contract: &identity.contract,
                component_sha256: &identity.component_sha256,
                manifest_sha256: &identity.manifest_sha256,
            };
            let output = record.output.as_deref().map(|output| keep_blob(tx, tenant, output)).transpose()?;
            let kept = decision::Decision {
                run_id,
                component_id: decision::keep_component(tx, tenant, &component)?,
                config_blob_id: keep_blob(tx, tenant, &record.config)?,
                input_blob_id: keep_blob(tx, tenant, &record.input)?,
                output_blob_id: output,
                first_customer_id: record.span.first_customer,
                last_customer_id: record.span.last_customer,
                row_count: i64::try_from(record.span.rows).unwrap_or(i64::MAX),
                decided_at: at,
                interface: record.interface,
                installation: record.installation,
                failure: record.failure,
            };
            decision::insert(tx, tenant, &kept)?;
        }
        Ok(())
    }

    /// Forgets them: nothing of what they led to is kept.
    pub fn forget(&mut self) {
        self.list.clear();
    }
}

/// Interface names, as kept with a judgement.
pub const SCORER: &str = "scoring/scorer";
/// See [`SCORER`].
pub const STRATEGIST: &str = "policy/strategist";
/// See [`SCORER`].
pub const GATE: &str = "policy/gate";
/// See [`SCORER`].
pub const ALLOCATOR: &str = "policy/allocator";

/// What was asked and answered, read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// A scorer over a batch.
    Score(Call, Batch, Option<Scores>),
    /// A strategist over a batch.
    Decide(Call, Batch, Option<Vec<Decision>>),
    /// A gate over proposals.
    Review(Call, Vec<recaudo_ports::plugin::Proposal>, Option<Vec<Verdict>>),
    /// An allocator over receipts, without their texts: those are sealed with the entries that told of them.
    Allocate(Call, Vec<allocator::Receipt>, Vec<allocator::Item>, Option<allocator::Suggestion>),
}

/// Reads a kept judgement back, configuration and all.
///
/// # Errors
/// The store's, or bytes whose digest is another one: somebody changed them.
pub fn read(conn: &Conn<'_>, tenant: i64, kept: &decision::Kept) -> Result<Asked, EngineError> {
    let config: Arc<[u8]> = Arc::from(blob(conn, tenant, kept.config_blob_id)?);
    let input = blob(conn, tenant, kept.input_blob_id)?;
    let output = kept.output_blob_id.map(|id| blob(conn, tenant, id)).transpose()?;
    Ok(match kept.interface.as_str() {
        SCORER => {
            let (call, batch) = parse::<(Call, Batch)>(&input)?;
            Asked::Score(Call { config, ..call }, batch, output.as_deref().map(parse).transpose()?)
        }
        STRATEGIST => {
            let (call, batch) = parse::<(Call, Batch)>(&input)?;
            Asked::Decide(Call { config, ..call }, batch, output.as_deref().map(parse).transpose()?)
        }
        GATE => {
            let (call, proposals) = parse(&input)?;
            Asked::Review(Call { config, ..call }, proposals, output.as_deref().map(parse).transpose()?)
        }
        ALLOCATOR => {
            let (call, (receipts, items)) = parse(&input)?;
            let answer = output.as_deref().map(parse).transpose()?;
            Asked::Allocate(Call { config, ..call }, receipts, items, answer)
        }
        other => return Err(EngineError::fault(format!("decision {}: no interface {other:?}", kept.id))),
    })
}

fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, EngineError> {
    postcard::from_bytes(bytes)
        .map_err(|error| EngineError::fault(format!("a kept judgement cannot be read: {error}")))
}

/// Canonical bytes: one value, one encoding.
fn bytes<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    postcard::to_stdvec(value).expect("plain values of the contract always encode")
}

fn keep_blob(tx: &Tx<'_>, tenant: i64, bytes: &[u8]) -> Result<i64, EngineError> {
    let sha256: [u8; 32] = Sha256::digest(bytes).into();
    Ok(decision::keep_blob(tx, tenant, &sha256, &lz4_flex::compress_prepend_size(bytes))?)
}

fn blob(conn: &Conn<'_>, tenant: i64, id: i64) -> Result<Vec<u8>, EngineError> {
    let kept = decision::blob(conn, tenant, id)?
        .ok_or_else(|| EngineError::fault(format!("blob {id} of a judgement is missing")))?;
    let bytes = lz4_flex::decompress_size_prepended(&kept.bytes)
        .map_err(|error| EngineError::fault(format!("blob {id} cannot be unpacked: {error}")))?;
    if <[u8; 32]>::from(Sha256::digest(&bytes)) != kept.sha256 {
        return Err(EngineError::fault(format!("blob {id} is not what it was: its digest is another one")));
    }
    Ok(bytes)
}

/// The moment of a call as the store keeps it.
pub fn micros(call: &Call) -> i64 {
    instant::micros_of(call.now)
}
