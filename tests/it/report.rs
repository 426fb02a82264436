//! The executive page over a real book.

use super::support::program::Home;
use super::support::{root, shared};

#[test]
fn the_report_foots_to_aging_and_needs_no_network() {
    let Some(folder) = shared("data/ar") else { return };
    let home = Home::init();
    let config = root().join("plugins/erp-csv/examples/ibm-accounts-receivable.json");
    let grant = format!("files:{}", folder.display());
    home.run(&[
        "source",
        "add",
        "ibm",
        "--plugin",
        "erp-csv",
        "--config",
        &config.to_string_lossy(),
        "--grant",
        &grant,
    ]);
    home.json(&["import", "ibm"]);
    let page = home.beside("out").join("report.html");
    let report =
        home.json(&["report", "--as-of", "2013-06-30", "--html", &page.to_string_lossy(), "--lang", "es"]);
    let usd = &report["currencies"][0];
    assert_eq!((usd["currency"].as_str(), usd["outstanding"].as_str()), (Some("USD"), Some("5119.85")));
    assert_eq!((usd["past_due"].as_str(), usd["items"].as_u64()), (Some("835.56"), Some(84)));
    let trend = usd["trend"].as_array().unwrap();
    assert_eq!(trend.last().unwrap()["outstanding"], "5119.85");
    assert_eq!(trend[0]["on"], "2013-01-31");
    // The trend's points are agings as of their day: the same book, asked another way.
    let january = home.json(&["aging", "--as-of", "2013-01-31"]);
    assert_eq!(trend[0]["outstanding"], january["currencies"][0]["outstanding"]);
    assert_eq!(trend[0]["past_due"], january["currencies"][0]["past_due"]);
    let dso: &str = usd["kpis"]["dso"].as_str().unwrap();
    assert!(dso.split('.').all(|part| part.parse::<u32>().is_ok()), "{dso}");

    let html = std::fs::read_to_string(&page).unwrap();
    assert!(
        html.contains("<svg") && html.contains("Informe ejecutivo de cartera") && html.contains("5.119,85")
    );
    for outside in ["http://", "https://", "<script", "<link", "@import"] {
        assert!(!html.contains(outside), "{outside}");
    }
}
