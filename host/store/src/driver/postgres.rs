//! PostgreSQL: a server's connections, one writer by an advisory lock, readers on snapshots, statements kept prepared.
//!
//! Sessions are kept between transactions, so a pooler in between must hand out whole sessions. A session that was lost
//! is opened anew: at the beginning of a transaction nobody notices, in its midst it is [`StoreError::Unavailable`].

mod bulk;
mod code;
mod connect;
mod work;

use std::sync::Mutex;

use postgres::{IsolationLevel, Transaction};

pub(crate) use self::bulk::Bulk;
pub(crate) use self::code::cell;
pub(crate) use self::connect::{Held, Server};
use self::connect::{Kept, is_lost};
use self::work::Work;
pub(crate) use self::work::{Session, dangling};
use super::sqlite::lock;
use super::{Conn, Db, READERS_MAX, Tx};
use crate::{StoreError, migrate};

/// Waits for the writer before, one at a time in a schema. The transaction is READ COMMITTED, so that what it reads after
/// this is what that writer left.
const WRITE: &str = "SELECT pg_advisory_xact_lock(hashtextextended('recaudo write ' || current_schema(), 0))";
/// The same, and the commit waits for the disk: with it everything that was committed before.
const WRITE_DURABLY: &str = "SET LOCAL synchronous_commit = on; \
    SELECT pg_advisory_xact_lock(hashtextextended('recaudo write ' || current_schema(), 0))";

/// A database's connections.
pub(crate) struct Pool {
    server: Server,
    writer: Mutex<Option<Kept>>,
    readers: Mutex<Vec<Kept>>,
}

/// How a transaction begins: `BEGIN` and whatever comes right after.
type Begin<'b> = &'b dyn Fn(&mut postgres::Client) -> Result<Transaction<'_>, postgres::Error>;

impl Pool {
    pub(crate) fn open(url: &str) -> Result<Self, StoreError> {
        let server = Server::parse(url)?;
        let mut kept = server.connect()?;
        migrate::postgres::run(&mut kept.client, server.place(), WRITE)?;
        Ok(Self { server, writer: Mutex::new(Some(kept)), readers: Mutex::default() })
    }

    pub(crate) fn place(&self) -> &str {
        self.server.place()
    }

    pub(crate) fn server(&self) -> &Server {
        &self.server
    }

    pub(crate) fn read<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&Conn<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut slot = lock(&self.readers).pop();
        let begin: Begin<'_> = &|client| {
            let snapshot = client.build_transaction().isolation_level(IsolationLevel::RepeatableRead);
            snapshot.read_only(true).start()
        };
        let result = self.within(&mut slot, begin, |db| work(&Conn { db: Db::Postgres(db) }));
        let mut readers = lock(&self.readers);
        if readers.len() < READERS_MAX {
            readers.extend(slot);
        }
        result
    }

    pub(crate) fn write<T, E: From<StoreError>>(
        &self,
        durably: bool,
        work: impl FnOnce(&Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let begin: Begin<'_> = &|client| {
            let mut tx = client.transaction()?;
            tx.batch_execute(if durably { WRITE_DURABLY } else { WRITE })?;
            Ok(tx)
        };
        self.within(&mut lock(&self.writer), begin, |db| work(&Tx { conn: Conn { db: Db::Postgres(db) } }))
    }

    /// Runs `work` in a transaction of the connection in `slot`, opened anew where it was lost; commits when it succeeds.
    /// A connection that is lost leaves the slot empty.
    fn within<T, E: From<StoreError>>(
        &self,
        slot: &mut Option<Kept>,
        begin: Begin<'_>,
        work: impl FnOnce(&dyn Session) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut may_be_stale = slot.is_some();
        let (result, lost) = loop {
            let kept = slot.take().map_or_else(|| self.server.connect(), Ok)?;
            let Kept { client, statements } = slot.insert(kept);
            let error = match begin(client) {
                Ok(tx) => {
                    let tx = Work::new(tx, statements);
                    let result = work(&tx);
                    break tx.end(result);
                }
                Err(error) => error,
            };
            let lost = is_lost(&error);
            if lost && may_be_stale {
                may_be_stale = false;
                *slot = None;
                continue;
            }
            break (Err(StoreError::from(error).into()), lost);
        };
        if lost {
            *slot = None;
        }
        result
    }
}
