//! Calls to a vendor, and what its answers mean before they mean anything about money.

use serde::de::DeserializeOwned;

use crate::http::{Outcome, Request, Response};
use crate::{Ability, Ctx, Fail, Failure, Kind, Stop, io};

/// How a commit ended, when it ended in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Posted<T> {
    /// Done.
    Done(T),
    /// The vendor understood and said no; nothing was done.
    No(No),
    /// Nothing left; the code says why.
    NotSent(String),
}

impl<T> Posted<T> {
    /// The same end, with something else made of what was done.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Posted<U> {
        match self {
            Self::Done(done) => Posted::Done(make(done)),
            Self::No(no) => Posted::No(no),
            Self::NotSent(code) => Posted::NotSent(code),
        }
    }
}

/// A refusal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct No {
    /// Stable, of `wit/CODES.md` or the plugin's own.
    pub code: String,
    /// As the vendor names it: `provider-code`, `provider-field`. Never its words, which may quote ours.
    pub attributes: Vec<(String, String)>,
    /// What it left behind there, such as a declined payment; mostly empty.
    pub gateway_id: String,
}

impl No {
    /// A refusal with a code alone.
    pub fn new(code: impl Into<String>) -> Self {
        Self { code: code.into(), ..Self::default() }
    }
}

/// What is a vendor's own, implemented by its plugin; the provided functions are for all.
pub trait Vendor: Ability<Effect = io::Effect, Outcome = io::Outcome> {
    /// As messages call it: `stripe`.
    const NAME: &'static str;
    /// The statuses with which it refuses what it understood, when the body is a [`Vendor::Refusal`].
    const REFUSES: &'static [u16];
    /// The statuses with which it says that something is not there, likewise.
    const MISSING: &'static [u16] = &[404];
    /// The body of a refusal. It should not fit anything else: a proxy's page is no refusal.
    type Refusal: DeserializeOwned;

    /// A refusal in our words. It fails when this refusal does not prove that nothing was done.
    ///
    /// # Errors
    /// What became of the request then, such as a conflict of idempotency keys.
    fn no(status: u16, refusal: Self::Refusal, what: &str) -> Result<No, Failure>;

    /// What every request carries: the credential `api` if nothing else is said, often a version.
    fn dress(request: Request) -> Request {
        request.credential("api")
    }

    /// Changes something there; `what` says it for a person.
    ///
    /// # Errors
    /// What does not tell whether it was done: no answer after the request left, an answer nobody understands,
    /// a status that is neither done nor refused. And what the host refuses to send, which is for a person.
    fn commit<T: DeserializeOwned>(
        ctx: &mut Ctx<Self>,
        request: Request,
        what: &str,
    ) -> Result<Posted<T>, Stop> {
        let answer = match ctx.perform(io::Effect::Http(Self::dress(request)), true)? {
            io::Outcome::Http(Outcome::Ok(answer)) => answer,
            io::Outcome::Http(Outcome::Err(lost)) => {
                let failure = Fail::transport(&lost);
                // What the host refused to send is for a person; what could not be sent is tried again.
                let refused_here = failure.kind == Kind::Forbidden;
                return if lost.request_sent || refused_here {
                    Err(failure.into())
                } else {
                    Ok(Posted::NotSent(lost.code))
                };
            }
            io::Outcome::File(_) => return Err(Fail::diverged().into()),
        };
        if (200..=299).contains(&answer.status) {
            return Ok(Posted::Done(Self::read(&answer, what)?));
        }
        if Self::REFUSES.contains(&answer.status)
            && let Ok(refusal) = serde_json::from_slice(&answer.body)
        {
            return Ok(Posted::No(Self::no(answer.status, refusal, what)?));
        }
        Err(Self::failed(&answer, what).into())
    }

    /// Reads something there.
    ///
    /// # Errors
    /// Any status but 200, and what cannot be read.
    fn get<T: DeserializeOwned>(ctx: &mut Ctx<Self>, url: String, what: &str) -> Result<T, Stop> {
        let answer = ctx.fetch(Self::dress(Request::get(url)))?;
        Ok(Self::success(&answer, what)?)
    }

    /// As [`Vendor::get`], where not being there is an answer.
    ///
    /// # Errors
    /// As [`Vendor::get`]; a missing thing is told by [`Vendor::MISSING`] in the vendor's own words only.
    fn find<T: DeserializeOwned>(ctx: &mut Ctx<Self>, url: String, what: &str) -> Result<Option<T>, Stop> {
        let answer = ctx.fetch(Self::dress(Request::get(url)))?;
        let missing = Self::MISSING.contains(&answer.status)
            && serde_json::from_slice::<Self::Refusal>(&answer.body).is_ok();
        if missing { Ok(None) } else { Ok(Some(Self::success(&answer, what)?)) }
    }

    /// Several reads side by side, answers in the order of the addresses.
    ///
    /// # Errors
    /// As [`Vendor::get`], of the first that fails.
    fn get_all<T: DeserializeOwned>(
        ctx: &mut Ctx<Self>,
        urls: impl IntoIterator<Item = String>,
        what: &str,
    ) -> Result<Vec<T>, Stop> {
        let asks = urls.into_iter().map(|url| io::Effect::Http(Self::dress(Request::get(url))));
        let mut found = vec![];
        for outcome in ctx.perform_all(asks.collect())? {
            let io::Outcome::Http(outcome) = outcome else { return Err(Fail::diverged().into()) };
            let answer = outcome.map_err(|lost| Fail::transport(&lost))?;
            found.push(Self::success(&answer, what)?);
        }
        Ok(found)
    }

    /// The object of an answer with status 200.
    ///
    /// # Errors
    /// As [`Vendor::get`].
    fn success<T: DeserializeOwned>(answer: &Response, what: &str) -> Result<T, Failure> {
        if answer.status == 200 { Self::read(answer, what) } else { Err(Self::failed(answer, what)) }
    }

    /// The answer as an object.
    ///
    /// # Errors
    /// `unreadable-answer`: it is no such object, or was cut where the grant ends.
    fn read<T: DeserializeOwned>(answer: &Response, what: &str) -> Result<T, Failure> {
        serde_json::from_slice(&answer.body).map_err(|error| {
            let name = Self::NAME;
            let kind = if answer.truncated {
                "is longer than granted".to_owned()
            } else {
                format!("is not what {name} documents")
            };
            // The reader's words name a field and a place, never a value of ours or theirs.
            let message =
                format!("{what}: the answer {kind} ({error}); is /base_url {name}'s, or a proxy's?");
            Fail::invalid_input("unreadable-answer", message)
        })
    }

    /// A status that is no answer, with the vendor's own code in the details.
    fn failed(answer: &Response, what: &str) -> Failure {
        let mut failure = Fail::status(answer, what);
        let refusal = serde_json::from_slice::<Self::Refusal>(&answer.body).ok();
        if let Some(Ok(no)) = refusal.map(|refusal| Self::no(answer.status, refusal, what)) {
            failure.details.extend(no.attributes);
        }
        failure
    }
}
