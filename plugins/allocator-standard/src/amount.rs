//! Money whose texts name nothing: what its amount says.

use crate::book::{Book, Why};
use crate::config::{Config, Rule};
use crate::named::{discount, oldest, picked};
use crate::text::{self, Atom, Gap};
use crate::{short, subset};

/// The customer is known only because the account paid for it before.
const BY_ACCOUNT: i32 = 50_000;
/// The customer is known by nothing but the amount.
const BY_AMOUNT: i32 = 300_000;
/// The amount fits one item, and its digits stand in the text.
const BY_AMOUNT_AND_DIGITS: i32 = 120_000;
/// A sum that so many items would meet by chance.
const BY_CHANCE: i32 = 350_000;
/// Only the oldest of many items were tried.
const NOT_ALL_TRIED: i32 = 250_000;
/// Other items shown beside an ambiguous suggestion; where more have an unknown payer's amount, it says nothing.
const OTHERS_MAX: usize = 5;

/// The rules in order; each is asked for every receipt before the next one is.
pub(crate) const ORDER: [Rule; 6] =
    [Rule::ExactAmount, Rule::Discount, Rule::NearAmount, Rule::AllOpen, Rule::Sum, Rule::OldestFirst];

/// Asks one rule about a receipt of a known customer.
pub(crate) fn known(config: &Config, book: &mut Book<'_>, purse: usize, rule: Rule) {
    let now = &book.purses[purse];
    if now.rest == 0 || now.named || now.given || now.payers.is_empty() {
        return;
    }
    let less = if now.certain { 0 } else { BY_ACCOUNT };
    let several = now.payers.len() > 1;
    let mut lines: Vec<usize> = now.payers.iter().flat_map(|payer| book.of(*payer, now.currency)).collect();
    lines.retain(|line| book.lines[*line].left != 0 || book.lines[*line].firm != 0);
    match rule {
        Rule::ExactAmount => exact(config, book, purse, &lines, less),
        Rule::Discount | Rule::NearAmount => close(config, book, purse, &lines, (rule, less)),
        // An account that paid for several customers does not say whose sum it is.
        _ if several => {}
        Rule::AllOpen => all(config, book, purse, &lines, less),
        Rule::Sum => sum(config, book, purse, &lines, less),
        Rule::OldestFirst if config.oldest_first => first(config, book, purse, &lines, less),
        Rule::OldestFirst | Rule::Reference | Rule::Number => {}
    }
}

/// Gives all of a receipt to one of `fitting`; with more than one it is a guess, and the others are shown.
fn one_of(config: &Config, book: &mut Book<'_>, purse: usize, fitting: &[usize], (rule, less): (Rule, i32)) {
    let rest = book.purses[purse].rest;
    let Some(line) = fitting.iter().copied().find(|line| book.lines[*line].left >= rest) else { return };
    let guess = fitting.len() > 1;
    let sure = config.sure(rule, less);
    let ppm = if guess { sure.min(config.ambiguous()) } else { sure };
    if book.give(purse, &[(line, rest)], Why { rule, ppm, guess }) {
        for other in fitting.iter().filter(|other| **other != line).take(OTHERS_MAX) {
            book.differs(purse, Some(*other), rest, "ambiguous");
        }
    }
}

fn exact(config: &Config, book: &mut Book<'_>, purse: usize, lines: &[usize], less: i32) {
    let rest = book.purses[purse].rest;
    let fitting: Vec<usize> = lines.iter().copied().filter(|line| book.lines[*line].firm == rest).collect();
    one_of(config, book, purse, &fitting, (Rule::ExactAmount, less));
}

/// One item less its discount, or less what a bank or a tax authority kept.
fn close(config: &Config, book: &mut Book<'_>, purse: usize, lines: &[usize], (rule, less): (Rule, i32)) {
    let (rest, currency) = (book.purses[purse].rest, book.currency(purse));
    let tolerance = config.rounding(currency.code, currency.exponent);
    let mut fitting: Vec<(usize, &'static str)> = vec![];
    for line in lines.iter().copied().filter(|line| book.lines[*line].left > 0) {
        let missing = book.lines[line].left.saturating_sub(rest);
        let code = match rule {
            Rule::Discount => discount(book, purse, line).filter(|off| *off == missing).map(|_| "discount"),
            _ if missing > 0 => short::explain(config, book, currency, &[line], missing),
            _ => (missing.saturating_neg() <= tolerance && missing < 0).then_some("rounding"),
        };
        fitting.extend(code.map(|code| (line, code)));
    }
    let Some((line, code)) = fitting.first().copied() else { return };
    let guess = fitting.len() > 1;
    let sure = config.sure(rule, less);
    let ppm = if guess { sure.min(config.ambiguous()) } else { sure };
    let left = book.lines[line].left;
    if book.give(purse, &[(line, rest.min(left))], Why { rule, ppm, guess }) {
        book.differs(purse, Some(line), left.saturating_sub(rest), code);
        for (other, _) in fitting.iter().skip(1).take(OTHERS_MAX) {
            book.differs(purse, Some(*other), rest.min(book.lines[*other].left), "ambiguous");
        }
    }
}

/// Everything the customer owes, credit notes taken off.
fn all(config: &Config, book: &mut Book<'_>, purse: usize, lines: &[usize], less: i32) {
    let parts: Vec<(usize, i64)> =
        lines.iter().map(|line| (*line, book.lines[*line].left)).filter(|(_, left)| *left != 0).collect();
    let total: i128 = parts.iter().map(|(_, left)| i128::from(*left)).sum();
    if parts.len() > 1 && total == i128::from(book.purses[purse].rest) {
        let why = Why { rule: Rule::AllOpen, ppm: config.sure(Rule::AllOpen, less), guess: false };
        book.give(purse, &parts, why);
    }
}

/// Some of what the customer owes, credit notes taken off.
fn sum(config: &Config, book: &mut Book<'_>, purse: usize, lines: &[usize], less: i32) {
    let rest = book.purses[purse].rest;
    let open: Vec<usize> = lines.iter().copied().filter(|line| book.lines[*line].left != 0).collect();
    let few = &open[..open.len().min(config.sum_items_max)];
    let amounts: Vec<i64> = few.iter().map(|line| book.lines[*line].left).collect();
    let Some((mask, only)) = subset::solve(&amounts, rest) else { return };
    let chance = if subset::may_be_chance(few.len(), rest) { BY_CHANCE } else { 0 };
    let untried = if few.len() < open.len() { NOT_ALL_TRIED } else { 0 };
    let sure = config.sure(Rule::Sum, less + chance.max(untried));
    let ppm = if only { sure } else { sure.min(config.ambiguous()) };
    let parts: Vec<(usize, i64)> =
        picked(few, mask).into_iter().map(|line| (line, book.lines[line].left)).collect();
    book.give(purse, &parts, Why { rule: Rule::Sum, ppm, guess: !only });
}

fn first(config: &Config, book: &mut Book<'_>, purse: usize, lines: &[usize], less: i32) {
    let full: Vec<(usize, i64)> = lines.iter().map(|line| (*line, book.lines[*line].left)).collect();
    let (parts, missing) = oldest(&full, book.purses[purse].rest);
    let why = Why { rule: Rule::OldestFirst, ppm: config.sure(Rule::OldestFirst, less), guess: false };
    if book.give(purse, &parts, why) {
        for (line, amount, code) in missing {
            book.differs(purse, line, amount, code);
        }
    }
}

/// Money of nobody we know: does its amount fit one item, and its item one such receipt?
pub(crate) fn unknown(config: &Config, book: &mut Book<'_>) {
    let mut items: Vec<(u32, i64, usize)> =
        book.lines.iter().enumerate().map(|(at, line)| (line.currency, line.firm, at)).collect();
    items.sort_unstable();
    let waits = |book: &Book<'_>, purse: usize| {
        let purse = &book.purses[purse];
        purse.payers.is_empty() && !purse.certain && !purse.named && !purse.given && purse.rest > 0
    };
    let waiting: Vec<usize> = (0..book.purses.len()).filter(|purse| waits(book, *purse)).collect();
    let mut amounts: Vec<(u32, i64)> =
        waiting.iter().map(|purse| (book.purses[*purse].currency, book.purses[*purse].rest)).collect();
    amounts.sort_unstable();
    for purse in waiting {
        let now = &book.purses[purse];
        let wanted = (now.currency, now.rest);
        let from = items.partition_point(|(currency, firm, _)| (*currency, *firm) < wanted);
        let same = items[from..].iter().take_while(|(currency, firm, _)| (*currency, *firm) == wanted);
        let fitting: Vec<usize> = same.map(|(.., line)| *line).collect();
        let told: Vec<usize> = with_digits(book, purse, &fitting);
        let rivals = amounts.partition_point(|amount| *amount <= wanted)
            - amounts.partition_point(|amount| *amount < wanted);
        if told.len() == 1 {
            one_of(config, book, purse, &told, (Rule::Number, BY_AMOUNT_AND_DIGITS));
        } else if (rivals == 1 || fitting.len() > 1) && fitting.len() <= OTHERS_MAX {
            one_of(config, book, purse, &fitting, (Rule::ExactAmount, BY_AMOUNT));
        } else if let [line] = fitting[..] {
            // Several receipts of one amount for one item: which of them pays it is a guess.
            let why = Why { rule: Rule::ExactAmount, ppm: config.ambiguous(), guess: true };
            book.give(purse, &[(line, wanted.1)], why);
        }
    }
}

/// Of items with the receipt's amount, those whose last digits stand in its texts.
fn with_digits(book: &Book<'_>, purse: usize, fitting: &[usize]) -> Vec<usize> {
    if fitting.is_empty() {
        return vec![];
    }
    let receipt = book.purses[purse].receipt;
    let mut said: Vec<u64> = vec![];
    for written in [&receipt.remittance, &receipt.reference] {
        let atoms = text::atoms(written);
        let bare = |at: usize| match (atoms[at].gap, at.checked_sub(1).map(|at| atoms[at].text.as_str())) {
            (Gap::Space | Gap::List, _) | (_, None) => true,
            (_, Some(word)) => {
                matches!(word, "FACT" | "FAC" | "FACTURA" | "FRA" | "NRO" | "NO" | "NUM" | "N" | "DOC")
            }
        };
        said.extend((0..atoms.len()).filter(|at| bare(*at)).filter_map(|at| atoms[at].value()));
    }
    let last = |line: usize| text::atoms(&book.lines[line].item.number).iter().rev().find_map(Atom::value);
    fitting.iter().copied().filter(|line| last(*line).is_some_and(|last| said.contains(&last))).collect()
}

/// Says what is left of each receipt, and why.
pub(crate) fn leftovers(config: &Config, book: &mut Book<'_>) {
    for at in 0..book.purses.len() {
        let purse = &book.purses[at];
        let currency = book.currency(at);
        let code = match purse.rest {
            rest if purse.given && rest <= config.rounding(currency.code, currency.exponent) => "rounding",
            _ if purse.given || purse.named => "over",
            _ if purse.certain || purse.payers.len() == 1 => "advance",
            _ => "unidentified",
        };
        book.differs(at, None, purse.rest, code);
    }
}
