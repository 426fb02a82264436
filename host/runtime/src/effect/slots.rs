//! Places in what a plugin wrote that the host fills: fields of a credential, and what a permit binds.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use memchr::memmem;
use recaudo_ports::documents::Documents;
use recaudo_ports::plugin::Message;

use super::Denied;
use super::template::{json, percent, xml};
use super::vault::Vault;
use crate::wit::effects::http::{Escaping, Slot};

/// Stands for what the permit binds instead of a credential's label.
pub(crate) const PERMIT: &str = "permit";
/// A shorter placeholder is in a text by chance.
const SHORTEST: usize = 8;

/// The permitted message and the documents it names.
pub(crate) struct Permitted<'a> {
    pub(crate) message: &'a Message,
    pub(crate) documents: &'a dyn Documents,
}

/// Knows what goes into slots.
#[derive(Clone, Copy)]
pub(crate) struct Filler<'a> {
    /// None for a file: a credential goes into requests only.
    pub(crate) vault: Option<&'a Vault>,
    pub(crate) permitted: Option<&'a Permitted<'a>>,
}

/// A value and where it goes.
pub(crate) struct Filled {
    placeholder: String,
    value: Vec<u8>,
    in_url: bool,
}

impl Filler<'_> {
    /// The values of slots, escaped.
    pub(crate) fn values(&self, slots: &[Slot], origin: &str) -> Result<Vec<Filled>, Denied> {
        slots
            .iter()
            .map(|slot| {
                if slot.placeholder.len() < SHORTEST {
                    let message = format!("a slot's placeholder has fewer than {SHORTEST} characters");
                    return Err(Denied::new("slot-misplaced", message));
                }
                let value = escaped(slot.escaping, self.value(slot, origin)?)?;
                let in_url = slot.escaping == Escaping::Percent;
                Ok(Filled { placeholder: slot.placeholder.clone(), value, in_url })
            })
            .collect()
    }

    fn value(&self, slot: &Slot, origin: &str) -> Result<Vec<u8>, Denied> {
        if slot.credential == PERMIT {
            return self.permitted(&slot.field);
        }
        let Some(vault) = self.vault else {
            return Err(Denied::new("slot-denied", "a credential's field has no place in a file"));
        };
        let bound = vault.bound_to(&slot.credential, origin)?;
        let secret = vault.fields(bound)?;
        Ok(bound.field(&secret, &slot.field)?.as_bytes().to_vec())
    }

    fn permitted(&self, field: &str) -> Result<Vec<u8>, Denied> {
        let unknown = || Denied::new("slot-unknown", format!("the permit binds no field `{field}`"));
        let permitted = self.permitted.ok_or_else(|| {
            Denied::new("slot-denied", "there is no permit in this operation to fill a slot from")
        })?;
        let message = permitted.message;
        let text = |text: &str| Ok(text.as_bytes().to_vec());
        match field {
            "to" => text(&message.to),
            "subject" => text(&message.subject),
            "text" => text(&message.text),
            "html" => text(message.html.as_deref().ok_or_else(unknown)?),
            _ => {
                if let Some(name) = field.strip_prefix("var:") {
                    let found = message.variables.iter().rev().find(|(n, _)| n == name);
                    return text(&found.ok_or_else(unknown)?.1);
                }
                let (what, number) = field.split_once(':').ok_or_else(unknown)?;
                let name = number.parse::<usize>().ok().and_then(|n| message.attachments.get(n));
                let document = permitted.document(name.ok_or_else(unknown)?)?;
                match what {
                    "document" => Ok(document.bytes),
                    "document-name" => text(&document.name),
                    "document-type" => text(&document.media_type),
                    _ => Err(unknown()),
                }
            }
        }
    }
}

impl Permitted<'_> {
    /// A document the message names.
    pub(crate) fn document(&self, name: &str) -> Result<recaudo_ports::documents::Document, Denied> {
        let found =
            self.documents.get(name).map_err(|e| Denied::new("documents-unavailable", e.to_string()))?;
        found.ok_or_else(|| {
            Denied::new(
                "document-missing",
                format!("the document `{name}` is not kept here; nothing was sent"),
            )
        })
    }
}

/// Each placeholder stands exactly once, in the URL or in the body; both come back filled.
pub(crate) fn fill(filled: &[Filled], url: &str, body: &[u8]) -> Result<(String, Vec<u8>), Denied> {
    let (mut in_url, mut in_body) = (vec![], vec![]);
    for one in filled {
        let urls: Vec<usize> = memmem::find_iter(url.as_bytes(), &one.placeholder).collect();
        let bodies: Vec<usize> = memmem::find_iter(body, &one.placeholder).collect();
        match (&urls[..], &bodies[..]) {
            ([at], []) if one.in_url => in_url.push((*at, one)),
            ([_], []) => {
                return Err(Denied::new("slot-misplaced", "a slot in a URL must be escaped as `percent`"));
            }
            ([], [at]) => in_body.push((*at, one)),
            _ => {
                let message = format!(
                    "a slot's placeholder stands {} times in URL and body; expected once",
                    urls.len() + bodies.len()
                );
                return Err(Denied::new("slot-misplaced", message));
            }
        }
    }
    let url = String::from_utf8(rebuilt(url.as_bytes(), in_url)?);
    let url = url.map_err(|_| Denied::new("slot-misplaced", "a filled URL is not text"))?;
    Ok((url, rebuilt(body, in_body)?))
}

/// The message to sign, with each placeholder it holds filled.
pub(crate) fn fill_all(filled: &[Filled], message: &[u8]) -> Result<Vec<u8>, Denied> {
    let mut places = vec![];
    for one in filled {
        places.extend(memmem::find_iter(message, &one.placeholder).map(|at| (at, one)));
    }
    rebuilt(message, places)
}

/// In one pass: what a value brings is never itself a placeholder.
fn rebuilt(bytes: &[u8], mut places: Vec<(usize, &Filled)>) -> Result<Vec<u8>, Denied> {
    places.sort_by_key(|(at, _)| *at);
    let mut whole = Vec::with_capacity(bytes.len());
    let mut done = 0;
    for (at, one) in places {
        let before = bytes
            .get(done..at)
            .ok_or_else(|| Denied::new("slot-misplaced", "two slots' placeholders lie over each other"))?;
        whole.extend_from_slice(before);
        whole.extend_from_slice(&one.value);
        done = at + one.placeholder.len();
    }
    whole.extend_from_slice(&bytes[done..]);
    Ok(whole)
}

fn escaped(escaping: Escaping, value: Vec<u8>) -> Result<Vec<u8>, Denied> {
    let text = |value: Vec<u8>| {
        String::from_utf8(value)
            .map_err(|_| Denied::new("slot-misplaced", "a document goes into a body as `base64` or `raw`"))
    };
    Ok(match escaping {
        Escaping::Raw => value,
        Escaping::Base64 => STANDARD.encode(value).into_bytes(),
        Escaping::Percent => percent(&value).into_bytes(),
        Escaping::Form => url::form_urlencoded::byte_serialize(&value).collect::<String>().into_bytes(),
        Escaping::Xml => xml(&text(value)?).into_bytes(),
        Escaping::Json => json(&text(value)?).into_bytes(),
    })
}
