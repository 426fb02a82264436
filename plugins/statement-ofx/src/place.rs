//! A place in the file, and the failures that name it.

use recaudo_sdk::statements::{Input, Sheet};
use recaudo_sdk::{Fail, Failure};

use crate::Config;
use crate::header::Charset;
use crate::record::Trouble;
use crate::scan::Broken;
use crate::value::{self, Bad};

/// A place in the file, and how its texts are read.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    pub(crate) input: Input<'a>,
    pub(crate) row: u64,
    pub(crate) config: Config,
    pub(crate) charset: Charset,
}

impl At<'_> {
    pub(crate) fn fail(&self, code: &str, message: &str) -> Failure {
        Fail::invalid_input(code, format!("{}, line {}: {message}", self.input.path, self.row))
    }

    pub(crate) fn syntax(&self, message: &str) -> Failure {
        self.fail("xml-syntax", &format!("{message}; the file is damaged, fetch it again"))
    }

    pub(crate) fn answered(&self, number: &str) -> Failure {
        let message = format!("the bank answers with error {number} instead of a statement; fetch it again");
        self.fail("statement-ofx.error-status", &message)
    }

    pub(crate) fn text(&self, raw: &[u8]) -> Result<String, Failure> {
        value::text(raw, self.charset, self.config.encoding).ok_or_else(|| self.trouble(Trouble::Encoding))
    }

    pub(crate) fn broken(&self, why: Broken) -> Failure {
        self.trouble(Trouble::Broken(why))
    }

    pub(crate) fn trouble(&self, trouble: Trouble) -> Failure {
        match trouble {
            Trouble::Broken(Broken::TooLong) => self.fail(
                "xml-limit",
                "an element is longer than any bank writes; is the file damaged?",
            ),
            Trouble::Broken(Broken::Doctype) => self.fail(
                "xml-doctype",
                "a DOCTYPE is not read, for it can expand without bound; have the file written without one",
            ),
            Trouble::Encoding => self.fail(
                "bad-encoding",
                "the header names an encoding that is not known here; export the file as UTF-8, or set `encoding`",
            ),
            Trouble::Syntax(message) => self.syntax(&message),
            Trouble::Truncated => {
                self.fail("truncated-file", "the file ends before </OFX>; it is cut, fetch it again")
            }
        }
    }
}

/// Puts a field that cannot be used where a person finds it.
pub(crate) fn refuse(sheet: &mut Sheet, row: u64, bad: &Bad) {
    let message = format!("{}; ask the bank for the file again", bad.message);
    sheet.reject(row, bad.field, &bad.value, (bad.code, message));
    sheet.count();
}
