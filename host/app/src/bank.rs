//! Bank files as a person names them.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use recaudo_engine::bank::BankFile;
use recaudo_engine::settings::Settings;
use recaudo_runtime::Runtime;
use sha2::{Digest, Sha256};

use crate::AppError;

/// A file by its folder, its name and the digest of its bytes.
///
/// # Errors
/// It cannot be read, or its name is no text.
pub fn file(path: &Path) -> Result<BankFile, AppError> {
    let fail = |source| AppError::Io { path: path.to_path_buf(), source };
    let place = path.canonicalize().map_err(fail)?;
    let text = |part: Option<&std::ffi::OsStr>| part.and_then(|part| part.to_str()).map(str::to_owned);
    let no_text = || fail(io::Error::new(io::ErrorKind::InvalidInput, "the path is no UTF-8"));
    let name = text(place.file_name()).ok_or_else(no_text)?;
    let folder = text(place.parent().map(Path::as_os_str)).ok_or_else(no_text)?;
    Ok(BankFile { folder, name, sha256: digest(&place).map_err(fail)? })
}

/// A file may be larger than memory.
fn digest(path: &Path) -> io::Result<[u8; 32]> {
    let mut file = File::open(path)?;
    let mut sha = Sha256::new();
    let mut chunk = vec![0; 1 << 16];
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok(sha.finalize().into()),
            read => sha.update(&chunk[..read]),
        }
    }
}

/// Fills in what each reader calls the folder of its files, as its manifest says.
pub(crate) fn label(settings: &mut Settings, runtime: &Runtime) {
    for reader in &mut settings.installed.statements {
        if let Ok(manifest) = runtime.registry().manifest(&reader.installation.plugin)
            && let Some(files) = manifest.files.first()
        {
            reader.label.clone_from(&files.source);
        }
    }
}
