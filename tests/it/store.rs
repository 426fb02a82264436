//! A home whose ledger moves from its own file to a PostgreSQL server and goes on there.

use recaudo_postgres_server::Server;
use serde_json::Value;

use super::support::program::{Home, write};

fn said(home: &Home, password: &str, args: &[&str]) -> (Option<i32>, Value, String) {
    let mut command = home.command(&[args, &["--json"]].concat());
    let output = command.env("RECAUDO_SECRET_STORE_PASSWORD", password).output().unwrap();
    let view = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output.status.code(), view, String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_home_moves_to_a_server_with_everything_and_goes_on() {
    let Some(server) = Server::shared() else { return };
    let database = server.over_tcp(&server.database().unwrap());
    let (head, host) = database.split_once('@').expect("user and host");
    let (user, password) = head.rsplit_once(':').expect("a password");
    let url = format!("{user}@{host}");
    let home = super::cash::home();
    let before = home.json(&["aging"]);

    let (code, _, error) = said(&home, password, &["move", "--to", &database]);
    assert!(code == Some(4) && error.contains("RECAUDO_SECRET_STORE_PASSWORD"), "{code:?} {error}");
    let (code, _, error) = said(&home, "wrong", &["move", "--to", &url]);
    assert!(code != Some(0) && error.trim().lines().count() == 1, "{code:?} {error}");
    assert_eq!(home.json(&["aging"]), before, "nothing has moved");

    let (code, moved, error) = said(&home, password, &["move", "--to", &url]);
    assert_eq!(code, Some(0), "{error}");
    let rows = |table: &str| {
        let tables = moved["tables"].as_array().unwrap();
        tables.iter().find(|t| t["table"] == table).unwrap()["rows"].as_u64().unwrap()
    };
    assert_eq!((rows("customers"), rows("open_items")), (2, 3));
    assert!(!moved.to_string().contains(password), "{moved}");
    std::fs::remove_file(home.path().join("recaudo.db")).unwrap();

    assert_eq!(said(&home, password, &["aging"]).1, before);
    assert_eq!(said(&home, password, &["import"]).1["imported"], 0);
    let invoices = home.beside("drop").join("invoices.csv");
    let known = std::fs::read_to_string(&invoices).unwrap();
    write(&invoices, &format!("{known}FV-1004;A;2026-01-12;2026-02-12;50.00\n"));
    assert_eq!(said(&home, password, &["import"]).1["imported"], 1);
    let owed = |view: &Value| view["currencies"][0]["outstanding"].as_str().unwrap().to_owned();
    assert_eq!(owed(&said(&home, password, &["aging"]).1), "2083.00");
    let (code, run, error) = said(&home, password, &["run", "--on", "2026-11-18"]);
    assert!(matches!(code, Some(0 | 3)), "{run} {error}");
    assert_eq!(said(&home, password, &["verify"]).1["ok"], true);
    let (code, _, error) = said(&home, password, &["move", "--to", &url]);
    assert!(code == Some(4) && error.contains("[store]"), "{error}");
}
