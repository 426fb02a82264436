//! Benches for one's own rules: a built-in plugin asked outside a home, or one's own in it.

use std::sync::Arc;

use chrono::TimeDelta;
use recaudo_app::system::SystemClock;
use recaudo_app::{App, AppError, Runtime};
use recaudo_engine::instant::instant;
use recaudo_ports::clock::Clock;
use recaudo_ports::plugin::{Call, Grants, Installation, Operation};

use super::Context;
use crate::trouble::Trouble;

/// Somewhere to ask a plugin, and it set up for that. A plugin of one's own lives in a home; built-in ones are everywhere.
pub(super) fn open(
    context: &Context<'_>,
    (id, built_in): (&str, bool),
    config: &str,
) -> Result<(Arc<Runtime>, Installation), Trouble> {
    let runtime = match App::builder(&context.home).build() {
        Ok(app) => app.runtime,
        Err(_) if built_in => recaudo_app::bench()?,
        Err(error) => return Err(error.into()),
    };
    let component_sha256 =
        recaudo_app::digest(&runtime, id).ok_or_else(|| AppError::NoPlugin { id: id.into() })?;
    let installation = Installation {
        name: id.into(),
        plugin: id.into(),
        component_sha256,
        config: config.as_bytes().into(),
        grants: Grants::default(),
    };
    Ok((runtime, installation))
}

/// A bench's call: answers draw nothing, so the same file gives the same ones.
pub(super) fn call(language: &str, what: &str, config: &str) -> Call {
    let now = SystemClock.now();
    Call {
        now: instant(now),
        business_day: 0,
        time_zone: "UTC".into(),
        locale: language.into(),
        deadline: instant(now + TimeDelta::seconds(2)),
        entropy: [0; 32],
        trace_id: what.into(),
        operation: Operation { id: what.into(), idempotency_key: what.into(), attempt: 1 },
        config: config.as_bytes().into(),
    }
}
