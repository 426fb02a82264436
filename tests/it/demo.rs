//! The demo, as a newcomer runs it: the same figures for the same seed, and a home that holds together.

use serde_json::Value;

use super::support::program::command;

fn demo(folder: &std::path::Path) -> Value {
    let dir = folder.to_string_lossy().into_owned();
    let output = command(&["demo", "--dir", &dir, "--json"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn sixty_days_of_an_invented_portfolio_hold_together() {
    let folder = tempfile::TempDir::new().unwrap();
    let home = folder.path().join("demo");
    let summary = demo(&home);
    assert_eq!((summary["days"].as_u64(), summary["to"].as_str()), (Some(60), Some("2026-06-30")));
    assert_eq!(summary["quarantined"], 3, "the three wrong rows and no other");
    assert_eq!((summary["verified"].as_bool(), summary["unknown"].as_u64()), (Some(true), Some(0)));
    let currencies: Vec<&str> = summary["aging"]["currencies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["currency"].as_str().unwrap())
        .collect();
    assert_eq!(currencies, ["CLP", "COP", "MXN", "PEN", "USD"]);
    let sent = summary["sent"].as_u64().unwrap();
    let mails = home.join("mail/new").read_dir().unwrap().count();
    assert!(sent > 200, "{summary}");
    assert_eq!(mails as u64, sent, "every mail that was sent lies in the maildir");
    let report = std::fs::read_to_string(home.join("report.html")).unwrap();
    assert_eq!(report.matches("<svg").count(), 6);

    let again = demo(&folder.path().join("again"));
    for figure in ["imported", "sent", "refused", "skipped", "aging"] {
        assert_eq!(summary[figure], again[figure], "{figure}");
    }
}
