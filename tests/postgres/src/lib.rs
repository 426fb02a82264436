//! A PostgreSQL server of the tests' own: made in a temporary folder, on a free loopback port, gone with whoever started it.
//!
//! ```ignore
//! let Some(server) = Server::shared() else { return };   // says why; with CI set it panics instead
//! let store = Store::connect(&server.database()?)?;      // one server a process, one database a test
//! ```
//!
//! The server runs as an unprivileged user, as it insists. A watcher stops it and removes its folder when this process
//! ends in whatever way, killed too: it waits for the end of a pipe that only this process holds.

mod programs;

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, ensure};

use programs::Programs;

/// Who owns the databases.
const OWNER: &str = "recaudo";
/// Ports that are tried: between finding a free one and using it, somebody else may.
const TRIES: usize = 5;
/// What a server of tests does without: a power cut would lose it, which is no loss.
const CARELESS: &str = "-c fsync=off -c full_page_writes=off";

/// A running server.
pub struct Server {
    programs: Programs,
    folder: PathBuf,
    port: u16,
    password: String,
    settings: String,
    /// Closed, it ends the watcher, and with it the server.
    leash: Option<ChildStdin>,
    watcher: Child,
}

impl Server {
    /// The one server of this process; none where PostgreSQL is not installed, which is said, and is a failure where CI
    /// is set.
    ///
    /// # Panics
    /// The server is installed and does not start, or CI is set and it is not installed.
    pub fn shared() -> Option<&'static Self> {
        static SERVER: OnceLock<Option<Server>> = OnceLock::new();
        let start = || match Programs::find() {
            Some(programs) => Some(Self::with(programs, CARELESS).expect("a PostgreSQL server starts")),
            None => {
                let reason = "PostgreSQL 15 or later is not installed; `cargo xtask setup` installs it";
                assert!(std::env::var_os("CI").is_none(), "{reason}");
                eprintln!("skipped: {reason}");
                None
            }
        };
        SERVER.get_or_init(start).as_ref()
    }

    /// A server of the caller's own, to be stopped and started at will, with settings such as `-c shared_buffers=1GB`.
    ///
    /// # Errors
    /// It is not installed, or does not start.
    pub fn start(settings: &str) -> anyhow::Result<Self> {
        let programs = Programs::find().context("PostgreSQL 15 or later is not installed")?;
        Self::with(programs, settings)
    }

    fn with(programs: Programs, settings: &str) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("recaudo-pg-").tempdir()?.keep();
        programs.own(&folder)?;
        let password = fs::read_to_string("/proc/sys/kernel/random/uuid")?.trim().to_owned();
        let secret = folder.join("password");
        fs::write(&secret, &password)?;
        programs.own(&secret)?;
        let (mut watcher, leash) = watch(&programs, &folder)?;
        let data = folder.join("data");
        let made = programs.run(
            "initdb",
            &[
                "--no-sync",
                "--auth-local=trust",
                "--auth-host=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C",
                "-U",
                OWNER,
                "--pwfile",
                &secret.to_string_lossy(),
                "-D",
                &data.to_string_lossy(),
            ],
        );
        if let Err(error) = made {
            drop(leash);
            watcher.wait()?;
            return Err(error);
        }
        let settings = settings.to_owned();
        let mut server = Self { programs, folder, port: 0, password, settings, leash: Some(leash), watcher };
        server.first_start()?;
        Ok(server)
    }

    fn first_start(&mut self) -> anyhow::Result<()> {
        let mut last = None;
        for _ in 0..TRIES {
            self.port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
            match self.resume() {
                Ok(()) => return Ok(()),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| anyhow::anyhow!("no port was tried")))
    }

    /// Starts it again after [`Server::stop`], on the same port with the same content.
    ///
    /// # Errors
    /// It does not start; its log is quoted.
    pub fn resume(&self) -> anyhow::Result<()> {
        let (data, log) = (self.folder.join("data"), self.folder.join("log"));
        let settings = format!(
            "-c listen_addresses=127.0.0.1 -c unix_socket_directories={} -c port={} -c max_connections=200 {}",
            self.folder.display(),
            self.port,
            self.settings
        );
        let args = [
            "start",
            "-w",
            "-s",
            "-D",
            &data.to_string_lossy(),
            "-l",
            &log.to_string_lossy(),
            "-o",
            &settings,
        ];
        self.programs.run("pg_ctl", &args).with_context(|| fs::read_to_string(&log).unwrap_or_default())
    }

    /// Stops it as a crash would: sessions are cut off, nothing is written any more.
    ///
    /// # Errors
    /// It does not stop.
    pub fn stop(&self) -> anyhow::Result<()> {
        let data = self.folder.join("data");
        self.programs.run("pg_ctl", &["stop", "-w", "-s", "-m", "immediate", "-D", &data.to_string_lossy()])
    }

    /// Makes an empty database and says its URL, through the unix socket.
    ///
    /// # Errors
    /// The server refuses.
    pub fn database(&self) -> anyhow::Result<String> {
        static COUNT: AtomicU32 = AtomicU32::new(1);
        let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        self.sql("postgres", &format!("CREATE DATABASE {name}"))?;
        let socket = self.folder.to_string_lossy().replace('/', "%2F");
        Ok(format!("postgres://{OWNER}@{socket}:{}/{name}", self.port))
    }

    /// The same database over TCP, with a password.
    pub fn over_tcp(&self, url: &str) -> String {
        let name = url.rsplit('/').next().unwrap_or_default();
        format!("postgres://{OWNER}:{}@127.0.0.1:{}/{name}", self.password, self.port)
    }

    /// Runs SQL the way an administrator would, past whatever is being tested; says what psql prints.
    ///
    /// # Errors
    /// The statement's.
    pub fn sql(&self, database: &str, sql: &str) -> anyhow::Result<String> {
        let name = database.rsplit('/').next().unwrap_or_default();
        let mut psql = self.programs.command("psql");
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", OWNER, "-d", name, "-c", sql]);
        let port = self.port.to_string();
        let output = psql.arg("-h").arg(&self.folder).args(["-p", &port]).output().context("psql")?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// Microseconds of CPU its processes have used so far, those that ended included.
    pub fn cpu_us(&self) -> anyhow::Result<u64> {
        let pid = fs::read_to_string(self.folder.join("data/postmaster.pid"))?;
        programs::cpu_us(pid.lines().next().unwrap_or_default())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.leash.take());
        // A watcher that cannot be waited for still does its work.
        let _ = self.watcher.wait();
    }
}

/// Starts what stops the server and removes its folder once the returned pipe's end is closed.
fn watch(programs: &Programs, folder: &Path) -> anyhow::Result<(Child, ChildStdin)> {
    let script = "trap '' HUP INT TERM; cat >/dev/null; \"$1\" stop -s -m immediate -D \"$0/data\" 2>/dev/null; rm -rf \"$0\"";
    let mut sh = programs.shell();
    sh.args(["-c", script]).arg(folder).arg(programs.path("pg_ctl"));
    let mut watcher = sh.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let leash = watcher.stdin.take().context("the watcher has no pipe")?;
    Ok((watcher, leash))
}

#[cfg(test)]
mod tests;
