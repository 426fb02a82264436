//! Connections: how many, for how long, and how they end.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use crate::face::{Face, Peer};

/// Bytes of a request's head, and of what is read ahead of a body.
const HEAD_MAX: usize = 64 * 1024;
/// What a listener that ran out of descriptors waits before it tries again.
const OUT_OF_BREATH: Duration = Duration::from_millis(100);

/// Takes connections until it is told to stop, then lets what is under way end.
pub(crate) async fn listen(
    face: Arc<Face>,
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    router: Router,
    mut stop: watch::Receiver<bool>,
) {
    let limits = face.config.limits;
    let seats = Arc::new(Semaphore::new(limits.connections));
    let guests = Arc::new(Guests::default());
    let mut open = JoinSet::new();
    loop {
        // A connection waits in the system's queue until one of ours has ended.
        let seat = tokio::select! {
            seat = Arc::clone(&seats).acquire_owned() => seat,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let Ok(seat) = seat else { break };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        while open.try_join_next().is_some() {}
        let (stream, peer) = match accepted {
            Ok((stream, peer)) => (stream, peer.ip().to_canonical()),
            Err(error) => {
                log::warn!("a connection was not taken: {error}");
                tokio::time::sleep(OUT_OF_BREATH).await;
                continue;
            }
        };
        let trusted = face.config.trusted_proxies.iter().any(|network| network.holds(peer));
        let most = if trusted { limits.connections } else { limits.connections_each };
        let Some(guest) = Guests::enter(&guests, peer, most) else { continue };
        let connection = Connection {
            face: Arc::clone(&face),
            router: router.clone(),
            peer,
            stop: stop.clone(),
            _kept: (seat, guest),
        };
        open.spawn(connection.run(stream, tls.clone()));
    }
    drop(listener);
    let ended = async { while open.join_next().await.is_some() {} };
    if tokio::time::timeout(limits.grace, ended).await.is_err() {
        log::warn!("requests were cut off: they did not end within {} s", limits.grace.as_secs());
    }
}

struct Connection {
    face: Arc<Face>,
    router: Router,
    peer: IpAddr,
    stop: watch::Receiver<bool>,
    _kept: (OwnedSemaphorePermit, Guest),
}

impl Connection {
    async fn run(self, stream: TcpStream, tls: Option<TlsAcceptor>) {
        let open = &self.face.metrics.connections;
        open.fetch_add(1, Ordering::Relaxed);
        // Answers are short; waiting to fill a packet only delays them.
        let _ = stream.set_nodelay(true);
        match tls {
            None => self.serve(stream).await,
            Some(tls) => {
                let limit = self.face.config.limits.head;
                if let Ok(Ok(stream)) = tokio::time::timeout(limit, tls.accept(stream)).await {
                    self.serve(stream).await;
                }
            }
        }
        open.fetch_sub(1, Ordering::Relaxed);
    }

    async fn serve(&self, stream: impl AsyncRead + AsyncWrite + Unpin) {
        let limits = self.face.config.limits;
        let (router, peer) = (self.router.clone(), Peer(self.peer));
        let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
            request.extensions_mut().insert(peer);
            router.clone().oneshot(request.map(Body::new))
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.head)
            .max_buf_size(HEAD_MAX)
            .serve_connection(TokioIo::new(stream), service);
        tokio::pin!(connection);
        let mut stop = self.stop.clone();
        // How a connection ends is its peer's affair.
        tokio::select! {
            _ = connection.as_mut() => return,
            _ = stop.wait_for(|stop| *stop) => {}
            () = tokio::time::sleep(limits.life) => {}
        }
        connection.as_mut().graceful_shutdown();
        let _ = tokio::time::timeout(limits.grace, connection).await;
    }
}

/// Connections by address.
#[derive(Default)]
struct Guests(Mutex<BTreeMap<IpAddr, usize>>);

struct Guest {
    guests: Arc<Guests>,
    peer: IpAddr,
}

impl Guests {
    fn enter(guests: &Arc<Self>, peer: IpAddr, most: usize) -> Option<Guest> {
        let mut counts = guests.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(peer).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Guest { guests: Arc::clone(guests), peer })
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut counts = self.guests.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.peer) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.peer);
            }
        }
    }
}
