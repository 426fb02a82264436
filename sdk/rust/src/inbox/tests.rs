//! Folders that are read twice, grow, change, and are larger than a page.

use super::state::State;
use super::{Inbox, pull};
use crate::bench::Bench;
use crate::{Ctx, Stop, erp};

/// Takes every file as a customer named by its content; configuration `archive` moves them aside.
struct Names;

impl crate::Importer for Names {
    fn check(_: &mut Ctx<Self>) -> Result<String, Stop> {
        Ok(String::new())
    }
    fn discover(_: &mut Ctx<Self>) -> Result<Vec<erp::Feed>, Stop> {
        Ok(vec![])
    }
    fn pull(ctx: &mut Ctx<Self>, request: erp::PullRequest) -> Result<erp::Page, Stop> {
        let archive = ctx.config() == b"archive";
        let inbox =
            Inbox { archive, file_max: 50, meaning: ctx.config().to_vec(), ..Inbox::new("drop", ".xml") };
        pull(ctx, &request, &inbox, |file, page| {
            let name = String::from_utf8_lossy(&file.bytes).into_owned();
            page.rejects.push(file.reject("", &name, "no-record", ""));
        })
    }
}
crate::export!(Names: Importer);

/// Imports once more from where the last import ended; what was read, and how many pages it took.
fn import(bench: &mut Bench, last: &mut Option<crate::Checkpoint>) -> (Vec<String>, usize) {
    let (mut read, mut pages) = (vec![], 0);
    loop {
        let request = erp::PullRequest { feed: "files".into(), checkpoint: last.clone(), rows_max: 500 };
        let page = bench
            .run(|ctx: &mut Ctx<Names>| <Names as crate::Importer>::pull(ctx, request.clone()))
            .result
            .unwrap();
        assert!(page.done || Some(&page.checkpoint) != last.as_ref(), "no progress");
        assert_eq!(page.read, page.rejects.len() as u64);
        read.extend(
            page.rejects
                .into_iter()
                .map(|reject| format!("{} {}: {}", reject.row, reject.source, reject.value)),
        );
        *last = Some(page.checkpoint);
        pages += 1;
        if page.done {
            return (read, pages);
        }
    }
}

#[test]
fn each_version_of_each_file_is_read_once() {
    let mut bench =
        Bench::new().file("drop", "a.xml", "one").file("drop", "b.XML", "two").file("drop", "c.pdf", "");
    let mut last = None;
    assert_eq!(import(&mut bench, &mut last).0, ["1 a.xml: one", "2 b.XML: two"]);
    assert_eq!(import(&mut bench, &mut last).0, Vec::<String>::new());
    bench.put("drop", "a0.xml", "new");
    bench.put("drop", "b.XML", "two, corrected");
    assert_eq!(import(&mut bench, &mut last).0, ["1 a0.xml: new", "2 b.XML: two, corrected"]);
    bench.context.config = b"another meaning".to_vec();
    assert_eq!(import(&mut bench, &mut last).0.len(), 3, "read again under another configuration");
}

#[test]
fn a_folder_larger_than_a_page_comes_in_pages_and_a_large_file_is_refused() {
    let mut bench = Bench::new().chunks_of(16);
    for n in 0..450 {
        bench.put("drop", &format!("{n:04}.xml"), format!("file {n}"));
    }
    bench.put("drop", "0007.xml", "x".repeat(51));
    bench.put("drop", "0008.xml", "");
    bench.put("drop", "0009.xml", "longer than the source gives at once");
    let mut last = None;
    let (read, pages) = import(&mut bench, &mut last);
    assert_eq!((read.len(), pages), (450, 3));
    assert_eq!(read[449], "450 0449.xml: file 449");
    assert_eq!((read[7].as_str(), read[8].as_str()), ("8 0007.xml: ", "9 0008.xml: "));
    assert_eq!(read[9], "10 0009.xml: longer than the source gives at once");
    assert_eq!(import(&mut bench, &mut last).0.len(), 0);
}

#[test]
fn files_are_moved_aside_once_their_page_is_saved() {
    let mut bench = Bench::new().config("archive").file("drop", "a.xml", "one").file("drop", "b.xml", "two");
    let mut last = None;
    let request = erp::PullRequest { feed: "files".into(), checkpoint: None, rows_max: 500 };
    let page = bench
        .run(|ctx: &mut Ctx<Names>| <Names as crate::Importer>::pull(ctx, request.clone()))
        .result
        .unwrap();
    assert!(!page.done && bench.archived("drop").is_empty(), "not before it is saved");
    assert_eq!(import(&mut bench, &mut last).0.len(), 2, "killed before it was saved: read again");
    assert_eq!(bench.archived("drop"), ["a.xml", "b.xml"]);
    assert_eq!(import(&mut bench, &mut last).0.len(), 0);
}

#[test]
fn a_file_that_changes_while_it_is_read_waits_for_the_next_import() {
    let mut bench = Bench::new().file("drop", "a.xml", "one").rewritten_after(0, "drop", "a.xml", "two");
    let mut last = None;
    assert_eq!(import(&mut bench, &mut last).0.len(), 0);
    assert_eq!(import(&mut bench, &mut last).0, ["1 a.xml: two"]);
}

#[test]
fn a_checkpoint_fits_and_reads_back() {
    let mut state = State::new(7);
    for n in 0..20_000 {
        state.remember(&format!("some/folder/{n}.xml"), "etag");
    }
    state.aside = (0..50).map(|n| (format!("{n:0>250}.xml"), "e".repeat(40))).collect();
    let checkpoint = state.encode();
    assert!(checkpoint.bytes.len() < 64 * 1024, "{}", checkpoint.bytes.len());
    assert_eq!(State::decode(&checkpoint, 7), Some(state));
    for cut in [0, 7, 8, 100, checkpoint.bytes.len() - 1] {
        let broken = crate::Checkpoint { version: 1, bytes: checkpoint.bytes[..cut].to_vec() };
        assert_eq!(State::decode(&broken, 7), None, "{cut}");
    }
}
