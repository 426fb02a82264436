//! From the parser's tree to the typed program, with every type checked on the way.
//!
//! The parser reads decimals as binary floating point; amounts must be exact, so a decimal is read again from the text
//! it was written in.

use cel::IdedExpr;
use cel::common::ast::{CallExpr, Expr, ListExpr, LiteralValue, SelectExpr, SourceInfo, operators as op};
use cel::parser::Parser;

use super::fields::{self, Field, Scope};
use super::program::{Arithmetic, Bool, Comparison, Exact, Num, SCALE_MAX, Search, Txt};
use super::rule::{Place, RuleError, Thresholds, known_names};

/// Parses and lowers a rule, which must be a yes or no.
pub(super) fn lower(text: &str, scope: Scope, thresholds: &Thresholds) -> Result<Bool, RuleError> {
    let (tree, source) = Parser::new().parse_with_source_info(text).map_err(|errors| {
        let first = errors.errors.first();
        let (line, column) = first.map_or((1, 1), |error| error.pos);
        let place =
            Place { line: usize::try_from(line).unwrap_or(1), column: usize::try_from(column).unwrap_or(1) };
        let message = first.map_or_else(|| "no expression".to_owned(), |error| error.msg.clone());
        RuleError::Syntax { place, message }
    })?;
    let lowering = Lowering { text, source, scope, thresholds };
    lowering.boolean(&tree)
}

/// A checked part of a rule.
enum Value {
    Bool(Bool),
    Num(Num),
    Txt(Txt),
    Null,
}

impl Value {
    fn type_name(&self) -> &'static str {
        match self {
            Self::Bool(_) => "yes or no",
            Self::Num(_) => "a number",
            Self::Txt(_) => "a text",
            Self::Null => "null",
        }
    }
}

struct Lowering<'a> {
    text: &'a str,
    source: SourceInfo,
    scope: Scope,
    thresholds: &'a Thresholds,
}

impl Lowering<'_> {
    fn boolean(&self, at: &IdedExpr) -> Result<Bool, RuleError> {
        match self.value(at)? {
            Value::Bool(value) => Ok(value),
            other => Err(self.mismatch(at, "yes or no", &other)),
        }
    }

    fn number(&self, at: &IdedExpr) -> Result<Num, RuleError> {
        match self.value(at)? {
            Value::Num(value) => Ok(value),
            other => Err(self.mismatch(at, "a number", &other)),
        }
    }

    fn txt(&self, at: &IdedExpr) -> Result<Txt, RuleError> {
        match self.value(at)? {
            Value::Txt(value) => Ok(value),
            other => Err(self.mismatch(at, "a text", &other)),
        }
    }

    fn value(&self, at: &IdedExpr) -> Result<Value, RuleError> {
        match &at.expr {
            Expr::Literal(literal) => self.literal(at, literal),
            Expr::Ident(name) => self.field(at, name),
            Expr::Select(select) => self.select(at, select),
            Expr::Call(call) => self.call(at, call),
            Expr::List(_) => Err(self.unsupported(at, "a list can only stand after `in`")),
            Expr::Comprehension(_) => Err(self.unsupported(at, "rules have no loops")),
            Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => {
                Err(self.unsupported(at, "rules have no maps or messages"))
            }
        }
    }

    fn literal(&self, at: &IdedExpr, literal: &LiteralValue) -> Result<Value, RuleError> {
        Ok(match literal {
            LiteralValue::Boolean(value) => Value::Bool(Bool::Literal(value.into_inner())),
            LiteralValue::Int(value) => {
                let coefficient = i128::from(value.into_inner());
                Value::Num(Num::Literal(Exact { coefficient, scale: 0 }))
            }
            LiteralValue::UInt(value) => {
                let coefficient = i128::from(*value.inner());
                Value::Num(Num::Literal(Exact { coefficient, scale: 0 }))
            }
            LiteralValue::Double(value) => {
                let exact = self.decimal(at)?;
                let negative = value.inner().is_sign_negative();
                let coefficient = if negative { -exact.coefficient } else { exact.coefficient };
                Value::Num(Num::Literal(Exact { coefficient, ..exact }))
            }
            LiteralValue::String(value) => Value::Txt(Txt::Literal(value.inner().to_owned())),
            LiteralValue::Null => Value::Null,
            LiteralValue::Bytes(_) => return Err(self.unsupported(at, "rules have no bytes")),
        })
    }

    /// The decimal as written, without its sign: the parser keeps the place of its digits.
    fn decimal(&self, at: &IdedExpr) -> Result<Exact, RuleError> {
        let start = self.source.offset_for(at.id).map_or(0, |(start, _)| start as usize);
        let digits: String = self
            .text
            .get(start..)
            .unwrap_or_default()
            .chars()
            .skip_while(|c| *c == '-' || c.is_whitespace())
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '.')
            .collect();
        const { assert!(SCALE_MAX == 12, "the message names the limit") };
        Exact::parse(&digits)
            .ok_or_else(|| self.unsupported(at, "write a decimal with digits and at most 12 after the point"))
    }

    fn field(&self, at: &IdedExpr, name: &str) -> Result<Value, RuleError> {
        match fields::find(name, self.scope) {
            Some(Field::Number(number, unit)) => Ok(Value::Num(Num::Field(number, unit))),
            Some(Field::Text(text)) => Ok(Value::Txt(Txt::Field(text))),
            Some(Field::Flag(flag)) => Ok(Value::Bool(Bool::Field(flag))),
            None => Err(self.unknown(at, name)),
        }
    }

    fn select(&self, at: &IdedExpr, select: &SelectExpr) -> Result<Value, RuleError> {
        let Expr::Ident(of) = &select.operand.expr else {
            return Err(self.unsupported(at, "only amounts.NAME and attributes.NAME have parts"));
        };
        match of.as_str() {
            "amounts" => match self.thresholds.find(&select.field) {
                Some(threshold) => Ok(Value::Num(Num::Threshold(threshold.minor.clone()))),
                None => Err(self.unknown(at, &format!("amounts.{}", select.field))),
            },
            "attributes" if select.test => {
                let attribute = Txt::Attribute(select.field.clone());
                Ok(Value::Bool(Bool::Not(Box::new(Bool::TextUnknown(attribute)))))
            }
            "attributes" => Ok(Value::Txt(Txt::Attribute(select.field.clone()))),
            _ => Err(self.unknown(at, &format!("{of}.{}", select.field))),
        }
    }

    fn call(&self, at: &IdedExpr, call: &CallExpr) -> Result<Value, RuleError> {
        let args = call.args.as_slice();
        let boxed = |at: &IdedExpr| self.boolean(at).map(Box::new);
        match (call.func_name.as_str(), call.target.as_deref(), args) {
            (op::LOGICAL_AND, None, [a, b]) => Ok(Value::Bool(Bool::And(boxed(a)?, boxed(b)?))),
            (op::LOGICAL_OR, None, [a, b]) => Ok(Value::Bool(Bool::Or(boxed(a)?, boxed(b)?))),
            (op::LOGICAL_NOT, None, [a]) => Ok(Value::Bool(Bool::Not(boxed(a)?))),
            (op::CONDITIONAL, None, [when, a, b]) => self.conditional(when, a, b),
            (op::NEGATE, None, [a]) => Ok(Value::Num(Num::Negate(Box::new(self.number(a)?)))),
            (op::ADD, None, [a, b]) => self.arithmetic(Arithmetic::Add, a, b),
            (op::SUBSTRACT, None, [a, b]) => self.arithmetic(Arithmetic::Subtract, a, b),
            (op::MULTIPLY, None, [a, b]) => self.arithmetic(Arithmetic::Multiply, a, b),
            (op::DIVIDE | op::MODULO, None, _) => Err(self
                .unsupported(at, "rules do not divide, so that amounts stay exact; multiply the other side")),
            (op::EQUALS, None, [a, b]) => self.compare(Comparison::Equal, a, b),
            (op::NOT_EQUALS, None, [a, b]) => self.compare(Comparison::NotEqual, a, b),
            (op::LESS, None, [a, b]) => self.compare(Comparison::Less, a, b),
            (op::LESS_EQUALS, None, [a, b]) => self.compare(Comparison::LessOrEqual, a, b),
            (op::GREATER, None, [a, b]) => self.compare(Comparison::Greater, a, b),
            (op::GREATER_EQUALS, None, [a, b]) => self.compare(Comparison::GreaterOrEqual, a, b),
            (op::IN, None, [a, list]) => self.within(a, list),
            (op::INDEX, None, [of, key]) => self.attribute(at, of, key),
            ("startsWith", Some(text), [part]) => self.search(Search::StartsWith, text, part),
            ("endsWith", Some(text), [part]) => self.search(Search::EndsWith, text, part),
            ("contains", Some(text), [part]) => self.search(Search::Contains, text, part),
            ("int" | "double", None, [text]) => Ok(Value::Num(Num::Parse(Box::new(self.txt(text)?)))),
            (name, ..) => Err(RuleError::UnknownFunction { place: self.place(at), name: name.to_owned() }),
        }
    }

    fn arithmetic(&self, how: Arithmetic, a: &IdedExpr, b: &IdedExpr) -> Result<Value, RuleError> {
        Ok(Value::Num(Num::Arithmetic(how, Box::new(self.number(a)?), Box::new(self.number(b)?))))
    }

    fn conditional(&self, when: &IdedExpr, a: &IdedExpr, b: &IdedExpr) -> Result<Value, RuleError> {
        let when = Box::new(self.boolean(when)?);
        Ok(match self.value(a)? {
            Value::Bool(x) => Value::Bool(Bool::If(when, Box::new(x), Box::new(self.boolean(b)?))),
            Value::Num(x) => Value::Num(Num::If(when, Box::new(x), Box::new(self.number(b)?))),
            Value::Txt(x) => Value::Txt(Txt::If(when, Box::new(x), Box::new(self.txt(b)?))),
            Value::Null => return Err(self.unsupported(a, "null can only be compared with == and !=")),
        })
    }

    fn compare(&self, how: Comparison, a: &IdedExpr, b: &IdedExpr) -> Result<Value, RuleError> {
        let equality = matches!(how, Comparison::Equal | Comparison::NotEqual);
        let value = match (self.value(a)?, self.value(b)?) {
            (Value::Num(x), Value::Num(y)) => Bool::Numbers(how, x, y),
            (Value::Txt(x), Value::Txt(y)) => Bool::Texts(how, x, y),
            (Value::Bool(x), Value::Bool(y)) if equality => {
                Bool::Same(how == Comparison::Equal, Box::new(x), Box::new(y))
            }
            (Value::Num(x), Value::Null) | (Value::Null, Value::Num(x)) if equality => {
                negate_unless(how == Comparison::Equal, Bool::NumberUnknown(x))
            }
            (Value::Txt(x), Value::Null) | (Value::Null, Value::Txt(x)) if equality => {
                negate_unless(how == Comparison::Equal, Bool::TextUnknown(x))
            }
            (Value::Num(_), other) => return Err(self.mismatch(b, "a number", &other)),
            (Value::Txt(_), other) => return Err(self.mismatch(b, "a text", &other)),
            (first, _) => return Err(self.mismatch(a, "a number or a text", &first)),
        };
        Ok(Value::Bool(value))
    }

    fn within(&self, a: &IdedExpr, list: &IdedExpr) -> Result<Value, RuleError> {
        let Expr::List(ListExpr { elements, .. }) = &list.expr else {
            return Err(self.unsupported(list, "write a list after `in`, such as [\"CO\", \"MX\"]"));
        };
        let value = match self.value(a)? {
            Value::Num(x) => {
                Bool::NumberIn(x, elements.iter().map(|e| self.number(e)).collect::<Result<_, _>>()?)
            }
            Value::Txt(x) => Bool::TextIn(x, elements.iter().map(|e| self.txt(e)).collect::<Result<_, _>>()?),
            other => return Err(self.mismatch(a, "a number or a text", &other)),
        };
        Ok(Value::Bool(value))
    }

    fn attribute(&self, at: &IdedExpr, of: &IdedExpr, key: &IdedExpr) -> Result<Value, RuleError> {
        match (&of.expr, &key.expr) {
            (Expr::Ident(name), Expr::Literal(LiteralValue::String(key))) if name == "attributes" => {
                Ok(Value::Txt(Txt::Attribute(key.inner().to_owned())))
            }
            _ => Err(self.unsupported(at, "only attributes[\"NAME\"] is looked up by a name")),
        }
    }

    fn search(&self, how: Search, text: &IdedExpr, part: &IdedExpr) -> Result<Value, RuleError> {
        Ok(Value::Bool(Bool::Search(how, self.txt(text)?, self.txt(part)?)))
    }

    fn place(&self, at: &IdedExpr) -> Place {
        let start = self.source.offset_for(at.id).map_or(0, |(start, _)| start as usize);
        let mut place = Place { line: 1, column: 1 };
        for c in self.text.get(..start).unwrap_or_default().chars() {
            if c == '\n' {
                place = Place { line: place.line + 1, column: 1 };
            } else {
                place.column += 1;
            }
        }
        place
    }

    fn mismatch(&self, at: &IdedExpr, expected: &'static str, found: &Value) -> RuleError {
        RuleError::Type { place: self.place(at), expected, found: found.type_name() }
    }

    fn unsupported(&self, at: &IdedExpr, what: &'static str) -> RuleError {
        RuleError::Unsupported { place: self.place(at), what }
    }

    fn unknown(&self, at: &IdedExpr, name: &str) -> RuleError {
        let known = known_names(self.scope, self.thresholds);
        RuleError::UnknownField { place: self.place(at), name: name.to_owned(), known }
    }
}

fn negate_unless(keep: bool, inner: Bool) -> Bool {
    if keep { inner } else { Bool::Not(Box::new(inner)) }
}
