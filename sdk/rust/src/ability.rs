//! What an interface lets a plugin ask for, and how its asks and answers cross the border.

use crate::bindings::channel::exports::recaudo::messaging::channel;
use crate::bindings::types::recaudo::effects::{files, http, io};
use crate::messaging;
use crate::tag::Asked;

/// What a plugin may ask for. [`crate::export!`] implements it: connectors get HTTP and files, channels also
/// mail.
pub trait Ability: Sized {
    /// What may be asked.
    type Effect: Asked + Clone;
    /// What comes back.
    type Outcome: Clone;
    /// How the host hands over what came back.
    type History: Into<Past<Self::Outcome>>;
    /// How the host is told what is wanted.
    type Suspension: From<Wanted<Self::Effect>>;
}

/// An ask on its way to the host.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask<E> {
    /// Names the answer.
    pub tag: u64,
    /// It changes something outside.
    pub commits: bool,
    /// What is to be done.
    pub effect: E,
}

/// Everything the host hands back: the last memo, and the answers by tag.
#[derive(Debug, Clone, PartialEq)]
pub struct Past<O> {
    /// The last memo.
    pub memo: Vec<u8>,
    /// Tag and outcome, in any order.
    pub answers: Vec<(u64, O)>,
}

impl<O> Default for Past<O> {
    fn default() -> Self {
        Self { memo: vec![], answers: vec![] }
    }
}

/// What a suspended function wants.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted<E> {
    /// Effects to perform.
    pub asks: Vec<Ask<E>>,
    /// Tags of answers no longer needed.
    pub drop: Vec<u64>,
    /// The new memo.
    pub memo: Vec<u8>,
}

/// The border of one vocabulary: its history, its suspension.
macro_rules! wire {
    ($interface:ident) => {
        impl From<$interface::History> for Past<$interface::Outcome> {
            fn from(history: $interface::History) -> Self {
                let answers =
                    history.answers.into_iter().map(|answer| (answer.tag, answer.outcome)).collect();
                Self { memo: history.memo, answers }
            }
        }
        impl From<Wanted<$interface::Effect>> for $interface::Suspension {
            fn from(wanted: Wanted<$interface::Effect>) -> Self {
                let ask = |Ask { tag, commits, effect }| $interface::Ask { tag, commits, effect };
                Self {
                    asks: wanted.asks.into_iter().map(ask).collect(),
                    drop: wanted.drop,
                    memo: wanted.memo,
                }
            }
        }
    };
}
wire!(io);
wire!(channel);

/// Effects are made of requests, and outcomes taken apart, without the plugin's naming a case.
macro_rules! case {
    ($effect:path, $outcome:path, $case:ident, $request:ty, $answer:ty) => {
        impl From<$request> for $effect {
            fn from(request: $request) -> Self {
                Self::$case(request)
            }
        }
        impl From<$outcome> for Option<$answer> {
            fn from(outcome: $outcome) -> Self {
                use $outcome as Outcome;
                if let Outcome::$case(answer) = outcome { Some(answer) } else { None }
            }
        }
        impl From<$answer> for $outcome {
            fn from(answer: $answer) -> Self {
                Self::$case(answer)
            }
        }
    };
}
case!(io::Effect, io::Outcome, Http, http::Request, http::Outcome);
case!(io::Effect, io::Outcome, File, files::Request, files::Outcome);
case!(channel::Effect, channel::Outcome, Http, http::Request, http::Outcome);
case!(channel::Effect, channel::Outcome, File, files::Request, files::Outcome);
case!(channel::Effect, channel::Outcome, Mail, messaging::Mail, messaging::MailReceipt);
