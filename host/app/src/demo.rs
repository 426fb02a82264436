//! A generated, lifelike portfolio: who owes, what was invoiced, how it was paid, as an ERP would export it.
//!
//! Everything follows from a seed: the same seed gives the same files, byte for byte, on every machine. Names are put
//! together from common words and all addresses end in `.example`, which nobody can own.

mod behaviour;
mod chance;
mod country;
mod export;
mod names;

use recaudo_core::day::Day;

pub use behaviour::Behaviour;
pub use country::Country;
pub use export::{Exports, MAPPING};

use chance::Chance;

/// The seed of `recaudo demo`.
pub const SEED: u64 = 20_260_630;
/// Customers of a portfolio.
pub const CUSTOMERS: usize = 300;
/// Invoices of a portfolio.
pub const INVOICES: usize = 3_000;
/// Days of invoicing before the last day.
const INVOICING_DAYS: i32 = 365;

/// The demo's last business day; simulated time does not depend on the wall clock.
pub fn last_day() -> Day {
    Day(20_634)
}

/// Monday to Friday, `count` of them, the last one being `last` or before it. Holidays stay in: refusing to contact
/// somebody on one is the gate's work, and worth seeing.
pub fn business_days(last: Day, count: usize) -> Vec<Day> {
    let mut days: Vec<Day> = (0..).map(|n| last.plus(-n)).filter(|d| is_weekday(*d)).take(count).collect();
    days.reverse();
    days
}

/// 1970-01-01 was a Thursday.
fn is_weekday(day: Day) -> bool {
    (day.0 + 3).rem_euclid(7) < 5
}

/// A customer of the portfolio.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// The ERP's code, such as `C0001`.
    pub code: String,
    /// Company or person.
    pub name: String,
    /// `business` or `person`.
    pub kind: &'static str,
    /// Where it is, and so its currency, language and zone.
    pub country: &'static Country,
    /// A made-up tax number.
    pub tax_id: String,
    /// Whom to write to.
    pub contact: String,
    /// Empty for the few who gave none.
    pub email: String,
    /// A made-up number.
    pub phone: String,
    /// Days it has to pay.
    pub term_days: i32,
    /// How it pays. Never exported: the score has to find out.
    pub behaviour: Behaviour,
}

/// An invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    /// Such as `FV-000123`.
    pub number: String,
    /// Index of the customer.
    pub customer: usize,
    /// Invoiced.
    pub issued: Day,
    /// Due.
    pub due: Day,
    /// Minor units of the customer's currency.
    pub minor: i64,
    /// The customer contests it.
    pub disputed: bool,
}

/// Money received for one invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// Such as `RC-000045`.
    pub number: String,
    /// Index of the invoice.
    pub invoice: usize,
    /// Received.
    pub on: Day,
    /// Minor units.
    pub minor: i64,
    /// How it came.
    pub method: &'static str,
}

/// The whole portfolio, past and future of the simulated days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Portfolio {
    /// Who owes.
    pub customers: Vec<Customer>,
    /// By day of issue.
    pub invoices: Vec<Invoice>,
    /// By day received.
    pub payments: Vec<Payment>,
}

impl Portfolio {
    /// Makes the portfolio whose last invoices are of `last`.
    pub fn generate(seed: u64, last: Day) -> Self {
        let mut chance = Chance::new(seed);
        let mut namer = names::Namer::default();
        let customers: Vec<Customer> = (0..CUSTOMERS).map(|n| customer(n, &mut chance, &mut namer)).collect();
        let mut invoices: Vec<Invoice> =
            (0..INVOICES).map(|n| invoice(n, &customers, &mut chance, last)).collect();
        invoices.sort_by_key(|i| (i.issued, i.customer, i.minor));
        for (n, invoice) in (1..).zip(&mut invoices) {
            invoice.number = format!("FV-{n:06}");
        }
        let mut payments: Vec<Payment> = Vec::new();
        for (n, invoice) in invoices.iter().enumerate() {
            let behaviour = customers[invoice.customer].behaviour;
            payments.extend(behaviour::payments(n, invoice, behaviour, &mut chance));
        }
        payments.sort_by_key(|p| (p.on, p.invoice));
        for (n, payment) in (1..).zip(&mut payments) {
            payment.number = format!("RC-{n:06}");
        }
        Self { customers, invoices, payments }
    }
}

fn customer(n: usize, chance: &mut Chance, namer: &mut names::Namer) -> Customer {
    let country = country::pick(chance);
    let person = chance.of(1, 6);
    let (name, domain) = if person { namer.person(chance) } else { namer.company(country, chance) };
    let contact = if person { name.clone() } else { namer.contact(chance) };
    let mailbox = *chance.pick(&["pagos", "cuentas", "tesoreria", "proveedores", "contabilidad"]);
    let email = if chance.of(1, 40) { String::new() } else { format!("{mailbox}@{domain}.example") };
    Customer {
        code: format!("C{:04}", n + 1),
        kind: if person { "person" } else { "business" },
        tax_id: country.tax_id(chance),
        phone: country.phone(chance),
        term_days: *chance.pick(&[15, 30, 30, 30, 45, 60]),
        behaviour: Behaviour::pick(chance),
        name,
        country,
        contact,
        email,
    }
}

fn invoice(n: usize, customers: &[Customer], chance: &mut Chance, last: Day) -> Invoice {
    // Each customer has one for sure; a third of the customers get two thirds of the rest, as in life.
    let customer = match n {
        n if n < CUSTOMERS => n,
        _ if chance.of(2, 3) => chance.below(CUSTOMERS / 3),
        _ => chance.below(CUSTOMERS),
    };
    let back = i32::try_from(chance.below(usize::try_from(INVOICING_DAYS).unwrap_or(1))).unwrap_or(0);
    let mut issued = last.plus(-back);
    while !is_weekday(issued) {
        issued = issued.plus(-1);
    }
    let who = &customers[customer];
    Invoice {
        number: String::new(),
        customer,
        issued,
        due: issued.plus(who.term_days),
        minor: who.country.amount(chance),
        disputed: who.behaviour == Behaviour::Disputing && chance.of(1, 3),
    }
}

#[cfg(test)]
mod tests;
