//! Who sent a delivery: what the plugin says would prove it, computed and compared by the host, which holds the keys.

use recaudo_ports::plugin::Instant;
use recaudo_ports::plugin::webhook::{Authenticity, Delivery, Refused};

use super::Denied;
use super::crypto::{self, Key};
use super::vault::Vault;
use crate::wit::effects::webhook as wit;

/// A signature older or newer than this is not believed: whoever recorded a delivery cannot send it again later.
const WINDOW_SECONDS: i64 = 5 * 60;
/// More checks than this are no proof but work.
const CHECKS_MAX: usize = 16;

/// The host's answer to what the plugin says about a delivery.
pub(crate) fn verify(vault: &Vault, said: &wit::Authentication, delivery: &Delivery) -> Authenticity {
    let held = match said {
        wit::Authentication::Signatures(checks) => {
            all(checks, |check| signature(vault, check, delivery.received_at))
        }
        wit::Authentication::Tokens(checks) => all(checks, |check| token(vault, check)),
        wit::Authentication::Refetch => return Authenticity::Refetch,
        wit::Authentication::MutualTls => match delivery.client_certificate {
            Some(_) => Ok(()),
            None => {
                Err(refused("no-certificate", "the sender showed no client certificate the listener trusts"))
            }
        },
        wit::Authentication::Challenge(handshake) => {
            // A provider may prove nothing in a handshake: answering one lets nobody in.
            let proven = handshake.tokens.is_empty() || all(&handshake.tokens, |c| token(vault, c)).is_ok();
            return match proven {
                true => Authenticity::Challenge(handshake.answer.clone()),
                false => Authenticity::Refused(refused("bad-token", "the handshake's token is not ours")),
            };
        }
    };
    match held {
        Ok(()) => Authenticity::Verified,
        Err(why) => Authenticity::Refused(why),
    }
}

fn all<C>(checks: &[C], check: impl Fn(&C) -> Result<(), Refused>) -> Result<(), Refused> {
    if checks.is_empty() {
        return Err(refused("nothing-to-check", "the plugin names nothing that would prove the sender"));
    }
    if checks.len() > CHECKS_MAX {
        return Err(refused("too-many-checks", format!("{} checks; at most {CHECKS_MAX}", checks.len())));
    }
    checks.iter().try_for_each(check)
}

fn signature(vault: &Vault, check: &wit::SignatureCheck, received: Instant) -> Result<(), Refused> {
    if let Some(signed) = check.signed_at {
        let age = received.seconds.saturating_sub(signed.seconds);
        if !(-WINDOW_SECONDS..=WINDOW_SECONDS).contains(&age) {
            return Err(refused(
                "too-old",
                format!("it was signed {age} s before it came; {WINDOW_SECONDS} are allowed"),
            ));
        }
    }
    let bound = vault.bound(&check.credential).map_err(|d| no_key(&d))?;
    let secret = vault.fields(bound).map_err(|d| no_key(&d))?;
    let key = bound.key(&secret).map_err(|d| no_key(&d))?;
    let holds = |key: &Key<'_>| {
        crypto::verify(check.algorithm, key, &check.message, &check.signature)
            .map_err(|e| refused("unusable-key", format!("credential `{}`: {}", check.credential, e.0)))
    };
    if holds(&key)? {
        return Ok(());
    }
    match bound.previous_key(&secret) {
        Some(previous) if holds(&previous)? => Ok(()),
        _ => {
            Err(refused("bad-signature", format!("the signature is not credential `{}`'s", check.credential)))
        }
    }
}

fn token(vault: &Vault, check: &wit::TokenCheck) -> Result<(), Refused> {
    let bound = vault.bound(&check.credential).map_err(|d| no_key(&d))?;
    let secret = vault.fields(bound).map_err(|d| no_key(&d))?;
    let held = secret.field(&check.field).filter(|value| !value.is_empty());
    let previous = secret.field(&format!("previous_{}", check.field)).filter(|value| !value.is_empty());
    let Some(held) = held else {
        let message = format!("credential `{}` has no field `{}`", check.credential, check.field);
        return Err(refused("no-key", message));
    };
    // Both are compared whichever holds.
    let current = crypto::same(held.as_bytes(), &check.value);
    let before = previous.is_some_and(|value| crypto::same(value.as_bytes(), &check.value));
    if current | before {
        return Ok(());
    }
    Err(refused("bad-token", format!("the token is not credential `{}`'s", check.credential)))
}

fn no_key(denied: &Denied) -> Refused {
    refused("no-key", denied.message.clone())
}

fn refused(code: &str, message: impl Into<String>) -> Refused {
    Refused { code: code.into(), message: message.into() }
}

#[cfg(test)]
mod tests;
