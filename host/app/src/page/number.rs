//! Amounts, shares and dates as the reader's country writes them.

use chrono::Datelike;
use recaudo_core::day::Day;
use recaudo_core::kpi::Hundredths;
use recaudo_core::money::Currency;

use crate::words::Language;

/// The two marks inside a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Format {
    thousands: char,
    decimal: char,
}

impl Format {
    /// Mexico, Peru and Central America write 1,234.56 as English does; the rest of the region 1.234,56.
    pub(super) fn of_locale(locale: &str) -> Self {
        let country = locale.get(3..5).unwrap_or("").to_ascii_uppercase();
        let english = Language::of_locale(locale).unwrap_or_default() == Language::En;
        if english || matches!(country.as_str(), "MX" | "PE" | "GT" | "HN" | "SV" | "NI" | "PA" | "DO" | "US")
        {
            Self { thousands: ',', decimal: '.' }
        } else {
            Self { thousands: '.', decimal: ',' }
        }
    }

    /// `1.234,56`, without the currency: the page says it beside.
    pub(super) fn money(self, currency: Currency, minor: i64) -> String {
        self.mark(&currency.decimal(minor))
    }

    pub(super) fn hundredths(self, value: Hundredths) -> String {
        let text = value.to_string();
        self.mark(text.strip_suffix(".00").unwrap_or(&text))
    }

    /// A share with one decimal, such as `12,5 %`; a dash of nothing.
    pub(super) fn percent(self, part: i64, whole: i64) -> String {
        if whole <= 0 {
            return "–".into();
        }
        let tenths = (i128::from(part) * 1000 + i128::from(whole) / 2) / i128::from(whole);
        let sign = if tenths < 0 { "-" } else { "" };
        let tenths = tenths.unsigned_abs();
        format!("{sign}{}{}{} %", tenths / 10, self.decimal, tenths % 10)
    }

    /// A round amount for an axis: `250 k`, `1,5 M`, `1.500 M`.
    pub(super) fn short(self, currency: Currency, minor: i128) -> String {
        let major = minor / 10i128.pow(u32::from(currency.exponent()));
        let (unit, name) = match major {
            1_000_000.. => (1_000_000, " M"),
            1_000.. => (1_000, " k"),
            _ => (1, ""),
        };
        let tenths = major * 10 / unit;
        if tenths % 10 == 0 {
            format!("{}{name}", self.mark(&(tenths / 10).to_string()))
        } else {
            format!("{}{}{}{name}", self.mark(&(tenths / 10).to_string()), self.decimal, tenths % 10)
        }
    }

    fn mark(self, plain: &str) -> String {
        let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
        let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |rest| ("-", rest));
        let mut text = String::from(sign);
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                text.push(self.thousands);
            }
            text.push(digit);
        }
        if !fraction.is_empty() {
            text.push(self.decimal);
            text.push_str(fraction);
        }
        text
    }
}

const MONTHS: [[&str; 12]; 3] = [
    [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ],
    [
        "janeiro",
        "fevereiro",
        "março",
        "abril",
        "maio",
        "junho",
        "julho",
        "agosto",
        "setembro",
        "outubro",
        "novembro",
        "dezembro",
    ],
    [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
];

fn month(day: Day, language: Language) -> &'static str {
    let row = match language {
        Language::Es => 0,
        Language::Pt => 1,
        Language::En => 2,
    };
    MONTHS[row][usize::try_from(day.date().month0()).unwrap_or(0)]
}

/// `31 de marzo de 2026`, `31 March 2026`.
pub(super) fn long_date(day: Day, language: Language) -> String {
    let date = day.date();
    match language {
        Language::En => format!("{} {} {}", date.day(), month(day, language), date.year()),
        Language::Es | Language::Pt => {
            format!("{} de {} de {}", date.day(), month(day, language), date.year())
        }
    }
}

/// `mar 26`: below an axis.
pub(super) fn short_month(day: Day, language: Language) -> String {
    let name: String = month(day, language).chars().take(3).collect();
    format!("{name} {:02}", day.date().year().rem_euclid(100))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_country_sees_its_own_marks() {
        let (co, mx) = (Format::of_locale("es-CO"), Format::of_locale("es-MX"));
        let cop = Currency(*b"COP");
        assert_eq!(co.money(cop, 123_456_789), "1.234.567,89");
        assert_eq!(mx.money(cop, -123_456), "-1,234.56");
        assert_eq!(co.money(Currency(*b"CLP"), 1000), "1.000");
        assert_eq!(co.percent(1, 3), "33,3 %");
        assert_eq!(co.percent(1, 0), "–");
        assert_eq!(co.hundredths(Hundredths(16_633)), "166,33");
        assert_eq!(co.short(cop, 150_000_000), "1,5 M");
        assert_eq!(co.short(cop, 150_000_000_000), "1.500 M");
        assert_eq!(long_date("2026-03-31".parse().unwrap(), Language::Es), "31 de marzo de 2026");
    }
}
