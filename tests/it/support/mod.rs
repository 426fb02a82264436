//! What the integration tests share: the program, homes, real servers, real files.

pub(crate) mod desk;
pub(crate) mod maildev;
pub(crate) mod program;

use std::path::{Path, PathBuf};

/// The repository's root.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests lies in the root")
}

/// A file or folder of the shared data beside the repository.
///
/// Elsewhere than on the project's machines the test prints why it skips; in CI a skip is a failure.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let found = root().join("../shared").join(path);
    if found.exists() {
        return Some(found);
    }
    assert!(std::env::var_os("CI").is_none(), "in CI ../shared/{path} has to be there");
    println!("skipped: ../shared/{path} is not here");
    None
}
