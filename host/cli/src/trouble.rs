//! What went wrong, in one sentence a person can act on, and what the exit code says of it.

use std::fmt;
use std::path::PathBuf;

use recaudo_app::AppError;
use recaudo_app::RuntimeError;
use recaudo_app::home::HomeError;
use recaudo_app::plugins::GrantError;
use recaudo_app::words::Words;
use recaudo_engine::error::EngineError;
use recaudo_ports::plugin::{PluginError, PluginErrorKind};
use recaudo_server::ServeError;

use crate::exit::Exit;

/// Why a command did not do its work.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// A home, a sandbox, a use case.
    App(AppError),
    /// A file of the person's.
    Read { path: PathBuf, detail: String },
    /// A file for the person.
    Write { path: PathBuf, detail: String },
    /// A server that does not serve.
    Serve(ServeError),
    /// An argument that parses and means nothing.
    Argument { key: &'static str, value: String },
}

impl<E: Into<AppError>> From<E> for Trouble {
    fn from(error: E) -> Self {
        Self::App(error.into())
    }
}

impl Trouble {
    /// What cannot be read, and why.
    pub(crate) fn read(path: impl Into<PathBuf>, detail: impl fmt::Display) -> Self {
        Self::Read { path: path.into(), detail: detail.to_string() }
    }

    /// What cannot be written, and why.
    pub(crate) fn write(path: impl Into<PathBuf>, detail: impl fmt::Display) -> Self {
        Self::Write { path: path.into(), detail: detail.to_string() }
    }

    /// A stable code for scripts.
    pub(crate) fn code(&self) -> &str {
        match self {
            Self::App(error) => app_code(error),
            Self::Read { .. } => "cannot_read",
            Self::Write { .. } => "cannot_write",
            Self::Serve(ServeError::Listen { .. }) => "cannot_listen",
            Self::Serve(ServeError::Config(_) | ServeError::Open { .. } | ServeError::Tls { .. }) => {
                "settings"
            }
            Self::Serve(ServeError::System(_)) => "fault",
            Self::Argument { .. } => "invalid",
        }
    }

    /// How the program ends.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::App(error) => app_exit(error),
            Self::Read { .. } | Self::Write { .. } => Exit::Refused,
            Self::Serve(ServeError::System(_)) => Exit::Fault,
            Self::Serve(_) => Exit::Refused,
            Self::Argument { .. } => Exit::Usage,
        }
    }

    /// The sentence, in the person's language as far as a code carries one.
    pub(crate) fn sentence(&self, words: &Words) -> String {
        match self {
            Self::App(error) => app_sentence(error, words),
            Self::Read { path, detail } => {
                words.fill("error.cannot_read", &[("path", &path.display()), ("detail", detail)])
            }
            Self::Write { path, detail } => {
                words.fill("error.cannot_write", &[("path", &path.display()), ("detail", detail)])
            }
            Self::Serve(error) => error.to_string(),
            Self::Argument { key, value } => words.fill(key, &[("value", value)]),
        }
    }
}

fn app_code(error: &AppError) -> &str {
    match error {
        AppError::Home(HomeError::NoHome { .. }) => "no_home",
        AppError::Home(HomeError::Exists { .. }) => "home_exists",
        AppError::Home(HomeError::NotEmpty { .. }) => "not_empty",
        AppError::Home(_) => "home",
        AppError::Settings(_) => "settings",
        AppError::Runtime(RuntimeError::Unsigned { .. }) => "unsigned",
        AppError::Runtime(RuntimeError::NotInstalled { .. }) | AppError::NoPlugin { .. } => "no_plugin",
        AppError::Runtime(RuntimeError::Config { .. }) => "plugin_config",
        AppError::Runtime(_) => "plugin",
        AppError::Grant(_) => "grant",
        AppError::Engine(error) => error.code(),
        AppError::Refused { code, .. } => code,
        AppError::Page(_) | AppError::Io { .. } => "fault",
    }
}

fn app_exit(error: &AppError) -> Exit {
    match error {
        AppError::Engine(error) => engine_exit(error),
        AppError::Page(_) => Exit::Fault,
        AppError::Home(_)
        | AppError::Settings(_)
        | AppError::Runtime(_)
        | AppError::Grant(_)
        | AppError::Refused { .. }
        | AppError::NoPlugin { .. }
        | AppError::Io { .. } => Exit::Refused,
    }
}

fn engine_exit(error: &EngineError) -> Exit {
    match error {
        EngineError::Unavailable { .. } => Exit::Unavailable,
        EngineError::Fault { .. } => Exit::Fault,
        EngineError::Plugin(error) => plugin_exit(error),
        EngineError::NotFound { .. }
        | EngineError::Refused { .. }
        | EngineError::Invalid { .. }
        | EngineError::Conflict { .. } => Exit::Refused,
    }
}

fn plugin_exit(error: &PluginError) -> Exit {
    match error.kind {
        PluginErrorKind::Unavailable | PluginErrorKind::RateLimited | PluginErrorKind::Timeout => {
            Exit::Unavailable
        }
        PluginErrorKind::Internal
        | PluginErrorKind::Trap
        | PluginErrorKind::OutOfFuel
        | PluginErrorKind::OutOfMemory
        | PluginErrorKind::Deadline
        | PluginErrorKind::Diverged
        | PluginErrorKind::Other => Exit::Fault,
        PluginErrorKind::InvalidConfig
        | PluginErrorKind::Unauthenticated
        | PluginErrorKind::Forbidden
        | PluginErrorKind::NotFound
        | PluginErrorKind::InvalidInput
        | PluginErrorKind::Conflict
        | PluginErrorKind::Rejected
        | PluginErrorKind::Unsupported
        | PluginErrorKind::NotInstalled => Exit::Refused,
    }
}

fn app_sentence(error: &AppError, words: &Words) -> String {
    match error {
        AppError::Home(HomeError::NoHome { dir }) => words.fill("error.no_home", &[("dir", &dir.display())]),
        AppError::Home(HomeError::Exists { dir }) => {
            words.fill("error.home_exists", &[("dir", &dir.display())])
        }
        AppError::Home(HomeError::NotEmpty { dir }) => {
            words.fill("error.not_empty", &[("dir", &dir.display())])
        }
        AppError::Home(HomeError::Option { field, detail }) => {
            words.fill("error.invalid", &[("field", field), ("detail", detail)])
        }
        AppError::Grant(GrantError::Unreadable(value)) => words.fill("error.bad_grant", &[("value", value)]),
        AppError::NoPlugin { id } => not_found("plugin", id, words),
        AppError::Engine(error) => engine_sentence(error, words),
        AppError::Refused { code, detail } => {
            words.fill("error.refused", &[("code", code), ("detail", detail)])
        }
        AppError::Home(_)
        | AppError::Settings(_)
        | AppError::Runtime(_)
        | AppError::Grant(_)
        | AppError::Page(_)
        | AppError::Io { .. } => error.to_string(),
    }
}

fn not_found(kind: &str, id: &str, words: &Words) -> String {
    let kind = words.find(&format!("kind.{kind}")).unwrap_or(kind);
    words.fill("error.not_found", &[("kind", &kind), ("id", &id)])
}

fn engine_sentence(error: &EngineError, words: &Words) -> String {
    match error {
        EngineError::NotFound { kind, id } => not_found(kind, id, words),
        EngineError::Refused { code, detail } => {
            words.fill("error.refused", &[("code", code), ("detail", detail)])
        }
        EngineError::Invalid { field, detail } => {
            words.fill("error.invalid", &[("field", field), ("detail", detail)])
        }
        EngineError::Conflict { detail } => words.fill("error.conflict", &[("detail", detail)]),
        EngineError::Unavailable { what, .. } => words.fill("error.unavailable", &[("what", what)]),
        EngineError::Plugin(error) => error.to_string(),
        EngineError::Fault { detail } => words.fill("error.fault", &[("detail", detail)]),
    }
}
