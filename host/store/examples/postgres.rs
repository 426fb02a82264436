//! What PostgreSQL costs: a million open items imported through the store, beside SQLite's same load and a raw COPY of the
//! same rows; then scanned. Starts a server of its own.

#![expect(clippy::print_stdout, reason = "figures are for a person")]

use std::error::Error;
use std::fmt::Write as _;
use std::time::Instant;

use recaudo_core::day::Day;
use recaudo_core::money::Currency;
use recaudo_core::receivable::Position;
use recaudo_postgres_server::Server;
use recaudo_store::customer::Customer;
use recaudo_store::item::{self, Item};
use recaudo_store::portfolio::{self, Words};
use recaudo_store::{Step, Store, StoreError, customer, import, source};

const TENANT: i64 = 1;
const PAGE: i64 = 4_000;
/// Items of a customer, on average.
const EACH: i64 = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let items = std::env::args().nth(1).map_or(Ok(1_000_000), |text| text.parse())?;
    let server = Server::start("-c shared_buffers=512MB -c max_wal_size=4GB")?;
    let url = server.database()?;
    let there = Store::connect(&url)?;
    let folder = std::env::temp_dir().join(format!("recaudo-postgres-{}", std::process::id()));
    std::fs::create_dir(&folder)?;
    let here = Store::open(&folder.join("here.db"))?;
    for (name, store) in [("sqlite", &here), ("postgres", &there)] {
        let watch = Watch(&server);
        let source = found(store, items / EACH)?;
        watch.time(&format!("{name}: {items} items written in pages of {PAGE}"), || {
            load(store, source, items)
        })?;
        store.write(|tx| tx.execute("ANALYZE", &[]).map(drop))?;
        watch.time(&format!("{name}: {items} items scanned"), || scan(store))?;
        watch.time(&format!("{name}: {items} items in blocks of a run"), || blocks(store))?;
    }
    raw(&server, &url, &there)?;
    let moved = Store::connect(&server.database()?)?;
    Watch(&server).time(&format!("sqlite to postgres: {items} items moved and proved"), || {
        let mut rows = 0;
        here.move_to(&moved, &mut |step| {
            if let Step::Begin { rows: of_table, .. } = step {
                rows += of_table;
            }
        })?;
        Ok(rows.cast_signed())
    })?;
    drop(here);
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

struct Watch<'s>(&'s Server);

impl Watch<'_> {
    fn time(&self, what: &str, work: impl FnOnce() -> Result<i64, StoreError>) -> Result<(), Box<dyn Error>> {
        let (begun, ours, theirs) = (Instant::now(), cpu_ms(), self.0.cpu_us()?);
        let result = work()?;
        let (ours, theirs) = (cpu_ms() - ours, (self.0.cpu_us()? - theirs) / 1_000);
        let wall = begun.elapsed().as_millis();
        println!("{what} ({result}): {ours} ms CPU here, {theirs} ms in the server, {wall} ms wall");
        Ok(())
    }
}

fn cpu_ms() -> u64 {
    let line = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    line.split(' ').next().and_then(|nanos| nanos.parse::<u64>().ok()).unwrap_or(0) / 1_000_000
}

/// A source, a creditor and customers.
fn found(store: &Store, customers: i64) -> Result<i64, StoreError> {
    let source = source::Source {
        id: 0,
        name: "erp".into(),
        plugin: "erp-csv".into(),
        component_sha256: [0; 32],
        config: vec![],
        grants: String::new(),
        added_at: 0,
    };
    store.write(|tx| {
        let source_id = source::insert(tx, TENANT, &source)?;
        import::add_creditor(tx, TENANT, "acme", "Acme S.A.S.", "America/Bogota")?;
        let new: Vec<Customer> = (1..=customers).map(|id| a_customer(id, source_id)).collect();
        customer::insert(tx, TENANT, &new)?;
        Ok(source_id)
    })
}

fn a_customer(id: i64, source_id: i64) -> Customer {
    Customer {
        id,
        source_id,
        external_id: format!("C{id:07}"),
        version: 1,
        digest: [0; 16],
        name: format!("Cliente número {id} S.A.S."),
        kind: "business".into(),
        parent: None,
        tax_id: None,
        country: "CO".into(),
        locale: "es-CO".into(),
        time_zone: String::new(),
        attributes: "{}".into(),
    }
}

fn an_item(id: i64, source_id: i64, customers: i64) -> Item {
    let issued_on = Day(19_700 + i32::try_from(id % 730).unwrap_or(0));
    let cents = id.wrapping_mul(104_729) % 1_000_000 + 100;
    Item {
        id,
        creditor_id: 1,
        customer_id: id.wrapping_mul(7_919) % customers + 1,
        position: Position { open_minor: cents, moved_on: issued_on },
        total_minor: cents,
        issued_on,
        due_on: issued_on.plus(30),
        disputed: false,
        currency: Currency(*b"COP"),
        kind: "invoice".into(),
        number: format!("FV-{id:08}"),
        instalment: 1,
        status: "open".into(),
        source_id,
        external_id: format!("FV-{id:08}"),
        version: 1,
        digest: [0; 16],
        rate: None,
        seen_in: None,
        attributes: "{}".into(),
    }
}

fn load(store: &Store, source_id: i64, items: i64) -> Result<i64, StoreError> {
    let mut id = 0;
    while id < items {
        let last = items.min(id + PAGE);
        let page: Vec<Item> = (id + 1..=last).map(|id| an_item(id, source_id, items / EACH)).collect();
        store.write(|tx| item::insert(tx, TENANT, &page))?;
        id = last;
    }
    Ok(items)
}

fn scan(store: &Store) -> Result<i64, StoreError> {
    let mut sum = 0_i64;
    store.read(|conn| {
        item::scan_open(conn, TENANT, None, |item| {
            sum += item.open_minor;
            Ok(())
        })
    })?;
    Ok(sum)
}

/// As a run reads: customer by customer, from the index alone.
fn blocks(store: &Store) -> Result<i64, StoreError> {
    let (mut sum, mut after) = (0_i64, 0);
    let (mut kinds, mut items) = (Words::default(), vec![]);
    loop {
        items.clear();
        let page = store.read(|conn| {
            portfolio::open_items(conn, TENANT, (after, 20_000), Day(30_000), &mut kinds, &mut items)
        })?;
        // A page may end within a customer, whose rest the next page begins with.
        let Some(last) = page.last_customer else { return Ok(sum) };
        let whole = if page.rows < 20_000 { last } else { last - 1 };
        sum += items.iter().filter(|item| item.customer_id <= whole).map(|item| item.open_minor).sum::<i64>();
        after = whole;
    }
}

/// The server's own speed: the same rows, with the same keys and indexes, from a file.
fn raw(server: &Server, url: &str, store: &Store) -> Result<(), Box<dyn Error>> {
    let file = format!("/tmp/recaudo-raw-{}.copy", std::process::id());
    server.sql(url, &format!("COPY open_items TO '{file}' (FORMAT binary)"))?;
    // Without what checks references row by row: nothing points to an item here.
    server.sql(url, "SET session_replication_role = replica; DELETE FROM open_items")?;
    server.sql(url, "VACUUM FULL open_items")?;
    Watch(server).time("raw COPY of the same rows in one statement", || {
        let mut sql = String::new();
        let _ = write!(sql, "COPY open_items FROM '{file}' (FORMAT binary)");
        let refused = |error: String| StoreError::Unavailable { detail: error };
        server.sql(url, &sql).map_err(|error| refused(error.to_string()))?;
        let count = "SELECT count(*) FROM open_items";
        Ok(store.read(|conn| conn.first(count, &[], |row| row.int(0)))?.unwrap_or(0))
    })?;
    std::fs::remove_file(file)?;
    Ok(())
}
