//! `init`.

use recaudo_app::home::{Home, InitOptions};
use recaudo_app::system::SystemRandom;
use serde_json::json;

use super::Context;
use crate::args::Init;
use crate::exit::Exit;
use crate::trouble::Trouble;

pub(super) fn init(context: &Context<'_>, asked: Init) -> Result<Exit, Trouble> {
    let options = InitOptions {
        language: context.out.words.language,
        creditor: asked.creditor,
        country: asked.country,
        time_zone: asked.time_zone,
        sender: asked.sender,
        smtp: asked.smtp,
    };
    Home::init(&asked.dir, &options, &SystemRandom)?;
    // Opened once: the store is made, the plugins are compiled, and what is wrong shows now.
    recaudo_app::App::builder(&asked.dir).build()?;
    let out = context.out;
    if out.json {
        super::json(out, &json!({ "home": asked.dir }))?;
    } else {
        let dir = asked.dir.display();
        out.line(out.words.fill("out.init_done", &[("dir", &dir)]));
        out.line(out.words.fill("out.init_key", &[("dir", &dir)]));
        out.line(out.words.fill("out.init_next", &[("dir", &dir)]));
    }
    Ok(Exit::Done)
}
