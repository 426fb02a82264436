//! PostgreSQL's programs, wherever they are, and the unprivileged user that may run them.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};

/// Where Debian and its kin keep one folder a version.
const DEBIAN: &str = "/usr/lib/postgresql";
/// The oldest version that will do.
const VERSION_MIN: u32 = 15;
/// Clock ticks of a second, as Linux counts CPU in /proc.
const TICKS: u64 = 100;

/// Where the programs are, and who runs them.
pub(crate) struct Programs {
    folder: PathBuf,
    /// None: we are nobody special ourselves.
    user: Option<(u32, u32)>,
}

impl Programs {
    /// The newest version that is installed: in Debian's folders, or where `pg_config` says.
    pub(crate) fn find() -> Option<Self> {
        let version = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
        let versions = fs::read_dir(DEBIAN).into_iter().flatten().flatten().map(|entry| entry.path());
        let newest =
            versions.filter(|path| version(path) >= Some(VERSION_MIN)).max_by_key(|path| version(path));
        let folder = newest.map(|path| path.join("bin")).or_else(by_config)?;
        folder.join("initdb").exists().then(|| Self { folder, user: unprivileged() })
    }

    pub(crate) fn path(&self, program: &str) -> PathBuf {
        self.folder.join(program)
    }

    pub(crate) fn command(&self, program: &str) -> Command {
        self.as_user(Command::new(self.path(program)))
    }

    pub(crate) fn shell(&self) -> Command {
        self.as_user(Command::new("sh"))
    }

    fn as_user(&self, mut command: Command) -> Command {
        command.current_dir("/").env_remove("PGDATA").env_remove("PGOPTIONS");
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        command
    }

    pub(crate) fn run(&self, program: &str, args: &[&str]) -> anyhow::Result<()> {
        let output = self.command(program).args(args).output().with_context(|| program.to_owned())?;
        ensure!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    }

    /// Hands a file or folder to the user the server runs as.
    pub(crate) fn own(&self, path: &Path) -> anyhow::Result<()> {
        let Some((uid, gid)) = self.user else { return Ok(()) };
        Ok(chown(path, Some(uid), Some(gid))?)
    }
}

fn by_config() -> Option<PathBuf> {
    let output = Command::new("pg_config").args(["--bindir", "--version"]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (folder, version) = text.split_once('\n')?;
    let major = version.trim().strip_prefix("PostgreSQL ")?.split(|c: char| !c.is_ascii_digit()).next()?;
    (major.parse::<u32>().ok()? >= VERSION_MIN).then(|| folder.into())
}

/// The server refuses to run as root: its own user runs it then, or else nobody.
fn unprivileged() -> Option<(u32, u32)> {
    if fs::metadata("/proc/self").ok()?.uid() != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let ids = |name: &str| {
        let mut fields = users.lines().find(|line| line.split(':').next() == Some(name))?.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    ids("postgres").or_else(|| ids("nobody"))
}

/// CPU of a process and its children, ended ones included, and of the children that run.
pub(crate) fn cpu_us(pid: &str) -> anyhow::Result<u64> {
    let mut ticks = 0;
    for entry in fs::read_dir("/proc")?.flatten() {
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
        // The second field is the program's name in parentheses; the parent is the fourth, times stand from the 14th.
        let Some((_, rest)) = stat.rsplit_once(") ") else { continue };
        let fields: Vec<&str> = rest.split(' ').collect();
        let times =
            |count: usize| fields.iter().skip(11).take(count).filter_map(|text| text.parse::<u64>().ok());
        if entry.file_name().to_str() == Some(pid) {
            ticks += times(4).sum::<u64>();
        } else if fields.get(1) == Some(&pid) {
            ticks += times(2).sum::<u64>();
        }
    }
    Ok(ticks * (1_000_000 / TICKS))
}
