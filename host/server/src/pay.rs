//! The payer's page: what is owed, a button a gateway, and the way there. Whoever holds the token is let in, to this alone.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use recaudo_engine::EngineError;
use recaudo_engine::pay::{self, LinkAsk, OperationView, PayPage};

use crate::face::Face;
use crate::gate::Refusal;
use crate::page::{self, House, POLICY};
use crate::words::{Words, words};
use crate::worker;

/// Bytes of a form: many thousands of documents.
const FORM_MAX: usize = 256 << 10;
/// Documents a payer may name.
const DOCUMENTS_MAX: usize = 2_000;
/// Between two looks at a link that is being made.
const LOOK: Duration = Duration::from_millis(120);
/// A token is so long at least and at most; another text is none, and nobody looks for it.
const TOKEN_LEN: std::ops::RangeInclusive<usize> = 16..=128;

/// Who asks, before anything is known of the token.
struct Asked {
    lang: Option<String>,
    accepts: String,
}

impl Asked {
    fn of(request: &Request<Body>) -> Self {
        let query = request.uri().query().unwrap_or("").as_bytes();
        let lang = url::form_urlencoded::parse(query).find(|(name, _)| name == "lang");
        let accepts = request.headers().get(header::ACCEPT_LANGUAGE);
        Self {
            lang: lang.map(|(_, value)| value.into_owned()),
            accepts: accepts.and_then(|value| value.to_str().ok()).unwrap_or("").to_owned(),
        }
    }

    fn words(&self, locale: &str) -> &'static Words {
        words(self.lang.as_deref(), locale, &self.accepts)
    }
}

/// Why there is no page of a payer's.
enum Nothing {
    NoSuchToken,
    Refused(Refusal),
    Failed(EngineError),
}

/// `GET /pay/{token}`
pub(crate) async fn owed(
    State(face): State<Arc<Face>>,
    Path(token): Path<String>,
    request: Request<Body>,
) -> Response {
    let asked = Asked::of(&request);
    match look(&face, &token).await {
        Err(nothing) => turned_away(&face, &asked, nothing),
        Ok(found) => {
            let house = house(&face, asked.words(&found.locale));
            let gateways: Vec<&str> = face.gateways.keys().map(String::as_str).collect();
            html(StatusCode::OK, page::owed(&house, &token, &found, &gateways))
        }
    }
}

/// `GET /pay/{token}/return`
pub(crate) async fn returned(
    State(face): State<Arc<Face>>,
    Path(token): Path<String>,
    request: Request<Body>,
) -> Response {
    let asked = Asked::of(&request);
    match look(&face, &token).await {
        Err(nothing) => turned_away(&face, &asked, nothing),
        Ok(found) => {
            let house = house(&face, asked.words(&found.locale));
            html(StatusCode::OK, page::returned(&house, &token, &found))
        }
    }
}

/// `POST /pay/{token}/{gateway}`
pub(crate) async fn go(
    State(face): State<Arc<Face>>,
    Path((token, gateway)): Path<(String, String)>,
    request: Request<Body>,
) -> Response {
    let asked = Asked::of(&request);
    let found = match look(&face, &token).await {
        Err(nothing) => return turned_away(&face, &asked, nothing),
        Ok(found) if !face.gateways.contains_key(&gateway) => {
            drop(found);
            return turned_away(&face, &asked, Nothing::NoSuchToken);
        }
        Ok(found) => found,
    };
    let wish = match face.gate.body(request.into_body(), FORM_MAX).await {
        Ok(held) => Wish::read(&held.bytes, &found),
        Err(refusal) => return turned_away(&face, &asked, Nothing::Refused(refusal)),
    };
    let house = house(&face, asked.words(&found.locale));
    match prepare(&face, &token, &gateway, wish, &found.customer).await {
        Err(nothing @ (Nothing::Refused(_) | Nothing::NoSuchToken)) => turned_away(&face, &asked, nothing),
        // Paid meanwhile, or never owed: what is owed now says it all.
        Err(Nothing::Failed(
            EngineError::NotFound { .. } | EngineError::Refused { .. } | EngineError::Invalid { .. },
        )) => see_other(&format!("../{token}")),
        Err(Nothing::Failed(error)) => {
            log::error!("a link by {gateway}: {}: {error}", error.code());
            html(StatusCode::SERVICE_UNAVAILABLE, page::failed(&house, &format!("../{token}")))
        }
        Ok(operation) => match url_of(&operation) {
            Some(url) => see_other(url),
            // Relative to this address: `/pay/TOKEN/GATEWAY`.
            None => see_other(&format!("wait/{}", operation.id)),
        },
    }
}

/// `GET /pay/{token}/wait/{operation}`
pub(crate) async fn wait(
    State(face): State<Arc<Face>>,
    Path((token, operation)): Path<(String, i64)>,
    request: Request<Body>,
) -> Response {
    let asked = Asked::of(&request);
    let found = match look(&face, &token).await {
        Err(nothing) => return turned_away(&face, &asked, nothing),
        Ok(found) => found,
    };
    // Of this customer's own alone.
    let Some(operation) = found.operations.iter().find(|known| known.id == operation) else {
        return turned_away(&face, &asked, Nothing::NoSuchToken);
    };
    let house = house(&face, asked.words(&found.locale));
    match url_of(operation) {
        Some(url) => see_other(url),
        None if is_open(operation) => {
            face.workers.nudge(worker::GATEWAYS);
            html(StatusCode::OK, page::preparing(&house))
        }
        None => html(StatusCode::OK, page::failed(&house, &format!("../../{token}"))),
    }
}

/// What a payer ticked.
struct Wish {
    currency: Option<String>,
    documents: Vec<String>,
}

impl Wish {
    /// A form that names every document of its currency wants all of it, whatever comes to it meanwhile.
    fn read(form: &[u8], page: &PayPage) -> Self {
        let mut wish = Self { currency: None, documents: Vec::new() };
        for (name, value) in url::form_urlencoded::parse(form) {
            match name.as_ref() {
                "currency" => wish.currency = Some(value.into_owned()),
                "document" if wish.documents.len() < DOCUMENTS_MAX => wish.documents.push(value.into_owned()),
                _ => {}
            }
        }
        wish.documents.sort();
        wish.documents.dedup();
        let owed = page.currencies.iter().find(|owed| Some(&owed.currency) == wish.currency.as_ref());
        let all = |documents: &[String]| {
            owed.is_some_and(|owed| owed.documents.iter().all(|debt| documents.contains(&debt.number)))
        };
        if all(&wish.documents) {
            wish.documents.clear();
        }
        wish
    }
}

async fn look(face: &Arc<Face>, token: &str) -> Result<PayPage, Nothing> {
    if !TOKEN_LEN.contains(&token.len()) || !token.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(Nothing::NoSuchToken);
    }
    let (work, token) = (Arc::clone(face), token.to_owned());
    let found = face.gate.work(move || pay::by_token(&work.engine, &token)).await;
    found.map_err(Nothing::Refused)?.map_err(Nothing::Failed)?.ok_or(Nothing::NoSuchToken)
}

/// Asks for a link, has it made at once, and waits for it as long as a person does.
async fn prepare(
    face: &Arc<Face>,
    token: &str,
    gateway: &str,
    wish: Wish,
    customer: &str,
) -> Result<OperationView, Nothing> {
    let (work, gateway, customer) = (Arc::clone(face), gateway.to_owned(), customer.to_owned());
    let public = face.config.public_url.trim_end_matches('/');
    let return_url = if public.is_empty() { String::new() } else { format!("{public}/pay/{token}/return") };
    let payer = customer.clone();
    let linked = face.gate.work(move || {
        let documents: Vec<&str> = wish.documents.iter().map(String::as_str).collect();
        let ask = LinkAsk {
            customer: &customer,
            documents: &documents,
            currency: wish.currency.and_then(|code| code.parse().ok()),
            return_url: &return_url,
            ..LinkAsk::default()
        };
        pay::link(&work.engine, &work.gateways[&gateway], &ask)
    });
    let linked = linked.await.map_err(Nothing::Refused)?.map_err(Nothing::Failed)?;
    if url_of(&linked).is_some() {
        return Ok(linked);
    }
    if !face.workers.nudge(worker::GATEWAYS) {
        // Nobody works in this process: whoever asks does. Another process that is at it is as good.
        let work = Arc::clone(face);
        let worked = face.gate.work(move || pay::work(&work.engine, &work.gateways)).await;
        match worked.map_err(Nothing::Refused)? {
            Ok(_) | Err(EngineError::Conflict { .. }) => {}
            Err(error) => return Err(Nothing::Failed(error)),
        }
    }
    watch(face, linked, &payer).await
}

/// Looks at an operation until it has an address, ends, or it takes too long.
async fn watch(face: &Arc<Face>, linked: OperationView, customer: &str) -> Result<OperationView, Nothing> {
    let begun = tokio::time::Instant::now();
    let mut known = linked;
    while url_of(&known).is_none() && is_open(&known) && begun.elapsed() < face.config.limits.link {
        tokio::time::sleep(LOOK).await;
        let (work, customer, id) = (Arc::clone(face), customer.to_owned(), known.id);
        let looked = face.gate.work(move || pay::operations(&work.engine, &customer)).await;
        let all = looked.map_err(Nothing::Refused)?.map_err(Nothing::Failed)?;
        if let Some(found) = all.into_iter().find(|operation| operation.id == id) {
            known = found;
        }
    }
    Ok(known)
}

/// Where a payer goes on, if a browser can be sent there.
fn url_of(operation: &OperationView) -> Option<&str> {
    let url = operation.url.as_deref().filter(|_| is_open(operation))?;
    let parsed = url::Url::parse(url).ok()?;
    matches!(parsed.scheme(), "https" | "http").then_some(url)
}

fn is_open(operation: &OperationView) -> bool {
    operation.action == "create-link" && matches!(operation.state.as_str(), "queued" | "executing" | "asking")
}

fn house<'a>(face: &'a Face, words: &'static Words) -> House<'a> {
    let creditor = &face.engine.settings.creditor;
    House { creditor: &creditor.name, contact: &creditor.contact, words }
}

fn turned_away(face: &Face, asked: &Asked, nothing: Nothing) -> Response {
    let house = house(face, asked.words(""));
    match nothing {
        Nothing::NoSuchToken => html(StatusCode::NOT_FOUND, page::unknown(&house)),
        Nothing::Refused(Refusal::TooLarge) => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        Nothing::Refused(Refusal::Late) => StatusCode::REQUEST_TIMEOUT.into_response(),
        Nothing::Refused(Refusal::Broken) => StatusCode::BAD_REQUEST.into_response(),
        Nothing::Refused(Refusal::Busy | Refusal::Died) => busy(&house),
        Nothing::Failed(error) => {
            log::error!("a payer's page: {}: {error}", error.code());
            busy(&house)
        }
    }
}

fn busy(house: &House<'_>) -> Response {
    let mut response = html(StatusCode::SERVICE_UNAVAILABLE, page::busy(house));
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    response
}

fn html(status: StatusCode, text: String) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    if let Ok(policy) = HeaderValue::from_str(&POLICY) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    (status, headers, text).into_response()
}

/// After a form, a browser asks for the next page anew.
fn see_other(place: &str) -> Response {
    match HeaderValue::from_str(place) {
        Ok(place) => (StatusCode::SEE_OTHER, [(header::LOCATION, place)]).into_response(),
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}
