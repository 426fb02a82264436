//! What a flood may cost, and what a slow or large request meets.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc;
use std::sync::{Arc, Barrier};
use std::thread::JoinHandle;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::StatusCode;

use super::bench::{Bench, Far, engine, owe, stripe, tight};
use crate::config::{Config, Limits, Network, client};
use crate::gate::{Gate, Refusal};
use crate::{ServeError, Stop, serve};

#[tokio::test]
async fn a_body_is_as_large_as_it_may_be_or_refused() {
    let bench = Bench::with(|config| config.limits = tight());
    assert_eq!(
        bench.deliver(true, vec![b'x'; 100]).await.status,
        StatusCode::BAD_REQUEST,
        "read, and no event"
    );
    assert_eq!(bench.deliver(true, vec![b'x'; 101]).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(bench.count("gateway_deliveries"), 1);
}

/// A body that says nothing of its length.
fn in_pieces(pieces: usize) -> Body {
    struct Pieces(usize);
    impl hyper::body::Body for Pieces {
        type Data = Bytes;
        type Error = std::convert::Infallible;
        fn poll_frame(
            mut self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<hyper::body::Frame<Bytes>, Self::Error>>> {
            let Some(left) = self.0.checked_sub(1) else { return std::task::Poll::Ready(None) };
            self.0 = left;
            let frame = hyper::body::Frame::data(Bytes::from_static(&[b'x'; 40]));
            std::task::Poll::Ready(Some(Ok(frame)))
        }
    }
    Body::new(Pieces(pieces))
}

#[tokio::test]
async fn a_body_of_unknown_length_ends_where_the_limit_is() {
    let bench = Bench::with(|config| config.limits = tight());
    assert_eq!(bench.deliver(true, in_pieces(2)).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(bench.deliver(true, in_pieces(1_000_000)).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn bodies_hold_no_more_than_all_of_them_may() {
    let gate = Gate::new(tight());
    let first = gate.body(Body::from(vec![0; 80]), usize::MAX).await;
    assert!(first.is_ok());
    assert_eq!(gate.body(Body::from(vec![0; 80]), usize::MAX).await.err(), Some(Refusal::Busy));
    drop(first);
    assert!(gate.body(Body::from(vec![0; 80]), usize::MAX).await.is_ok());
}

#[tokio::test]
async fn past_its_seats_and_its_queue_it_says_that_it_is_busy() {
    let gate = Arc::new(Gate::new(tight()));
    let (holds, told) = (Arc::new(Barrier::new(2)), Arc::clone(&gate));
    let held = Arc::clone(&holds);
    let first = tokio::spawn(async move { told.work(move || held.wait()).await.is_ok() });
    while gate.work(|| ()).await.is_ok() {
        tokio::task::yield_now().await;
    }
    // The seat is taken: one may wait, and not for ever; the next one may not even wait.
    let (waits, turned_away) = tokio::join!(gate.work(|| ()), gate.work(|| ()));
    assert_eq!((waits.err(), turned_away.err()), (Some(Refusal::Busy), Some(Refusal::Busy)));
    assert_eq!(gate.waiting(), 0);
    tokio::task::spawn_blocking(move || holds.wait()).await.unwrap();
    assert!(first.await.unwrap());
    assert!(gate.work(|| ()).await.is_ok());
}

#[test]
fn a_network_holds_what_begins_like_it() {
    let network = |text: &str| text.parse::<Network>();
    let holds = |text: &str, address: &str| network(text).unwrap().holds(address.parse().unwrap());
    assert!(holds("10.0.0.0/8", "10.255.1.2") && !holds("10.0.0.0/8", "11.0.0.1"));
    assert!(holds("192.0.2.7", "192.0.2.7") && !holds("192.0.2.7", "192.0.2.8"));
    assert!(holds("10.0.0.0/8", "::ffff:10.1.1.1"), "an IPv4 address in IPv6's clothes");
    assert!(holds("fd00::/8", "fd12::1") && !holds("fd00::/8", "fe80::1"));
    assert!(holds("0.0.0.0/0", "203.0.113.9") && !holds("0.0.0.0/0", "2001:db8::1"));
    assert!(holds("::/0", "2001:db8::1") && !holds("::/0", "203.0.113.9"));
    for wrong in ["10.0.0.0/33", "::/129", "ten", "10.0.0.0/", ""] {
        assert!(network(wrong).unwrap_err().contains("10.0.0.0/8"), "{wrong}");
    }
}

#[test]
fn a_client_is_who_the_nearest_proxies_of_ours_say() {
    let trusted = ["10.0.0.0/8".parse().unwrap()];
    let who = |peer: &str, forwarded: &str| client(peer.parse().unwrap(), forwarded, &trusted).to_string();
    assert_eq!(who("203.0.113.9", "127.0.0.1"), "203.0.113.9", "nobody asked a stranger");
    assert_eq!(who("10.0.0.1", ""), "10.0.0.1");
    assert_eq!(
        who("10.0.0.1", "127.0.0.1, 198.51.100.7"),
        "198.51.100.7",
        "what stands left, it wrote itself"
    );
    assert_eq!(who("10.0.0.1", "198.51.100.7:4711, 10.0.0.2"), "198.51.100.7");
    assert_eq!(who("10.0.0.1", "198.51.100.7, unknown"), "10.0.0.1");
}

/// A server of its own over real sockets.
pub(super) struct Served {
    address: SocketAddr,
    stop: Stop,
    thread: Option<JoinHandle<Result<(), ServeError>>>,
}

impl Served {
    fn start(limits: Limits) -> Self {
        Self::start_with(limits, |_| ())
    }

    pub(super) fn start_with(limits: Limits, change: impl FnOnce(&mut Config)) -> Self {
        let far = Arc::new(Far::default());
        let engine = engine(&far);
        owe(&engine);
        let gateways = [("stripe".to_owned(), stripe())].into();
        let (stop, (tell, told)) = (Stop::default(), mpsc::channel());
        let mut config = Config { limits, ..Config::at("127.0.0.1:0".parse().unwrap()) };
        change(&mut config);
        let pulled = stop.clone();
        let thread = std::thread::spawn(move || {
            serve(Arc::new(engine), gateways, config, &pulled, |address| tell.send(address).unwrap())
        });
        Self { address: told.recv_timeout(Duration::from_secs(20)).unwrap(), stop, thread: Some(thread) }
    }

    pub(super) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream
    }

    pub(super) fn end(mut self) -> Result<(), ServeError> {
        self.stop.pull();
        self.thread.take().unwrap().join().unwrap()
    }
}

fn rest(mut stream: &TcpStream) -> String {
    let mut text = String::new();
    // A connection that is reset has said what it had to say.
    let _ = stream.read_to_string(&mut text);
    text
}

#[test]
fn who_says_nothing_or_half_is_let_go_and_others_are_served_meanwhile() {
    let short = Duration::from_millis(300);
    let server = Served::start(Limits { head: short, arrival: short, ..Limits::default() });
    let silent = server.connect();
    let mut half = server.connect();
    half.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ").unwrap();
    let mut body = server.connect();
    body.write_all(b"POST /webhooks/stripe HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nab").unwrap();
    let mut quick = server.connect();
    quick.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    assert!(rest(&quick).starts_with("HTTP/1.1 200 OK"));
    assert!(rest(&body).starts_with("HTTP/1.1 408 "));
    rest(&silent);
    rest(&half);
    let mut large = server.connect();
    let _ = large.write_all(format!("GET /health HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(200_000)).as_bytes());
    assert!(!rest(&large).starts_with("HTTP/1.1 200"));
    server.end().unwrap();
}

#[test]
fn a_stop_lets_what_is_under_way_end_and_takes_nothing_new() {
    let server = Served::start(Limits::default());
    let address = server.address;
    let mut under_way = server.connect();
    let head = b"POST /webhooks/stripe HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\na";
    under_way.write_all(head).unwrap();
    // It is being read: the next connection's answer says so.
    let mut quick = server.connect();
    quick.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    assert!(rest(&quick).contains("ok"));
    server.stop.pull();
    std::thread::sleep(Duration::from_millis(200));
    under_way.write_all(b"bc").unwrap();
    let answer = rest(&under_way);
    assert!(answer.starts_with("HTTP/1.1 401 ") && answer.contains("connection: close"), "{answer}");
    server.end().unwrap();
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn one_address_does_not_take_every_seat() {
    let server = Served::start(Limits { connections_each: 2, ..Limits::default() });
    let held = [server.connect(), server.connect()];
    std::thread::sleep(Duration::from_millis(200));
    let mut third = server.connect();
    let _ = third.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert_eq!(rest(&third), "");
    drop(held);
    std::thread::sleep(Duration::from_millis(200));
    let mut fourth = server.connect();
    fourth.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    assert!(rest(&fourth).starts_with("HTTP/1.1 200"));
    server.end().unwrap();
}

#[test]
fn it_does_not_speak_plainly_to_the_world_by_accident() {
    let far = Arc::new(Far::default());
    let config = Config::at("0.0.0.0:0".parse().unwrap());
    let refused = serve(Arc::new(engine(&far)), [].into(), config, &Stop::default(), |_| ());
    let text = refused.unwrap_err().to_string();
    assert!(text.contains("server.tls_cert") && text.contains("server.behind_proxy"), "{text}");
}
