//! A breaker for each installation and interface: what failed several times in a row is left alone for a while, then one
//! call finds out how things are.
//!
//! Only connectors have one. Judgement must come out the same whatever happened before.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use recaudo_ports::plugin::{PluginError, PluginErrorKind};

use crate::exchange::{Fact, Facts};
use crate::limits::Limits;

/// The breakers of a runtime.
#[derive(Default)]
pub(crate) struct Breakers {
    by_use: Mutex<BTreeMap<(String, &'static str), Arc<Breaker>>>,
}

/// One installation's interface.
#[derive(Default)]
pub(crate) struct Breaker {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// In a row.
    failures: u32,
    /// Of the last one.
    code: String,
    /// Until when it is left alone, and how long that is.
    open: Option<(Instant, Duration)>,
    /// Somebody finds out.
    probing: bool,
}

/// A call that may go on; who drops it without saying how it ended says that it failed.
pub(crate) struct Pass<'a> {
    breaker: &'a Breaker,
    limits: &'a Limits,
    code: Option<String>,
}

impl Breakers {
    pub(crate) fn of(&self, installation: &str, interface: &'static str) -> Arc<Breaker> {
        let mut by_use = self.by_use.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(by_use.entry((installation.to_owned(), interface)).or_default())
    }
}

impl Breaker {
    /// May a call go on? The error is for a caller who asks again later.
    pub(crate) fn enter<'a>(&'a self, plugin: &str, limits: &'a Limits) -> Result<Pass<'a>, PluginError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((until, _)) = state.open {
            let left = until.saturating_duration_since(Instant::now());
            if state.probing || !left.is_zero() {
                return Err(state.refusal(plugin, left));
            }
            state.probing = true;
        }
        Ok(Pass { breaker: self, limits, code: Some("not-finished".into()) })
    }
}

impl State {
    fn refusal(&self, plugin: &str, left: Duration) -> PluginError {
        // While somebody finds out, a second is a good guess.
        let left = left.max(Duration::from_secs(1));
        PluginError {
            plugin: plugin.into(),
            kind: PluginErrorKind::Unavailable,
            code: "breaker-open".into(),
            message: format!(
                "it failed {} times in a row (last: {}) and is left alone for {} s more; nothing was sent",
                self.failures,
                self.code,
                left.as_secs().max(1)
            ),
            may_have_committed: false,
            retry_after_ms: Some(u64::try_from(left.as_millis()).unwrap_or(u64::MAX)),
        }
    }
}

impl Pass<'_> {
    /// How the call ended. A far side that answers, even with a refusal, is there.
    pub(crate) fn ended<T>(mut self, result: &Result<(T, Facts), PluginError>) {
        self.code = match result {
            Ok((_, facts)) => match facts.last {
                Some(Fact::Unknown) => Some("no-answer".into()),
                Some(Fact::NotSent) => Some("not-sent".into()),
                Some(Fact::Done | Fact::Refused) | None => None,
            },
            Err(error) => is_down(error.kind).then(|| error.code.clone()),
        };
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        let mut state = self.breaker.state.lock().unwrap_or_else(PoisonError::into_inner);
        let was_probe = std::mem::take(&mut state.probing);
        let Some(code) = self.code.take() else {
            *state = State::default();
            return;
        };
        state.failures = state.failures.saturating_add(1);
        state.code = code;
        let wait = match state.open {
            Some((_, wait)) if was_probe => wait.saturating_mul(2).min(self.limits.breaker_wait_max),
            // One of several calls that were under way when it opened.
            Some(_) => return,
            None if state.failures < self.limits.breaker_failures => return,
            None => self.limits.breaker_wait,
        };
        state.open = Some((Instant::now() + wait, wait));
    }
}

/// Is it the far side or the plugin that does not work, rather than this one call?
fn is_down(kind: PluginErrorKind) -> bool {
    use PluginErrorKind as K;
    match kind {
        K::RateLimited
        | K::Unavailable
        | K::Timeout
        | K::Trap
        | K::OutOfFuel
        | K::OutOfMemory
        | K::Deadline
        | K::Diverged => true,
        K::InvalidConfig
        | K::Unauthenticated
        | K::Forbidden
        | K::NotFound
        | K::InvalidInput
        | K::Conflict
        | K::Rejected
        | K::Unsupported
        | K::Internal
        | K::Other
        | K::NotInstalled => false,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use recaudo_ports::plugin::{PluginError, PluginErrorKind};

    use super::{Breaker, Breakers};
    use crate::exchange::{Fact, Facts};
    use crate::limits::Limits;

    fn limits() -> Limits {
        Limits {
            breaker_failures: 3,
            breaker_wait: Duration::from_millis(40),
            breaker_wait_max: Duration::from_millis(100),
            ..Limits::default()
        }
    }

    fn failed(kind: PluginErrorKind) -> Result<((), Facts), PluginError> {
        Err(PluginError {
            plugin: "p".into(),
            kind,
            code: "unavailable".into(),
            message: String::new(),
            may_have_committed: false,
            retry_after_ms: None,
        })
    }

    fn call(breaker: &Breaker, result: &Result<((), Facts), PluginError>) -> Result<(), PluginError> {
        breaker.enter("p", &limits())?.ended(result);
        Ok(())
    }

    #[test]
    fn it_opens_after_failures_in_a_row_and_one_probe_closes_it() {
        let (breaker, down) = (Breaker::default(), failed(PluginErrorKind::Unavailable));
        let fine = Ok(((), Facts::default()));
        for result in [&down, &down, &fine, &down, &down, &down] {
            call(&breaker, result).unwrap();
        }
        let refused = call(&breaker, &fine).unwrap_err();
        assert_eq!((refused.code.as_str(), refused.may_have_committed), ("breaker-open", false));
        assert!(refused.retry_after_ms.is_some(), "{refused}");
        std::thread::sleep(Duration::from_millis(60));
        let limits = limits();
        let probe = breaker.enter("p", &limits).unwrap();
        assert!(breaker.enter("p", &limits).is_err(), "one finds out, the others wait");
        probe.ended(&fine);
        call(&breaker, &down).unwrap();
        call(&breaker, &fine).unwrap();
    }

    #[test]
    fn a_probe_that_fails_or_never_ends_waits_longer() {
        let (breaker, limits) = (Breaker::default(), limits());
        for _ in 0..3 {
            drop(breaker.enter("p", &limits).unwrap());
        }
        std::thread::sleep(Duration::from_millis(60));
        drop(breaker.enter("p", &limits).unwrap());
        std::thread::sleep(Duration::from_millis(50));
        assert!(breaker.enter("p", &limits).is_err(), "80 ms after the first probe");
        std::thread::sleep(Duration::from_millis(60));
        assert!(breaker.enter("p", &limits).is_ok());
    }

    #[test]
    fn a_far_side_that_says_no_is_there_and_one_in_doubt_is_not() {
        let breaker = Breaker::default();
        for _ in 0..9 {
            call(&breaker, &failed(PluginErrorKind::Rejected)).unwrap();
            call(&breaker, &failed(PluginErrorKind::Unauthenticated)).unwrap();
        }
        let lost = Ok(((), Facts { may_have_committed: true, last: Some(Fact::Unknown), read_since: false }));
        for _ in 0..3 {
            call(&breaker, &lost).unwrap();
        }
        assert!(call(&breaker, &lost).is_err());
        let breakers = Breakers::default();
        drop(breakers.of("a", "gateway"));
        assert!(!std::sync::Arc::ptr_eq(&breakers.of("a", "gateway"), &breakers.of("b", "gateway")));
    }
}
