//! The messages that come with the program.

/// File name and text.
pub(super) const FILES: &[(&str, &str)] = &[
    ("layout.txt", include_str!("../../templates/messages/layout.txt")),
    ("layout.html", include_str!("../../templates/messages/layout.html")),
    ("heads_up.es.j2", include_str!("../../templates/messages/heads_up.es.j2")),
    ("heads_up.pt.j2", include_str!("../../templates/messages/heads_up.pt.j2")),
    ("heads_up.en.j2", include_str!("../../templates/messages/heads_up.en.j2")),
    ("friendly.es.j2", include_str!("../../templates/messages/friendly.es.j2")),
    ("friendly.pt.j2", include_str!("../../templates/messages/friendly.pt.j2")),
    ("friendly.en.j2", include_str!("../../templates/messages/friendly.en.j2")),
    ("second.es.j2", include_str!("../../templates/messages/second.es.j2")),
    ("second.pt.j2", include_str!("../../templates/messages/second.pt.j2")),
    ("second.en.j2", include_str!("../../templates/messages/second.en.j2")),
    ("third.es.j2", include_str!("../../templates/messages/third.es.j2")),
    ("third.pt.j2", include_str!("../../templates/messages/third.pt.j2")),
    ("third.en.j2", include_str!("../../templates/messages/third.en.j2")),
    ("agreement.es.j2", include_str!("../../templates/messages/agreement.es.j2")),
    ("agreement.pt.j2", include_str!("../../templates/messages/agreement.pt.j2")),
    ("agreement.en.j2", include_str!("../../templates/messages/agreement.en.j2")),
    ("statement.es.j2", include_str!("../../templates/messages/statement.es.j2")),
    ("statement.pt.j2", include_str!("../../templates/messages/statement.pt.j2")),
    ("statement.en.j2", include_str!("../../templates/messages/statement.en.j2")),
];
