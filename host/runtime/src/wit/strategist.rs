//! Decisions.

use recaudo_ports::plugin::Decision;

use super::exports::policy::strategist as wit;

impl From<wit::Decision> for Decision {
    fn from(from: wit::Decision) -> Self {
        Self {
            row: from.row,
            action: from.action,
            not_before: from.not_before.map(Into::into),
            priority: from.priority,
            rule: from.rule,
            arguments: from.arguments,
        }
    }
}
