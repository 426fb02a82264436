//! Long work shows how it gets on, on stderr and only to a person who watches.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use recaudo_app::words::Words;
use recaudo_engine::Progress;

use crate::output::watched;

/// A bar, or nothing.
pub(crate) struct Bar<'a> {
    words: &'a Words,
    bar: Option<ProgressBar>,
}

impl<'a> Bar<'a> {
    /// Nothing is drawn before the first stretch of work begins.
    pub(crate) fn new(words: &'a Words) -> Self {
        Self { words, bar: None }
    }

    fn finish(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

impl Progress for Bar<'_> {
    fn begin(&mut self, what: &str, total: Option<u64>) {
        self.finish();
        if !watched() {
            return;
        }
        let bar = total.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
        bar.set_draw_target(ProgressDrawTarget::stderr());
        let template = match total {
            Some(_) => "{msg:14} [{bar:40}] {human_pos}/{human_len} {eta}",
            None => "{msg:14} {spinner} {human_pos} {elapsed}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        let what = self.words.find(&format!("progress.{what}")).unwrap_or(what);
        bar.set_message(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(120));
        self.bar = Some(bar);
    }

    fn advance(&mut self, count: u64) {
        if let Some(bar) = &self.bar {
            bar.inc(count);
        }
    }

    fn note(&mut self, text: &str) {
        if let Some(bar) = &self.bar {
            bar.println(text);
        }
    }
}

impl Drop for Bar<'_> {
    fn drop(&mut self) {
        self.finish();
    }
}
