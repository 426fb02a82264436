//! TLS by configuration, with a certificate of these tests alone.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::limits::Served;
use crate::config::Limits;
use crate::tls::acceptor;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(name)
}

fn pair() -> (PathBuf, PathBuf) {
    (file("localhost.pem"), file("localhost.key.pem"))
}

#[test]
fn with_a_certificate_it_speaks_tls_and_nothing_else() {
    let server = Served::start_with(Limits::default(), |config| config.tls = Some(pair()));
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(file("localhost.pem")).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let client = ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
    let mut stream = StreamOwned::new(client, server.connect());
    stream.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("HTTP/1.1 200 OK") && text.contains("strict-transport-security"), "{text}");

    let mut plain: TcpStream = server.connect();
    plain.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut said = Vec::new();
    let _ = plain.read_to_end(&mut said);
    assert!(!said.starts_with(b"HTTP"), "{said:?}");
    server.end().unwrap();
}

#[test]
fn a_file_that_does_not_do_is_named() {
    let (chain, key) = pair();
    let error = |chain: &Path, key: &Path| acceptor(chain, key).err().unwrap().to_string();
    assert!(error(&file("gone.pem"), &key).contains("gone.pem"));
    assert!(error(&key, &key).contains("localhost.key.pem: there is no certificate in it"));
    assert!(error(&chain, &chain).contains("localhost.pem"));
}
