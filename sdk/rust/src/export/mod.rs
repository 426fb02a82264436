//! [`crate::export!`]: makes a component of what a type implements. One macro for each of the two families of
//! interfaces.

mod abilities;
mod connectors;
mod judges;

use crate::{Ability, Ctx, Fail, Failure, Kind, Stop, Wanted, call};

/// What a call with effects ends in, before it becomes the interface's own step.
pub enum Ended<R, S> {
    /// A result.
    Ready(R),
    /// Effects are wanted.
    Pending(S),
}

/// The context of a call, from the host's arguments.
pub fn open<T: Ability>(call: call::Context, history: T::History) -> Ctx<T> {
    crate::log::install_panic_hook();
    Ctx::new(call, history.into())
}

/// What the function stopped with, as the host wants it.
///
/// # Errors
/// The function's own failure; `diverged` when answers are left over; `ignored-suspension` when asks are.
pub fn close<T: Ability, R>(
    ctx: Ctx<T>,
    result: Result<R, Stop>,
) -> Result<Ended<R, T::Suspension>, Failure> {
    close_raw(ctx, result).map(|ended| match ended {
        Ended::Ready(value) => Ended::Ready(value),
        Ended::Pending(wanted) => Ended::Pending(wanted.into()),
    })
}

/// [`close`], before a suspension becomes the interface's own.
pub(crate) fn close_raw<T: Ability, R>(
    ctx: Ctx<T>,
    result: Result<R, Stop>,
) -> Result<Ended<R, Wanted<T::Effect>>, Failure> {
    match result {
        Err(Stop::Failed(failure)) => Err(failure),
        Err(Stop::Suspended) => ctx.settle().map(Ended::Pending),
        Ok(value) => match ctx.settle()?.asks.as_slice() {
            [] => Ok(Ended::Ready(value)),
            _ => Err(Fail::new(
                Kind::Internal,
                "ignored-suspension",
                "went on after an ask; pass `Stop` on with `?`",
            )),
        },
    }
}

/// Exports what a type implements: `recaudo_sdk::export!(ErpCsv: Importer);`, several separated by commas.
///
/// A type is either a channel (HTTP, files, mail) or has the other connectors (HTTP, files); a component that
/// offers both exports two types. Pure interfaces go with either.
#[macro_export]
macro_rules! export {
    ($plugin:ty : $($ability:ident),+ $(,)?) => {
        $crate::__ability!($plugin; $($ability)+);
        $( $crate::__export_one!($ability, $plugin); )+
    };
}
