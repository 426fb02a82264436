//! `serve`: the HTTP face of a home, until somebody ends it.

use std::sync::Arc;

use recaudo_server::{Config, Stop, address};
use serde_json::json;

use super::Context;
use crate::exit::Exit;
use crate::log_lines;
use crate::trouble::Trouble;

pub(super) fn serve(context: &Context<'_>, listen: Option<&str>, no_workers: bool) -> Result<Exit, Trouble> {
    let app = context.app()?;
    let gateways = app.gateways()?;
    let text = app.home.texts()?.home;
    let mut config = Config::read(&text, app.home.dir()).map_err(Trouble::Serve)?;
    if let Some(listen) = listen {
        config.listen = address("--listen", listen).map_err(Trouble::Serve)?;
    }
    config.workers &= !no_workers;
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    let public = config.public_url.trim_end_matches('/').to_owned();
    let names: Vec<String> = gateways.keys().cloned().collect();
    log_lines::begin();
    let out = context.out;
    let ready = |at: std::net::SocketAddr| {
        let own = format!("{scheme}://{at}");
        let from = if public.is_empty() { &own } else { &public };
        let hooks: Vec<(&String, String)> =
            names.iter().map(|name| (name, format!("{from}/webhooks/{name}"))).collect();
        if out.json {
            let hooks: serde_json::Map<_, _> =
                hooks.into_iter().map(|(name, url)| (name.clone(), url.into())).collect();
            out.line(json!({ "listening": own, "webhooks": hooks }));
            return;
        }
        out.line(out.words.fill("out.serve_at", &[("url", &own)]));
        for (name, url) in &hooks {
            out.line(out.words.fill("out.serve_webhook", &[("name", name), ("url", url)]));
        }
    };
    recaudo_server::serve(Arc::new(app.engine), gateways, config, &Stop::default(), ready)
        .map_err(Trouble::Serve)?;
    Ok(Exit::Done)
}
