//! `verify`.

use recaudo_engine::verify;

use super::Context;
use crate::exit::Exit;
use crate::progress::Bar;
use crate::trouble::Trouble;

pub(super) fn verify(context: &Context<'_>) -> Result<Exit, Trouble> {
    let mut app = context.app()?;
    let out = context.out;
    let view = verify::verify(&mut app.engine, &mut Bar::new(&out.words))?;
    if out.json {
        super::json(out, &view)?;
    } else {
        let mut table = out.headed(&["check", ">count", "agrees", "detail"]);
        for check in &view.checks {
            let agrees = out.text(if check.ok { "head.yes" } else { "head.no" });
            let detail = check.first_bad.clone().unwrap_or_default();
            let name = out.words.find(&format!("check.{}", check.name)).unwrap_or(check.name).to_owned();
            table.row([name, check.checked.to_string(), agrees, detail]);
        }
        out.table(&table);
        out.line("");
        out.line(out.text(if view.ok { "out.verify_good" } else { "out.verify_bad" }));
    }
    Ok(if view.ok { Exit::Done } else { Exit::Fault })
}
