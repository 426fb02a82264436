//! `move`.

use super::Context;
use crate::exit::Exit;
use crate::progress::Bar;
use crate::trouble::Trouble;

pub(super) fn relocate(context: &Context<'_>, to: &str) -> Result<Exit, Trouble> {
    let mut app = context.app()?;
    let out = context.out;
    let view = app.move_store(to, &mut Bar::new(&out.words))?;
    if out.json {
        super::json(out, &view)?;
    } else {
        let mut table = out.headed(&["table", ">count"]);
        for carried in view.tables.iter().filter(|carried| carried.rows > 0) {
            table.row([carried.table.clone(), carried.rows.to_string()]);
        }
        out.table(&table);
        out.line("");
        out.line(out.words.fill("out.moved", &[("to", &view.to), ("from", &view.from)]));
    }
    Ok(Exit::Done)
}
