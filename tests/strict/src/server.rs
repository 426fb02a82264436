//! The server: one thread a connection, one lock around what it knows.

use std::collections::BTreeMap;
use std::io::{Error, ErrorKind, Result};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use serde_json::json;

use crate::fault::{Fault, Planned};
use crate::spec::Misuse;
use crate::vendors::{Call, Hook, Vendor};
use crate::wire::{self, Exchange, Reply, Request, Sent};

/// A request the server saw, and what it said.
#[derive(Debug, Clone)]
pub struct Seen {
    /// As it arrived.
    pub request: Request,
    /// The status it answered, or would have.
    pub status: u16,
    /// The misbehaviour it was told.
    pub fault: Option<Fault>,
    /// Answered from memory: the idempotency key was known.
    pub replayed: bool,
}

/// In which order webhooks leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// As it happened, once.
    Straight,
    /// Each twice.
    Doubled,
    /// The last first.
    Reversed,
}

struct Inside<V> {
    vendor: V,
    faults: Vec<Planned>,
    seen: Vec<Seen>,
    complaints: Vec<String>,
    /// By idempotency key: what was asked, what was answered.
    answered: BTreeMap<String, (Vec<u8>, Reply)>,
    clock: Option<i64>,
    stopped: bool,
}

/// A vendor's loopback server; it ends when it is dropped.
pub struct Server<V: Vendor> {
    inside: Arc<Mutex<Inside<V>>>,
    address: SocketAddr,
    thread: Option<JoinHandle<()>>,
}

impl<V: Vendor> Server<V> {
    /// Listens on a free port of this machine.
    ///
    /// # Errors
    /// When there is none.
    pub fn start(vendor: V) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let inside = Arc::new(Mutex::new(Inside {
            vendor,
            faults: vec![],
            seen: vec![],
            complaints: vec![],
            answered: BTreeMap::new(),
            clock: None,
            stopped: false,
        }));
        let shared = Arc::clone(&inside);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if lock(&shared).stopped {
                    return;
                }
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || serve(&shared, &stream));
            }
        });
        Ok(Self { inside, address, thread: Some(thread) })
    }

    /// `http://127.0.0.1:PORT`.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// `http://localhost:PORT`: the host refuses URLs that number their host.
    pub fn localhost_origin(&self) -> String {
        format!("http://localhost:{}", self.address.port())
    }

    /// Misbehaves at the next request that changes something.
    pub fn tell(&self, fault: Fault) {
        lock(&self.inside).faults.push(Planned { method: None, path: String::new(), fault });
    }

    /// Misbehaves at the next request of that method whose path begins so.
    pub fn tell_on(&self, method: &str, path: &str, fault: Fault) {
        let planned = Planned { method: Some(method.into()), path: path.into(), fault };
        lock(&self.inside).faults.push(planned);
    }

    /// Stands still at this second; without it the server's clock is the machine's.
    pub fn set_clock(&self, seconds: i64) {
        lock(&self.inside).clock = Some(seconds);
    }

    /// What happened so far, in order.
    pub fn requests(&self) -> Vec<Seen> {
        lock(&self.inside).seen.clone()
    }

    /// Requests the vendor's schema refused, and answers of this server that do not fit it.
    pub fn complaints(&self) -> Vec<String> {
        lock(&self.inside).complaints.clone()
    }

    /// Looks into the vendor's state, or changes it as payers and banks do.
    pub fn state<R>(&self, look: impl FnOnce(&mut V) -> R) -> R {
        let mut inside = lock(&self.inside);
        let now = now(&inside);
        inside.vendor.at(now);
        look(&mut inside.vendor)
    }

    /// Takes the webhooks that wait, signed as of now.
    pub fn hooks(&self) -> Vec<Hook> {
        let mut inside = lock(&self.inside);
        let now = now(&inside);
        inside.vendor.hooks(now)
    }

    /// Delivers the webhooks that wait to a plain http URL, and says each answer's status.
    ///
    /// # Errors
    /// When the receiver does not answer.
    pub fn deliver_webhooks(&self, url: &str, order: Order) -> Result<Vec<u16>> {
        let mut hooks = self.hooks();
        match order {
            Order::Straight => {}
            Order::Doubled => hooks = hooks.into_iter().flat_map(|hook| [hook.clone(), hook]).collect(),
            Order::Reversed => hooks.reverse(),
        }
        hooks.iter().map(|hook| deliver(url, hook)).collect()
    }
}

fn deliver(url: &str, hook: &Hook) -> Result<u16> {
    let url = match (hook.query.as_str(), url.contains('?')) {
        ("", _) => url.to_owned(),
        (query, true) => format!("{url}&{query}"),
        (query, false) => format!("{url}?{query}"),
    };
    let sent = Sent { method: "POST", url: &url, headers: hook.headers.clone(), body: &hook.body };
    match wire::exchange(&sent, Duration::from_secs(10)) {
        Exchange::Answered(status, ..) => Ok(status),
        Exchange::Failed { error, .. } => Err(error),
    }
}

impl<V: Vendor> Drop for Server<V> {
    fn drop(&mut self) {
        lock(&self.inside).stopped = true;
        // Wakes the listener, which then sees that it is over.
        let woken = TcpStream::connect(self.address);
        if let (Ok(_), Some(thread)) = (woken, self.thread.take()) {
            // A panic of the thread is in its own connection's report already.
            let _ = thread.join();
        }
    }
}

fn lock<V>(inside: &Mutex<Inside<V>>) -> MutexGuard<'_, Inside<V>> {
    inside.lock().unwrap_or_else(PoisonError::into_inner)
}

#[expect(clippy::disallowed_methods, reason = "webhooks are signed with the time, and receivers compare")]
fn now<V>(inside: &Inside<V>) -> i64 {
    let machine = || {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    };
    inside.clock.unwrap_or_else(machine)
}

fn serve<V: Vendor>(shared: &Mutex<Inside<V>>, stream: &TcpStream) {
    // Whoever calls and then says nothing is let go.
    let limited = stream.set_read_timeout(Some(Duration::from_secs(10)));
    let Ok(request) = limited.and_then(|()| wire::read_request(stream)) else { return };
    let fault = {
        let mut inside = lock(shared);
        let place = inside.faults.iter().position(|planned| planned.fits(&request.method, &request.path));
        place.map(|place| inside.faults.remove(place).fault)
    };
    if let Some(Fault::Slow(wait)) = fault {
        std::thread::sleep(wait);
    }
    let reply = work(shared, request, fault.clone());
    // The caller may be gone already, which is what some faults are for.
    let _ = answer(stream, fault.as_ref(), &reply);
}

fn answer(stream: &TcpStream, fault: Option<&Fault>, reply: &Reply) -> Result<()> {
    match fault {
        Some(Fault::Lost | Fault::Closed) => Err(Error::new(ErrorKind::ConnectionAborted, "as told")),
        Some(Fault::Half) => {
            let body = reply.body.to_string();
            wire::write_raw(stream, "application/json", &body.as_bytes()[..body.len() / 2], body.len())
        }
        Some(Fault::Garbage) => {
            let noise = [0xff, 0x00, b'{', b'"', 0x80];
            wire::write_raw(stream, "application/json", &noise, noise.len())
        }
        Some(Fault::OtherVersion) => {
            let other = br#"{"version":"2099-01-01","result":{"identifier":17,"state":7}}"#;
            wire::write_raw(stream, "application/json", other, other.len())
        }
        Some(Fault::Html) => {
            let page = b"<!DOCTYPE html><html><body>Please sign in</body></html>";
            wire::write_raw(stream, "text/html", page, page.len())
        }
        Some(Fault::Late(wait)) => {
            std::thread::sleep(*wait);
            wire::write_reply(stream, reply)
        }
        Some(Fault::Slow(_) | Fault::Status(_) | Fault::TooMany(_)) | None => {
            wire::write_reply(stream, reply)
        }
    }
}

fn work<V: Vendor>(shared: &Mutex<Inside<V>>, request: Request, fault: Option<Fault>) -> Reply {
    let mut inside = lock(shared);
    let (reply, replayed) = match &fault {
        Some(Fault::Status(status)) => (inside.vendor.refusal(*status, "as-told", "told to refuse"), false),
        Some(Fault::TooMany(seconds)) => {
            let refusal = inside.vendor.refusal(429, "as-told", "too many requests");
            (refusal.header("Retry-After", seconds.to_string()), false)
        }
        Some(Fault::Html | Fault::Closed) => (Reply::ok(json!(null)), false),
        _ => inside.reply(&request),
    };
    inside.seen.push(Seen { request, status: reply.status, fault, replayed });
    reply
}

impl<V: Vendor> Inside<V> {
    fn reply(&mut self, request: &Request) -> (Reply, bool) {
        if !self.vendor.authorised(request) {
            return (self.vendor.refusal(401, "unauthorized", "no valid credential"), false);
        }
        let fitting = match self.vendor.spec().check(request) {
            Ok(fitting) => fitting,
            Err(misuse) => return (self.misuse(request, &misuse), false),
        };
        let key = self.vendor.key_header().and_then(|name| request.header(name)).map(str::to_owned);
        let key = key.filter(|_| request.method != "GET");
        let asked = [request.method.as_bytes(), request.path.as_bytes(), &request.body].join(&b'\n');
        if let Some((before, reply)) = key.as_ref().and_then(|key| self.answered.get(key)) {
            return if *before == asked {
                (reply.clone().header("Idempotent-Replayed", "true"), true)
            } else {
                (self.vendor.key_conflict(), false)
            };
        }
        let reply = self.done(fitting);
        if let Some(key) = key.filter(|_| reply.status < 500) {
            self.answered.insert(key, (asked, reply.clone()));
        }
        (reply, false)
    }

    fn done(&mut self, (place, ids, query, body): crate::spec::Fitting) -> Reply {
        let now = now(self);
        self.vendor.at(now);
        let route = self.vendor.spec().route(place);
        let operation = format!("{} {}", route.method, route.template);
        let call = Call { operation: &operation, ids: &ids, query: &query, body: &body };
        let reply = self.vendor.serve(&call);
        if reply.status < 300
            && let Some(complaint) = self.vendor.spec().answer(place, &reply.body)
        {
            self.complain(format!("our own answer: {complaint}"));
        }
        reply
    }

    /// Each once: what is wrong once is wrong a hundred times.
    fn complain(&mut self, complaint: String) {
        if !self.complaints.contains(&complaint) {
            self.complaints.push(complaint);
        }
    }

    fn misuse(&mut self, request: &Request, misuse: &Misuse) -> Reply {
        let (status, code, message) = match misuse {
            Misuse::Path => (404, "unknown-path", format!("no such path: {}", request.path)),
            Misuse::Method => (405, "unknown-method", format!("no such method: {}", request.method)),
            Misuse::Field(name, reason) => (400, "bad-field", format!("{name} {reason}")),
        };
        self.complain(format!("{} {}: {message}", request.method, request.path));
        self.vendor.refusal(status, code, &message)
    }
}
