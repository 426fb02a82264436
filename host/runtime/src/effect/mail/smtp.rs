//! To a mail server, command by command, so that it is known in which of them it failed: before the message's data
//! nothing has left, a refusal is a refusal, and only an answer lost after the data is unknown.

use std::time::{Duration, Instant};

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{SmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use recaudo_ports::journal::JournalError;
use recaudo_ports::secrets::Secrets;

use super::compose::Composed;
use super::{Sent, SmtpRoute, SmtpTls, not_sent, receipt};
use crate::exchange::Fact;

pub(super) fn deliver(
    route: &SmtpRoute,
    secrets: &dyn Secrets,
    mail: &Composed,
    until: Instant,
    before: &mut dyn FnMut() -> Result<(), JournalError>,
) -> Sent {
    let timeout =
        route.timeout.min(until.saturating_duration_since(Instant::now())).max(Duration::from_millis(1));
    let mut server = match connect(route, secrets, timeout) {
        Ok(server) => server,
        Err(reply) => return not_sent(reply),
    };
    if let Err(error) = envelope(&mut server, mail) {
        return refused_or(&error, Fact::NotSent);
    }
    if let Err(error) = before() {
        server.abort();
        return not_sent(error.to_string());
    }
    if let Err(error) = server.command(Data) {
        // The server has not been given a byte of the message.
        return refused_or(&error, Fact::NotSent);
    }
    match server.message(&mail.bytes) {
        Ok(response) => {
            // The answer stands; a server that hangs up on QUIT has the mail all the same.
            let _ = server.quit();
            let reply = response.message().collect::<Vec<_>>().join(" ");
            let mut receipt = receipt(true, response.code().into(), reply.as_str(), true);
            receipt.queue_id = queue_id(&reply);
            Sent { fact: Fact::Done, receipt }
        }
        Err(error) => refused_or(&error, Fact::Unknown),
    }
}

fn connect(route: &SmtpRoute, secrets: &dyn Secrets, timeout: Duration) -> Result<SmtpConnection, String> {
    let hello = ClientId::default();
    let tls = || TlsParameters::new(route.host.clone()).map_err(|e| e.to_string());
    let at = (route.host.as_str(), route.port);
    let first = if route.tls == SmtpTls::Implicit { Some(tls()?) } else { None };
    let failed = |e: Error| format!("mail server {}:{}: {e}", route.host, route.port);
    let mut server =
        SmtpConnection::connect(at, Some(timeout), &hello, first.as_ref(), None).map_err(failed)?;
    if route.tls == SmtpTls::StartTls {
        server.starttls(&tls()?, &hello).map_err(failed)?;
    }
    let Some(handle) = &route.credential else { return Ok(server) };
    let secret = secrets
        .get(handle)
        .map_err(|e| e.to_string())?
        .ok_or_else(|| format!("the mail server's credential `{handle}` is not kept here"))?;
    let field = |name: &str| {
        secret
            .field(name)
            .map(str::to_owned)
            .ok_or_else(|| format!("credential `{handle}` has no field `{name}`"))
    };
    let credentials = Credentials::new(field("user")?, field("password")?);
    server.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).map_err(failed)?;
    Ok(server)
}

fn envelope(server: &mut SmtpConnection, mail: &Composed) -> Result<(), Error> {
    let mut parameters = Vec::new();
    let wide = |address: &lettre::Address| !AsRef::<str>::as_ref(address).is_ascii();
    let any_wide = mail.envelope.from().is_some_and(wide) || mail.envelope.to().iter().any(wide);
    if any_wide && server.server_info().supports_feature(Extension::SmtpUtfEight) {
        parameters.push(MailParameter::SmtpUtfEight);
    }
    server.command(Mail::new(mail.envelope.from().cloned(), parameters))?;
    for to in mail.envelope.to() {
        server.command(Rcpt::new(to.clone(), vec![]))?;
    }
    Ok(())
}

/// A 4xx or 5xx answer is definite; anything else is what `otherwise` says.
fn refused_or(error: &Error, otherwise: Fact) -> Sent {
    let sent = otherwise == Fact::Unknown;
    match error.status() {
        Some(code) => {
            Sent { fact: Fact::Refused, receipt: receipt(false, code.into(), error.to_string(), sent) }
        }
        None => Sent { fact: otherwise, receipt: receipt(false, 0, error.to_string(), sent) },
    }
}

/// The id after `queued as`, in the words most servers use.
fn queue_id(reply: &str) -> String {
    let after = reply.split("queued as ").nth(1).or_else(|| reply.split("id=").nth(1)).unwrap_or("");
    after.split(|c: char| c.is_whitespace() || c == ')' || c == ';').next().unwrap_or("").into()
}
