//! Columns on their way into a guest: borrowed, so that a batch is copied once, into the guest's memory.

use recaudo_ports::table::{Batch, Data};
use wasmtime::component::{ComponentType, Lower};

#[derive(ComponentType, Lower, Clone, Copy)]
#[component(record)]
pub(crate) struct Ints<'a> {
    values: &'a [i64],
    scale: u8,
    present: &'a [u8],
}

#[derive(ComponentType, Lower, Clone, Copy)]
#[component(record)]
pub(crate) struct Days<'a> {
    values: &'a [i32],
    present: &'a [u8],
}

#[derive(ComponentType, Lower, Clone, Copy)]
#[component(record)]
pub(crate) struct Codes<'a> {
    values: &'a [u32],
    dictionary: &'a [String],
    present: &'a [u8],
}

#[derive(ComponentType, Lower, Clone, Copy)]
#[component(record)]
pub(crate) struct Bits<'a> {
    values: &'a [u8],
    present: &'a [u8],
}

#[derive(ComponentType, Lower, Clone, Copy)]
#[component(variant)]
pub(crate) enum DataRef<'a> {
    #[component(name = "ints")]
    Ints(Ints<'a>),
    #[component(name = "days")]
    Days(Days<'a>),
    #[component(name = "codes")]
    Codes(Codes<'a>),
    #[component(name = "bits")]
    Bits(Bits<'a>),
}

#[derive(ComponentType, Lower, Clone, Copy)]
#[component(record)]
pub(crate) struct ColumnRef<'a> {
    name: &'a str,
    data: DataRef<'a>,
}

#[derive(ComponentType, Lower, Clone, Copy)]
#[component(record)]
pub(crate) struct BatchRef<'a> {
    rows: u32,
    ids: &'a [u64],
    columns: &'a [ColumnRef<'a>],
}

/// Lends the batch to `work` in the contract's shape.
pub(crate) fn with_batch<R>(batch: &Batch, work: impl FnOnce(BatchRef<'_>) -> R) -> R {
    let columns: Vec<ColumnRef<'_>> =
        batch.columns.iter().map(|c| ColumnRef { name: &c.name, data: data(&c.data) }).collect();
    let rows = u32::try_from(batch.ids.len()).unwrap_or(u32::MAX);
    work(BatchRef { rows, ids: &batch.ids, columns: &columns })
}

fn data(data: &Data) -> DataRef<'_> {
    match data {
        Data::Ints { values, scale, present } => DataRef::Ints(Ints { values, scale: *scale, present }),
        Data::Days { values, present } => DataRef::Days(Days { values, present }),
        Data::Codes { values, dictionary, present } => DataRef::Codes(Codes { values, dictionary, present }),
        Data::Bits { values, present } => DataRef::Bits(Bits { values, present }),
    }
}
