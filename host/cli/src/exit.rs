//! How the program ends. Scripts rely on these numbers; the help lists them.

use std::process::ExitCode;

/// An exit code with a meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// Done.
    Done,
    /// A fault of ours, or damaged data.
    Fault,
    /// The command line is wrong.
    Usage,
    /// Done, but something waits for a person: quarantine, unknown outcomes, unexpected verdicts.
    Incomplete,
    /// A rule, a grant or the configuration said no.
    Refused,
    /// Something outside does not answer.
    Unavailable,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Done => Self::SUCCESS,
            Exit::Fault => Self::from(1),
            Exit::Usage => Self::from(2),
            Exit::Incomplete => Self::from(3),
            Exit::Refused => Self::from(4),
            Exit::Unavailable => Self::from(5),
        }
    }
}
