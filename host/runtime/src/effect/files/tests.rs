//! A folder as a source: what can be reached, what cannot, and what doing it twice does.

use std::collections::BTreeMap;

use super::{Sources, wit};
use crate::manifest::Manifest;

struct Bench {
    root: tempfile::TempDir,
    sources: Sources,
    _driver: tokio::runtime::Runtime,
}

fn bench() -> Bench {
    let root = tempfile::tempdir().unwrap();
    let drop = root.path().join("drop");
    std::fs::create_dir(&drop).unwrap();
    std::fs::write(root.path().join("secret"), "secret").unwrap();
    std::fs::write(drop.join("a.csv"), "0123456789").unwrap();
    std::fs::create_dir(drop.join("sub")).unwrap();
    std::fs::write(drop.join("sub/b.csv"), "b").unwrap();
    let manifest = Manifest::parse(
        "id = \"x\"\nversion = \"0.1.0\"\ncontract = \"0.1\"\ndescription = \"X.\"\n[[files]]\nsource = \"drop\"\n\
         access = [\"read\", \"archive\", \"write\"]\n[[files]]\nsource = \"inbox\"\naccess = [\"read\"]\n\
         [[files]]\nsource = \"gone\"\naccess = [\"read\"]\n",
    )
    .unwrap();
    let driver = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let at = |path: &std::path::Path| path.display().to_string();
    let grants = BTreeMap::from([
        ("drop".to_owned(), at(&drop)),
        ("inbox".to_owned(), at(&drop)),
        ("gone".to_owned(), at(&root.path().join("none"))),
    ]);
    let sources = Sources::open(&manifest, &grants, 4, driver.handle());
    Bench { root, sources, _driver: driver }
}

impl Bench {
    fn list(&self, after: &str, limit: u32) -> (Vec<String>, bool) {
        let listing =
            wit::Listing { source: "drop".into(), prefix: String::new(), after: after.into(), limit };
        match self.sources.perform(wit::Request::Enumerate(listing)).unwrap() {
            wit::Response::Entries(l) => (l.entries.into_iter().map(|e| e.path).collect(), l.more),
            other => panic!("{other:?}"),
        }
    }

    fn read(
        &self,
        source: &str,
        path: &str,
        offset: u64,
        etag: Option<&str>,
    ) -> Result<wit::Chunk, wit::FileFailure> {
        let (source, path, etag) = (source.into(), path.into(), etag.map(Into::into));
        let range = wit::Range { source, path, offset, length: 100, etag };
        self.sources.perform(wit::Request::Read(range)).map(|response| match response {
            wit::Response::Chunk(chunk) => chunk,
            other => panic!("{other:?}"),
        })
    }

    fn archive(&self, path: &str) -> Result<(), wit::FileFailure> {
        let target = wit::Target { source: "drop".into(), path: path.into(), etag: None };
        self.sources.perform(wit::Request::Archive(target)).map(|_| ())
    }

    fn write(&self, path: &str, bytes: &[u8]) -> Result<(), wit::FileFailure> {
        let placement =
            wit::Placement { source: "drop".into(), path: path.into(), bytes: bytes.to_vec(), slots: vec![] };
        self.sources.perform(wit::Request::Write(placement)).map(|_| ())
    }
}

#[test]
fn a_listing_goes_by_path_in_pages() {
    let bench = bench();
    assert_eq!(bench.list("", 0), (vec!["a.csv".into(), "sub/b.csv".into()], false));
    assert_eq!(bench.list("", 1), (vec!["a.csv".into()], true));
    assert_eq!(bench.list("a.csv", 1), (vec!["sub/b.csv".into()], false));
}

#[test]
fn a_file_is_read_in_ranges_of_one_version() {
    let bench = bench();
    let first = bench.read("drop", "a.csv", 0, None).unwrap();
    assert_eq!(
        (first.bytes.as_slice(), first.end_of_file),
        (b"0123".as_slice(), false),
        "the host gives at most its own"
    );
    let last = bench.read("drop", "a.csv", 8, Some(&first.etag)).unwrap();
    assert_eq!((last.bytes.as_slice(), last.end_of_file), (b"89".as_slice(), true));
    let past = bench.read("drop", "a.csv", 50, None).unwrap();
    assert!(past.bytes.is_empty() && past.end_of_file);
    std::fs::write(bench.root.path().join("drop/a.csv"), "other bytes").unwrap();
    assert_eq!(bench.read("drop", "a.csv", 0, Some(&first.etag)).unwrap_err().code, "changed");
}

#[test]
fn no_path_leaves_its_source() {
    let bench = bench();
    for path in
        ["../secret", "/etc/passwd", "sub/../../secret", "sub//b.csv", "./a.csv", "", "a\\b", "a\0b", ".."]
    {
        assert_eq!(bench.read("drop", path, 0, None).unwrap_err().code, "path-escapes", "{path:?}");
        assert_eq!(bench.write(path, b"x").unwrap_err().code, "path-escapes", "{path:?}");
        assert_eq!(bench.archive(path).unwrap_err().code, "path-escapes", "{path:?}");
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(bench.root.path(), bench.root.path().join("drop/out")).unwrap();
        assert_eq!(bench.read("drop", "out/secret", 0, None).unwrap_err().code, "path-escapes");
        assert_eq!(bench.write("out/new", b"x").unwrap_err().code, "path-escapes");
        assert_eq!(bench.list("", 0).0, ["a.csv", "sub/b.csv"]);
    }
    assert_eq!(std::fs::read(bench.root.path().join("secret")).unwrap(), b"secret");
}

#[test]
fn what_is_not_declared_or_not_granted_is_denied() {
    let bench = bench();
    assert_eq!(bench.read("other", "a.csv", 0, None).unwrap_err().code, "source-not-granted");
    assert_eq!(bench.read("gone", "a.csv", 0, None).unwrap_err().code, "source-unavailable");
    assert_eq!(bench.read("drop", "none.csv", 0, None).unwrap_err().code, "not-found");
    let target = wit::Target { source: "inbox".into(), path: "a.csv".into(), etag: None };
    let denied = bench.sources.perform(wit::Request::Archive(target)).unwrap_err();
    assert_eq!(denied.code, "access-not-declared");
}

#[test]
fn archiving_twice_is_archiving_once() {
    let bench = bench();
    bench.archive("sub/b.csv").unwrap();
    bench.archive("sub/b.csv").unwrap();
    assert_eq!(bench.list("", 0).0, ["a.csv"]);
    assert!(bench.root.path().join("drop/done/sub/b.csv").exists());
    // Tomorrow's file of the same name is another file.
    std::fs::write(bench.root.path().join("drop/sub/b.csv"), "new").unwrap();
    bench.archive("sub/b.csv").unwrap();
    assert_eq!(std::fs::read(bench.root.path().join("drop/done/sub/b.csv.1")).unwrap(), b"new");
    assert_eq!(bench.archive("never.csv").unwrap_err().code, "not-found");
}

#[test]
fn a_file_is_placed_whole_and_never_over_another() {
    let bench = bench();
    bench.write("out/batch.txt", b"payments").unwrap();
    bench.write("out/batch.txt", b"payments").unwrap();
    assert_eq!(bench.write("out/batch.txt", b"others").unwrap_err().code, "other-file-there");
    assert_eq!(std::fs::read(bench.root.path().join("drop/out/batch.txt")).unwrap(), b"payments");
}
