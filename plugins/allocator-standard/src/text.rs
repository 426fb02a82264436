//! Texts as payers and banks write them, cut into letters and digits.
//!
//! `FV-000123`, `fv 123`, `F.V.123` and `FV - 000 123` are one number: case, accents, separators, leading zeros
//! and stray spaces carry no meaning. What stays are borders: `INV-1` is not in `INV-12`.

/// What stands between an atom and the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gap {
    /// Nothing: a letter beside a digit, or the start of the text.
    None,
    Space,
    Dash,
    Slash,
    /// A full stop, colon, `#` or anything else that joins.
    Dot,
    /// A comma, semicolon, plus or ampersand.
    List,
}

/// A run of letters or of digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Atom {
    /// Upper case without accents; digits without leading zeros.
    pub(crate) text: String,
    /// How many digits were written; 0 for letters.
    pub(crate) digits: usize,
    pub(crate) gap: Gap,
}

impl Atom {
    pub(crate) fn is_digits(&self) -> bool {
        self.digits > 0
    }

    /// The digits as a number; none for letters and for more than 18 digits.
    pub(crate) fn value(&self) -> Option<u64> {
        (self.is_digits() && self.text.len() <= 18).then(|| self.text.parse().ok()).flatten()
    }
}

/// Texts beyond this are cut: a remittance of a thousand numbers fits.
const TEXT_MAX: usize = 64 * 1024;

/// Cuts a text.
pub(crate) fn atoms(text: &str) -> Vec<Atom> {
    let mut found: Vec<Atom> = vec![];
    let mut gap = Gap::None;
    let mut running: Option<bool> = None;
    for c in text.chars().take(TEXT_MAX) {
        let Some(folded) = fold(c) else {
            gap = wider(gap, c);
            running = None;
            continue;
        };
        let digit = folded.is_ascii_digit();
        if running != Some(digit) {
            found.push(Atom { text: String::new(), digits: 0, gap });
            gap = Gap::None;
            running = Some(digit);
        }
        if let Some(atom) = found.last_mut() {
            push(atom, folded, digit);
        }
    }
    found
}

fn push(atom: &mut Atom, c: char, digit: bool) {
    if digit {
        atom.digits += 1;
        if atom.text == "0" {
            atom.text.clear();
        }
    }
    atom.text.push(c);
}

/// The same atoms with digits joined that only spaces keep apart; none when there are no such.
pub(crate) fn joined(atoms: &[Atom]) -> Option<Vec<Atom>> {
    let apart = |a: &Atom, b: &Atom| a.is_digits() && b.is_digits() && b.gap == Gap::Space;
    if !atoms.windows(2).any(|pair| apart(&pair[0], &pair[1])) {
        return None;
    }
    let mut found: Vec<Atom> = vec![];
    for atom in atoms {
        match found.last_mut() {
            Some(last) if apart(last, atom) => {
                let zeros = atom.digits - atom.text.len();
                let tail = core::iter::repeat_n('0', zeros).chain(atom.text.chars());
                let mut whole: String = last.text.chars().chain(tail).collect();
                let bare = whole.trim_start_matches('0').len().max(1);
                whole.drain(..whole.len() - bare);
                last.text = whole;
                last.digits += atom.digits;
            }
            _ => found.push(atom.clone()),
        }
    }
    Some(found)
}

/// Letters and digits as they are compared; none for everything that separates.
fn fold(c: char) -> Option<char> {
    Some(match c {
        '0'..='9' | 'A'..='Z' => c,
        'a'..='z' => c.to_ascii_uppercase(),
        'º' | 'ª' | '°' => return None,
        'á' | 'à' | 'â' | 'ã' | 'ä' | 'Á' | 'À' | 'Â' | 'Ã' | 'Ä' => 'A',
        'é' | 'è' | 'ê' | 'ë' | 'É' | 'È' | 'Ê' | 'Ë' => 'E',
        'í' | 'ì' | 'î' | 'ï' | 'Í' | 'Ì' | 'Î' | 'Ï' => 'I',
        'ó' | 'ò' | 'ô' | 'õ' | 'ö' | 'Ó' | 'Ò' | 'Ô' | 'Õ' | 'Ö' => 'O',
        'ú' | 'ù' | 'û' | 'ü' | 'Ú' | 'Ù' | 'Û' | 'Ü' => 'U',
        'ñ' | 'Ñ' => 'N',
        'ç' | 'Ç' => 'C',
        _ if c.is_alphabetic() => c.to_uppercase().next()?,
        _ => return None,
    })
}

fn wider(gap: Gap, c: char) -> Gap {
    let this = match c {
        ',' | ';' | '+' | '&' | '|' | '\n' => Gap::List,
        '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' => Gap::Dash,
        '/' => Gap::Slash,
        _ if c.is_whitespace() || c.is_control() => Gap::Space,
        _ => Gap::Dot,
    };
    match (gap, this) {
        (Gap::None, _) => this,
        (Gap::List, _) | (_, Gap::List) => Gap::List,
        (Gap::Space, _) => this,
        _ => gap,
    }
}

/// The form in which two numbers are compared: letters run together, digits beside digits keep a border.
pub(crate) fn key(atoms: &[Atom]) -> String {
    let mut made = String::new();
    for (at, atom) in atoms.iter().enumerate() {
        if at > 0 && atom.is_digits() && atoms[at - 1].is_digits() {
            made.push('|');
        }
        made.push_str(&atom.text);
    }
    made
}

/// A hash of a key, taken from its end so that windows of a text can grow to the left.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tail(u64);

impl Tail {
    pub(crate) const fn new() -> Self {
        // FNV-1a.
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// Puts an atom before what is there; `right` is the atom after it.
    pub(crate) fn prepend(&mut self, atom: &Atom, right: Option<&Atom>) {
        if atom.is_digits() && right.is_some_and(Atom::is_digits) {
            self.byte(b'|');
        }
        for byte in atom.text.bytes().rev() {
            self.byte(byte);
        }
    }

    fn byte(&mut self, byte: u8) {
        self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }

    pub(crate) const fn hash(self) -> u64 {
        self.0
    }
}

/// The hash of a whole key.
pub(crate) fn hash(atoms: &[Atom]) -> u64 {
    let mut tail = Tail::new();
    for at in (0..atoms.len()).rev() {
        tail.prepend(&atoms[at], atoms.get(at + 1));
    }
    tail.hash()
}
