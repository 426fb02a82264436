//! What is there to read, for a person who has just written a configuration.

use recaudo_sdk::{Ctx, Stop};

use crate::ErpCsv;
use crate::checkpoint::Head;
use crate::head::{self, NoHead};
use crate::listing;
use crate::plan::Feed;
use crate::problem::Problem;
use crate::pull::{Interrupted, RANGES, first, read_range};

/// What a file's head says, for a person: its form, or why it cannot be used.
pub(crate) fn look(ctx: &mut Ctx<ErpCsv>, feed: &Feed<'_>) -> Result<String, Stop> {
    let found = listing::list(ctx, feed, "")?;
    let Some(mut file) = first(&found) else {
        return Ok(format!("{}: no file is called {} yet", feed.name, feed.path));
    };
    let mut raw = vec![];
    let eof = match read_range(ctx, &mut file, &mut raw, RANGES.least) {
        Ok(eof) => eof,
        Err(Interrupted::Stopped(stop)) => return Err(stop),
        Err(Interrupted::Changed(failure)) => return Err(failure.into()),
        Err(Interrupted::Refused(_, problem)) => return Ok(format!("{}: {}", file.path, problem.message)),
    };
    let described = head::read(feed, &raw, eof).and_then(|found| {
        head::resolve(feed, &found.head, found.lines)?;
        Ok(found.head)
    });
    let about = match described {
        Ok(Head { encoding, delimiter, names }) => {
            let delimiter = char::from(delimiter).escape_default();
            format!("{}, delimiter `{delimiter}`, {} columns", encoding.name(), names.len())
        }
        Err(NoHead::Refused(_, Problem { field, message, .. })) => {
            format!("cannot be used: {field}: {message}")
        }
        Err(NoHead::Failed(failure)) => return Err(failure.into()),
        Err(NoHead::More) => "its head is longer than 64 KiB".to_owned(),
    };
    Ok(format!("{}: {} file(s), the first is {} ({about})", feed.name, found.len(), file.path))
}
