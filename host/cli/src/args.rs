//! What can be typed. Texts are not here: every help text comes from the catalogues, see [`crate::help`].

use std::path::PathBuf;

use clap::{ArgAction, Parser, Subcommand, ValueEnum};
use recaudo_core::day::Day;
use recaudo_core::money::Currency;

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "recaudo", version, disable_help_flag = true, disable_help_subcommand = true)]
#[command(disable_version_flag = true, subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[arg(short = 'C', long, value_name = "DIR", global = true)]
    pub(crate) home: Option<PathBuf>,
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[arg(long, value_name = "LANGUAGE", global = true)]
    pub(crate) lang: Option<String>,
    #[arg(short, long, action = ArgAction::Help, global = true)]
    help: Option<bool>,
    #[arg(short = 'V', long, action = ArgAction::Version)]
    version: Option<bool>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Init(Init),
    #[command(subcommand, subcommand_required = true, arg_required_else_help = true)]
    Source(Source),
    Import {
        #[arg(value_name = "NAME")]
        source: Option<String>,
    },
    Quarantine {
        #[arg(value_name = "NAME")]
        source: Option<String>,
    },
    Bank {
        #[arg(value_name = "FILE")]
        files: Vec<PathBuf>,
        #[arg(long)]
        dry_run: bool,
    },
    Match {
        #[command(subcommand)]
        say: Option<Match>,
    },
    Pay(Pay),
    Serve {
        #[arg(long, value_name = "ADDRESS")]
        listen: Option<String>,
        #[arg(long)]
        no_workers: bool,
    },
    Aging(Aging),
    Run {
        #[arg(long, value_name = "DATE")]
        on: Option<Day>,
        #[arg(long)]
        dry_run: bool,
    },
    Why {
        #[arg(value_name = "CUSTOMER")]
        customer: String,
        #[arg(long, value_name = "DATE")]
        on: Option<Day>,
    },
    #[command(subcommand, subcommand_required = true, arg_required_else_help = true)]
    Message(Message),
    Report {
        #[arg(long, value_name = "DATE")]
        as_of: Option<Day>,
        #[arg(long, value_name = "FILE")]
        html: Option<PathBuf>,
    },
    #[command(subcommand, subcommand_required = true, arg_required_else_help = true)]
    Score(Score),
    #[command(subcommand, subcommand_required = true, arg_required_else_help = true)]
    Plugin(Plugin),
    Verify,
    Move {
        #[arg(long, value_name = "URL")]
        to: String,
    },
    #[command(subcommand, subcommand_required = true, arg_required_else_help = true)]
    Gate(Gate),
    #[command(subcommand, subcommand_required = true, arg_required_else_help = true)]
    Price(Price),
    Demo(Demo),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Init {
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
    #[arg(long, value_name = "TEXT")]
    pub(crate) creditor: Option<String>,
    #[arg(long, value_name = "COUNTRY")]
    pub(crate) country: Option<String>,
    #[arg(long, value_name = "ZONE")]
    pub(crate) time_zone: Option<String>,
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) sender: Option<String>,
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) smtp: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Source {
    Add {
        #[arg(value_name = "NAME")]
        name: String,
        #[arg(long, value_name = "ID")]
        plugin: String,
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        #[arg(long = "grant", value_name = "GRANT")]
        grants: Vec<String>,
    },
    List,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Match {
    Confirm {
        #[arg(value_name = "NUMBER", required = true)]
        ids: Vec<i64>,
    },
    Reject {
        #[arg(value_name = "NUMBER", required = true)]
        ids: Vec<i64>,
    },
    Undo {
        #[arg(value_name = "NUMBER")]
        id: i64,
    },
}

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Pay {
    #[arg(value_name = "CUSTOMER", required = true)]
    pub(crate) customer: Option<String>,
    #[arg(long, value_name = "NAME")]
    pub(crate) gateway: Option<String>,
    #[arg(long = "document", value_name = "NUMBER", action = ArgAction::Append, num_args = 1..)]
    pub(crate) documents: Vec<String>,
    #[arg(long, value_name = "AMOUNT", requires = "currency")]
    pub(crate) amount: Option<String>,
    #[arg(long, value_name = "CURRENCY")]
    pub(crate) currency: Option<Currency>,
    #[arg(long)]
    pub(crate) parts: bool,
    #[command(subcommand)]
    pub(crate) say: Option<PaySay>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PaySay {
    List,
    NotDone {
        #[arg(value_name = "NUMBER")]
        number: i64,
    },
    AskAgain {
        #[arg(value_name = "NUMBER")]
        number: i64,
    },
    TryAgain {
        #[arg(value_name = "NUMBER")]
        number: i64,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct Aging {
    #[arg(long, value_name = "DATE")]
    pub(crate) as_of: Option<Day>,
    #[arg(long, value_name = "INSTANT")]
    pub(crate) known_at: Option<String>,
    #[arg(
        long,
        value_name = "BY",
        default_value = "due",
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub(crate) by: By,
    #[arg(long, value_name = "CUSTOMER")]
    pub(crate) customer: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Message {
    List,
    Sent {
        #[arg(value_name = "NUMBER")]
        number: i64,
    },
    NotSent {
        #[arg(value_name = "NUMBER")]
        number: i64,
    },
}

/// The date that days past due count from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum By {
    Due,
    Document,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Score {
    Train {
        #[arg(long, value_name = "DATE")]
        split: Option<Day>,
    },
    Show,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Plugin {
    List,
    Inspect {
        #[arg(value_name = "ID")]
        id: String,
    },
    Add {
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        #[arg(long)]
        allow_unsigned: bool,
    },
    Grant {
        #[arg(value_name = "NAME")]
        name: String,
        #[arg(value_name = "GRANT", required = true)]
        grants: Vec<String>,
    },
    Remove {
        #[arg(value_name = "ID")]
        id: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Gate {
    Test {
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[arg(long, value_name = "ID")]
        gate: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Price {
    Test {
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[arg(long, value_name = "ID")]
        pricer: Option<String>,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct Demo {
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    #[arg(long, value_name = "SEED")]
    pub(crate) seed: Option<u64>,
}
