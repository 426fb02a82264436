//! Vendors' schemas as JSON Schema 2020-12 reads them: what `OpenAPI` 3.0 spells otherwise, discriminators, and,
//! for requests, nothing beyond what is named.

use serde_json::{Map, Value, json};

/// Keywords whose value is a schema.
const ONE: [&str; 4] = ["items", "additionalProperties", "not", "contains"];
/// Keywords whose value is a list of schemas.
const MANY: [&str; 3] = ["anyOf", "oneOf", "allOf"];

/// Rewrites `nullable`, exclusive bounds and discriminators of `OpenAPI` throughout, in place.
pub(crate) fn modernise(schema: &mut Value) {
    let Some(map) = schema.as_object_mut() else { return };
    each(map, &mut modernise);
    discriminate(map);
    for (flag, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        if let Some(Value::Bool(exclusive)) = map.get(flag).cloned() {
            map.remove(flag);
            if let Some(limit) = map.get(bound).cloned().filter(|_| exclusive) {
                map.remove(bound);
                map.insert(flag.into(), limit);
            }
        }
    }
    if map.remove("nullable") == Some(Value::Bool(true)) {
        or_null(schema);
    }
}

fn each(map: &mut Map<String, Value>, work: &mut impl FnMut(&mut Value)) {
    if let Some(Value::Object(properties)) = map.get_mut("properties") {
        properties.values_mut().for_each(&mut *work);
    }
    for keyword in ONE {
        if let Some(inner) = map.get_mut(keyword) {
            work(inner);
        }
    }
    for keyword in MANY {
        if let Some(Value::Array(inner)) = map.get_mut(keyword) {
            inner.iter_mut().for_each(&mut *work);
        }
    }
}

fn or_null(schema: &mut Value) {
    let Some(map) = schema.as_object_mut() else { return };
    match map.get("type").cloned() {
        Some(Value::String(kind)) if !MANY.iter().any(|keyword| map.contains_key(*keyword)) => {
            map.insert("type".into(), json!([kind, "null"]));
            if let Some(Value::Array(cases)) = map.get_mut("enum") {
                cases.push(Value::Null);
            }
        }
        _ => *schema = json!({"anyOf": [schema.take(), {"type": "null"}]}),
    }
}

/// Alternatives with a discriminator are told apart by it alone, not by trying each.
fn discriminate(map: &mut Map<String, Value>) {
    let Some(discriminator) = map.remove("discriminator") else { return };
    let (Some(name), Some(mapping)) =
        (discriminator["propertyName"].as_str(), discriminator["mapping"].as_object())
    else {
        return;
    };
    let cases = mapping.iter().filter_map(|(value, target)| {
        let target = target.as_str()?;
        let target = match target.strip_prefix('#') {
            Some(_) => target.to_owned(),
            None => format!("#/components/schemas/{target}"),
        };
        let condition = json!({"properties": {name: {"const": value}}, "required": [name]});
        Some(json!({"if": condition, "then": {"$ref": target}}))
    });
    let cases: Vec<Value> = cases.collect();
    let known: Vec<&String> = mapping.keys().collect();
    map.remove("oneOf");
    map.remove("anyOf");
    map.insert("allOf".into(), Value::Array(cases));
    map.insert("properties".into(), json!({name: {"enum": known}}));
}

/// Refuses, wherever an object stands, properties no schema names.
pub(crate) fn close(schema: &mut Value, components: &Value) {
    let named = names_properties(schema, components, 0);
    let Some(map) = schema.as_object_mut() else { return };
    if let Some(Value::Object(properties)) = map.get_mut("properties") {
        properties.values_mut().for_each(|inner| close(inner, components));
    }
    if let Some(items) = map.get_mut("items") {
        close(items, components);
    }
    // Branches are parts of one object: what one does not name another may. Only their insides are closed.
    for keyword in MANY {
        if let Some(Value::Array(branches)) = map.get_mut(keyword) {
            branches.iter_mut().for_each(|branch| close_inside(branch, components));
        }
    }
    if named && !map.contains_key("additionalProperties") {
        map.insert("unevaluatedProperties".into(), Value::Bool(false));
    }
}

/// The properties of an object, but not the object itself.
pub(crate) fn close_inside(schema: &mut Value, components: &Value) {
    close(schema, components);
    if let Some(map) = schema.as_object_mut() {
        map.remove("unevaluatedProperties");
    }
}

/// Does it describe an object by the names of its properties? One that names none takes any.
fn names_properties(schema: &Value, components: &Value, depth: u8) -> bool {
    if depth > 8 {
        return false;
    }
    if let Some(target) = schema["$ref"].as_str() {
        return resolve(target, components).is_some_and(|s| names_properties(s, components, depth + 1));
    }
    let branches = MANY.iter().filter_map(|keyword| schema[*keyword].as_array()).flatten();
    schema["properties"].as_object().is_some_and(|p| !p.is_empty())
        || branches.into_iter().any(|branch| names_properties(branch, components, depth + 1))
}

/// `#/components/schemas/NAME` among `components`.
pub(crate) fn resolve<'a>(target: &str, components: &'a Value) -> Option<&'a Value> {
    components["schemas"].get(target.strip_prefix("#/components/schemas/")?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{close, modernise};

    #[test]
    fn null_is_allowed_where_openapi_3_0_says_so() {
        let mut schema = json!({"properties": {
            "nullable": {"type": "string", "nullable": true, "enum": ["a"]},
            "b": {"nullable": true, "anyOf": [{"$ref": "#/components/schemas/x"}]},
        }});
        modernise(&mut schema);
        assert_eq!(
            schema["properties"]["nullable"],
            json!({"type": ["string", "null"], "enum": ["a", null]})
        );
        assert_eq!(schema["properties"]["b"]["anyOf"][1], json!({"type": "null"}));
    }

    #[test]
    fn what_no_branch_names_is_refused_and_free_objects_stay_free() {
        let components = json!({"schemas": {"base": {"properties": {"a": {"type": "object"}}}}});
        let mut schema = json!({"allOf": [{"$ref": "#/components/schemas/base"}, {"properties": {"b": {}}}]});
        close(&mut schema, &components);
        let validator = jsonschema::validator_for(&json!({"allOf": [schema], "components": components}));
        let validator = validator.expect("a schema");
        assert!(validator.is_valid(&json!({"a": {"free": 1}, "b": 2})));
        assert!(!validator.is_valid(&json!({"a": {}, "c": 3})));
    }
}
