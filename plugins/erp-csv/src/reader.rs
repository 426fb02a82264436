//! Typed values of a row: each either read exactly or refused with what to do about it.

use recaudo_sdk::{Date, values};

use crate::currency::{self, Currency};
use crate::day::Moment;
use crate::field::{Field, Row};
use crate::format::Format;
use crate::number::{self, NumberError};
use crate::problem::Problem;

/// A row with the conventions to read it by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    pub(crate) row: Row<'a>,
    pub(crate) format: &'a Format,
    /// The version of records that have none of their own: when the file was last modified, in seconds.
    pub(crate) file_version: u64,
}

/// An amount and the currency it is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Amount {
    pub(crate) minor: i64,
    pub(crate) currency: Currency,
}

impl Amount {
    pub(crate) fn money(self) -> values::Money {
        let [a, b, c] = self.currency.code;
        values::Money { minor: self.minor, exponent: self.currency.exponent, currency: (a, b, c) }
    }
}

impl Reader<'_> {
    /// A problem with what `field` says in this row.
    pub(crate) fn problem(&self, field: &Field, code: &'static str, message: impl Into<String>) -> Problem {
        Problem::new(field.label(&self.row), &field.value(&self.row), code, message)
    }

    pub(crate) fn text(&self, field: &Field) -> String {
        field.value(&self.row).into_owned()
    }

    /// `what` is our name of the value, for the message.
    pub(crate) fn required(&self, field: &Field, what: &str) -> Result<String, Problem> {
        let value = field.value(&self.row);
        if value.is_empty() { Err(self.blank(field, what)) } else { Ok(value.into_owned()) }
    }

    pub(crate) fn blank(&self, field: &Field, what: &str) -> Problem {
        self.problem(field, "missing-field", format!("the {what} is blank; fill it in at the source"))
    }

    pub(crate) fn day(&self, field: &Field) -> Result<Option<Date>, Problem> {
        Ok(self.moment(field)?.map(|moment| moment.day))
    }

    pub(crate) fn moment(&self, field: &Field) -> Result<Option<Moment>, Problem> {
        let text = field.value(&self.row);
        if text.is_empty() {
            return Ok(None);
        }
        let found = self.format.dates.iter().find_map(|format| format.read(&text));
        found.map(Some).ok_or_else(|| {
            let message = format!(
                "this is no day of the calendar written as {}; correct it at the source, or add its way of \
                    writing to format.dates",
                self.format.dates_shown
            );
            self.problem(field, "bad-date", message)
        })
    }

    pub(crate) fn required_day(&self, field: &Field, what: &str) -> Result<Date, Problem> {
        self.day(field)?.ok_or_else(|| self.blank(field, what))
    }

    pub(crate) fn currency(&self, field: &Field) -> Result<Currency, Problem> {
        let text = field.value(&self.row);
        if text.is_empty() {
            return Err(self.blank(field, "currency"));
        }
        currency::find(&text).ok_or_else(|| {
            let message = "this is no ISO 4217 currency in use; correct it at the source, or add a `map` to \
                the currency, such as {\"$\": \"USD\"}";
            self.problem(field, "unknown-currency", message)
        })
    }

    /// An amount, `None` when blank.
    pub(crate) fn amount(&self, field: &Field, currency: Currency) -> Result<Option<Amount>, Problem> {
        let text = field.value(&self.row);
        if text.is_empty() {
            return Ok(None);
        }
        match number::parse(&text, &self.format.style, currency.exponent) {
            Ok(minor) => Ok(Some(Amount { minor, currency })),
            Err(error) => Err(self.bad_amount(field, error, Some(currency))),
        }
    }

    pub(crate) fn required_amount(
        &self,
        field: &Field,
        currency: Currency,
        what: &str,
    ) -> Result<Amount, Problem> {
        self.amount(field, currency)?.ok_or_else(|| self.blank(field, what))
    }

    /// A rate or a quantity, with the decimals it is written with.
    pub(crate) fn decimal(&self, field: &Field) -> Result<Option<values::Decimal>, Problem> {
        let text = field.value(&self.row);
        if text.is_empty() {
            return Ok(None);
        }
        match number::decimal(&text, &self.format.style) {
            Ok((coefficient, scale)) => Ok(Some(values::Decimal { coefficient, scale })),
            Err(error) => Err(self.bad_amount(field, error, None)),
        }
    }

    /// A whole number from 0 to `most`, `None` when blank.
    pub(crate) fn whole(&self, field: &Field, most: u64) -> Result<Option<u64>, Problem> {
        let text = field.value(&self.row);
        if text.is_empty() {
            return Ok(None);
        }
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let number = if digits { text.parse().ok().filter(|n| *n <= most) } else { None };
        number.map(Some).ok_or_else(|| {
            let message = format!("a whole number from 0 to {most} is needed here; correct it at the source");
            self.problem(field, "bad-number", message)
        })
    }

    pub(crate) fn flag(&self, field: &Field) -> Result<bool, Problem> {
        let text = field.value(&self.row);
        self.format.flag(&text).ok_or_else(|| {
            let message = "this is neither yes nor no; add the word to format.true or format.false";
            self.problem(field, "bad-flag", message)
        })
    }

    /// A version: a whole number, or a day and time; the file's when blank or not mapped.
    pub(crate) fn version(&self, field: &Field) -> Result<u64, Problem> {
        let text = field.value(&self.row);
        if text.is_empty() {
            return Ok(self.file_version);
        }
        if text.bytes().all(|byte| byte.is_ascii_digit())
            && let Ok(number) = text.parse()
        {
            return Ok(number);
        }
        let moment = self.format.dates.iter().find_map(|format| format.read(&text));
        moment.and_then(|moment| u64::try_from(moment.seconds_utc()).ok()).ok_or_else(|| {
            let message =
                "a version is a whole number, or a day as format.dates has it, with a time or without";
            self.problem(field, "bad-number", message)
        })
    }

    /// ISO 3166 alpha-2 in capitals, or blank.
    pub(crate) fn country(&self, field: &Field) -> Result<String, Problem> {
        let text = field.value(&self.row);
        if text.is_empty() || (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic())) {
            return Ok(text.to_ascii_uppercase());
        }
        let message = "a country is two letters (ISO 3166), such as CO; add a `map` to the country, such as \
            {\"Colombia\": \"CO\"}";
        Err(self.problem(field, "unknown-country", message))
    }

    fn bad_amount(&self, field: &Field, error: NumberError, currency: Option<Currency>) -> Problem {
        let style = &self.format.style;
        let grouping = style.thousands.map_or("none".to_owned(), |mark| format!("`{mark}`"));
        let stated =
            format!("the configuration has `{}` for decimals and {grouping} for thousands", style.decimal);
        let places = currency.map_or(18, |currency| currency.exponent);
        let name =
            currency.map_or_else(|| "a rate".to_owned(), |c| String::from_utf8_lossy(&c.code).into_owned());
        match error {
            NumberError::NotANumber => {
                let message =
                    "this is no amount; correct it at the source, or list currency signs in format.symbols";
                self.problem(field, "bad-amount", message)
            }
            NumberError::Separators => {
                let message = format!(
                    "its separators are not where they should be: {stated}; correct the one that is wrong"
                );
                self.problem(field, "amount-separators", message)
            }
            NumberError::Scientific => {
                let message = "a spreadsheet has written it with an exponent and lost digits; export the \
                    column as a plain number";
                self.problem(field, "amount-scientific", message)
            }
            NumberError::TooPrecise => {
                let message =
                    format!("{name} has at most {places} decimals, and nothing is rounded; {stated}");
                self.problem(field, "amount-precision", message)
            }
            NumberError::TooLarge => self.problem(
                field,
                "amount-too-large",
                "an amount has at most 18 digits; correct it at the source",
            ),
        }
    }
}
