//! A server: what its URL says, new sessions, and sessions that hold a lock for as long as they live.

use std::collections::HashMap;
use std::error::Error as _;
use std::time::Duration;

use postgres::config::{Host, SslMode};
use postgres::error::SqlState;
use postgres::{Client, Config, NoTls, Statement};

use crate::StoreError;
use crate::driver::BUSY_TIMEOUT;

/// The oldest server that is known to do; `server_version_num`.
const VERSION_MIN: i32 = 150_000;
/// A connection is given up after this long, where the URL does not say `connect_timeout`.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// What was sent and is not acknowledged means that the server is gone, where the URL does not say `tcp_user_timeout`.
const UNACKNOWLEDGED: Duration = Duration::from_secs(60);

/// A session, with the statements it has prepared.
pub(crate) struct Kept {
    pub(crate) client: Client,
    pub(crate) statements: HashMap<Box<str>, Statement>,
}

/// A session that exists to hold an advisory lock: the server lets go of it when the session ends.
pub(crate) struct Held {
    _session: Client,
}

/// What a URL says.
pub(crate) struct Server {
    config: Config,
    place: String,
}

impl Server {
    pub(crate) fn parse(url: &str) -> Result<Self, StoreError> {
        let unusable = |why: String| StoreError::Unavailable { detail: why };
        let mut config: Config = url.parse().map_err(|error: postgres::Error| {
            let cause = error.source().map_or_else(|| error.to_string(), ToString::to_string);
            unusable(format!("the store's address is no postgres://user@host:port/database ({cause})"))
        })?;
        let place = place_of(&config);
        if config.get_ssl_mode() == SslMode::Require {
            return Err(unusable(format!(
                "{place}: sslmode=require asks for TLS, which this recaudo does not speak yet: use a server on this \
                 machine, a unix socket or a tunnel, and sslmode=disable"
            )));
        }
        config.ssl_mode(SslMode::Disable).application_name("recaudo");
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(UNACKNOWLEDGED);
        }
        Ok(Self { config, place })
    }

    /// Host, port and database; never who logs in, nor how.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    pub(crate) fn connect(&self) -> Result<Kept, StoreError> {
        Ok(Kept { client: self.session()?, statements: HashMap::new() })
    }

    /// Takes a lock of the store's schema in a session of its own; none when somebody else holds it.
    pub(crate) fn hold(&self, name: &str) -> Result<Option<Held>, StoreError> {
        let mut session = self.session()?;
        let sql = "SELECT pg_try_advisory_lock(hashtextextended($1 || current_schema(), 0))";
        let taken = session.query_one(sql, &[&format!("recaudo lock {name} ")])?;
        Ok(taken.try_get::<_, bool>(0)?.then_some(Held { _session: session }))
    }

    fn session(&self) -> Result<Client, StoreError> {
        let unusable = |why: String| StoreError::Unavailable { detail: format!("{}: {why}", self.place) };
        let mut client = self.config.connect(NoTls).map_err(|error| unusable(words(&error)))?;
        client.batch_execute(&format!(
            "SET synchronous_commit = off; SET lock_timeout = {}; SET jit = off; SET client_min_messages = warning",
            BUSY_TIMEOUT.as_millis()
        ))?;
        let sql = "SELECT current_setting('server_version_num')::int, current_setting('server_encoding'), \
                   current_schema() IS NOT NULL";
        let row = client.query_one(sql, &[])?;
        let (version, encoding, schema) =
            (row.try_get::<_, i32>(0)?, row.try_get::<_, String>(1)?, row.try_get::<_, bool>(2)?);
        if version < VERSION_MIN {
            return Err(unusable(format!("PostgreSQL {} is too old; use 15 or later", version / 10_000)));
        }
        if encoding != "UTF8" {
            return Err(unusable(format!(
                "the database's encoding is {encoding}; make it with ENCODING 'UTF8'"
            )));
        }
        if !schema {
            return Err(unusable("none of the schemas in search_path exists; create one".into()));
        }
        Ok(client)
    }
}

fn place_of(config: &Config) -> String {
    let host = match config.get_hosts().first() {
        Some(Host::Tcp(name)) => name.clone(),
        #[cfg(unix)]
        Some(Host::Unix(folder)) => folder.display().to_string(),
        None => config.get_hostaddrs().first().map_or_else(|| "localhost".into(), ToString::to_string),
    };
    let port = config.get_ports().first().copied().unwrap_or(5432);
    let database = config.get_dbname().or(config.get_user()).unwrap_or("?");
    format!("postgres://{host}:{port}/{database}")
}

/// The session is gone: the server stopped, the network broke.
pub(crate) fn is_lost(error: &postgres::Error) -> bool {
    let code = error.code();
    let ended = [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN, SqlState::CANNOT_CONNECT_NOW];
    error.is_closed()
        || error.source().is_some_and(|source| source.is::<std::io::Error>())
        || code.is_some_and(|code| ended.contains(code) || code.code().starts_with("08"))
}

/// What went wrong, without the values the server would quote.
pub(crate) fn words(error: &postgres::Error) -> String {
    match (error.as_db_error(), error.source()) {
        (Some(refused), _) => refused.message().to_owned(),
        (None, Some(source)) => format!("{error}: {source}"),
        (None, None) => error.to_string(),
    }
}
