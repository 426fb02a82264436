//! `demo`: the whole main job on an invented portfolio, as a newcomer would do it by hand.
//!
//! Nothing here is special: a home is made, a source connected, and each of sixty business days the ERP's exports are
//! written, imported and run through the same use cases the other commands call.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use recaudo_app::App;
use recaudo_app::demo::{Exports, MAPPING, Portfolio, SEED, business_days, last_day};
use recaudo_app::home::{Home, InitOptions};
use recaudo_app::system::{SetClock, Stopwatch, SystemRandom};
use recaudo_core::aging::Partition;
use recaudo_core::day::Day;
use recaudo_engine::aging::{AgingQuery, By};
use recaudo_engine::progress::{Progress, Silent};
use recaudo_engine::run::{RunRequest, RunView};
use recaudo_engine::why::Trace;
use recaudo_engine::{aging, import, quarantine, run, score, source, verify, why};
use serde::Serialize;

use super::{
    Context, aging as aging_command, import as import_command, score as score_command, why as why_command,
};
use crate::args::Demo;
use crate::exit::Exit;
use crate::output::Output;
use crate::progress::Bar;
use crate::trouble::Trouble;

/// Business days the demo lives through.
const DAYS: usize = 60;
const SOURCE: &str = "erp";
const DIR: &str = "recaudo-demo";

/// What the days brought together.
#[derive(Debug, Default, Serialize)]
struct Sums {
    days: usize,
    imported: i64,
    sent: u64,
    refused: u64,
    skipped: u64,
    unknown: u64,
}

/// The demo's figures: the same for the same seed.
#[derive(Serialize)]
struct Summary<'a> {
    home: &'a Path,
    seed: u64,
    from: String,
    to: String,
    #[serde(flatten)]
    sums: &'a Sums,
    quarantined: usize,
    verified: bool,
    report: PathBuf,
    aging: aging::AgingView,
}

pub(super) fn demo(context: &Context<'_>, asked: Demo) -> Result<Exit, Trouble> {
    let out = context.out;
    let (dir, seed) = (asked.dir.unwrap_or_else(|| DIR.into()), asked.seed.unwrap_or(SEED));
    let days = business_days(last_day(), DAYS);
    let portfolio = Portfolio::generate(seed, last_day());
    title(out, &out.words.fill("demo.title", &[("seed", &seed)]));
    let mut stage = Stage::build(out, &dir, &days)?;
    stage.first_import(&portfolio, days[0])?;
    let sums = stage.live(&portfolio, &days)?;
    stage.show_end(&portfolio, &sums)?;
    let waiting = quarantine::list(&mut stage.app.engine, context.language())?;
    let quarantined = waiting.iter().map(|row| (&row.file, row.row)).collect::<BTreeSet<_>>().len();
    let verified = verify::verify(&mut stage.app.engine, &mut Silent)?.ok;
    let report = stage.report()?;
    if out.json {
        let aging = stage.aging()?;
        let (from, to) = (days[0].to_string(), last_day().to_string());
        let summary =
            Summary { home: &dir, seed, from, to, sums: &sums, quarantined, verified, report, aging };
        super::json(out, &summary)?;
    } else {
        next(out, &dir);
    }
    Ok(if verified { Exit::Done } else { Exit::Fault })
}

/// The home under way.
struct Stage<'a> {
    out: &'a Output,
    dir: PathBuf,
    exports: PathBuf,
    clock: Arc<SetClock>,
    app: App,
}

impl<'a> Stage<'a> {
    fn build(out: &'a Output, dir: &Path, days: &[Day]) -> Result<Self, Trouble> {
        let options = InitOptions {
            language: out.words.language,
            creditor: Some("Distribuidora Andina".into()),
            sender: Some("cobranzas@distribuidora-andina.example".into()),
            ..InitOptions::default()
        };
        let home = Home::init(dir, &options, &SystemRandom)?;
        let exports = home.path("erp");
        fs::create_dir_all(&exports).map_err(|error| Trouble::write(&exports, error))?;
        let clock = Arc::new(SetClock::at(morning(days[0])));
        let app = App::builder(dir).clock(Arc::clone(&clock) as _).build()?;
        say(out, &out.words.fill("demo.home", &[("dir", &dir.display())]));
        Ok(Self { out, dir: dir.into(), exports, clock, app })
    }

    fn write(&self, portfolio: &Portfolio, day: Day) -> Result<(), Trouble> {
        let written = Exports::of(portfolio, day).write(&self.exports);
        written.map_err(|error| Trouble::write(&self.exports, error))
    }

    /// Connects the ERP and brings everything in that it knew on the evening before the first day.
    fn first_import(&mut self, portfolio: &Portfolio, first: Day) -> Result<(), Trouble> {
        let out = self.out;
        self.write(portfolio, first.plus(-1))?;
        let mapping = self.dir.join("erp-mapping.json");
        fs::write(&mapping, MAPPING).map_err(|error| Trouble::write(&mapping, error))?;
        let grants = [format!("files:{}", self.exports.display())];
        let here = std::env::current_dir().map_err(|error| Trouble::read(".", error))?;
        let installation = self.app.installation((SOURCE, "erp-csv"), MAPPING.into(), &grants, &here)?;
        source::add(&mut self.app.engine, &installation)?;
        say(out, &out.words.fill("demo.exports", &[("dir", &self.exports.display())]));
        say(out, &format!("  {}", mapping.display()));
        let views = import::import(&mut self.app.engine, Some(SOURCE), &mut Bar::new(&out.words))?;
        if !out.json {
            title(out, &out.text("demo.first_import"));
            import_command::show(out, &views);
            let rows = quarantine::list(&mut self.app.engine, out.words.language.code())?;
            title(out, &out.text("demo.quarantine"));
            import_command::show_quarantine(out, &rows);
        }
        Ok(())
    }

    /// Each day: the ERP exports, the import brings it in, the run goes out.
    fn live(&mut self, portfolio: &Portfolio, days: &[Day]) -> Result<Sums, Trouble> {
        let out = self.out;
        let ends = (days[0].to_string(), days[days.len() - 1].to_string());
        title(out, &out.words.fill("demo.simulate", &[("from", &ends.0), ("to", &ends.1)]));
        let watch = Stopwatch::start();
        let mut bar = Bar::new(&out.words);
        bar.begin("run", u64::try_from(days.len()).ok());
        let mut sums = Sums::default();
        for day in days {
            self.clock.set(morning(*day));
            self.write(portfolio, *day)?;
            let views = import::import(&mut self.app.engine, Some(SOURCE), &mut Silent)?;
            sums.imported += views.iter().map(|view| view.imported).sum::<i64>();
            let request = RunRequest { on: Some(*day), dry_run: false };
            sums.add(&run::run(&mut self.app.engine, request, &mut Silent)?);
            bar.advance(1);
        }
        drop(bar);
        let took = seconds(watch.elapsed());
        let counts: [(&str, &dyn std::fmt::Display); 6] = [
            ("days", &sums.days),
            ("seconds", &took),
            ("imported", &sums.imported),
            ("sent", &sums.sent),
            ("refused", &sums.refused),
            ("skipped", &sums.skipped),
        ];
        say(out, &out.words.fill("demo.days_done", &counts));
        Ok(sums)
    }

    fn aging(&mut self) -> Result<aging::AgingView, Trouble> {
        let query = AgingQuery {
            as_of: Some(last_day()),
            known_at: None,
            by: By::Due,
            customer: None,
            buckets: Partition::default(),
        };
        Ok(aging::aging(&mut self.app.engine, &query)?)
    }

    /// Aging, the learned score, why one customer was written to and why another was not.
    fn show_end(&mut self, portfolio: &Portfolio, sums: &Sums) -> Result<(), Trouble> {
        let out = self.out;
        let trained = score::train(&self.app.engine, None, &mut Bar::new(&out.words))?;
        self.app.home.keep_model(&trained.config_json)?;
        if out.json {
            return Ok(());
        }
        title(out, &out.text("demo.aging"));
        let view = self.aging()?;
        aging_command::show(out, &view);
        title(out, &out.text("demo.train"));
        score_command::show_view(out, &trained);
        self.show_reasons(portfolio)?;
        say(
            out,
            &out.words.fill("demo.mails", &[("n", &sums.sent), ("dir", &self.dir.join("mail").display())]),
        );
        Ok(())
    }

    /// The trace of a customer who was written to on the last day, and of one who was not although he owes.
    fn show_reasons(&mut self, portfolio: &Portfolio) -> Result<(), Trouble> {
        let out = self.out;
        for (outcome, heading) in [("permitted", "demo.contacted"), ("refused", "demo.skipped_title")] {
            let Some(trace) = self.example(portfolio, outcome)? else { continue };
            title(out, &out.words.fill(heading, &[("customer", &trace.customer)]));
            why_command::show(out, &trace);
        }
        Ok(())
    }

    /// The latest day on which that came of somebody's one account, and the trace of it.
    fn example(&mut self, portfolio: &Portfolio, outcome: &str) -> Result<Option<Trace>, Trouble> {
        for day in business_days(last_day(), 10).into_iter().rev() {
            for customer in &portfolio.customers {
                let trace = why::why(&mut self.app.engine, &customer.code, Some(day))?;
                let mut accounts = trace.runs.iter().flat_map(|run| &run.accounts);
                if accounts.any(|account| account.outcome == outcome) {
                    return Ok(Some(trace));
                }
            }
        }
        Ok(None)
    }

    fn report(&mut self) -> Result<PathBuf, Trouble> {
        let out = self.out;
        let data = self.app.report(Some(last_day()))?;
        let page = self.app.page(&data, None)?;
        let path = self.dir.join("report.html");
        fs::write(&path, page).map_err(|error| Trouble::write(&path, error))?;
        let path = path.canonicalize().unwrap_or(path);
        title(out, &out.words.fill("demo.report", &[("path", &path.display())]));
        Ok(path)
    }
}

impl Sums {
    fn add(&mut self, view: &RunView) {
        self.days += 1;
        self.sent += view.sent;
        self.refused += view.refused;
        self.skipped += view.skipped;
        self.unknown += view.unknown;
    }
}

/// Ten in the morning in Bogotá: simulated days do not ask the wall clock.
fn morning(day: Day) -> chrono::DateTime<chrono::Utc> {
    day.date().and_hms_opt(15, 0, 0).unwrap_or_default().and_utc()
}

fn seconds(time: Duration) -> String {
    format!("{}.{}", time.as_secs(), time.subsec_millis() / 100)
}

fn say(out: &Output, text: &str) {
    if !out.json {
        out.line(text);
    }
}

fn title(out: &Output, text: &str) {
    say(out, &format!("\n{text}\n"));
}

fn next(out: &Output, dir: &Path) {
    let home = dir.display();
    say(out, &out.text("demo.next"));
    let last = last_day();
    let commands = [
        format!("recaudo -C {home} aging --as-of 2026-04-30"),
        format!("recaudo -C {home} aging --by document --as-of {last}"),
        format!("recaudo -C {home} run --on {} --dry-run", last.plus(1)),
        format!("recaudo -C {home} why C0001 --on {last}"),
        format!("recaudo -C {home} quarantine"),
        format!("recaudo -C {home} score show"),
        format!("recaudo -C {home} plugin inspect gate-contact"),
        format!("recaudo -C {home} verify"),
    ];
    for command in commands {
        say(out, &format!("  {command}"));
    }
}
