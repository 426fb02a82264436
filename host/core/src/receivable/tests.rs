//! Settling conserves cents and never takes more than there is.

use proptest::prelude::*;

use super::{Position, SettleError, Sign, Standing, effective_on, settle, sign_of};
use crate::day::Day;

fn of(total_minor: i64, open_minor: i64) -> Standing {
    Standing { total_minor, open_minor }
}

#[test]
fn an_allocation_takes_what_the_item_needs_and_leaves_the_rest() {
    assert_eq!(settle(100, 100, of(100, 100)), Ok(100));
    assert_eq!(settle(120, 150, of(100, 100)), Ok(100));
    assert_eq!(settle(120, 100, of(200, 200)), Err(SettleError::TooLittleLeft { left_minor: 100 }));
    assert_eq!(settle(5, 10, of(100, -3)), Ok(0));
    assert_eq!(settle(0, 10, of(10, 10)), Err(SettleError::Nothing));
}

#[test]
fn money_that_went_back_reopens_what_was_settled_and_no_more() {
    assert_eq!(settle(-40, -40, of(100, 20)), Ok(-40));
    assert_eq!(settle(-50, -40, of(100, 20)), Err(SettleError::TooLittleLeft { left_minor: -40 }));
    assert_eq!(settle(-40, -40, of(100, 70)), Err(SettleError::NeverSettled { settled_minor: 30 }));
}

#[test]
fn whatever_takes_from_a_debt_is_a_credit() {
    for kind in ["credit-note", "write-off", "discount", "withholding", "exchange-difference"] {
        assert_eq!(sign_of(kind), Sign::Credit, "{kind}");
    }
    for kind in ["invoice", "debit-note", "charge", "opening", "factura"] {
        assert_eq!(sign_of(kind), Sign::Debt, "{kind}");
    }
}

#[test]
fn money_that_came_before_the_invoice_counts_from_the_invoice() {
    assert_eq!(effective_on(Day(5), Day(10), Day(3)), Day(10));
    assert_eq!(effective_on(Day(12), Day(10), Day(3)), Day(12));
}

#[test]
fn an_item_is_settled_on_the_day_of_its_last_movement() {
    let mut position = Position::new(Day(1));
    position.move_by(100, Day(1)).unwrap();
    assert_eq!(position.settled_on(), None);
    position.move_by(-60, Day(40)).unwrap();
    position.move_by(-40, Day(9)).unwrap();
    assert_eq!(position.settled_on(), Some(Day(40)), "a backdated part payment does not settle the past");
    position.move_by(10, Day(50)).unwrap();
    assert_eq!(position.settled_on(), None);
}

proptest! {
    #[test]
    fn settling_conserves_cents(
        total in 0..1_000_000_i64, paid in 0..1_000_000_i64, asks in prop::collection::vec(1..400_000_i64, 0..10),
    ) {
        let (mut open, mut left) = (total, paid);
        for asked in asks {
            if let Ok(taken) = settle(asked, left, of(total, open)) {
                open -= taken;
                left -= taken;
            }
            prop_assert!(open >= 0 && left >= 0);
            prop_assert_eq!(total - open, paid - left);
        }
    }
}
