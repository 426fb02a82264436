//! `why`.

use recaudo_core::day::Day;
use recaudo_engine::why::{self, Trace};

use super::Context;
use crate::exit::Exit;
use crate::output::Output;
use crate::trouble::Trouble;

pub(super) fn why(context: &Context<'_>, customer: &str, on: Option<Day>) -> Result<Exit, Trouble> {
    let mut app = context.app()?;
    let trace = why::why(&mut app.engine, customer, on)?;
    if context.out.json {
        super::json(context.out, &trace)?;
    } else {
        show(context.out, &trace);
    }
    Ok(Exit::Done)
}

pub(super) fn show(out: &Output, trace: &Trace) {
    out.line(why::text(trace, out.words.language.code()).trim_end());
}
