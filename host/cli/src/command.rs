//! One file a command: open the home, call the use case, show what it says.

mod aging;
mod bank;
mod bench;
mod demo;
mod gate;
mod home;
mod import;
mod matching;
mod message;
mod pay;
mod plugin;
mod price;
mod report;
mod run;
mod score;
mod serve;
mod source;
mod store;
mod verify;
mod why;

use std::path::PathBuf;

use recaudo_app::App;
use recaudo_engine::dispatch::Found;

use crate::args::{Cli, Command, Gate, Message, Plugin, Price, Score, Source};
use crate::exit::Exit;
use crate::output::Output;
use crate::trouble::Trouble;

/// What every command needs.
pub(crate) struct Context<'a> {
    /// Where answers go.
    pub(crate) out: &'a Output,
    home: PathBuf,
}

impl Context<'_> {
    /// The home at work.
    fn app(&self) -> Result<App, Trouble> {
        Ok(App::builder(&self.home).build()?)
    }

    /// The two letters of the person's language.
    fn language(&self) -> &'static str {
        self.out.words.language.code()
    }
}

/// Does what was asked.
pub(crate) fn run(cli: Cli, out: &Output) -> Result<Exit, Trouble> {
    let context = Context { out, home: cli.home.unwrap_or_else(|| PathBuf::from(".")) };
    match cli.command {
        Command::Init(options) => home::init(&context, options),
        Command::Source(Source::Add { name, plugin, config, grants }) => {
            source::add(&context, (&name, &plugin), &config, &grants)
        }
        Command::Source(Source::List) => source::list(&context),
        Command::Import { source } => import::import(&context, source.as_deref()),
        Command::Quarantine { source } => import::quarantine(&context, source.as_deref()),
        Command::Bank { files, dry_run } => bank::bank(&context, &files, dry_run),
        Command::Match { say } => matching::matching(&context, say.as_ref()),
        Command::Pay(wish) => pay::pay(&context, &wish),
        Command::Serve { listen, no_workers } => serve::serve(&context, listen.as_deref(), no_workers),
        Command::Aging(query) => aging::aging(&context, query),
        Command::Run { on, dry_run } => run::run(&context, on, dry_run),
        Command::Why { customer, on } => why::why(&context, &customer, on),
        Command::Message(Message::List) => message::list(&context),
        Command::Message(Message::Sent { number }) => message::settle(&context, number, Found::Sent),
        Command::Message(Message::NotSent { number }) => message::settle(&context, number, Found::NotSent),
        Command::Report { as_of, html } => report::report(&context, as_of, html.as_deref()),
        Command::Score(Score::Train { split }) => score::train(&context, split),
        Command::Score(Score::Show) => score::show(&context),
        Command::Plugin(Plugin::List) => plugin::list(&context),
        Command::Plugin(Plugin::Inspect { id }) => plugin::inspect(&context, &id),
        Command::Plugin(Plugin::Add { folder, allow_unsigned }) => {
            plugin::add(&context, &folder, allow_unsigned)
        }
        Command::Plugin(Plugin::Grant { name, grants }) => plugin::grant(&context, &name, &grants),
        Command::Plugin(Plugin::Remove { id }) => plugin::remove(&context, &id),
        Command::Verify => verify::verify(&context),
        Command::Move { to } => store::relocate(&context, &to),
        Command::Gate(Gate::Test { file, gate }) => gate::test(&context, &file, gate.as_deref()),
        Command::Price(Price::Test { file, pricer }) => price::test(&context, &file, pricer.as_deref()),
        Command::Demo(options) => demo::demo(&context, options),
    }
}

/// Prints an answer as JSON.
fn json(out: &Output, value: &impl serde::Serialize) -> Result<(), Trouble> {
    out.json(value).map_err(|error| recaudo_engine::EngineError::fault(error.to_string()).into())
}
