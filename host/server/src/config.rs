//! Where the server listens, whom it believes, and what it lets a stranger cost.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;

use crate::ServeError;

/// Where it listens when nobody says.
const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8080);

/// Between two looks at settlements when nobody says.
const HOUR: Duration = Duration::from_secs(3_600);

/// `recaudo.toml` as far as it is the server's; other rooms read the rest.
#[derive(Deserialize)]
struct Raw {
    #[serde(default)]
    server: RawServer,
}

/// As written; unknown keys are errors, so that a misspelt one is not silently ignored.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawServer {
    listen: Option<String>,
    tls_cert: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    #[serde(default)]
    behind_proxy: bool,
    #[serde(default)]
    trusted_proxies: Vec<String>,
    #[serde(default)]
    metrics_from: Vec<String>,
    public_url: Option<String>,
    workers: Option<bool>,
    settlement_minutes: Option<u32>,
}

/// How a server is set up.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Certificate chain and key, both PEM; none speaks plain HTTP.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// A proxy in front of it speaks TLS: plain HTTP is no mistake then, wherever it listens.
    pub behind_proxy: bool,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// Who may read the metrics and the details of readiness, besides this machine.
    pub metrics_from: Vec<Network>,
    /// How the world reaches it, such as `https://pay.acme.example`; empty when nobody says.
    pub public_url: String,
    /// Does it work through queues beside answering?
    pub workers: bool,
    /// How often the workers read what gateways settled; none: not at all.
    pub settlements: Option<Duration>,
    /// What strangers may cost.
    pub limits: Limits,
}

impl Config {
    /// A server at an address, with nothing else said.
    pub fn at(listen: SocketAddr) -> Self {
        Self {
            listen,
            tls: None,
            behind_proxy: false,
            trusted_proxies: Vec::new(),
            metrics_from: Vec::new(),
            public_url: String::new(),
            workers: true,
            settlements: Some(HOUR),
            limits: Limits::default(),
        }
    }

    /// The server's part of `recaudo.toml`; paths in it are of the home's folder.
    ///
    /// # Errors
    /// The first key that is wrong.
    pub fn read(text: &str, home: &Path) -> Result<Self, ServeError> {
        let Raw { server: raw } =
            toml::from_str(text).map_err(|error| ServeError::Config(error.to_string()))?;
        let listen = raw.listen.as_deref().map_or(Ok(LISTEN), |text| address("server.listen", text))?;
        let tls = match (raw.tls_cert, raw.tls_key) {
            (Some(chain), Some(key)) => Some((home.join(chain), home.join(key))),
            (None, None) => None,
            (Some(_), None) => {
                return Err(ServeError::Config("server.tls_key: missing beside tls_cert".into()));
            }
            (None, Some(_)) => {
                return Err(ServeError::Config("server.tls_cert: missing beside tls_key".into()));
            }
        };
        Ok(Self {
            tls,
            behind_proxy: raw.behind_proxy,
            trusted_proxies: networks("server.trusted_proxies", &raw.trusted_proxies)?,
            metrics_from: networks("server.metrics_from", &raw.metrics_from)?,
            public_url: raw.public_url.unwrap_or_default(),
            workers: raw.workers.unwrap_or(true),
            settlements: match raw.settlement_minutes {
                None => Some(HOUR),
                Some(0) => None,
                Some(minutes) => Some(Duration::from_secs(u64::from(minutes) * 60)),
            },
            ..Self::at(listen)
        })
    }

    /// Payers' tokens and payments do not travel in the open by accident.
    pub(crate) fn check(&self) -> Result<(), ServeError> {
        if self.listen.ip().is_loopback() || self.tls.is_some() || self.behind_proxy {
            return Ok(());
        }
        Err(ServeError::Open { listen: self.listen })
    }

    /// Do browsers reach it over TLS?
    pub(crate) fn is_secure(&self) -> bool {
        self.tls.is_some() || self.public_url.starts_with("https://")
    }
}

/// An address to listen on.
///
/// # Errors
/// It is none; `key` says where it stands.
pub fn address(key: &str, text: &str) -> Result<SocketAddr, ServeError> {
    let wrong =
        || ServeError::Config(format!("{key}: expected an address such as 127.0.0.1:8080, found {text:?}"));
    text.parse().map_err(|_| wrong())
}

fn networks(key: &str, texts: &[String]) -> Result<Vec<Network>, ServeError> {
    let read = |text: &String| text.parse().map_err(|error| ServeError::Config(format!("{key}: {error}")));
    texts.iter().map(read).collect()
}

/// What strangers may cost.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of one body.
    pub body: usize,
    /// Bytes of all bodies held at once.
    pub bodies: usize,
    /// Connections at once.
    pub connections: usize,
    /// Connections at once of one address that is no trusted proxy.
    pub connections_each: usize,
    /// Until a request's head is whole, and a connection's handshake.
    pub head: Duration,
    /// Until a request's body is whole.
    pub arrival: Duration,
    /// A connection's life.
    pub life: Duration,
    /// Requests that wait for a seat at once.
    pub queue: usize,
    /// How long one waits for it.
    pub patience: Duration,
    /// Requests worked on at once; each holds a thread.
    pub seats: usize,
    /// How long a payer waits for a link before a page asks to wait on.
    pub link: Duration,
    /// How long what is under way may take once the server is asked to stop.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 1 << 20,
            bodies: 32 << 20,
            connections: 1_024,
            connections_each: 256,
            head: Duration::from_secs(10),
            arrival: Duration::from_secs(10),
            life: Duration::from_secs(300),
            queue: 512,
            patience: Duration::from_secs(5),
            seats: 16,
            link: Duration::from_secs(6),
            grace: Duration::from_secs(30),
        }
    }
}

/// Addresses that begin alike: `10.0.0.0/8`, `::1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// Is an address one of them?
    pub fn holds(&self, address: IpAddr) -> bool {
        let (ours, bits) = wide(self.address, self.bits);
        let (theirs, _) = wide(address, 0);
        let shift = 128 - u32::from(bits);
        self.address.to_canonical().is_ipv4() == address.to_canonical().is_ipv4()
            && ours.checked_shr(shift) == theirs.checked_shr(shift)
    }
}

/// Every address as 128 bits, so that both families compare alike.
fn wide(address: IpAddr, bits: u8) -> (u128, u8) {
    match address.to_canonical() {
        IpAddr::V4(v4) => (v4.to_ipv6_mapped().to_bits(), bits.saturating_add(96).min(128)),
        IpAddr::V6(v6) => (v6.to_bits(), bits),
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("expected an address or a network such as 10.0.0.0/8, found {text:?}");
        let (address, bits) =
            text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), str::parse).map_err(|_| wrong())?;
        if bits > most { Err(wrong()) } else { Ok(Self { address, bits }) }
    }
}

/// Who asks: the peer, or whom the nearest proxies we trust name.
pub(crate) fn client(peer: IpAddr, forwarded: &str, trusted: &[Network]) -> IpAddr {
    let ours = |address: IpAddr| trusted.iter().any(|network| network.holds(address));
    let mut client = peer.to_canonical();
    // The rightmost was written by the proxy next to us; what a stranger wrote stands further left.
    for named in forwarded.split(',').rev() {
        if !ours(client) {
            break;
        }
        let named = named.trim();
        let bare = named.parse().or_else(|_| named.parse().map(|address: SocketAddr| address.ip()));
        let Ok(address) = bare else { break };
        client = IpAddr::to_canonical(&address);
    }
    client
}
