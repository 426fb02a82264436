//! One call of Tryton's JSON-RPC, and what its failures mean.
//!
//! Tryton answers 200 also when it refuses: the body then has `error` instead of `result`, a list that begins
//! with the kind (`UserError`, `UserWarning`, ...) or, for a fault, with the text of the exception. Statuses
//! are left for sessions (401), methods and databases (403, 404) and limits (429).

use recaudo_sdk::{Ctx, Fail, Failure, Kind, Retry, Stop, http, io};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::ErpTryton;
use crate::config::Config;

/// The label of the session login in the manifest.
const CREDENTIAL: &str = "tryton";
/// How much of what a far side says is worth repeating.
const SHOWN_MAX: usize = 200;

/// A call to make: method and parameters, the context last.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: String,
    pub(crate) params: Value,
}

impl Call {
    pub(crate) fn new(method: impl Into<String>, params: Value) -> Self {
        Self { method: method.into(), params }
    }

    fn request(&self, config: &Config) -> http::Request {
        let body = json!({ "id": 1, "method": self.method, "params": self.params }).to_string();
        http::Request::new("POST", config.endpoint()).credential(CREDENTIAL).body("application/json", body)
    }
}

/// Reads.
pub(crate) fn read<T: DeserializeOwned>(
    ctx: &mut Ctx<ErpTryton>,
    config: &Config,
    call: &Call,
) -> Result<T, Stop> {
    let answer = ctx.fetch(call.request(config))?;
    Ok(result(&answer, call)?)
}

/// Reads side by side; the answers come in the order of the calls.
pub(crate) fn read_all(
    ctx: &mut Ctx<ErpTryton>,
    config: &Config,
    calls: &[Call],
) -> Result<Vec<http::Response>, Stop> {
    let effects = calls.iter().map(|call| io::Effect::Http(call.request(config))).collect();
    let mut answers = vec![];
    for outcome in ctx.perform_all(effects)? {
        match outcome {
            io::Outcome::Http(Ok(answer)) => answers.push(answer),
            io::Outcome::Http(Err(failure)) => return Err(Fail::transport(&failure).into()),
            io::Outcome::File(_) => return Err(Fail::diverged().into()),
        }
    }
    Ok(answers)
}

/// Changes something in Tryton.
pub(crate) fn commit<T: DeserializeOwned>(
    ctx: &mut Ctx<ErpTryton>,
    config: &Config,
    call: &Call,
) -> Result<T, Stop> {
    let answer = ctx.commit(call.request(config))?;
    Ok(result(&answer, call)?)
}

/// The series of the server, such as `8.2`: the one call that needs no session.
pub(crate) fn version(ctx: &mut Ctx<ErpTryton>, config: &Config) -> Result<String, Stop> {
    let call = Call::new("common.server.version", json!([]));
    let body = json!({ "id": 1, "method": call.method, "params": [] }).to_string();
    let request = http::Request::new("POST", config.root()).body("application/json", body);
    let answer = ctx.fetch(request)?;
    let found: String = result(&answer, &call)?;
    if config.versions.contains(&found) {
        return Ok(found);
    }
    let message = format!(
        "common.server.version: this is Tryton {found}, and the plugin is proved against {}; use one of \
         these, or add {found} to `versions` to try",
        config.versions.join(", ")
    );
    Err(Failure { retry: Retry::Never, ..Fail::new(Kind::Unsupported, "erp-tryton.version", message) }.into())
}

#[derive(Deserialize)]
struct Answer<T> {
    result: Option<T>,
    error: Option<Value>,
}

/// What an answer carries, or why there is nothing.
pub(crate) fn result<T: DeserializeOwned>(answer: &http::Response, call: &Call) -> Result<T, Failure> {
    let method = call.method.as_str();
    if answer.status != 200 {
        return Err(status(answer, method));
    }
    if answer.truncated {
        let message =
            format!("{method}: the answer is longer than the host takes; grant more with response_mib");
        return Err(Fail::invalid_input("erp-tryton.answer-too-long", message));
    }
    let text = answer.body.trim_ascii_start();
    if !text.starts_with(b"{") {
        let message =
            format!("{method}: the answer is no JSON; is `base_url` the address of a Tryton server?");
        return Err(Fail::invalid_input("erp-tryton.not-json", message));
    }
    match serde_json::from_slice::<Answer<T>>(&answer.body) {
        Ok(Answer { error: Some(error), .. }) => Err(refusal(&error, method)),
        Ok(Answer { result: Some(result), .. }) => Ok(result),
        Ok(Answer { .. }) => {
            serde_json::from_value(Value::Null).map_err(|_| unreadable(method, "it has no result"))
        }
        Err(error) if error.is_eof() => {
            let message = format!(
                "{method}: the answer ends in the middle, after {} bytes; try again",
                answer.body.len()
            );
            Err(Fail::unavailable("erp-tryton.half-answer", message))
        }
        // A refusal need not look like what was asked for.
        Err(error) => match serde_json::from_slice::<Answer<Value>>(&answer.body) {
            Ok(Answer { error: Some(error), .. }) => Err(refusal(&error, method)),
            _ => Err(unreadable(method, &error.to_string())),
        },
    }
}

fn unreadable(method: &str, why: &str) -> Failure {
    let message = format!(
        "{method}: the answer is not what Tryton 8.2 gives: {}; is a module missing or of another version?",
        shown(why)
    );
    Fail::invalid_input("erp-tryton.bad-answer", message)
}

fn status(answer: &http::Response, method: &str) -> Failure {
    let mut failure = Fail::status(answer, method);
    let advice = match answer.status {
        401 => "the session is refused; check user and password of credential `tryton`",
        403 => "Tryton does not offer this method to this user; is the module of it activated?",
        404 => "there is no such database; check `base_url` and `database`",
        429 => "Tryton limits logins or calls; it is tried again later",
        _ => return failure,
    };
    failure.message = format!("{method}: Tryton answered {}; {advice}", answer.status);
    failure
}

/// An `error`: who refused what, and what to do.
fn refusal(error: &Value, method: &str) -> Failure {
    let text = |at: usize| error.get(at).and_then(Value::as_str).unwrap_or_default();
    // UserError: [kind, [message, description, domain]]; UserWarning: [kind, [name, message, description]].
    let said =
        |at: usize| error.get(1).and_then(|args| args.get(at)).and_then(Value::as_str).unwrap_or_default();
    let (kind, code, message) = match text(0) {
        "UserError" => {
            (Kind::Rejected, "erp-tryton.user-error", format!("Tryton refuses: {}", shown(said(0))))
        }
        "UserWarning" => (
            Kind::Rejected,
            "erp-tryton.user-warning",
            format!(
                "Tryton asks a person to confirm: {}; confirm it there as the plugin's user",
                shown(said(1))
            ),
        ),
        "ConcurrencyException" => (
            Kind::Conflict,
            "erp-tryton.concurrency",
            "somebody changed the record meanwhile; it is tried again".into(),
        ),
        "LoginException" | "NotLogged" => {
            (Kind::Unauthenticated, "unauthenticated", "renew credential `tryton`".into())
        }
        "RateLimitException" => (Kind::RateLimited, "rate-limited", "it is tried again later".into()),
        other => (
            Kind::Unavailable,
            "erp-tryton.fault",
            format!("Tryton failed: {}; look into its log", shown(other)),
        ),
    };
    let mut failure = Fail::new(kind, code, format!("{method}: {message}"));
    if kind == Kind::Rejected {
        failure.retry = Retry::Never;
    }
    failure.details.push(("provider-code".into(), shown(text(0))));
    failure
}

/// The beginning of a text on one line.
pub(crate) fn shown(text: &str) -> String {
    let line: String = text.chars().take(SHOWN_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect();
    line.trim_end_matches('.').to_owned()
}
