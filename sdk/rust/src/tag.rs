//! The tag of an ask: a hash of the request and of how often it was asked before in the same operation.
//!
//! Answers are found by tag, never by position, so an answer is never taken for the answer to another
//! question.

use crate::bindings::types::recaudo::effects::{files, http};
use crate::messaging;

/// FNV-1a, 64 bits: small, no table, the same on every target.
pub struct Hasher(u64);

impl Hasher {
    pub(crate) fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// Feeds a field with its length, so that `ab`+`c` and `a`+`bc` differ.
    pub(crate) fn field(&mut self, bytes: &[u8]) -> &mut Self {
        self.raw(&(bytes.len() as u64).to_le_bytes()).raw(bytes)
    }

    pub(crate) fn number(&mut self, n: u64) -> &mut Self {
        self.raw(&n.to_le_bytes())
    }

    pub(crate) fn finish(&self) -> u64 {
        self.0
    }

    fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        self
    }
}

/// What can be asked for: feeds everything that makes two requests different.
pub trait Asked {
    /// Feeds the request to the hasher.
    fn feed(&self, hasher: &mut Hasher);
}

impl Asked for http::Request {
    fn feed(&self, h: &mut Hasher) {
        h.field(b"http").field(self.method.as_bytes()).field(self.url.as_bytes());
        for (name, value) in &self.headers {
            h.field(name.as_bytes()).field(value.as_bytes());
        }
        h.field(&self.body).field(self.credential.as_deref().unwrap_or("").as_bytes());
        for signing in &self.signing {
            let (http::Place::Header(place) | http::Place::Placeholder(place)) = &signing.place;
            h.field(signing.credential.as_bytes()).field(&signing.message).field(place.as_bytes());
            h.number(signing.algorithm as u64)
                .number(signing.encoding as u64)
                .field(signing.prefix.as_bytes());
        }
        slots(&self.slots, h);
        for capture in &self.captures {
            h.field(capture.credential.as_bytes()).field(capture.field.as_bytes());
        }
        h.field(self.spool.as_deref().unwrap_or("").as_bytes());
    }
}

fn slots(slots: &[http::Slot], h: &mut Hasher) {
    for slot in slots {
        h.field(slot.placeholder.as_bytes()).field(slot.credential.as_bytes()).field(slot.field.as_bytes());
        h.number(slot.escaping as u64);
    }
}

impl Asked for files::Request {
    fn feed(&self, h: &mut Hasher) {
        match self {
            Self::Enumerate(l) => {
                h.field(b"enumerate").field(l.source.as_bytes()).field(l.prefix.as_bytes());
                h.field(l.after.as_bytes()).number(u64::from(l.limit));
            }
            Self::Read(r) => {
                h.field(b"read").field(r.source.as_bytes()).field(r.path.as_bytes());
                h.number(r.offset)
                    .number(u64::from(r.length))
                    .field(r.etag.as_deref().unwrap_or("").as_bytes());
            }
            Self::Archive(t) => {
                h.field(b"archive").field(t.source.as_bytes()).field(t.path.as_bytes());
            }
            Self::Write(p) => {
                h.field(b"write").field(p.source.as_bytes()).field(p.path.as_bytes()).field(&p.bytes);
                slots(&p.slots, h);
            }
        }
    }
}

impl Asked for messaging::Mail {
    fn feed(&self, h: &mut Hasher) {
        h.field(b"mail")
            .field(self.sender.as_bytes())
            .field(self.subject.as_bytes())
            .field(self.text.as_bytes());
        for to in &self.to {
            h.field(to.as_bytes());
        }
        h.field(self.html.as_deref().unwrap_or("").as_bytes());
        for (name, value) in &self.headers {
            h.field(name.as_bytes()).field(value.as_bytes());
        }
        for attachment in &self.attachments {
            h.field(attachment.as_bytes());
        }
    }
}

impl Asked for crate::io::Effect {
    fn feed(&self, h: &mut Hasher) {
        match self {
            Self::Http(request) => request.feed(h),
            Self::File(request) => request.feed(h),
        }
    }
}

impl Asked for messaging::Effect {
    fn feed(&self, h: &mut Hasher) {
        match self {
            Self::Http(request) => request.feed(h),
            Self::Mail(mail) => mail.feed(h),
            Self::File(request) => request.feed(h),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Asked, Hasher};
    use crate::http::Request;

    fn tag(request: &Request) -> u64 {
        let mut hasher = Hasher::new();
        request.feed(&mut hasher);
        hasher.finish()
    }

    #[test]
    fn requests_that_differ_anywhere_have_different_tags() {
        let url = "https://a.example/";
        let plain = Request::get(url);
        let others = [
            Request::new("POST", url),
            Request::get("https://a.example/x"),
            Request::get(url).header("ab", "c"),
            Request::get(url).header("a", "bc"),
            Request::get(url).body("text/plain", "x"),
            Request::get(url).credential("api"),
            Request { spool: Some("s".into()), ..Request::get(url) },
        ];
        let mut tags: Vec<u64> = others.iter().chain([&plain]).map(tag).collect();
        tags.sort_unstable();
        tags.dedup();
        assert_eq!(tags.len(), others.len() + 1);
        assert_eq!(tag(&plain), tag(&plain.clone()));
    }
}
