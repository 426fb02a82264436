//! The portfolio as three files of a Spanish-speaking ERP: semicolons, decimal commas, 31/12/2026, Latin-1.
//!
//! A few rows are wrong, as in every real export: they have to end up in quarantine with a reason, and nowhere else.

use std::path::Path;
use std::{fs, io};

use chrono::Datelike;
use recaudo_core::day::Day;
use recaudo_core::money::Currency;

use super::{Customer, Portfolio};

/// How `erp-csv` reads these files.
pub const MAPPING: &str = include_str!("../../demo/mapping.json");

/// Wrong rows among the invoices.
pub(super) const DIRTY_INVOICES: usize = 2;

const CUSTOMERS_HEAD: &str = "Codigo;Nombre;Tipo;Identificacion;Pais;Idioma;Zona;Contacto;Correo;Telefono";
const INVOICES_HEAD: &str = "Factura;Cliente;Fecha;Vencimiento;Moneda;Valor;Reclamo";
const PAYMENTS_HEAD: &str = "Recibo;Cliente;Fecha;Factura;Moneda;Valor;Medio";

/// A day that does not exist, and a currency that does not either.
const WRONG_INVOICES: [&str; DIRTY_INVOICES] = [
    "FV-E00001;C0002;31/02/2026;17/03/2026;COP;1.250.000,00;N",
    "FV-E00002;C0003;02/03/2026;01/04/2026;ZZZ;4.800,00;N",
];
/// Nobody has this code.
const WRONG_PAYMENTS: [&str; 1] = ["RC-E00001;C9999;05/03/2026;FV-000100;COP;380.000,00;Transferencia"];

/// What the ERP exports on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exports {
    /// `customers.csv`.
    pub customers: Vec<u8>,
    /// `invoices.csv`.
    pub invoices: Vec<u8>,
    /// `payments.csv`.
    pub payments: Vec<u8>,
}

impl Exports {
    /// Everything that happened until the evening of `day`.
    pub fn of(portfolio: &Portfolio, day: Day) -> Self {
        let customers = portfolio.customers.iter().map(customer);
        let invoices = portfolio.invoices.iter().filter(|i| i.issued <= day).map(|i| {
            let who = &portfolio.customers[i.customer];
            let contested = if i.disputed { "S" } else { "N" };
            let amount = decimal(who, i.minor);
            [&*i.number, &who.code, &date(i.issued), &date(i.due), who.country.currency, &amount, contested]
                .join(";")
        });
        let payments = portfolio.payments.iter().filter(|p| p.on <= day).map(|p| {
            let invoice = &portfolio.invoices[p.invoice];
            let who = &portfolio.customers[invoice.customer];
            let amount = decimal(who, p.minor);
            [&*p.number, &who.code, &date(p.on), &invoice.number, who.country.currency, &amount, p.method]
                .join(";")
        });
        let wrong = |rows: &'static [&'static str]| rows.iter().map(|row| (*row).to_owned());
        Self {
            customers: file(CUSTOMERS_HEAD, customers),
            invoices: file(INVOICES_HEAD, wrong(&WRONG_INVOICES).chain(invoices)),
            payments: file(PAYMENTS_HEAD, wrong(&WRONG_PAYMENTS).chain(payments)),
        }
    }

    /// Writes the three files.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        fs::write(folder.join("customers.csv"), &self.customers)?;
        fs::write(folder.join("invoices.csv"), &self.invoices)?;
        fs::write(folder.join("payments.csv"), &self.payments)
    }
}

fn customer(c: &Customer) -> String {
    let kind = if c.kind == "person" { "Persona" } else { "Empresa" };
    let country = c.country;
    [
        &*c.code,
        &c.name,
        kind,
        &c.tax_id,
        country.code,
        country.locale,
        country.time_zone,
        &c.contact,
        &c.email,
        &c.phone,
    ]
    .join(";")
}

fn file(head: &str, rows: impl Iterator<Item = String>) -> Vec<u8> {
    let mut bytes = latin1(head);
    for row in rows {
        bytes.push(b'\n');
        bytes.extend(latin1(&row));
    }
    bytes.push(b'\n');
    bytes
}

/// The names hold nothing beyond Latin-1, whose code points are its bytes.
fn latin1(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect()
}

fn date(day: Day) -> String {
    let date = day.date();
    format!("{:02}/{:02}/{}", date.day(), date.month(), date.year())
}

/// `1.234.567,89`.
fn decimal(customer: &Customer, minor: i64) -> String {
    let currency: Currency = customer.country.currency.parse().expect("a country's currency is a code");
    let plain = currency.decimal(minor);
    let (whole, cents) = plain.split_once('.').map_or((&*plain, None), |(w, c)| (w, Some(c)));
    let mut text = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            text.push('.');
        }
        text.push(digit);
    }
    cents.map_or(text.clone(), |cents| format!("{text},{cents}"))
}
