//! One worker at a time: a lock that is let go of when its holder dies. On SQLite the operating system keeps it, on a file
//! beside the store's; PostgreSQL keeps it for a session of its own.

use std::fs::{File, TryLockError};
use std::path::Path;

use crate::driver::Engine;
use crate::{Store, StoreError};

/// Held until it is dropped, or until its process dies.
#[must_use = "the lock is let go of when this is dropped"]
pub struct Lock {
    _held: Held,
}

enum Held {
    File(#[expect(dead_code, reason = "it is held, not read")] File),
    #[cfg(feature = "postgres")]
    Session(#[expect(dead_code, reason = "it is held, not read")] Box<crate::driver::postgres::Held>),
}

impl Store {
    /// Takes the lock of the store's workers; none when somebody else holds it.
    ///
    /// # Errors
    /// The lock's file cannot be made, or the server does not answer.
    pub fn try_lock(&self) -> Result<Option<Lock>, StoreError> {
        self.try_lock_for("")
    }

    /// Takes the lock of one kind of work, such as `import`; none when somebody else holds it.
    ///
    /// # Errors
    /// As [`Store::try_lock`].
    pub fn try_lock_for(&self, work: &str) -> Result<Option<Lock>, StoreError> {
        let held = match &self.engine {
            Engine::Sqlite(pool) => file(pool.path(), work)?.map(Held::File),
            #[cfg(feature = "postgres")]
            Engine::Postgres(pool) => pool.server().hold(work)?.map(|held| Held::Session(Box::new(held))),
        };
        Ok(held.map(|held| Lock { _held: held }))
    }
}

fn file(store: &Path, work: &str) -> Result<Option<File>, StoreError> {
    let mut name = store.as_os_str().to_owned();
    name.push("-lock");
    name.push(work);
    let unavailable = |error: std::io::Error| StoreError::Unavailable { detail: error.to_string() };
    let file = File::create(name).map_err(unavailable)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(unavailable(error)),
    }
}
