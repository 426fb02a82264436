//! Scores a batch: a column at a time, in blocks of rows that stay in the processor's first cache.

use recaudo_sdk::scoring::{Batch, Scores};
use recaudo_sdk::{Fail, Failure};

use crate::curve::Curve;
use crate::model::{Feature, Model, Shrink};
use crate::view::{self, Bits, Codes, Ints, Present, View};
use crate::{reason, sigmoid};

/// Reasons a row carries.
pub const REASONS: u8 = 3;
/// Rows worked on at a time: twelve features' points of them fill half of a 32 KiB cache.
const BLOCK: usize = 256;
/// Low bits of a reason's rank that hold its feature; [`crate::model::FEATURES_MAX`] is below 64.
const FEATURE_BITS: u32 = 6;
/// Binary places of a shrink's share.
const SHARE_BITS: u32 = 20;
/// Values a shrink can weigh without overflow: 2^42 × 2^20 stays within 64 bits.
const SHRINK_VALUE_MAX: i64 = 1 << 42;
/// Counts whose share is computed beforehand.
const SHARES: usize = 256;

/// One score a row, in parts per million, with [`REASONS`] reasons: by how much the score would be lower (higher, when
/// negative) without what that column gives. Rows of which no column is known get the base rate.
///
/// # Errors
/// `column_missing`, `column_length`, `column_shape`: the batch is not what [`Model::columns`] asked for.
pub fn score(model: &Model, batch: &Batch) -> Result<Scores, Failure> {
    let rows = batch.rows as usize;
    let parts =
        model.features.iter().map(|feature| Part::new(feature, batch)).collect::<Result<Vec<_>, _>>()?;
    let mut scores = Scores {
        ppm: vec![0; rows],
        reasons_per_row: REASONS,
        reason_code: vec![0; rows * usize::from(REASONS)],
        reason_ppm: vec![0; rows * usize::from(REASONS)],
    };
    let mut block = Block::new(parts.len());
    for from in (0..rows).step_by(BLOCK) {
        let size = BLOCK.min(rows - from);
        block.add_up(model.intercept, &parts, from, size);
        block.write(&parts, from, size, &mut scores);
    }
    if parts.iter().all(|part| !part.present.everyone()) {
        for row in (0..rows).filter(|&row| !parts.iter().any(|part| part.present.has(row))) {
            scores.ppm[row] = model.base_rate_ppm;
            scores.reason_code[row * usize::from(REASONS)..][..usize::from(REASONS)].fill(0);
            scores.reason_ppm[row * usize::from(REASONS)..][..usize::from(REASONS)].fill(0);
        }
    }
    Ok(scores)
}

/// What a block of rows has gathered so far.
struct Block {
    totals: [i32; BLOCK],
    /// The three largest points of a row, either way, each with its feature in the low bits.
    tops: [[u32; BLOCK]; REASONS as usize],
    /// A feature after the other.
    points: Vec<[i32; BLOCK]>,
    values: [i64; BLOCK],
    own: [i32; BLOCK],
}

impl Block {
    fn new(features: usize) -> Self {
        Self {
            totals: [0; BLOCK],
            tops: [[0; BLOCK]; 3],
            points: vec![[0; BLOCK]; features],
            values: [0; BLOCK],
            own: [0; BLOCK],
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "there are at most 60 features")]
    fn add_up(&mut self, intercept: i32, parts: &[Part<'_>], from: usize, size: usize) {
        self.totals = [intercept; BLOCK];
        self.tops = [[0; BLOCK]; 3];
        let [first, second, third] = &mut self.tops;
        for (feature, (part, points)) in parts.iter().zip(&mut self.points).enumerate() {
            part.read(from, &mut points[..size], &mut self.values[..size]);
            let low = (1 << FEATURE_BITS) - 1 - feature as u32;
            for row in 0..size {
                // At most 61 times 30,000,000: see the limits in `model`.
                self.totals[row] = self.totals[row].wrapping_add(points[row]);
                let rank = points[row].unsigned_abs() << FEATURE_BITS | low;
                let (a, b) = (first[row].max(rank), first[row].min(rank));
                let (b, c) = (second[row].max(b), second[row].min(b));
                first[row] = a;
                second[row] = b;
                third[row] = third[row].max(c);
            }
        }
    }

    fn write(&mut self, parts: &[Part<'_>], from: usize, size: usize, scores: &mut Scores) {
        let width = usize::from(REASONS);
        let ppm = &mut scores.ppm[from..from + size];
        each(ppm, &self.totals[..size], |ppm, &total| *ppm = sigmoid::ppm(total));
        let codes = &mut scores.reason_code[from * width..][..size * width];
        let effects = &mut scores.reason_ppm[from * width..][..size * width];
        for (place, top) in self.tops.iter().enumerate() {
            // A row's points of the feature that stands in this place: nought where there is none.
            let own = &mut self.own[..size];
            for (row, (own, &rank)) in own.iter_mut().zip(top).enumerate() {
                let feature = (!rank & ((1 << FEATURE_BITS) - 1)) as usize;
                let known = rank >> FEATURE_BITS != 0;
                *own = if known { self.points[feature][row] } else { 0 };
                codes[row * width + place] = if known { parts[feature].code } else { 0 };
            }
            each(own, &self.totals[..size], |own, &total| *own = sigmoid::ppm(total.wrapping_sub(*own)));
            for (row, (&without, &ppm)) in own.iter().zip(&*ppm).enumerate() {
                effects[row * width + place] = ppm - without;
            }
        }
    }
}

/// Goes through two slices side by side, four at a time: in the sandbox a turn of a loop costs more than it does natively.
#[inline]
fn each<A, B>(out: &mut [A], from: &[B], mut work: impl FnMut(&mut A, &B)) {
    let (out, out_rest) = out.as_chunks_mut::<4>();
    let (from, from_rest) = from.as_chunks::<4>();
    for ([a, b, c, d], [x, y, z, w]) in out.iter_mut().zip(from) {
        work(a, x);
        work(b, y);
        work(c, z);
        work(d, w);
    }
    for (out, from) in out_rest.iter_mut().zip(from_rest) {
        work(out, from);
    }
}

/// A feature bound to the batch's columns.
struct Part<'a> {
    code: u16,
    missing: i32,
    present: Present<'a>,
    shape: Shape<'a>,
}

enum Shape<'a> {
    Curve {
        column: Ints<'a>,
        factor: i64,
        curve: Box<Curve>,
        shrink: Option<Box<Shrunk<'a>>>,
    },
    /// A curve for each code of the currency column's dictionary; its last is for no currency.
    Currencies {
        column: Ints<'a>,
        factor: i64,
        currency: Codes<'a>,
        curves: Vec<Option<Curve>>,
    },
    /// Points for each code of the dictionary.
    Codes {
        column: Codes<'a>,
        points: Vec<i32>,
    },
    Bits {
        column: Bits<'a>,
        points: [i32; 2],
    },
}

impl<'a> Part<'a> {
    fn new(feature: &Feature, batch: &'a Batch) -> Result<Self, Failure> {
        let (shape, present) = match (&feature.curve, &feature.currencies, &feature.values) {
            (Some(knots), _, _) => {
                let column = view::ints(batch, &feature.column)?;
                let (up, factor) = factors(column.scale, feature)?;
                let shrink = match &feature.shrink {
                    Some(shrink) => Some(Box::new(Shrunk::new(shrink, up, batch)?)),
                    None => None,
                };
                (
                    Shape::Curve { column, factor, curve: Box::new(Curve::new(knots, up)), shrink },
                    column.present,
                )
            }
            (_, Some(curves), _) => {
                let column = view::ints(batch, &feature.column)?;
                let currency = view::codes(batch, "currency")?;
                let (up, factor) = factors(column.scale, feature)?;
                let curves =
                    currency.dictionary.iter().map(|c| curves.get(c).map(|knots| Curve::new(knots, up)));
                (Shape::Currencies { column, factor, currency, curves: curves.collect() }, column.present)
            }
            (_, _, values) => {
                let points =
                    |code: &str| values.iter().find_map(|v| v.get(code).copied()).unwrap_or(feature.missing);
                match view::column(batch, &feature.column)? {
                    View::Codes(column) => {
                        let points = column.dictionary.iter().map(|code| points(code)).collect();
                        (Shape::Codes { column, points }, column.present)
                    }
                    View::Bits(column) => {
                        (Shape::Bits { column, points: [points("0"), points("1")] }, column.present)
                    }
                    View::Ints(_) => return Err(view::wrong_shape(&feature.column, "integers")),
                }
            }
        };
        let code = reason::code(&feature.column).unwrap_or(0);
        Ok(Self { code, missing: feature.missing, present, shape })
    }

    /// The points of the rows from `from`; `values` is room to work in, as long as `points`.
    fn read(&self, from: usize, points: &mut [i32], values: &mut [i64]) {
        let size = points.len();
        match &self.shape {
            Shape::Curve { column, factor, curve, shrink } => {
                let mut column = &column.values[from..from + size];
                if *factor != 1 {
                    scale_up(column, *factor, values);
                    column = values;
                }
                if let Some(shrink) = shrink {
                    // A row without a value is nobody's history: it gets the prior, not the missing points.
                    let own: &mut [i64] = &mut [0; BLOCK][..size];
                    own.copy_from_slice(column);
                    shrink.apply(self.present, from, own, values);
                    column = values;
                }
                each(points, column, |points, &x| *points = curve.points(x));
                if shrink.is_some() {
                    return;
                }
            }
            Shape::Currencies { column, factor, currency, curves } => {
                scale_up(&column.values[from..from + size], *factor, values);
                for (row, (points, &x)) in points.iter_mut().zip(&*values).enumerate() {
                    let known = currency.present.everyone() || currency.present.has(from + row);
                    let curve = if known { curves.get(currency.values[from + row] as usize) } else { None };
                    *points = curve.and_then(Option::as_ref).map_or(self.missing, |curve| curve.points(x));
                }
            }
            Shape::Codes { column, points: by_code } => {
                each(points, &column.values[from..from + size], |points, &code| {
                    *points = by_code.get(code as usize).copied().unwrap_or(self.missing);
                });
            }
            Shape::Bits { column, points: by_bit } => {
                each(points, &column.values[from..from + size], |points, &bit| {
                    *points = by_bit[usize::from(bit & 1)];
                });
            }
        }
        if !self.present.everyone() {
            for (row, points) in (from..).zip(points) {
                if !self.present.has(row) {
                    *points = self.missing;
                }
            }
        }
    }
}

/// A shrink bound to the columns that count.
struct Shrunk<'a> {
    by: Vec<Ints<'a>>,
    most: i64,
    prior: i64,
    weight: i64,
    /// `n / (n + weight)` with [`SHARE_BITS`] binary places.
    shares: [i64; SHARES],
}

impl<'a> Shrunk<'a> {
    fn new(shrink: &Shrink, factor: i64, batch: &'a Batch) -> Result<Self, Failure> {
        let by = shrink.by.iter().map(|name| view::ints(batch, name)).collect::<Result<Vec<_>, _>>()?;
        let weight = i64::from(shrink.weight);
        let mut shares = [0; SHARES];
        for (n, share) in (0..).zip(&mut shares) {
            *share = (n << SHARE_BITS) / (n + weight);
        }
        let prior = shrink.prior.saturating_mul(factor).clamp(-SHRINK_VALUE_MAX, SHRINK_VALUE_MAX);
        Ok(Self { by, most: shrink.most.map_or(i64::from(u32::MAX), i64::from), prior, weight, shares })
    }

    fn apply(&self, present: Present<'_>, from: usize, own: &[i64], out: &mut [i64]) {
        out.fill(0);
        for column in &self.by {
            let counts = &column.values[from..from + out.len()];
            for (row, (n, &count)) in out.iter_mut().zip(counts).enumerate() {
                let known = column.present.everyone() || column.present.has(from + row);
                *n += if known { count.clamp(0, i64::from(u32::MAX)) } else { 0 };
            }
        }
        for (row, (out, &x)) in out.iter_mut().zip(own).enumerate() {
            let known = present.everyone() || present.has(from + row);
            let n = if known { (*out).min(self.most) } else { 0 };
            let share = match usize::try_from(n).ok().and_then(|n| self.shares.get(n)) {
                Some(&share) => share,
                None => (n << SHARE_BITS) / (n + self.weight),
            };
            let x = x.clamp(-SHRINK_VALUE_MAX, SHRINK_VALUE_MAX);
            *out = self.prior + (((x - self.prior) * share) >> SHARE_BITS);
        }
    }
}

/// By what to multiply the model's values, and by what the column's, so that both have the same decimal places.
fn factors(scale: u8, feature: &Feature) -> Result<(i64, i64), Failure> {
    let power = |places: u8| 10_i64.checked_pow(u32::from(places)).filter(|_| places <= 9);
    let up = power(scale.saturating_sub(feature.scale));
    let down = power(feature.scale.saturating_sub(scale));
    up.zip(down).ok_or_else(|| {
        let message = format!("column {} has {scale} decimals, the model {}", feature.column, feature.scale);
        Fail::invalid_input("column_scale", message)
    })
}

fn scale_up(column: &[i64], factor: i64, values: &mut [i64]) {
    each(values, column, |value, &x| *value = x.saturating_mul(factor));
}
