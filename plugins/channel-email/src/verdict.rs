//! What a mail server's answer means for the message.

use recaudo_sdk::messaging::{MailReceipt, Receipt, Status};
use recaudo_sdk::values::Instant;

/// | the server | receipt | code |
/// |---|---|---|
/// | took it | accepted | |
/// | answered 5xx | failed: another try would fail too | `smtp-550` |
/// | never got the message, 4xx | not attempted: it may be tried again | `smtp-451` |
/// | never got the message, no answer | not attempted | `smtp-unreachable` |
/// | got it and answered 4xx | failed: the server says it has it not | `smtp-452` |
/// | got it, perhaps, and said nothing | unknown | `smtp-no-answer` |
pub(crate) fn receipt(answer: &MailReceipt, message_id: String, now: Instant) -> Receipt {
    let (status, code) = match (answer.accepted, answer.code, answer.sent) {
        (true, _, _) => (Status::Accepted, String::new()),
        (false, 500..=599, _) | (false, 400..=499, true) => (Status::Failed, format!("smtp-{}", answer.code)),
        (false, 400..=499, false) => (Status::NotAttempted, format!("smtp-{}", answer.code)),
        (false, _, false) => (Status::NotAttempted, "smtp-unreachable".into()),
        (false, _, true) => (Status::Unknown, "smtp-no-answer".into()),
    };
    Receipt { status, provider_id: message_id, code, occurred_at: Some(now), cost: None }
}

/// Said without asking a server.
pub(crate) fn refused(status: Status, code: &str) -> Receipt {
    Receipt { status, provider_id: String::new(), code: code.into(), occurred_at: None, cost: None }
}
