//! Counters of the server, and their text as Prometheus reads it (exposition format 0.0.4).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use recaudo_engine::watch::Figures;

use crate::worker::Beat;

/// What Prometheus is told it gets.
pub(crate) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Upper bounds of the buckets, microseconds.
const BOUNDS: [u64; 12] = [
    1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 10_000_000,
];

#[derive(Debug, Clone, Default)]
struct Histogram {
    counts: [u64; BOUNDS.len()],
    count: u64,
    sum: u64,
}

impl Histogram {
    fn note(&mut self, micros: u64) {
        for (count, bound) in self.counts.iter_mut().zip(BOUNDS) {
            *count += u64::from(micros <= bound);
        }
        self.count += 1;
        self.sum = self.sum.saturating_add(micros);
    }
}

#[derive(Default)]
struct Counted {
    requests: BTreeMap<(String, u16), u64>,
    request_times: BTreeMap<String, Histogram>,
    webhooks: BTreeMap<(String, &'static str), u64>,
    webhook_times: BTreeMap<String, Histogram>,
}

/// What happened since the start.
#[derive(Default)]
pub(crate) struct Metrics {
    counted: Mutex<Counted>,
    pub(crate) connections: AtomicI64,
}

impl Metrics {
    fn counted(&self) -> MutexGuard<'_, Counted> {
        // A panic between two additions leaves numbers that are numbers.
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An answered request. A route is a pattern: there are as many as the router has.
    pub(crate) fn request(&self, route: &str, status: u16, micros: u64) {
        let mut counted = self.counted();
        *counted.requests.entry((route.into(), status)).or_default() += 1;
        counted.request_times.entry(route.into()).or_default().note(micros);
    }

    /// A delivery, and how long it took if it was one of an installation.
    pub(crate) fn webhook(&self, installation: &str, outcome: &'static str, micros: Option<u64>) {
        let mut counted = self.counted();
        *counted.webhooks.entry((installation.into(), outcome)).or_default() += 1;
        if let Some(micros) = micros {
            counted.webhook_times.entry(installation.into()).or_default().note(micros);
        }
    }

    /// Everything, as text.
    pub(crate) fn render(&self, figures: Option<&Figures>, beats: &[Beat], waiting: usize) -> String {
        let mut text = Text::default();
        text.head("recaudo_build_info", "gauge", "The program.");
        text.line("recaudo_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1);
        self.requests(&mut text);
        text.head("recaudo_connections", "gauge", "Connections open.");
        text.line("recaudo_connections", &[], self.connections.load(Ordering::Relaxed));
        text.head("recaudo_requests_waiting", "gauge", "Requests that wait for a seat.");
        text.line("recaudo_requests_waiting", &[], waiting);
        workers(&mut text, beats);
        text.head("recaudo_store_up", "gauge", "Whether the store answers.");
        text.line("recaudo_store_up", &[], i32::from(figures.is_some()));
        if let Some(figures) = figures {
            ledger(&mut text, figures);
        }
        text.0
    }

    fn requests(&self, text: &mut Text) {
        let counted = self.counted();
        text.head("recaudo_http_requests_total", "counter", "Requests answered.");
        for ((route, status), count) in &counted.requests {
            let status = status.to_string();
            text.line("recaudo_http_requests_total", &[("route", route), ("status", &status)], count);
        }
        text.head("recaudo_http_request_seconds", "histogram", "Time to an answer.");
        for (route, times) in &counted.request_times {
            text.histogram("recaudo_http_request_seconds", ("route", route), times);
        }
        text.head("recaudo_webhooks_total", "counter", "Deliveries by what became of them.");
        for ((installation, outcome), count) in &counted.webhooks {
            let labels = [("installation", installation.as_str()), ("outcome", *outcome)];
            text.line("recaudo_webhooks_total", &labels, count);
        }
        text.head("recaudo_webhook_seconds", "histogram", "Time to a delivery's answer.");
        for (installation, times) in &counted.webhook_times {
            text.histogram("recaudo_webhook_seconds", ("installation", installation), times);
        }
    }
}

/// Name, kind, what it is for a person, and its value.
type Column = (&'static str, &'static str, &'static str, fn(&Beat) -> u64);

fn workers(text: &mut Text, beats: &[Beat]) {
    let columns: [Column; 4] = [
        ("recaudo_worker_passes_total", "counter", "Passes a worker ended.", |beat| beat.passes),
        ("recaudo_worker_failures_total", "counter", "Passes that failed.", |beat| beat.failures),
        ("recaudo_worker_beat_age_seconds", "gauge", "Since a worker's last sign of life.", |beat| beat.age),
        ("recaudo_worker_up", "gauge", "Whether a worker lives.", |beat| u64::from(beat.alive)),
    ];
    for (name, kind, help, value) in columns {
        text.head(name, kind, help);
        for beat in beats {
            text.line(name, &[("worker", beat.name)], value(beat));
        }
    }
}

fn ledger(text: &mut Text, figures: &Figures) {
    text.head("recaudo_jobs", "gauge", "Work that waits, by kind; due is what may be done now.");
    for (kind, all, due) in &figures.jobs {
        text.line("recaudo_jobs", &[("kind", kind), ("state", "due")], due);
        text.line("recaudo_jobs", &[("kind", kind), ("state", "later")], all - due);
    }
    text.head("recaudo_gateway_operations", "gauge", "Operations at gateways that are looked at.");
    for (state, status, count) in &figures.operations {
        text.line("recaudo_gateway_operations", &[("state", state), ("status", status)], count);
    }
    text.head("recaudo_gateway_operations_for_a_person", "gauge", "Operations that wait for a person.");
    text.line("recaudo_gateway_operations_for_a_person", &[], figures.persons);
    text.head("recaudo_messages_unknown", "gauge", "Messages of which nobody knows whether they left.");
    text.line("recaudo_messages_unknown", &[], figures.unknown_messages);
    text.head("recaudo_writebacks_for_a_person", "gauge", "Things to tell the ERP that wait for a person.");
    text.line("recaudo_writebacks_for_a_person", &[], figures.writebacks_for_a_person);
    if let Some(age) = figures.run_age {
        text.head("recaudo_run_age_seconds", "gauge", "Since a daily run ended.");
        text.line("recaudo_run_age_seconds", &[], age);
    }
    text.head("recaudo_import_age_seconds", "gauge", "Since an import of a source ended.");
    for (source, age) in &figures.import_ages {
        text.line("recaudo_import_age_seconds", &[("source", source)], age);
    }
}

/// The format, as it grows.
#[derive(Default)]
struct Text(String);

impl Text {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a text does not fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn line(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        self.0.push_str(name);
        for (place, (label, text)) in labels.iter().enumerate() {
            let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let _ = write!(self.0, "{}{label}=\"{text}\"", if place == 0 { '{' } else { ',' });
        }
        let _ = writeln!(self.0, "{} {value}", if labels.is_empty() { "" } else { "}" });
    }

    fn histogram(&mut self, name: &str, label: (&str, &str), times: &Histogram) {
        let bucket = format!("{name}_bucket");
        for (count, bound) in times.counts.iter().zip(BOUNDS) {
            self.line(&bucket, &[label, ("le", &seconds(bound))], count);
        }
        self.line(&bucket, &[label, ("le", "+Inf")], times.count);
        self.line(&format!("{name}_sum"), &[label], seconds(times.sum));
        self.line(&format!("{name}_count"), &[label], times.count);
    }
}

/// Microseconds as seconds.
fn seconds(micros: u64) -> String {
    let text = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
