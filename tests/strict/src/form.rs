//! `application/x-www-form-urlencoded` with nested keys, `a[b][0][c]=v`, as Rack reads it and Stripe writes it:
//! decoded into a tree, then fitted to a schema, which turns text into numbers and flags and refuses the rest.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::schema::resolve;

/// A decoded form: text at the leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Tree {
    Text(String),
    List(Vec<Tree>),
    Map(BTreeMap<String, Tree>),
}

impl Tree {
    pub(crate) fn empty() -> Self {
        Self::Map(BTreeMap::new())
    }
}

/// Why a form does not fit: the key and the reason.
pub(crate) type Misfit = (String, String);

/// Decodes pairs; `a[]` appends, `a[0]` counts from 0 without a gap.
pub(crate) fn decode(text: &str) -> Result<Tree, Misfit> {
    let mut root = Tree::empty();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (key, value) = (unescape(key)?, unescape(value)?);
        let parts: Vec<&str> = key.split('[').map(|part| part.trim_end_matches(']')).collect();
        put(&mut root, &parts, value).map_err(|reason| (key.clone(), reason))?;
    }
    Ok(listed(root))
}

fn put(at: &mut Tree, parts: &[&str], value: String) -> Result<(), String> {
    let Some((part, rest)) = parts.split_first() else {
        *at = Tree::Text(value);
        return Ok(());
    };
    let Tree::Map(map) = at else { return Err("is a value and a parent of values".into()) };
    let part = if part.is_empty() { map.len().to_string() } else { (*part).to_owned() };
    if rest.is_empty() && map.contains_key(&part) {
        return Err("stands there twice".into());
    }
    put(map.entry(part).or_insert_with(Tree::empty), rest, value)
}

/// Maps with the keys 0, 1, 2, ... are lists.
fn listed(tree: Tree) -> Tree {
    let Tree::Map(map) = tree else { return tree };
    let counted = !map.is_empty() && (0..map.len()).all(|n| map.contains_key(&n.to_string()));
    if !counted {
        return Tree::Map(map.into_iter().map(|(key, inner)| (key, listed(inner))).collect());
    }
    let mut entries: Vec<(usize, Tree)> =
        map.into_iter().filter_map(|(key, inner)| Some((key.parse().ok()?, inner))).collect();
    entries.sort_by_key(|(n, _)| *n);
    Tree::List(entries.into_iter().map(|(_, inner)| listed(inner)).collect())
}

pub(crate) fn unescape(text: &str) -> Result<String, Misfit> {
    let wrong = || (text.to_owned(), "is not percent-encoded UTF-8".to_owned());
    let mut bytes = vec![];
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits = [rest.next().ok_or_else(wrong)?, rest.next().ok_or_else(wrong)?];
                bytes.extend(hex::decode(digits).map_err(|_| wrong())?);
            }
            plain if plain.is_ascii_graphic() => bytes.push(plain),
            _ => return Err(wrong()),
        }
    }
    String::from_utf8(bytes).map_err(|_| wrong())
}

/// The tree as JSON in the schema's types.
pub(crate) fn fit(tree: &Tree, schema: &Value, components: &Value, key: &str) -> Result<Value, Misfit> {
    if let Some(target) = schema["$ref"].as_str() {
        let target = resolve(target, components).ok_or_else(|| misfit(key, "has no schema"))?;
        return fit(tree, target, components, key);
    }
    if let Some(branches) = schema["anyOf"].as_array().or_else(|| schema["oneOf"].as_array()) {
        let mut last = misfit(key, "fits none of its forms");
        for branch in branches {
            match fit(tree, branch, components, key) {
                Ok(value) => return Ok(value),
                Err(reason) => last = reason,
            }
        }
        return Err(last);
    }
    match tree {
        Tree::Map(map) => object(map, schema, components, key),
        Tree::List(list) => array(list, schema, components, key),
        Tree::Text(text) => leaf(text, schema, key),
    }
}

fn object(
    map: &BTreeMap<String, Tree>,
    schema: &Value,
    components: &Value,
    key: &str,
) -> Result<Value, Misfit> {
    if schema["type"] != "object" && schema.get("properties").is_none() {
        return Err(misfit(key, "is no object"));
    }
    let inner = |name: &str| if key.is_empty() { name.to_owned() } else { format!("{key}[{name}]") };
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !map.contains_key(name) {
            return Err(misfit(&inner(name), "is required"));
        }
    }
    let mut object = Map::new();
    for (name, tree) in map {
        let rule = schema["properties"]
            .get(name)
            .or_else(|| schema["additionalProperties"].as_object().map(|_| &schema["additionalProperties"]));
        let rule = rule.ok_or_else(|| misfit(&inner(name), "is unknown"))?;
        object.insert(name.clone(), fit(tree, rule, components, &inner(name))?);
    }
    Ok(Value::Object(object))
}

fn array(list: &[Tree], schema: &Value, components: &Value, key: &str) -> Result<Value, Misfit> {
    if schema["type"] != "array" {
        return Err(misfit(key, "is no list"));
    }
    let fitted = list
        .iter()
        .enumerate()
        .map(|(n, tree)| fit(tree, &schema["items"], components, &format!("{key}[{n}]")));
    fitted.collect::<Result<Vec<_>, _>>().map(Value::Array)
}

fn leaf(text: &str, schema: &Value, key: &str) -> Result<Value, Misfit> {
    let value = match schema["type"].as_str().unwrap_or("string") {
        "integer" => text.parse::<i64>().map(Value::from).map_err(|_| misfit(key, "is no integer"))?,
        "number" => text.parse().map(Value::Number).map_err(|_| misfit(key, "is no number"))?,
        "boolean" => text.parse().map(Value::Bool).map_err(|_| misfit(key, "is neither true nor false"))?,
        "string" => Value::from(text),
        _ => return Err(misfit(key, "is no text")),
    };
    let known = schema["enum"].as_array().is_none_or(|cases| cases.contains(&value));
    let fits = schema["maxLength"].as_u64().is_none_or(|most| text.chars().count() as u64 <= most);
    match (known, fits) {
        (true, true) => Ok(value),
        (false, _) => Err(misfit(key, "is none of the known values")),
        (_, false) => Err(misfit(key, "is too long")),
    }
}

fn misfit(key: &str, reason: &str) -> Misfit {
    (key.to_owned(), reason.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{decode, fit};

    fn read(text: &str) -> Result<Value, String> {
        let schema = json!({"type": "object", "required": ["amount"], "properties": {
            "amount": {"type": "integer"},
            "confirm": {"type": "boolean"},
            "items": {"type": "array", "items": {"type": "object", "properties": {"price": {"type": "string", "maxLength": 5}}}},
            "metadata": {"anyOf": [{"type": "object", "additionalProperties": {"type": "string"}}, {"type": "string", "enum": [""]}]},
            "mode": {"type": "string", "enum": ["payment"]},
        }});
        decode(text)
            .and_then(|tree| fit(&tree, &schema, &json!({}), ""))
            .map_err(|(key, reason)| format!("{key} {reason}"))
    }

    #[test]
    fn a_form_becomes_typed_json() {
        let text =
            "amount=7&confirm=true&items[0][price]=p%201&items%5B1%5D%5Bprice%5D=p2&metadata[op]=a%26b";
        let whole = json!({"amount": 7, "confirm": true, "items": [{"price": "p 1"}, {"price": "p2"}],
            "metadata": {"op": "a&b"}});
        assert_eq!(read(text), Ok(whole));
        assert_eq!(read("amount=7&metadata="), Ok(json!({"amount": 7, "metadata": ""})));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let cases = [
            ("confirm=true", "amount is required"),
            ("amount=7.5", "amount is no integer"),
            ("amount=7&amount=8", "amount stands there twice"),
            ("amount=7&note=x", "note is unknown"),
            ("amount=7&items[0][prize]=x", "items[0][prize] is unknown"),
            ("amount=7&items[0][price]=longer", "items[0][price] is too long"),
            ("amount=7&mode=setup", "mode is none of the known values"),
            ("amount=7&confirm=1", "confirm is neither true nor false"),
            ("amount[x]=7", "amount is no object"),
            ("amount=%zz", "%zz is not percent-encoded UTF-8"),
        ];
        for (text, reason) in cases {
            assert_eq!(read(text), Err(reason.to_owned()), "{text}");
        }
    }
}
