//! The server of the tests, tested: it answers, it comes back after a stop, and nothing of it is left.

use std::process::Command;

use crate::Server;

#[test]
fn a_server_answers_and_comes_back_after_a_crash() {
    let Some(server) = Server::shared() else { return };
    let url = server.database().unwrap();
    server.sql(&url, "CREATE TABLE kept (n INT); INSERT INTO kept VALUES (7)").unwrap();
    assert_eq!(server.sql(&url, "SELECT n FROM kept").unwrap(), "7");
    server.stop().unwrap();
    assert!(server.sql(&url, "SELECT 1").is_err());
    server.resume().unwrap();
    assert_eq!(server.sql(&url, "SELECT 1").unwrap(), "1");
}

#[test]
fn nothing_is_left_of_a_server_that_was_dropped() {
    if Server::shared().is_none() {
        return;
    }
    let server = Server::start("-c fsync=off").unwrap();
    let (folder, port) = (server.folder.clone(), server.port);
    assert!(folder.join("data/postmaster.pid").exists());
    drop(server);
    assert!(!folder.exists(), "{} is still there", folder.display());
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err(), "somebody answers at port {port}");
}

#[test]
fn a_server_ends_with_the_process_that_started_it_even_when_that_is_killed() {
    const ROLE: &str = "RECAUDO_TEST_SERVER_HOLDER";
    if std::env::var_os(ROLE).is_some() {
        let server = Server::start("-c fsync=off").unwrap();
        println!("folder={}", server.folder.display());
        std::process::abort();
    }
    if Server::shared().is_none() {
        return;
    }
    let name = "tests::a_server_ends_with_the_process_that_started_it_even_when_that_is_killed";
    let mut holder = Command::new(std::env::current_exe().unwrap());
    let output = holder.args([name, "--exact", "--nocapture"]).env(ROLE, "1").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let folder = text.lines().find_map(|line| line.split_once("folder=")).unwrap().1.to_owned();
    let gone = (0..100).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        !std::path::Path::new(&folder).exists()
    });
    assert!(gone, "{folder} is still there");
}
