//! How customers pay. The score never sees this; it has to find out from the payments.

use super::chance::Chance;
use super::{Invoice, Payment};

/// The kind of payer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// On time, often early.
    Good,
    /// A week or so late, unless reminded before.
    Forgetful,
    /// Weeks late.
    Late,
    /// Months late, some never.
    VeryLate,
    /// Contests a third of its invoices; pays the others.
    Disputing,
}

impl Behaviour {
    pub(super) fn pick(chance: &mut Chance) -> Self {
        match chance.below(100) {
            0..45 => Self::Good,
            45..70 => Self::Forgetful,
            70..85 => Self::Late,
            85..93 => Self::VeryLate,
            _ => Self::Disputing,
        }
    }

    /// Days after the due date that it pays.
    fn days_late(self, chance: &mut Chance) -> Option<i32> {
        match self {
            Self::Good => Some(if chance.of(1, 12) { chance.between(1, 6) } else { chance.between(-9, 0) }),
            Self::Forgetful => {
                Some(if chance.of(2, 5) { chance.between(-4, 0) } else { chance.between(2, 16) })
            }
            Self::Late => Some(if chance.of(1, 8) { chance.between(-3, 0) } else { chance.between(8, 48) }),
            Self::VeryLate if chance.of(1, 7) => None,
            Self::VeryLate => Some(chance.between(25, 130)),
            Self::Disputing => Some(chance.between(-2, 25)),
        }
    }
}

/// What is paid for an invoice, in one payment or two; a contested one waits.
pub(super) fn payments(at: usize, invoice: &Invoice, payer: Behaviour, chance: &mut Chance) -> Vec<Payment> {
    let Some(days_late) = payer.days_late(chance).filter(|_| !invoice.disputed) else {
        return Vec::new();
    };
    let method = *chance.pick(&["Transferencia", "Transferencia", "Tarjeta", "Cheque"]);
    let on = |days| invoice.due.plus(days).max(invoice.issued.plus(1));
    let payment = |on, minor| Payment { number: String::new(), invoice: at, on, minor, method };
    if chance.of(1, 16) {
        let first = invoice.minor / 2;
        let rest = on(days_late.saturating_add(chance.between(10, 30)));
        return vec![payment(on(days_late), first), payment(rest, invoice.minor - first)];
    }
    vec![payment(on(days_late), invoice.minor)]
}
