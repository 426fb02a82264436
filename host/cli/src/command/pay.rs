//! `pay`: a customer's link, and payments at gateways that wait for a person.

use std::time::Duration;

use recaudo_app::system::Stopwatch;
use recaudo_app::{App, AppError};
use recaudo_engine::error::EngineError;
use recaudo_engine::pay::{self, Found, Gateways, LinkAsk, OperationView};
use recaudo_ports::plugin::Installation;
use serde_json::json;

use super::Context;
use crate::args::{Pay, PaySay};
use crate::exit::Exit;
use crate::output::Output;
use crate::trouble::Trouble;

/// How long a person waits for a gateway's link, and between two looks.
const PATIENCE: Duration = Duration::from_secs(40);
const LOOK: Duration = Duration::from_millis(300);

pub(super) fn pay(context: &Context<'_>, wish: &Pay) -> Result<Exit, Trouble> {
    let app = context.app()?;
    let found = match (&wish.say, &wish.customer) {
        (None, Some(customer)) => return link(&app, context.out, customer, wish),
        (None, None) | (Some(PaySay::List), _) => None,
        (Some(PaySay::NotDone { number }), _) => Some((*number, Found::NotDone)),
        (Some(PaySay::AskAgain { number }), _) => Some((*number, Found::AskAgain)),
        (Some(PaySay::TryAgain { number }), _) => Some((*number, Found::TryAgain)),
    };
    if let Some((number, found)) = found {
        pay::found(&app.engine, number, found)?;
    }
    list(&app, context.out)
}

fn link(app: &App, out: &Output, customer: &str, wish: &Pay) -> Result<Exit, Trouble> {
    let gateways = app.gateways()?;
    let gateway = chosen(&gateways, wish.gateway.as_deref())?;
    let amount = match (&wish.amount, wish.currency) {
        (Some(text), Some(currency)) => Some(pay::read_amount(text, currency)?),
        _ => None,
    };
    let page = match &app.engine.settings.server.public_url {
        Some(public) => Some(format!("{public}/pay/{}", pay::token_for(&app.engine, customer)?)),
        None => None,
    };
    let return_url = page.as_ref().map_or(String::new(), |page| format!("{page}/return"));
    let documents: Vec<&str> = wish.documents.iter().map(String::as_str).collect();
    let ask = LinkAsk {
        customer,
        documents: &documents,
        currency: wish.currency,
        amount_minor: amount,
        part_payments: wish.parts,
        return_url: &return_url,
        not_after: None,
    };
    let asked = pay::link(&app.engine, gateway, &ask)?;
    let made = made(app, &gateways, customer, asked)?;
    show(out, (customer, gateway), &made, page.as_deref())
}

fn chosen<'a>(gateways: &'a Gateways, named: Option<&str>) -> Result<&'a Installation, Trouble> {
    let names = || gateways.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
    let mut all = gateways.values();
    match (named, all.next(), all.next()) {
        (_, None, _) => {
            let detail = "no gateway is installed: write [[gateways]] with plugin = \"gateway-stripe\" (or another of \
                          `recaudo plugin list`), its config and grants into recaudo.toml";
            Err(AppError::Refused { code: "no_gateway", detail: detail.into() }.into())
        }
        (Some(name), ..) => gateways.get(name).ok_or_else(|| {
            let detail = format!("expected one of {}, found {name:?}", names());
            EngineError::Invalid { field: "--gateway".into(), detail }.into()
        }),
        (None, Some(one), None) => Ok(one),
        (None, ..) => {
            let detail = format!("name one of {}", names());
            Err(EngineError::Invalid { field: "--gateway".into(), detail }.into())
        }
    }
}

fn is_open(operation: &OperationView) -> bool {
    matches!(operation.state.as_str(), "queued" | "executing" | "asking")
}

/// Has the link made, by this process or by a server that is at it, and waits for it.
fn made(
    app: &App,
    gateways: &Gateways,
    customer: &str,
    asked: OperationView,
) -> Result<OperationView, Trouble> {
    let watch = Stopwatch::start();
    let mut known = asked;
    while known.url.is_none() && is_open(&known) && watch.elapsed() < PATIENCE {
        let worked = match pay::work(&app.engine, gateways) {
            Ok(_) => true,
            Err(EngineError::Conflict { .. }) => false,
            Err(error) => return Err(error.into()),
        };
        let all = pay::operations(&app.engine, customer)?;
        if let Some(now) = all.into_iter().find(|operation| operation.id == known.id) {
            known = now;
        }
        if worked && known.url.is_none() {
            break;
        }
        if known.url.is_none() {
            std::thread::sleep(LOOK);
        }
    }
    Ok(known)
}

fn show(
    out: &Output,
    (customer, gateway): (&str, &Installation),
    operation: &OperationView,
    page: Option<&str>,
) -> Result<Exit, Trouble> {
    let exit = match operation.state.as_str() {
        _ if operation.url.is_some() => Exit::Done,
        "person" => Exit::Incomplete,
        "settled" => Exit::Refused,
        _ => Exit::Unavailable,
    };
    if out.json {
        let view =
            json!({ "customer": customer, "gateway": gateway.name, "page": page, "operation": operation });
        super::json(out, &view)?;
        return Ok(exit);
    }
    let url = operation.url.as_deref().unwrap_or("");
    let values: [(&str, &dyn std::fmt::Display); 6] = [
        ("amount", &operation.amount.amount),
        ("currency", &operation.amount.currency),
        ("url", &url),
        ("state", &operation.state),
        ("status", &operation.status),
        ("code", &operation.code),
    ];
    let key = match exit {
        Exit::Done => "out.pay_link",
        Exit::Incomplete => "out.pay_person",
        Exit::Refused => "out.pay_over",
        Exit::Fault | Exit::Usage | Exit::Unavailable => "out.pay_waits",
    };
    out.line(out.words.fill(key, &values));
    if let Some(page) = page {
        out.line(out.words.fill("out.pay_page", &[("url", &page)]));
    }
    Ok(exit)
}

fn list(app: &App, out: &Output) -> Result<Exit, Trouble> {
    let waiting = pay::persons(&app.engine)?;
    if out.json {
        super::json(out, &json!({ "operations": waiting }))?;
    } else if waiting.is_empty() {
        out.line(out.text("out.pay_none"));
    } else {
        out.line(out.words.fill("out.pay_some", &[("n", &waiting.len())]));
        let mut table = out.headed(&[">id", "action", ">amount", "currency", "state", "reason"]);
        for o in &waiting {
            table.row([
                o.id.to_string(),
                o.action.clone(),
                o.amount.amount.clone(),
                o.amount.currency.clone(),
                o.status.to_owned(),
                o.code.clone(),
            ]);
        }
        out.table(&table);
    }
    Ok(if waiting.is_empty() { Exit::Done } else { Exit::Incomplete })
}
