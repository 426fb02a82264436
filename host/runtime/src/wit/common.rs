//! Values and contexts.

use recaudo_ports::plugin::{Call, Decimal, Instant, Money, PluginErrorKind};

use super::types::{call, errors, values};

impl From<values::Instant> for Instant {
    fn from(from: values::Instant) -> Self {
        Self { seconds: from.seconds, nanoseconds: from.nanoseconds }
    }
}

impl From<Instant> for values::Instant {
    fn from(from: Instant) -> Self {
        Self { seconds: from.seconds, nanoseconds: from.nanoseconds }
    }
}

impl From<values::Money> for Money {
    fn from(from: values::Money) -> Self {
        let (a, b, c) = from.currency;
        Self { minor: from.minor, exponent: from.exponent, currency: [a, b, c] }
    }
}

impl From<Money> for values::Money {
    fn from(from: Money) -> Self {
        let [a, b, c] = from.currency;
        Self { minor: from.minor, exponent: from.exponent, currency: (a, b, c) }
    }
}

impl From<Decimal> for values::Decimal {
    fn from(from: Decimal) -> Self {
        Self { coefficient: from.coefficient, scale: from.scale }
    }
}

impl From<values::Decimal> for Decimal {
    fn from(from: values::Decimal) -> Self {
        Self { coefficient: from.coefficient, scale: from.scale }
    }
}

/// The context of a call, copied once an operation.
pub(crate) fn context(call: &Call) -> call::Context {
    call::Context {
        now: call.now.into(),
        business_day: call.business_day,
        time_zone: call.time_zone.clone(),
        locale: call.locale.clone(),
        deadline: call.deadline.into(),
        entropy: call.entropy.to_vec(),
        trace_id: call.trace_id.clone(),
        operation: (&call.operation).into(),
        config: call.config.to_vec(),
    }
}

/// A plugin's failure, for the host: kind, code, message, and how long it asks to wait.
pub(crate) fn failure(from: errors::Failure) -> (PluginErrorKind, String, String, Option<u64>) {
    let kind = match from.kind {
        errors::Kind::InvalidConfig => PluginErrorKind::InvalidConfig,
        errors::Kind::Unauthenticated => PluginErrorKind::Unauthenticated,
        errors::Kind::Forbidden => PluginErrorKind::Forbidden,
        errors::Kind::NotFound => PluginErrorKind::NotFound,
        errors::Kind::InvalidInput => PluginErrorKind::InvalidInput,
        errors::Kind::Conflict => PluginErrorKind::Conflict,
        errors::Kind::RateLimited => PluginErrorKind::RateLimited,
        errors::Kind::Unavailable => PluginErrorKind::Unavailable,
        errors::Kind::Timeout => PluginErrorKind::Timeout,
        errors::Kind::Rejected => PluginErrorKind::Rejected,
        errors::Kind::Unsupported => PluginErrorKind::Unsupported,
        errors::Kind::Internal => PluginErrorKind::Internal,
        errors::Kind::Other => PluginErrorKind::Other,
    };
    let wait = match from.retry {
        errors::Retry::AfterMs(ms) => Some(ms),
        errors::Retry::Never | errors::Retry::HostPolicy => None,
    };
    (kind, from.code, from.message, wait)
}
