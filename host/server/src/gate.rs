//! What keeps a flood from costing more than was allowed: seats for work, a queue before them, bytes of bodies.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::{Body, Bytes};
use http_body_util::BodyExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::Limits;

/// Why a request is not worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Too many are before it, or hold too much.
    Busy,
    /// Its body is larger than one may be.
    TooLarge,
    /// Its body does not arrive.
    Late,
    /// Its body broke off.
    Broken,
    /// The work ended in a panic.
    Died,
}

/// Seats at which requests are worked on, in threads of their own.
pub(crate) struct Gate {
    seats: Arc<Semaphore>,
    waiting: AtomicUsize,
    bytes: Arc<Semaphore>,
    limits: Limits,
}

/// A body, and the room it takes until it is dropped.
pub(crate) struct Held {
    pub(crate) bytes: Vec<u8>,
    _room: Option<OwnedSemaphorePermit>,
}

impl Gate {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            seats: Arc::new(Semaphore::new(limits.seats)),
            waiting: AtomicUsize::new(0),
            bytes: Arc::new(Semaphore::new(limits.bodies)),
            limits,
        }
    }

    /// Requests that wait for a seat.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Works once there is a seat. Work that began is finished even if nobody waits for it any more.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let seat = self.seat().await?;
        let done = tokio::task::spawn_blocking(move || {
            let _seat = seat;
            work()
        });
        done.await.map_err(|_| Refusal::Died)
    }

    async fn seat(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        if let Ok(seat) = Arc::clone(&self.seats).try_acquire_owned() {
            return Ok(seat);
        }
        let place = Place::take(&self.waiting, self.limits.queue)?;
        let seat = within(self.limits.patience, Arc::clone(&self.seats).acquire_owned()).await;
        drop(place);
        seat.ok_or(Refusal::Busy)?.map_err(|_| Refusal::Busy)
    }

    /// Takes in a body: whole, in time, and within what it and all of them may hold.
    pub(crate) async fn body(&self, body: Body, most: usize) -> Result<Held, Refusal> {
        let most = most.min(self.limits.body);
        let least = usize::try_from(hyper::body::Body::size_hint(&body).lower()).unwrap_or(usize::MAX);
        if least > most {
            return Err(Refusal::TooLarge);
        }
        within(self.limits.arrival, self.gather(body, most)).await.ok_or(Refusal::Late)?
    }

    async fn gather(&self, mut body: Body, most: usize) -> Result<Held, Refusal> {
        let mut held = Held { bytes: Vec::new(), _room: None };
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| Refusal::Broken)?;
            let Ok(piece): Result<Bytes, _> = frame.into_data() else { continue };
            if held.bytes.len().saturating_add(piece.len()) > most {
                return Err(Refusal::TooLarge);
            }
            let room = u32::try_from(piece.len()).map_err(|_| Refusal::TooLarge)?;
            let room = Arc::clone(&self.bytes).try_acquire_many_owned(room).map_err(|_| Refusal::Busy)?;
            match &mut held._room {
                Some(before) => before.merge(room),
                none => *none = Some(room),
            }
            held.bytes.extend_from_slice(&piece);
        }
        Ok(held)
    }
}

/// A place in the queue, given up wherever its request ends.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicUsize, queue: usize) -> Result<Self, Refusal> {
        let before = waiting.fetch_add(1, Ordering::Relaxed);
        let place = Self(waiting);
        if before >= queue { Err(Refusal::Busy) } else { Ok(place) }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn within<F: Future>(time: Duration, work: F) -> Option<F::Output> {
    tokio::time::timeout(time, work).await.ok()
}
