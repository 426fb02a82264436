//! Opening what an operator granted: a folder, an SFTP server, an object store.

use std::path::Path;

use opendal::blocking;

use super::{Place, failure};
use crate::wit::effects::files as wit;

pub(super) fn place(grant: &str, driver: &tokio::runtime::Handle) -> Result<Place, wit::FileFailure> {
    let _driving = driver.enter();
    let unavailable = |reason: String| failure(wit::FailureKind::Unavailable, "source-unavailable", reason);
    let (operator, folder) = match grant.split_once("://") {
        None => {
            let folder = Path::new(grant)
                .canonicalize()
                .map_err(|e| unavailable(format!("the granted folder cannot be opened: {e}")))?;
            if !folder.is_dir() {
                return Err(unavailable("the granted path is a file; grant the folder it stands in".into()));
            }
            let root = folder
                .to_str()
                .ok_or_else(|| unavailable("the granted folder's name is not UTF-8".into()))?;
            let builder = opendal::services::Fs::default().root(root);
            (opendal::Operator::new(builder).map_err(|e| unavailable(e.to_string()))?, Some(folder))
        }
        Some(("sftp", rest)) => (sftp(rest).map_err(unavailable)?, None),
        Some(("s3", rest)) => (s3(rest).map_err(unavailable)?, None),
        Some((other, _)) => {
            return Err(unavailable(format!(
                "`{other}://` is no kind of source; use a folder, sftp:// or s3://"
            )));
        }
    };
    let operator = blocking::Operator::new(operator).map_err(|e| unavailable(e.to_string()))?;
    Ok(Place { operator, folder })
}

/// `sftp://user@host[:port]/folder`; the system's ssh knows keys and hosts.
#[cfg(feature = "files-sftp")]
fn sftp(rest: &str) -> Result<opendal::Operator, String> {
    let (authority, root) = rest.split_once('/').unwrap_or((rest, ""));
    let (user, endpoint) = authority.split_once('@').ok_or("sftp:// needs user@host")?;
    let builder = opendal::services::Sftp::default()
        .endpoint(&format!("ssh://{endpoint}"))
        .user(user)
        .root(&format!("/{root}"))
        .known_hosts_strategy("Strict");
    opendal::Operator::new(builder).map_err(|e| e.to_string())
}

#[cfg(not(feature = "files-sftp"))]
fn sftp(_: &str) -> Result<opendal::Operator, String> {
    Err("this build has no SFTP; build it with the feature files-sftp".into())
}

/// `s3://bucket/folder?region=..&endpoint=..`; keys come from the environment, as every S3 client reads them.
#[cfg(feature = "files-s3")]
fn s3(rest: &str) -> Result<opendal::Operator, String> {
    let url = url::Url::parse(&format!("s3://{rest}")).map_err(|e| e.to_string())?;
    let bucket = url.host_str().ok_or("s3:// needs a bucket")?;
    let mut builder = opendal::services::S3::default().bucket(bucket).root(url.path());
    for (key, value) in url.query_pairs() {
        builder = match key.as_ref() {
            "region" => builder.region(&value),
            "endpoint" => builder.endpoint(&value),
            other => return Err(format!("s3:// knows region and endpoint, not `{other}`")),
        };
    }
    opendal::Operator::new(builder).map_err(|e| e.to_string())
}

#[cfg(not(feature = "files-s3"))]
fn s3(_: &str) -> Result<opendal::Operator, String> {
    Err("this build has no object stores; build it with the feature files-s3".into())
}
