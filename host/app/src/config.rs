//! The sections of `recaudo.toml` that concern this room: how mail leaves. The engine reads the others.

use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use recaudo_engine::settings::{SettingsError, slip};
use recaudo_runtime::{MailRoute, SmtpRoute, SmtpTls};
use serde::Deserialize;

use crate::home::CONFIG;

/// As written. The other sections are the engine's, which refuses what nobody knows.
#[derive(Deserialize)]
struct Raw {
    #[serde(default)]
    mail: RawMail,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawMail {
    route: Option<String>,
    folder: Option<String>,
    host: Option<String>,
    port: Option<u16>,
    security: Option<String>,
    #[serde(default)]
    login: bool,
    timeout_seconds: Option<u64>,
}

/// The handle of the mail server's login among the secrets.
pub(crate) const SMTP_SECRET: &str = "smtp";

/// Where mail goes; a relative folder is one of the home.
///
/// # Errors
/// The key that is wrong, what was expected and what was found.
pub(crate) fn mail_route(text: &str, home: &Path) -> Result<MailRoute, SettingsError> {
    let fail = |message: String| SettingsError { file: CONFIG.into(), message };
    let raw: Raw = toml::from_str(text).map_err(|error| fail(slip(&error, text)))?;
    let mail = raw.mail;
    match mail.route.as_deref() {
        None | Some("maildir") => {
            if let Some(key) = stray(&mail) {
                return Err(fail(format!("mail.{key}: only with route = \"smtp\"")));
            }
            Ok(MailRoute::Maildir(home.join(mail.folder.as_deref().unwrap_or("mail"))))
        }
        Some("smtp") => smtp(mail).map(MailRoute::Smtp).map_err(fail),
        Some(other) => Err(fail(format!("mail.route: expected \"maildir\" or \"smtp\", found {other:?}"))),
    }
}

/// A server elsewhere than on this machine hands mail to people.
pub(crate) fn reaches_people(route: &MailRoute) -> bool {
    match route {
        MailRoute::Maildir(_) => false,
        MailRoute::Smtp(smtp) => {
            smtp.host != "localhost" && !smtp.host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
        }
    }
}

fn stray(mail: &RawMail) -> Option<&'static str> {
    let keys = [
        ("host", mail.host.is_some()),
        ("port", mail.port.is_some()),
        ("security", mail.security.is_some()),
        ("login", mail.login),
    ];
    keys.into_iter().find(|(_, there)| *there).map(|(key, _)| key)
}

fn smtp(mail: RawMail) -> Result<SmtpRoute, String> {
    if mail.folder.is_some() {
        return Err("mail.folder: only with route = \"maildir\"".into());
    }
    let tls = match mail.security.as_deref() {
        Some("tls") => SmtpTls::Implicit,
        None | Some("starttls") => SmtpTls::StartTls,
        Some("none") => SmtpTls::None,
        Some(other) => {
            return Err(format!(
                "mail.security: expected \"tls\", \"starttls\" or \"none\", found {other:?}"
            ));
        }
    };
    if mail.login && tls == SmtpTls::None {
        return Err(
            "mail.login: a password does not travel unprotected; choose security \"tls\" or \"starttls\""
                .into(),
        );
    }
    let port = mail.port.unwrap_or(if tls == SmtpTls::Implicit { 465 } else { 587 });
    Ok(SmtpRoute {
        host: mail.host.ok_or("mail.host: the name of the mail server is missing")?,
        port,
        tls,
        credential: mail.login.then(|| SMTP_SECRET.to_owned()),
        timeout: Duration::from_secs(mail.timeout_seconds.unwrap_or(30).clamp(1, 300)),
    })
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;

    fn route(text: &str) -> Result<MailRoute, String> {
        mail_route(text, Path::new("/home/acme")).map_err(|error| error.to_string())
    }

    #[test]
    fn without_a_server_mail_is_laid_into_the_home() {
        assert_eq!(
            route("[creditor]\nname = \"A\"\n"),
            Ok(MailRoute::Maildir(PathBuf::from("/home/acme/mail")))
        );
    }

    #[test]
    fn a_server_is_spoken_to_with_protection_unless_told_otherwise() {
        let Ok(MailRoute::Smtp(smtp)) =
            route("[mail]\nroute = \"smtp\"\nhost = \"mx.acme.example\"\nlogin = true\n")
        else {
            panic!("a server");
        };
        assert_eq!((smtp.port, smtp.tls, smtp.credential.as_deref()), (587, SmtpTls::StartTls, Some("smtp")));
    }

    #[test]
    fn a_slip_is_named() {
        let slip = |text: &str| route(text).unwrap_err();
        assert_eq!(
            slip("[mail]\nroute = \"smtp\"\n"),
            "recaudo.toml: mail.host: the name of the mail server is missing"
        );
        assert!(slip("[mail]\nroute = \"pigeon\"\n").contains("found \"pigeon\""));
        assert!(slip("[mail]\nhots = \"x\"\n").contains("hots"));
        assert!(slip("[mail]\nhost = \"x\"\n").contains("only with route"));
        let open = "[mail]\nroute = \"smtp\"\nhost = \"x\"\nsecurity = \"none\"\nlogin = true\n";
        assert!(slip(open).contains("does not travel unprotected"));
    }
}
