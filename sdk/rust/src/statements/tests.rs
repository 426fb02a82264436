//! A tiny format, one amount a line, read in every way a file can be cut.

use serde::{Deserialize, Serialize};

use super::{Format, Input, Seen, Sheet, other_format, read};
use crate::bench::Bench;
use crate::payments::statement::{Entry, Page};
use crate::{Ctx, Fail, Failure, Kind, Money, Stop};

struct Tiny;

#[derive(Clone, Default, Serialize, Deserialize)]
struct Lines {
    line: u64,
    seen: Seen,
}

impl Format for Lines {
    type Config = ();
    fn take(&mut self, (): &(), input: Input<'_>, sheet: &mut Sheet) -> Result<usize, Failure> {
        let mut taken = 0;
        while let Some(end) = input.bytes[taken..].iter().position(|byte| *byte == b'\n') {
            let text = String::from_utf8_lossy(&input.bytes[taken..taken + end]).into_owned();
            taken += end + 1;
            self.line += 1;
            match (self.line, Money::parse(&text, 2, *b"EUR")) {
                (1, _) if text == "TINY" => {}
                (1, _) => return Err(other_format(input.path, "tiny file")),
                (_, Ok(amount)) => {
                    let id = self.seen.identify("", &[&text]);
                    sheet.statement("a", "1", "statement").entries.push(entry(id, amount));
                }
                (row, Err(_)) => {
                    sheet.reject(row, "amount", &text, ("bad-amount", "no amount; correct it".into()));
                }
            }
            sheet.count();
            if sheet.is_full() {
                break;
            }
        }
        if input.ended && taken < input.bytes.len() && !sheet.is_full() {
            return Err(Fail::invalid_input("truncated-file", "the last line is not whole"));
        }
        Ok(taken)
    }
}

fn entry(id: String, amount: Money) -> Entry {
    Entry {
        id,
        booked: 0,
        value: 0,
        amount: amount.into(),
        reversal: false,
        counterparty: String::new(),
        account: String::new(),
        reference: String::new(),
        remittance: String::new(),
        attributes: vec![],
    }
}

impl crate::Statement for Tiny {
    fn read(
        ctx: &mut Ctx<Self>,
        source: String,
        path: String,
        since: Option<crate::Checkpoint>,
    ) -> Result<Page, Stop> {
        read::<_, Lines>(ctx, &(), (&source, &path), since.as_ref())
    }
}
crate::export!(Tiny: Statement);

fn ids(pages: &[Page]) -> Vec<&str> {
    pages.iter().flat_map(|p| &p.statements).flat_map(|s| &s.entries).map(|e| e.id.as_str()).collect()
}

#[test]
fn a_file_cut_into_any_ranges_gives_the_same_entries() {
    let file = "TINY\n1\n2\nx\n1\n1\n3.50\n";
    let pages = |bench: Bench| bench.file("s", "f", file).statements::<Tiny>("s", "f").expect("fine");
    let whole = pages(Bench::new());
    assert_eq!((whole.len(), ids(&whole).len(), whole[0].rejects[0].row), (1, 5, 4));
    let all = ids(&whole);
    assert_eq!(all[2], format!("{}~2", all[0]));
    assert_eq!(all[3], format!("{}~3", all[0]));
    for size in 1..file.len() {
        let parts = pages(Bench::new().chunks_of(size));
        assert_eq!(ids(&parts), all, "{size}");
        assert_eq!(parts.iter().map(|page| page.rejects.len()).sum::<usize>(), 1);
    }
}

#[test]
fn a_long_file_comes_in_pages_with_small_checkpoints() {
    let file: String = ["TINY\n".into()].into_iter().chain((0..20_000).map(|n| format!("{n}\n"))).collect();
    let pages = Bench::new().file("s", "f", file).statements::<Tiny>("s", "f").expect("fine");
    assert_eq!((pages.len(), ids(&pages).len()), (11, 20_000));
}

#[test]
fn what_cannot_be_read_is_told() {
    let failure =
        |file: Vec<u8>| Bench::new().file("s", "f", file).statements::<Tiny>("s", "f").expect_err("no");
    let other = failure(b"else\n".to_vec());
    assert_eq!((other.kind, other.code.as_str()), (Kind::Unsupported, "other-format"));
    assert_eq!(failure(b"TINY\n1".to_vec()).code, "truncated-file");
    assert_eq!(failure(vec![b' '; 9 << 20]).code, "row-too-long");
    let missing = Bench::new().statements::<Tiny>("s", "f").expect_err("there is none");
    assert_eq!(missing.kind, Kind::NotFound);
    let changed = Bench::new()
        .file("s", "f", "TINY\n1\n2\n")
        .chunks_of(5)
        .rewritten_after(1, "s", "f", "TINY\n1\n2\n3\n")
        .statements::<Tiny>("s", "f")
        .expect_err("somebody wrote");
    assert_eq!(changed.kind, Kind::Conflict);
    let since = Some(crate::Checkpoint { version: 9, bytes: vec![] });
    let run = Bench::new().run(|ctx: &mut Ctx<Tiny>| read::<_, Lines>(ctx, &(), ("s", "f"), since.as_ref()));
    assert_eq!(run.result.expect_err("not ours").code, "bad-checkpoint");
}

#[test]
fn a_reference_used_twice_names_two_entries() {
    let mut seen = Seen::default();
    assert_eq!(seen.identify("R1", &["a"]), "R1");
    let second = seen.identify("R1", &["b"]);
    assert!(second.starts_with("R1~"), "{second}");
    assert_ne!(seen.identify("R1", &["c"]), second);
    assert_eq!(seen.identify("R1", &["b"]), format!("{second}~2"));
    let text = serde_json::to_string(&seen).expect("text");
    assert_eq!(serde_json::from_str::<Seen>(&text).ok(), Some(seen));
    assert!(serde_json::from_str::<Seen>("\"zz\"").is_err());
}
