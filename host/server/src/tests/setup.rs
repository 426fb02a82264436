//! The server's part of `recaudo.toml`.

use std::path::Path;

use crate::config::Config;

fn read(text: &str) -> Result<Config, String> {
    Config::read(text, Path::new("/srv/acme")).map_err(|error| error.to_string())
}

#[test]
fn without_a_word_it_listens_to_this_machine_alone() {
    let config = read("[creditor]\nname = \"Acme\"\n").unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert!(config.workers && config.tls.is_none() && config.check().is_ok());
}

#[test]
fn everything_can_be_said() {
    let config = read(
        "[server]\nlisten = \"0.0.0.0:8443\"\ntls_cert = \"tls/chain.pem\"\ntls_key = \"/etc/key.pem\"\n\
         trusted_proxies = [\"10.0.0.0/8\"]\nmetrics_from = [\"192.0.2.7\"]\nworkers = false\nsettlement_minutes = 5\n\
         public_url = \"https://pay.acme.example\"\n",
    )
    .unwrap();
    let (chain, key) = config.tls.clone().unwrap();
    assert_eq!(
        (chain.as_path(), key.as_path()),
        (Path::new("/srv/acme/tls/chain.pem"), Path::new("/etc/key.pem"))
    );
    assert_eq!((config.trusted_proxies.len(), config.metrics_from.len(), config.workers), (1, 1, false));
    assert_eq!(config.settlements, Some(std::time::Duration::from_secs(300)));
    assert!(config.check().is_ok());
    let proxied = read("[server]\nlisten = \"0.0.0.0:80\"\nbehind_proxy = true\n").unwrap();
    assert!(proxied.check().is_ok());
}

#[test]
fn a_slip_is_named() {
    for (text, named) in [
        ("listen = \"everywhere\"", "server.listen: expected an address such as 127.0.0.1:8080"),
        ("tls_cert = \"a\"", "server.tls_key: missing"),
        ("tls_key = \"a\"", "server.tls_cert: missing"),
        ("trusted_proxies = [\"ten\"]", "server.trusted_proxies: expected an address or a network"),
        ("metrics_from = [\"ten\"]", "server.metrics_from: expected"),
        ("lisen = \"x\"", "lisen"),
    ] {
        let error = read(&format!("[server]\n{text}\n")).unwrap_err();
        assert!(error.starts_with("recaudo.toml: ") && error.contains(named), "{error}");
    }
    let open = read("[server]\nlisten = \"[::]:80\"\n").unwrap().check().unwrap_err().to_string();
    assert!(open.contains("[::]:80") && open.contains("behind_proxy"), "{open}");
}
