//! The batch's columns as slices, checked once so that the loops need not look again.

use recaudo_sdk::scoring::{Batch, Data};
use recaudo_sdk::{Fail, Failure};

/// Which rows have a value: one bit a row, or everyone when empty.
#[derive(Clone, Copy)]
pub(crate) struct Present<'a>(&'a [u8]);

impl Present<'_> {
    pub(crate) fn everyone(self) -> bool {
        self.0.is_empty()
    }

    /// Only to be asked where [`Self::everyone`] is false.
    #[inline]
    pub(crate) fn has(self, row: usize) -> bool {
        self.0[row / 8] >> (row % 8) & 1 == 1
    }
}

/// Integers with their decimal places.
#[derive(Clone, Copy)]
pub(crate) struct Ints<'a> {
    pub(crate) values: &'a [i64],
    pub(crate) scale: u8,
    pub(crate) present: Present<'a>,
}

/// Codes, each below `dictionary.len()` where present.
#[derive(Clone, Copy)]
pub(crate) struct Codes<'a> {
    pub(crate) values: &'a [u32],
    pub(crate) dictionary: &'a [String],
    pub(crate) present: Present<'a>,
}

/// One byte a row, 0 or 1.
#[derive(Clone, Copy)]
pub(crate) struct Bits<'a> {
    pub(crate) values: &'a [u8],
    pub(crate) present: Present<'a>,
}

/// A column in its shape.
pub(crate) enum View<'a> {
    Ints(Ints<'a>),
    Codes(Codes<'a>),
    Bits(Bits<'a>),
}

/// The column `name` of the batch.
pub(crate) fn column<'a>(batch: &'a Batch, name: &str) -> Result<View<'a>, Failure> {
    let Some(column) = batch.columns.iter().find(|column| column.name == name) else {
        return Err(Fail::invalid_input("column_missing", format!("the batch has no column {name}")));
    };
    let rows = batch.rows as usize;
    let (length, present) = match &column.data {
        Data::Ints(ints) => (ints.values.len(), &ints.present),
        Data::Codes(codes) => (codes.values.len(), &codes.present),
        Data::Bits(bits) => (bits.values.len(), &bits.present),
        Data::Days(days) => (days.values.len(), &days.present),
    };
    if length != rows || !(present.is_empty() || present.len() >= rows.div_ceil(8)) {
        return Err(Fail::invalid_input(
            "column_length",
            format!("column {name} is not as long as the batch"),
        ));
    }
    let present = Present(present);
    match &column.data {
        Data::Ints(ints) => Ok(View::Ints(Ints { values: &ints.values, scale: ints.scale, present })),
        Data::Codes(codes) => {
            Ok(View::Codes(Codes { values: &codes.values, dictionary: &codes.dictionary, present }))
        }
        Data::Bits(bits) => Ok(View::Bits(Bits { values: &bits.values, present })),
        Data::Days(_) => Err(wrong_shape(name, "days")),
    }
}

/// The column `name`, which must hold integers.
pub(crate) fn ints<'a>(batch: &'a Batch, name: &str) -> Result<Ints<'a>, Failure> {
    match column(batch, name)? {
        View::Ints(ints) => Ok(ints),
        View::Codes(_) | View::Bits(_) => Err(wrong_shape(name, "codes or bits")),
    }
}

/// The column `name`, which must hold codes.
pub(crate) fn codes<'a>(batch: &'a Batch, name: &str) -> Result<Codes<'a>, Failure> {
    match column(batch, name)? {
        View::Codes(codes) => Ok(codes),
        View::Ints(_) | View::Bits(_) => Err(wrong_shape(name, "integers or bits")),
    }
}

pub(crate) fn wrong_shape(name: &str, shape: &str) -> Failure {
    Fail::invalid_input(
        "column_shape",
        format!("column {name} holds {shape}, which the model cannot use there"),
    )
}
