//! Which files a pattern means: `*` stands for anything within one folder.

/// The part before the first `*`: what a listing can be narrowed to.
pub(crate) fn prefix(pattern: &str) -> &str {
    pattern.split('*').next().unwrap_or("")
}

/// Does `path` fit?
pub(crate) fn matches(pattern: &str, path: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return pattern == path;
    };
    let Some(tail) = path.strip_prefix(head) else {
        return false;
    };
    let folder_end = tail.find('/').unwrap_or(tail.len());
    (0..=folder_end).filter(|at| tail.is_char_boundary(*at)).any(|at| matches(rest, &tail[at..]))
}

#[cfg(test)]
mod tests {
    use super::{matches, prefix};

    #[test]
    fn a_star_stays_within_its_folder() {
        for (pattern, path, expected) in [
            ("a.csv", "a.csv", true),
            ("a.csv", "b.csv", false),
            ("*.csv", "año.csv", true),
            ("*.csv", "x/a.csv", false),
            ("in/inv-*.csv", "in/inv-2024.csv", true),
            ("in/inv-*.csv", "in/pay-2024.csv", false),
            ("*-2024-*.csv", "inv-2024-01.csv", true),
            ("inv*", "inv", true),
            ("*/a.csv", "x/a.csv", true),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
        assert_eq!(prefix("in/inv-*.csv"), "in/inv-");
    }
}
