//! A vendor's `OpenAPI` file: which requests there are, and whether one fits.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use jsonschema::Validator;
use serde_json::{Map, Value, json};
use yaml_rust2::{Yaml, YamlLoader};

use crate::form::{self, Tree};
use crate::schema;
use crate::wire::Request;

/// The operations of one vendor.
pub struct Spec {
    routes: Vec<Route>,
    components: Value,
}

/// One operation.
pub(crate) struct Route {
    pub(crate) method: String,
    /// As the vendor writes it, `/v3/payments/{id}`.
    pub(crate) template: String,
    query: Value,
    body: Option<Body>,
    answer: Option<Value>,
    checks: OnceLock<Validator>,
    answers: OnceLock<Validator>,
}

struct Body {
    form: bool,
    required: bool,
    schema: Value,
}

/// Why a request is none.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Misuse {
    /// No such path.
    Path,
    /// The path has no such method.
    Method,
    /// The field and the reason.
    Field(String, String),
}

/// A request that fits: its operation's place, path parameters, query and body.
pub(crate) type Fitting = (usize, Vec<String>, Value, Value);

/// A file beside the repository, such as `specs/khipu.yaml`; says that it skips when there is none.
///
/// # Panics
/// When it is missing and `CI` is set: there it has to be.
pub fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(name);
    if path.is_file() {
        return Some(path);
    }
    assert!(std::env::var_os("CI").is_none(), "{} is missing", path.display());
    eprintln!("skipped: {} is not beside the repository", path.display());
    None
}

impl Spec {
    /// Reads a file of `../shared/specs`, JSON or YAML; `None`, with a printed reason, when it is not there.
    ///
    /// # Panics
    /// When it is there and cannot be read.
    pub fn load(name: &str) -> Option<Self> {
        let path = shared(&format!("specs/{name}"))?;
        let text = std::fs::read_to_string(&path).expect("a readable file");
        let document = match path.extension().is_some_and(|extension| extension == "json") {
            true => serde_json::from_str(&text).expect("JSON"),
            false => json_of(&YamlLoader::load_from_str(&text).expect("YAML")[0]),
        };
        Some(Self::new(document))
    }

    /// From a document.
    pub fn new(mut document: Value) -> Self {
        let mut components = document["components"].take();
        if let Some(Value::Object(schemas)) = components.get_mut("schemas") {
            schemas.values_mut().for_each(schema::modernise);
        }
        let mut spec = Self { routes: vec![], components };
        for (template, item) in document["paths"].as_object().into_iter().flatten() {
            for (method, operation) in item.as_object().into_iter().flatten() {
                if matches!(method.as_str(), "get" | "post" | "put" | "patch" | "delete") {
                    spec.routes.push(route(method, template, operation));
                }
            }
        }
        // Of two paths that fit, the one with fewer placeholders is meant.
        spec.routes.sort_by_key(|route| route.template.matches('{').count());
        spec
    }

    /// Adds operations and schemas that the vendor's file leaves out.
    #[must_use]
    pub fn with(mut self, other: Self) -> Self {
        self.routes.extend(other.routes);
        self.routes.sort_by_key(|route| route.template.matches('{').count());
        if let (Value::Object(mine), Value::Object(theirs)) =
            (&mut self.components["schemas"], &other.components["schemas"])
        {
            for (name, schema) in theirs {
                mine.entry(name.clone()).or_insert_with(|| schema.clone());
            }
        }
        self
    }

    pub(crate) fn route(&self, place: usize) -> &Route {
        &self.routes[place]
    }

    /// Is this one of the vendor's requests, in every detail?
    pub(crate) fn check(&self, request: &Request) -> Result<Fitting, Misuse> {
        let fitting = |(n, route): (usize, &Route)| fits(&route.template, &request.path).map(|ids| (n, ids));
        let mut known = self.routes.iter().enumerate().filter_map(fitting).peekable();
        known.peek().ok_or(Misuse::Path)?;
        let (place, ids) =
            known.find(|(n, _)| self.routes[*n].method == request.method).ok_or(Misuse::Method)?;
        let route = &self.routes[place];
        let field = |(name, reason)| Misuse::Field(name, reason);
        let query = form::decode(&request.query).map_err(field)?;
        let query = form::fit(&query, &route.query, &self.components, "").map_err(field)?;
        let body = self.body(route, request)?;
        Ok((place, ids, query, body))
    }

    fn body(&self, route: &Route, request: &Request) -> Result<Value, Misuse> {
        let wrong = |name: &str, reason: &str| Misuse::Field(name.into(), reason.into());
        let text = std::str::from_utf8(&request.body).map_err(|_| wrong("body", "is not UTF-8"))?;
        let Some(body) = &route.body else {
            return if text.is_empty() { Ok(Value::Null) } else { Err(wrong("body", "is not expected")) };
        };
        let kind = request.header("content-type").unwrap_or_default();
        if body.form {
            if !text.is_empty() && !kind.starts_with("application/x-www-form-urlencoded") {
                return Err(wrong("content-type", "is no form"));
            }
            let tree = if text.is_empty() { Ok(Tree::empty()) } else { form::decode(text) };
            let fitted = tree.and_then(|tree| form::fit(&tree, &body.schema, &self.components, ""));
            return fitted.map_err(|(name, reason)| Misuse::Field(name, reason));
        }
        if text.is_empty() {
            return if body.required { Err(wrong("body", "is missing")) } else { Ok(Value::Null) };
        }
        if !kind.starts_with("application/json") {
            return Err(wrong("content-type", "is not JSON"));
        }
        let value: Value = serde_json::from_str(text).map_err(|_| wrong("body", "is not JSON"))?;
        let validator = route.checks.get_or_init(|| {
            let mut components = self.components.clone();
            if let Some(Value::Object(schemas)) = components.get_mut("schemas") {
                schemas.values_mut().for_each(|inner| schema::close_inside(inner, &self.components));
            }
            let mut root = body.schema.clone();
            schema::close(&mut root, &self.components);
            validator(&root, &components)
        });
        let error =
            validator.iter_errors(&value).next().map(|e| (e.instance_path().to_string(), e.to_string()));
        match error {
            None => Ok(value),
            Some((name, reason)) => Err(wrong(&name, &reason)),
        }
    }

    /// What is wrong with the server's own answer.
    pub(crate) fn answer(&self, place: usize, answer: &Value) -> Option<String> {
        let route = &self.routes[place];
        let schema = route.answer.as_ref()?;
        let validator = route.answers.get_or_init(|| validator(schema, &self.components));
        let error = validator.iter_errors(answer).next()?;
        let text: String = error.to_string().chars().take(300).collect();
        Some(format!("{} {}: {}: {text}", route.method, route.template, error.instance_path()))
    }
}

fn validator(root: &Value, components: &Value) -> Validator {
    let document = json!({"allOf": [root], "components": components});
    jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .should_validate_formats(true)
        .build(&document)
        .expect("a vendor's schema")
}

fn route(method: &str, template: &str, operation: &Value) -> Route {
    let mut properties = Map::new();
    let mut required = vec![];
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let Some(name) = parameter["name"].as_str().filter(|_| parameter["in"] == "query") else { continue };
        let mut schema = parameter["schema"].clone();
        schema::modernise(&mut schema);
        properties.insert(name.to_owned(), schema);
        if parameter["required"] == true {
            required.push(Value::from(name));
        }
    }
    let content = |holder: &Value, kind: &str| {
        let mut schema = holder["content"].get(kind)?.get("schema")?.clone();
        schema::modernise(&mut schema);
        Some(schema)
    };
    let asked = &operation["requestBody"];
    let as_form = content(asked, "application/x-www-form-urlencoded").map(|schema| (true, schema));
    let as_json = content(asked, "application/json").map(|schema| (false, schema));
    let body =
        as_form.or(as_json).map(|(form, schema)| Body { form, required: asked["required"] == true, schema });
    let success = ["200", "201"].iter().find_map(|status| operation["responses"].get(*status));
    let answers = success.and_then(|success| {
        let kinds = success["content"].as_object()?;
        let kind = kinds.keys().find(|kind| kind.contains("json"))?;
        content(success, kind)
    });
    Route {
        method: method.to_ascii_uppercase(),
        template: template.to_owned(),
        query: json!({"type": "object", "properties": properties, "required": required}),
        body,
        answer: answers,
        checks: OnceLock::new(),
        answers: OnceLock::new(),
    }
}

/// The placeholders' values, when the path is of that template.
fn fits(template: &str, path: &str) -> Option<Vec<String>> {
    let (wanted, given): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
    if wanted.len() != given.len() {
        return None;
    }
    let mut ids = vec![];
    for (wanted, given) in wanted.into_iter().zip(given) {
        if wanted.starts_with('{') && !given.is_empty() {
            ids.push(form::unescape(given).ok()?);
        } else if wanted != given {
            return None;
        }
    }
    Some(ids)
}

/// YAML as JSON; its keys are texts.
fn json_of(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::Real(text) => text.parse().map_or_else(|_| Value::from(text.as_str()), Value::Number),
        Yaml::Integer(number) => Value::from(*number),
        Yaml::String(text) => Value::from(text.as_str()),
        Yaml::Boolean(flag) => Value::from(*flag),
        Yaml::Array(list) => list.iter().map(json_of).collect(),
        Yaml::Hash(map) => {
            let key = |yaml: &Yaml| match json_of(yaml) {
                Value::String(text) => text,
                other => other.to_string(),
            };
            map.iter().map(|(name, value)| (key(name), json_of(value))).collect::<Map<_, _>>().into()
        }
        Yaml::Alias(_) | Yaml::Null | Yaml::BadValue => Value::Null,
    }
}
