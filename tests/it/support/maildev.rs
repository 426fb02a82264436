//! A real SMTP server, maildev, with a REST API that tells what arrived.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::root;

/// A server of this test's own, ended with it.
pub(crate) struct MailDev {
    child: Child,
    pub(crate) smtp: u16,
    web: u16,
}

impl MailDev {
    /// Starts a server on free loopback ports.
    pub(crate) fn start() -> Self {
        let program = root().join(".work/npm/node_modules/.bin/maildev");
        assert!(program.exists(), "maildev is missing: cargo xtask setup");
        let (smtp, web) = (free_port(), free_port());
        let child = Command::new(program)
            .args(["--ip", "127.0.0.1", "--silent"])
            .args(["--smtp", &smtp.to_string(), "--web", &web.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("maildev starts");
        let server = Self { child, smtp, web };
        server.wait_until_it_answers();
        server
    }

    /// Every mail that arrived.
    pub(crate) fn mails(&self) -> Vec<Value> {
        let url = format!("http://127.0.0.1:{}/email", self.web);
        let text =
            ureq::get(&url).call().expect("maildev answers").body_mut().read_to_string().expect("a body");
        serde_json::from_str(&text).expect("maildev answers JSON")
    }

    fn wait_until_it_answers(&self) {
        let begun = Instant::now();
        let up = |port| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok();
        while !(up(self.smtp) && up(self.web)) {
            assert!(begun.elapsed() < Duration::from_secs(30), "maildev does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for MailDev {
    fn drop(&mut self) {
        // Only the process started here, by its handle.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port nobody listens on now.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback is there");
    listener.local_addr().expect("a bound socket has an address").port()
}
