//! A real Tryton 8.2 at the other end: what comes in equals what its own API says, and what we write is
//! there, once.

mod books;
mod host;
mod stories;

use recaudo_peers::tryton::Tryton;

use books::Books;
use host::Installation;

#[test]
fn a_running_tryton_and_we_agree() {
    let tryton = Tryton::start(0);
    let mut installation = Installation::new(&tryton, "");
    let found = installation.check().expect("it can be read");
    assert!(found.starts_with("Tryton 8.2; companies: 1 Dunder Mifflin (MXN);"), "{found}");
    let mut books = Books::default();
    books.import(&mut installation, 5_000);
    assert_eq!(books.rejects, []);
    stories::everything_came_in(&tryton, &books);
    stories::small_pages_give_the_same_books(&tryton, &books);
    stories::nothing_changes_without_a_change(&mut installation, &mut books);
    stories::a_payment_entered_there_arrives(&tryton, &mut installation, &mut books);
    stories::what_is_unreconciled_is_open_again(&tryton, &mut installation, &mut books);
    stories::a_customer_that_changes_comes_again(&tryton, &mut installation, &mut books);
    stories::a_payment_pushed_is_reconciled_there_once(&tryton, &mut installation, &mut books);
    stories::a_push_that_died_goes_on_where_it_was(&tryton, &mut installation, &mut books);
    stories::dollars_are_paid_in_dollars(&tryton, &mut installation, &mut books);
    stories::a_payment_that_bounced_is_taken_back(&tryton, &mut installation, &mut books);
    stories::notes_are_there_once(&tryton, &mut installation);
    stories::refusals_say_what_to_do(&tryton);
}

#[test]
fn five_thousand_lines_come_in_once() {
    let tryton = Tryton::start(5_000);
    let mut installation = Installation::new(&tryton, "");
    let mut books = Books::default();
    let begun = std::time::Instant::now();
    books.import(&mut installation, 5_000);
    let (seconds, lines) = (begun.elapsed().as_secs_f64(), books.documents.len() + books.payments.len());
    println!(
        "{lines} items and payments of {} customers in {seconds:.1} s, {} pages, {} exchanges",
        books.customers.len(),
        books.pages,
        installation.exchanges
    );
    assert!(lines > 5_000);
    stories::balances_agree(&tryton, &books);
}
