//! Learning who pays late from the real sample, by the program, through the sandbox.

use super::support::program::Home;
use super::support::{root, shared};

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_model_learned_before_a_split_beats_the_customers_own_late_rate_after_it() {
    let Some(folder) = shared("data/ar") else { return };
    let home = Home::init();
    let config = root().join("plugins/erp-csv/examples/ibm-accounts-receivable.json");
    let grant = format!("files:{}", folder.display());
    let config = config.to_string_lossy();
    let added =
        home.run(&["source", "add", "ibm", "--plugin", "erp-csv", "--config", &config, "--grant", &grant]);
    assert!(added.status.success(), "{}", text(&added.stderr));
    assert!(home.run(&["import", "ibm"]).status.success());

    let expert = home.json(&["score", "show"]);
    let ppm = |view: &serde_json::Value, name: &str| view["report"][name].as_i64().unwrap_or(-1);
    assert!(ppm(&expert, "auc_ppm") > 800_000, "before any training the expert's card scores: {expert}");

    let trained = home.json(&["score", "train", "--split", "2013-03-31"]);
    assert_eq!((ppm(&trained, "n_train"), ppm(&trained, "n_test")), (1488, 872), "{trained}");
    assert!(ppm(&trained, "baseline_auc_ppm") >= 866_000, "{trained}");
    assert!(ppm(&trained, "auc_ppm") >= 877_000, "{trained}");
    assert!(ppm(&trained, "brier_ppm") < ppm(&trained, "base_brier_ppm"), "{trained}");
    assert_eq!(trained["report"]["deciles"].as_array().map(Vec::len), Some(10), "{trained}");

    let shown = home.json(&["score", "show"]);
    assert_eq!(
        ppm(&shown, "auc_ppm"),
        ppm(&trained, "auc_ppm"),
        "the model is in use, at its own split: {shown}"
    );
}

#[test]
fn a_home_without_history_is_told_what_is_missing() {
    let home = Home::init();
    let refused = home.run(&["score", "train", "--split", "2026-01-31", "--lang", "en"]);
    assert!(!refused.status.success());
    assert!(
        text(&refused.stderr).contains("too little history before the split: 0 documents"),
        "{}",
        text(&refused.stderr)
    );
}
