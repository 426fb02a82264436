//! One worker at a time: a lock that the operating system lets go of when its holder dies.
//!
//! On PostgreSQL this is an advisory lock.

use std::fs::{File, TryLockError};

use crate::{Store, StoreError};

/// Held until it is dropped, or until its process dies.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Store {
    /// Takes the lock of the store's workers; none when somebody else holds it.
    ///
    /// # Errors
    /// The lock's file cannot be made.
    pub fn try_lock(&self) -> Result<Option<Lock>, StoreError> {
        self.try_lock_for("")
    }

    /// Takes the lock of one kind of work, such as `import`; none when somebody else holds it.
    ///
    /// # Errors
    /// As [`Store::try_lock`].
    pub fn try_lock_for(&self, work: &str) -> Result<Option<Lock>, StoreError> {
        let mut name = self.path().as_os_str().to_owned();
        name.push("-lock");
        name.push(work);
        let unavailable = |error: std::io::Error| StoreError::Unavailable { detail: error.to_string() };
        let file = File::create(name).map_err(unavailable)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Lock { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(unavailable(error)),
        }
    }
}
