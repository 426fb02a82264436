//! The HTTP face: it parses, calls a use case, and answers. Beside it, workers go through the queues.
//!
//! [`serve`] holds the calling thread until the process is asked to end (SIGTERM, ctrl-c) or a [`Stop`] is pulled, then lets
//! what is under way end. Whatever it is sent is bounded: bodies, heads, connections, queues, time.
//!
//! Modules in reading order.

mod config;
mod gate;
mod tls;

mod face;
mod health;
mod metrics;
mod page;
mod pay;
mod webhook;
mod words;
mod worker;

mod listen;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use recaudo_engine::Engine;
use recaudo_engine::pay::Gateways;
use tokio::net::TcpListener;
use tokio::sync::watch;

pub use config::{Config, Limits, Network, address};

use face::Face;
use gate::Gate;
use metrics::Metrics;
use worker::Workers;

/// Why a server does not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The settings are not right.
    #[error("recaudo.toml: {0}")]
    Config(String),
    /// It would speak plain HTTP to the world.
    #[error(
        "server.listen: {listen} is open to others, and without TLS they could read along; set server.tls_cert and \
         server.tls_key, or server.behind_proxy = true where a proxy speaks TLS in front of it, or listen on 127.0.0.1"
    )]
    Open {
        /// Where it was to listen.
        listen: SocketAddr,
    },
    /// A certificate or key cannot be used.
    #[error("{}: {detail}; expected PEM: the certificate with its chain, and its private key", .path.display())]
    Tls {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// The address is not to be had.
    #[error("server.listen: {listen}: {source}; is another server there?")]
    Listen {
        /// Which.
        listen: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The machine gives no threads, signals or the like.
    #[error("the server does not start: {0}")]
    System(#[from] io::Error),
}

/// Ends a server from another thread. Without one, only the system's signals do.
#[derive(Debug, Clone)]
pub struct Stop(watch::Sender<bool>);

impl Default for Stop {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Stop {
    /// Asks it to end.
    pub fn pull(&self) {
        self.0.send_replace(true);
    }
}

/// Serves until it is asked to end. `ready` hears the address it listens on, once it does.
///
/// # Errors
/// The configuration would be a mistake, or the address or a file is not to be had.
pub fn serve(
    engine: Arc<Engine>,
    gateways: Gateways,
    config: Config,
    stop: &Stop,
    ready: impl FnOnce(SocketAddr),
) -> Result<(), ServeError> {
    config.check()?;
    let tls = config.tls.as_ref().map(|(chain, key)| tls::acceptor(chain, key)).transpose()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .worker_threads(2)
        .max_blocking_threads(config.limits.seats.saturating_add(4))
        .thread_name("recaudo-http")
        .build()?;
    let listen = config.listen;
    let bound = runtime.block_on(TcpListener::bind(listen));
    let listener = bound.map_err(|source| ServeError::Listen { listen, source })?;
    runtime.block_on(async { on_signals(stop.0.clone()) })?;
    let (grace, gateways) = (config.limits.grace, Arc::new(gateways));
    let (workers, threads) = match config.workers {
        true => Workers::start(&engine, &gateways, config.settlements),
        false => (Workers::none(), Vec::new()),
    };
    let face = Arc::new(Face {
        engine,
        gateways,
        gate: Gate::new(config.limits),
        config,
        metrics: Metrics::default(),
        workers: Arc::clone(&workers),
    });
    let router = face::router(Arc::clone(&face));
    ready(listener.local_addr()?);
    runtime.block_on(listen::listen(face, listener, tls, router, stop.0.subscribe()));
    workers.end();
    join(threads, grace);
    // What still runs after its time is cut off: the next start finds it in the journal.
    runtime.shutdown_timeout(Duration::from_secs(1));
    Ok(())
}

/// Both ways an operator ends a process pull the stop.
fn on_signals(stop: watch::Sender<bool>) -> io::Result<()> {
    #[cfg(unix)]
    let mut terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::spawn(async move {
        #[cfg(unix)]
        let told = async {
            tokio::select! {
                _ = terminated.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        };
        #[cfg(not(unix))]
        let told = async {
            let _ = tokio::signal::ctrl_c().await;
        };
        told.await;
        stop.send_replace(true);
    });
    Ok(())
}

/// Waits for the workers' passes, but not for ever.
fn join(threads: Vec<JoinHandle<()>>, grace: Duration) {
    let begun = Instant::now();
    for thread in threads {
        while !thread.is_finished() && begun.elapsed() < grace {
            std::thread::sleep(Duration::from_millis(10));
        }
        if thread.is_finished() {
            // What it died of is in its own report.
            let _ = thread.join();
        } else {
            log::warn!("a worker's pass was cut off: it did not end within {} s", grace.as_secs());
        }
    }
}

#[cfg(test)]
mod tests;
