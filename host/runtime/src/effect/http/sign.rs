//! Signatures over a request, computed by the host and written where the plugin says.

use memchr::memmem;

use super::Draft;
use crate::effect::Denied;
use crate::effect::crypto;
use crate::effect::redact::replaced;
use crate::effect::slots::{Filled, fill_all};
use crate::effect::vault::Vault;
use crate::wit::effects::http as wit;

/// Adds one signature.
pub(super) fn sign(
    vault: &Vault,
    signing: &wit::Signing,
    filled: &[Filled],
    draft: &mut Draft,
) -> Result<(), Denied> {
    let bound = vault.bound_to(&signing.credential, &draft.origin)?;
    let secret = vault.fields(bound)?;
    let message = fill_all(filled, &signing.message)?;
    let signature = crypto::sign(signing.algorithm, &bound.key(&secret)?, &message).map_err(|e| {
        Denied::new("credential-unusable", format!("credential `{}`: {}", signing.credential, e.0))
    })?;
    let text = format!("{}{}", signing.prefix, crypto::encode(signing.encoding, &signature));
    match &signing.place {
        wit::Place::Header(name) => {
            let lower = name.to_ascii_lowercase();
            if lower != "authorization" {
                super::own_headers(&[(lower.clone(), text.clone())])?;
            }
            if text.contains(char::is_control) {
                return Err(Denied::new("header-injection", "a control character stands before a signature"));
            }
            draft.headers.push((lower, text));
            Ok(())
        }
        wit::Place::Placeholder(placeholder) => place(placeholder, &text, draft),
    }
}

fn place(placeholder: &str, text: &str, draft: &mut Draft) -> Result<(), Denied> {
    let wrong = |n: usize| {
        Denied::new(
            "slot-misplaced",
            format!("a signature's placeholder stands {n} times in URL and body; expected once"),
        )
    };
    if placeholder.len() < 8 {
        return Err(Denied::new("slot-misplaced", "a signature's placeholder has fewer than 8 characters"));
    }
    let in_url = draft.url.matches(placeholder).count();
    let in_body = memmem::find_iter(&draft.body, placeholder).count();
    match (in_url, in_body) {
        (1, 0) => {
            // Base64 has characters that mean something in a query.
            let safe = crate::effect::template::percent(text.as_bytes());
            draft.url = draft.url.replacen(placeholder, &safe, 1);
            Ok(())
        }
        (0, 1) => {
            draft.body = replaced(&draft.body, placeholder.as_bytes(), text.as_bytes());
            Ok(())
        }
        (urls, bodies) => Err(wrong(urls + bodies)),
    }
}
