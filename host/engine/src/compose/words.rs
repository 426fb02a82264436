//! The words around a message that every message shares.

use serde::Serialize;

/// Languages messages are written in.
pub(super) const LANGUAGES: [&str; 3] = ["en", "es", "pt"];

#[derive(Serialize)]
pub(super) struct Words {
    greeting: &'static str,
    document: &'static str,
    due: &'static str,
    due_date: &'static str,
    amount: &'static str,
    total: &'static str,
    day: &'static str,
    days: &'static str,
    in_dispute: &'static str,
    pay_at: &'static str,
    pay_online: &'static str,
    contact: &'static str,
    opt_out: &'static str,
    opt_out_reply: &'static str,
    pub(super) opt_out_word: &'static str,
}

const ES: Words = Words {
    greeting: "Hola,",
    document: "Documento",
    due: "vence el",
    due_date: "Vencimiento",
    amount: "Saldo",
    total: "Total",
    day: "día de vencido",
    days: "días de vencido",
    in_dispute: "En revisión, no incluido en el total:",
    pay_at: "Puede pagar en",
    pay_online: "Para ver su saldo y pagar en línea",
    contact: "Para hablar con una persona",
    opt_out: "Si no desea recibir estos mensajes, indíquelo en",
    opt_out_reply: "Si no desea recibir estos mensajes, responda con la palabra BAJA.",
    opt_out_word: "BAJA",
};

const PT: Words = Words {
    greeting: "Olá,",
    document: "Documento",
    due: "vencimento em",
    due_date: "Vencimento",
    amount: "Saldo",
    total: "Total",
    day: "dia de atraso",
    days: "dias de atraso",
    in_dispute: "Em análise, fora do total:",
    pay_at: "Você pode pagar em",
    pay_online: "Para ver seu saldo e pagar on-line",
    contact: "Para falar com uma pessoa",
    opt_out: "Se não quiser receber estas mensagens, informe em",
    opt_out_reply: "Se não quiser receber estas mensagens, responda com a palavra SAIR.",
    opt_out_word: "SAIR",
};

const EN: Words = Words {
    greeting: "Hello",
    document: "Document",
    due: "due on",
    due_date: "Due date",
    amount: "Balance",
    total: "Total",
    day: "day past due",
    days: "days past due",
    in_dispute: "Under review, not part of the total:",
    pay_at: "You can pay at",
    pay_online: "To see your balance and pay online",
    contact: "To talk to a person",
    opt_out: "If you do not want to receive these messages, tell us at",
    opt_out_reply: "If you do not want to receive these messages, reply with the word STOP.",
    opt_out_word: "STOP",
};

pub(super) fn of(language: &str) -> &'static Words {
    match language {
        "es" => &ES,
        "pt" => &PT,
        _ => &EN,
    }
}

pub(super) fn kind(language: &str, kind: &str) -> &'static str {
    match (kind, language) {
        ("invoice", "es") => "Factura",
        ("invoice", "pt") => "Fatura",
        ("invoice", _) => "Invoice",
        ("credit-note", "es" | "pt") => "Nota de crédito",
        ("credit-note", _) => "Credit note",
        ("debit-note", "es" | "pt") => "Nota de débito",
        ("debit-note", _) => "Debit note",
        (_, "es" | "pt") => "Documento",
        _ => "Document",
    }
}
