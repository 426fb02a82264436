//! The home: a folder that holds one creditor's configuration, store, keys and outgoing mail.
//!
//! ```text
//! DIR/recaudo.toml        who the creditor is, how mail leaves, which plugins judge and send
//! DIR/segments.toml       segments, in order
//! DIR/strategies/*.toml   strategies
//! DIR/templates/*         messages that override the built-in ones
//! DIR/model.json          the scorer's configuration as `score train` left it; wins over recaudo.toml's
//! DIR/plugins/ID/         packages installed beside the built-in ones
//! DIR/recaudo.db          the store, unless recaudo.toml names a server
//! DIR/.key                wraps the keys that seal personal data (or RECAUDO_KEY, 64 hexadecimal digits)
//! DIR/.cache/             compiled plugins; may be deleted
//! DIR/mail/               a maildir, while no mail server is configured
//! ```

mod init;

use std::path::{Path, PathBuf};
use std::{fs, io};

use recaudo_engine::settings::SettingsText;

pub use init::InitOptions;

/// The file that makes a folder a home.
pub const CONFIG: &str = "recaudo.toml";
const KEY: &str = ".key";
const MODEL: &str = "model.json";
/// The variable that stands in for the key file.
pub const KEY_VARIABLE: &str = "RECAUDO_KEY";

/// What is wrong with a home.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// No `recaudo.toml`.
    #[error("{} is no recaudo home", .dir.display())]
    NoHome {
        /// The folder.
        dir: PathBuf,
    },
    /// There is a home already.
    #[error("{} is a recaudo home already", .dir.display())]
    Exists {
        /// The folder.
        dir: PathBuf,
    },
    /// Somebody's files are there.
    #[error("{} is not empty and no recaudo home", .dir.display())]
    NotEmpty {
        /// The folder.
        dir: PathBuf,
    },
    /// The key is no key.
    #[error(
        "{origin}: expected 64 hexadecimal digits; the data sealed with the right key cannot be read without it"
    )]
    Key {
        /// File or variable.
        origin: String,
    },
    /// An option of `init`.
    #[error("{field}: {detail}")]
    Option {
        /// Which.
        field: &'static str,
        /// What was expected.
        detail: String,
    },
    /// A file.
    #[error("{}: {source}", .path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// A home on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    dir: PathBuf,
}

/// The texts of a home, read once.
#[derive(Debug, Clone, Default)]
pub struct Texts {
    /// `recaudo.toml`.
    pub home: String,
    segments: Option<String>,
    strategies: Vec<(String, String)>,
    templates: Vec<(String, String)>,
}

impl Texts {
    /// As the engine parses them.
    pub fn settings(&self) -> SettingsText<'_> {
        SettingsText {
            home: &self.home,
            segments: self.segments.as_deref(),
            strategies: self.strategies.clone(),
            templates: self.templates.clone(),
        }
    }
}

impl Home {
    /// The home in a folder.
    ///
    /// # Errors
    /// There is none.
    pub fn at(dir: &Path) -> Result<Self, HomeError> {
        if !dir.join(CONFIG).is_file() {
            return Err(HomeError::NoHome { dir: dir.into() });
        }
        Ok(Self { dir: dir.into() })
    }

    /// Its folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// A file or folder in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Reads every text of its owner.
    ///
    /// # Errors
    /// A file cannot be read; the error names it.
    pub fn texts(&self) -> Result<Texts, HomeError> {
        let segments = self.path("segments.toml");
        Ok(Texts {
            home: read(&self.path(CONFIG))?,
            segments: segments.is_file().then(|| read(&segments)).transpose()?,
            strategies: read_all(&self.path("strategies"), Some("toml"))?,
            templates: read_all(&self.path("templates"), None)?,
        })
    }

    /// The scorer's configuration that `score train` left, if it did.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn model(&self) -> Result<Option<String>, HomeError> {
        let path = self.path(MODEL);
        path.is_file().then(|| read(&path)).transpose()
    }

    /// Keeps a scorer's configuration; the next start uses it.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn keep_model(&self, config_json: &str) -> Result<PathBuf, HomeError> {
        let path = self.path(MODEL);
        match fs::write(&path, config_json) {
            Ok(()) => Ok(path),
            Err(source) => Err(HomeError::Io { path, source }),
        }
    }

    /// The key that wraps the persons' keys; `variable` is what [`KEY_VARIABLE`] holds.
    ///
    /// # Errors
    /// Neither is there, or it is no key.
    pub fn key(&self, variable: Option<&str>) -> Result<[u8; 32], HomeError> {
        let (origin, text) = match variable {
            Some(text) => (KEY_VARIABLE.to_owned(), text.to_owned()),
            None => (self.path(KEY).display().to_string(), read(&self.path(KEY))?),
        };
        let mut key = [0; 32];
        hex::decode_to_slice(text.trim(), &mut key).map_err(|_| HomeError::Key { origin })?;
        Ok(key)
    }
}

fn read(path: &Path) -> Result<String, HomeError> {
    fs::read_to_string(path).map_err(|source| HomeError::Io { path: path.into(), source })
}

/// The files of a folder by name; a folder that is not there has none.
fn read_all(folder: &Path, extension: Option<&str>) -> Result<Vec<(String, String)>, HomeError> {
    let fail = |source| HomeError::Io { path: folder.into(), source };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(fail(error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(fail)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let wanted = extension.is_none_or(|wanted| path.extension().is_some_and(|e| e == wanted));
        if path.is_file() && wanted && !name.starts_with('.') && !name.ends_with('~') {
            files.push((name, read(&path)?));
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests;
