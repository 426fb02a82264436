//! `cargo xtask peers`: a live Tryton and a strict Stripe on this machine, for a person to try the program against.
#![expect(clippy::print_stdout, reason = "it talks to a person")]

use std::io::{BufRead as _, Write as _};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use recaudo_peers::tryton::{PASSWORD, Tryton};
use recaudo_strict::vendors::Stripe;
use recaudo_strict::{Order, Server};
use serde_json::json;

const KEY: &str = "sk_test_peers";
const SECRET: &str = "whsec_peers";
const HELP: &str = "\
pay LINK [PART]   somebody pays a link of Stripe's, or a part of it in minor units; the webhooks are delivered
asked             what Stripe was asked, and what it found wrong with it
quit              both servers end";

fn main() -> io::Result<()> {
    let folder = PathBuf::from(env::args().nth(1).unwrap_or_else(|| "peers".into()));
    fs::create_dir_all(&folder)?;
    let folder = folder.canonicalize()?;
    let tryton = Tryton::start(0);
    let Some(stripe) = Stripe::load(KEY, SECRET) else {
        println!("Stripe's published schema is not at ../shared/specs: only Tryton is here");
        println!("{}", beside(&folder, &tryton, None)?);
        return wait();
    };
    let stripe = Server::start(stripe)?;
    println!("{}\n{HELP}", beside(&folder, &tryton, Some(&stripe.localhost_origin()))?);
    for line in io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["pay", link] => pay(&stripe, link, None)?,
            ["pay", link, part] => match part.parse() {
                Ok(part) => pay(&stripe, link, Some(part))?,
                Err(_) => println!("{part:?} is no number of minor units"),
            },
            ["asked"] => {
                for seen in stripe.requests() {
                    println!("{} {} {}", seen.status, seen.request.method, seen.request.path);
                }
                println!("{} complaints: {:?}", stripe.complaints().len(), stripe.complaints());
            }
            ["quit"] => break,
            [] => {}
            _ => println!("{HELP}"),
        }
        io::stdout().flush()?;
    }
    Ok(())
}

/// Writes what a home needs to speak to them, and says how to use it.
fn beside(folder: &Path, tryton: &Tryton, stripe: Option<&str>) -> io::Result<String> {
    let url = tryton.url.replace("127.0.0.1", "localhost");
    let config = folder.join("tryton.json");
    let said = json!({ "base_url": url, "database": "tryton", "companies": [1], "payment_method": "Bank" });
    fs::write(&config, said.to_string())?;
    let mut more = String::from("\n[writeback]\nsource = \"erp\"\nafter_minutes = 0\n");
    if let Some(origin) = stripe {
        more.push_str(&format!(
            "\n[[gateways]]\nplugin = \"gateway-stripe\"\nconfig = {{ base_url = \"{origin}\" }}\n[gateways.grants]\n\
             hosts = [\"{origin}\"]\ncredentials = {{ api = \"stripe\", webhook = \"stripe-hook\" }}\n"
        ));
    }
    let settings = folder.join("more.toml");
    fs::write(&settings, more)?;
    let secrets = folder.join("secrets.sh");
    let exports = format!(
        "export RECAUDO_SECRET_TRYTON_USER=admin RECAUDO_SECRET_TRYTON_PASSWORD={PASSWORD}\n\
         export RECAUDO_SECRET_STRIPE_TOKEN={KEY} RECAUDO_SECRET_STRIPE_HOOK_KEY={SECRET}\n"
    );
    fs::write(&secrets, exports)?;
    let (config, settings, secrets) = (config.display(), settings.display(), secrets.display());
    Ok(format!(
        "Tryton 8.2 listens at {url}: database tryton, user admin, password {PASSWORD}\n\n\
         In another terminal:\n\n  . {secrets}\n  recaudo init beside --country MX && cat {settings} >> beside/recaudo.toml\n  \
         recaudo -C beside source add erp --plugin erp-tryton --config {config} --grant host:{url} \
         --grant credential:tryton=tryton\n  recaudo -C beside import\n  recaudo -C beside run\n  \
         recaudo -C beside pay C-OPEN --document 11\n  recaudo -C beside serve\n\n\
         Then pay the link here, and look at the invoice in Tryton: it is paid, by a move of its own.\n"
    ))
}

/// The payer's part, and the vendor's word for it.
fn pay(stripe: &Server<Stripe>, link: &str, part: Option<i64>) -> io::Result<()> {
    let Some(id) = stripe.state(|stripe| stripe.link_at(link)) else {
        println!("Stripe made no link {link:?}");
        return Ok(());
    };
    let intent = stripe.state(|stripe| stripe.pay(&id, part));
    println!("{intent} is paid; telling http://127.0.0.1:8080/webhooks/stripe");
    match stripe.deliver_webhooks("http://127.0.0.1:8080/webhooks/stripe", Order::Straight) {
        Ok(answers) => println!("answered {answers:?}"),
        Err(error) => println!("nobody hears it ({error}); is `recaudo serve` running?"),
    }
    io::stdout().flush()
}

/// Until the person has enough.
fn wait() -> io::Result<()> {
    io::stdin().lock().lines().try_for_each(|line| line.map(drop))
}
