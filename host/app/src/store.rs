//! Where the ledger lives: the home's own file, or a database of a PostgreSQL server (`[store]` of `recaudo.toml`).

use std::fs;
use std::io::Write as _;

use recaudo_engine::Progress;
use recaudo_engine::settings::{SettingsError, slip};
use recaudo_ports::secrets::Secrets as _;
use recaudo_store::{Step, Store};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::home::{CONFIG, Home};
use crate::system::EnvironmentSecrets;
use crate::{App, AppError};

/// The store's file in a home.
const FILE: &str = "recaudo.db";
/// The handle of the server's password: `RECAUDO_SECRET_STORE_PASSWORD`.
const SECRET: &str = "store";

/// As written. The other sections are other rooms'.
#[derive(Deserialize)]
struct Raw {
    store: Option<RawStore>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStore {
    url: String,
}

/// A store that was moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MovedView {
    /// Where it was, and still is, unchanged.
    pub from: String,
    /// Where it is now.
    pub to: String,
    /// What was carried over, each read back and found the same.
    pub tables: Vec<TableView>,
    /// Of all of them.
    pub rows: u64,
}

/// A table that was carried over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableView {
    /// Its name.
    pub table: String,
    /// Its rows.
    pub rows: u64,
    /// Over the rows' canonical bytes: the same on both sides, lower-case hex.
    pub sha256: String,
}

/// Opens the store a home names; its own file unless it names a server.
///
/// # Errors
/// The section is wrong, or the store cannot be used.
pub(crate) fn open(home: &Home, text: &str) -> Result<Store, AppError> {
    match named(text)? {
        Some(url) => connect(&url),
        None => Ok(Store::open(&home.path(FILE))?),
    }
}

fn named(text: &str) -> Result<Option<String>, SettingsError> {
    let raw: Raw = toml::from_str(text)
        .map_err(|error| SettingsError { file: CONFIG.into(), message: slip(&error, text) })?;
    Ok(raw.store.map(|store| store.url))
}

/// Connects with the password from outside: it stands in no file and in no list of processes.
fn connect(url: &str) -> Result<Store, AppError> {
    let refused = |code, detail: String| AppError::Refused { code, detail };
    let mut place = Url::parse(url)
        .ok()
        .filter(|url| matches!(url.scheme(), "postgres" | "postgresql") && url.has_host())
        .ok_or_else(|| {
            let detail = format!("store: expected postgres://user@host:port/database, found {url:?}");
            refused("store_url", detail)
        })?;
    if place.password().is_some() {
        let detail =
            "store: leave the password out of the address; it is read from RECAUDO_SECRET_STORE_PASSWORD";
        return Err(refused("password_in_file", detail.into()));
    }
    let secret =
        EnvironmentSecrets.get(SECRET).map_err(|error| refused("store_secret", error.to_string()))?;
    if let Some(password) = secret.as_ref().and_then(|secret| secret.field("password"))
        && place.set_password(Some(password)).is_err()
    {
        return Err(refused("store_url", format!("store: {url:?} has no place for a password")));
    }
    Ok(Store::connect(place.as_str())?)
}

impl App {
    /// Carries the store over to an empty database of a PostgreSQL server and has the home use that from now on. The store
    /// it came from stays as it was.
    ///
    /// # Errors
    /// Somebody works on the store, the database is not empty or does not answer, or the home's file cannot be written:
    /// then the home uses what it used before.
    pub fn move_store(&mut self, to: &str, progress: &mut dyn Progress) -> Result<MovedView, AppError> {
        let config = self.home.path(CONFIG);
        let io = |source| AppError::Io { path: config.clone(), source };
        let text = fs::read_to_string(&config).map_err(io)?;
        if named(&text)?.is_some() {
            let detail = format!("{CONFIG} names a store already; take [store] out before it is moved again");
            return Err(AppError::Refused { code: "store_named", detail });
        }
        let target = connect(to)?;
        let mut written = 0;
        let carried = self.engine.store.move_to(&target, &mut |step| match step {
            Step::Begin { rows, .. } => {
                written = 0;
                progress.begin("move", Some(rows));
            }
            Step::Written { rows } => {
                progress.advance(rows - written);
                written = rows;
            }
            Step::Proved => {}
        })?;
        let section = format!("\n[store]\nurl = {}\n", toml::Value::String(to.into()));
        let mut file = fs::OpenOptions::new().append(true).open(&config).map_err(io)?;
        file.write_all(section.as_bytes()).and_then(|()| file.sync_all()).map_err(io)?;
        let from = self.engine.store.place();
        self.engine.store = target;
        let tables: Vec<TableView> = carried
            .into_iter()
            .map(|table| TableView {
                table: table.table,
                rows: table.rows,
                sha256: hex::encode(table.sha256),
            })
            .collect();
        let rows = tables.iter().map(|table| table.rows).sum();
        Ok(MovedView { from, to: self.engine.store.place(), tables, rows })
    }
}

#[cfg(test)]
mod tests {
    use super::{connect, named};

    #[test]
    fn a_home_names_a_server_or_keeps_its_own_file() {
        assert_eq!(named("[creditor]\nname = \"A\"\n"), Ok(None));
        let url = "postgres://recaudo@db.acme.example/cobranza";
        assert_eq!(named(&format!("[store]\nurl = \"{url}\"\n")), Ok(Some(url.into())));
        let wrong = named("[store]\nadress = \"x\"\n").unwrap_err().to_string();
        assert!(wrong.starts_with("recaudo.toml: line 2: ") && wrong.contains("adress"), "{wrong}");
    }

    #[test]
    fn a_password_has_no_place_in_the_file() {
        let said = |url: &str| connect(url).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(said("postgres://recaudo:geheim@db/cobranza").contains("RECAUDO_SECRET_STORE_PASSWORD"));
        assert!(!said("postgres://recaudo:geheim@db/cobranza").contains("geheim"));
        assert!(said("mysql://db/cobranza").contains("expected postgres://"));
    }
}
