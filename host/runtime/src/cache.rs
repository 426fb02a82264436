//! Compiled components on disk. Any failure to load one is a miss: it is compiled again.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::error::RuntimeError;

/// A folder of compiled components, keyed by component digest, engine settings and this very host binary.
pub(crate) struct Cache {
    folder: PathBuf,
    host: String,
}

const DIGEST_BYTES: usize = 32;

impl Cache {
    /// Opens the folder, making it when it is not there.
    pub(crate) fn open(folder: &Path) -> Result<Self, RuntimeError> {
        fs::create_dir_all(folder)
            .map_err(|source| RuntimeError::Io { path: folder.display().to_string(), source })?;
        Ok(Self { folder: folder.to_owned(), host: host_build() })
    }

    /// The compiled component, if a whole one is there.
    pub(crate) fn load(&self, engine: &Engine, component_sha256: &[u8; 32]) -> Option<Component> {
        let bytes = fs::read(self.file(engine, component_sha256)).ok()?;
        let (digest, code) = bytes.split_at_checked(DIGEST_BYTES)?;
        if Sha256::digest(code).as_slice() != digest {
            return None;
        }
        #[expect(
            unsafe_code,
            reason = "native code written by this very binary (its build is in the key), whole by its digest, in a folder only the host writes"
        )]
        // SAFETY: the bytes are what `Component::serialize` of this build and these engine settings wrote: the file's
        // name carries both, and the digest before them shows that nothing is missing. Who can write into the folder
        // can replace the host's binary as well.
        let component = unsafe { Component::deserialize(engine, code) };
        component.ok()
    }

    /// Keeps a compiled component. A failure costs only time, so it is logged and forgotten.
    pub(crate) fn store(&self, engine: &Engine, component_sha256: &[u8; 32], component: &Component) {
        let file = self.file(engine, component_sha256);
        if let Err(reason) =
            component.serialize().map_err(|e| e.to_string()).and_then(|code| write(&file, &code))
        {
            log::warn!("compiled component not kept at {}: {reason}", file.display());
        }
    }

    fn file(&self, engine: &Engine, component_sha256: &[u8; 32]) -> PathBuf {
        let mut settings = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut settings);
        let name =
            format!("{}-{:016x}-{}.cwasm", hex::encode(component_sha256), settings.finish(), self.host);
        self.folder.join(name)
    }
}

fn write(file: &Path, code: &[u8]) -> Result<(), String> {
    let aside = file.with_extension(format!("{}.tmp", std::process::id()));
    let written = fs::File::create(&aside)
        .and_then(|mut f| f.write_all(&Sha256::digest(code)).and_then(|()| f.write_all(code)))
        .and_then(|()| fs::rename(&aside, file));
    written.map_err(|e| {
        // Half a file under another name is never read; it may as well go.
        let _ = fs::remove_file(&aside);
        e.to_string()
    })
}

/// This build of the host: length and time of its binary. Without one the process id, which never matches again.
fn host_build() -> String {
    let mut hasher = DefaultHasher::new();
    match std::env::current_exe().and_then(fs::metadata) {
        Ok(meta) => {
            meta.len().hash(&mut hasher);
            meta.modified().ok().hash(&mut hasher);
        }
        Err(_) => std::process::id().hash(&mut hasher),
    }
    format!("{:016x}", hasher.finish())
}
