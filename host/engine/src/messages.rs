//! Stable codes for what came of a candidate and of a contact, with the sentence a person reads in es, pt and en.
//!
//! Codes are API: they stand in the store, in JSON and in scripts, and are added, never renamed. Texts are not.

use recaudo_core::strategy::WhyNot;

/// What came of a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Every gate permitted the contact.
    Permitted,
    /// A gate refused it.
    Refused,
    /// Nothing was due, or the strategist passed over it.
    Skipped,
    /// The strategist wants to wait.
    Waiting,
    /// A person has to decide.
    Task,
}

/// Why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    NothingOwed,
    NoStrategy,
    Disputed,
    CustomerOnHold,
    ItemsOnHold,
    BeforeFirstStep,
    Finished,
    AlreadyDone,
    Lapsed,
    Condition,
    BelowMinimum,
    NoAddress,
    OptedOut,
    ChannelFailed,
    Quiet,
    Due,
    GateRefused,
    GateFailed,
    NoGate,
    StrategistSkips,
    StrategistWaits,
    StrategistAsks,
    StrategistFailed,
}

/// Number in the store, code, and texts in es, pt, en. Numbers are never used again for something else.
type Entry<T> = (T, i64, &'static str, [&'static str; 3]);

const OUTCOMES: &[Entry<Outcome>] = &[
    (Outcome::Permitted, 1, "permitted", ["permitido", "permitido", "permitted"]),
    (
        Outcome::Refused,
        2,
        "refused",
        ["rechazado por el control", "recusado pelo controle", "refused by a gate"],
    ),
    (Outcome::Skipped, 3, "skipped", ["sin acción hoy", "sem ação hoje", "nothing to do today"]),
    (Outcome::Waiting, 4, "waiting", ["en espera", "em espera", "waiting"]),
    (Outcome::Task, 5, "task", ["tarea para una persona", "tarefa para uma pessoa", "a task for a person"]),
];

#[rustfmt::skip] // a table of texts
const REASONS: &[Entry<Reason>] = &[
    (Reason::NothingOwed, 1, "nothing_owed", ["los créditos cubren lo abierto", "os créditos cobrem o saldo", "credits cover what is open"]),
    (Reason::NoStrategy, 2, "no_strategy", ["ninguna estrategia atiende su segmento", "nenhuma estratégia atende o segmento", "no strategy serves its segment"]),
    (Reason::Disputed, 3, "disputed", ["todo lo abierto está en disputa", "todo o saldo está em disputa", "all that is open is disputed"]),
    (Reason::CustomerOnHold, 4, "customer_on_hold", ["el cliente está en pausa", "o cliente está em pausa", "the customer is on hold"]),
    (Reason::ItemsOnHold, 5, "items_on_hold", ["las facturas están en pausa", "as faturas estão em pausa", "the items are on hold"]),
    (Reason::BeforeFirstStep, 6, "before_first_step", ["aún no llega el primer paso", "o primeiro passo ainda não chegou", "the first step is still to come"]),
    (Reason::Finished, 7, "finished", ["todos los pasos están hechos", "todos os passos foram feitos", "all steps are done"]),
    (Reason::AlreadyDone, 8, "already_done", ["el paso alcanzado ya se hizo; falta el siguiente", "o passo alcançado já foi feito; falta o próximo", "the step reached is done; the next is still to come"]),
    (Reason::Lapsed, 9, "lapsed", ["el paso caducó; falta el siguiente", "o passo expirou; falta o próximo", "the step has lapsed; the next is still to come"]),
    (Reason::Condition, 10, "condition", ["no se cumple la condición del paso", "a condição do passo não se cumpre", "the step's condition does not hold"]),
    (Reason::BelowMinimum, 11, "below_minimum", ["el monto es menor que el mínimo del paso", "o valor é menor que o mínimo do passo", "the amount is below the step's minimum"]),
    (Reason::NoAddress, 12, "no_address", ["no hay dirección para ningún canal del paso", "não há endereço para nenhum canal do passo", "there is no address for any of the step's channels"]),
    (Reason::OptedOut, 13, "opted_out", ["la persona pidió no recibir mensajes por ese canal", "a pessoa pediu para não receber mensagens por esse canal", "the person opted out of the channel"]),
    (Reason::ChannelFailed, 14, "channel_failed", ["los envíos recientes por el canal del paso fallaron", "os envios recentes pelo canal do passo falharam", "recent messages by the step's channel failed"]),
    (Reason::Quiet, 15, "quiet", ["el último contacto es muy reciente", "o último contato é muito recente", "the last contact is too recent"]),
    (Reason::Due, 16, "due", ["el paso corresponde hoy", "o passo cabe hoje", "the step is due today"]),
    (Reason::GateRefused, 17, "gate_refused", ["una regla de contacto lo impide", "uma regra de contato o impede", "a contact rule forbids it"]),
    (Reason::GateFailed, 18, "gate_failed", ["el control falló, y sin control no se contacta", "o controle falhou, e sem controle não se contata", "the gate failed, and without a gate nobody is contacted"]),
    (Reason::NoGate, 19, "no_gate", ["no hay control instalado, y sin control no se contacta", "não há controle instalado, e sem controle não se contata", "no gate is installed, and without a gate nobody is contacted"]),
    (Reason::StrategistSkips, 20, "strategist_skips", ["el estratega lo deja pasar", "o estrategista deixa passar", "the strategist passes over it"]),
    (Reason::StrategistWaits, 21, "strategist_waits", ["el estratega prefiere esperar", "o estrategista prefere esperar", "the strategist prefers to wait"]),
    (Reason::StrategistAsks, 22, "strategist_asks", ["el estratega pide que decida una persona", "o estrategista pede que uma pessoa decida", "the strategist asks a person to decide"]),
    (Reason::StrategistFailed, 23, "strategist_failed", ["el estratega falló; debe decidir una persona", "o estrategista falhou; uma pessoa deve decidir", "the strategist failed; a person has to decide"]),
];

/// Codes of what came of a contact, beside its state.
#[rustfmt::skip] // a table of texts
const ENDS: &[(&str, [&str; 3])] = &[
    ("queued", ["en cola", "na fila", "queued"]),
    ("sending", ["enviándose", "em envio", "being sent"]),
    ("sent", ["enviado", "enviado", "sent"]),
    ("failed", ["falló", "falhou", "failed"]),
    ("unknown", ["no se sabe si salió; no se repite sin que alguien lo pida", "não se sabe se saiu; não se repete sem que alguém peça", "nobody knows whether it left; it is not repeated unasked"]),
    ("cancelled", ["cancelado", "cancelado", "cancelled"]),
    ("paid", ["se pagó antes del envío", "foi pago antes do envio", "it was paid before it was sent"]),
    ("changed", ["el saldo cambió antes del envío; se vuelve a planear", "o saldo mudou antes do envio; será replanejado", "the balance changed before it was sent; it is planned again"]),
    ("on_hold", ["quedó en pausa antes del envío", "ficou em pausa antes do envio", "it was put on hold before it was sent"]),
    ("gone", ["la dirección ya no existe", "o endereço já não existe", "the address is gone"]),
    ("no_channel", ["no hay un canal instalado", "não há canal instalado", "no channel is installed"]),
    ("interrupted", ["el envío se interrumpió", "o envio foi interrompido", "sending was interrupted"]),
    ("found-not-sent", ["una persona comprobó que no salió", "uma pessoa verificou que não saiu", "a person found that it had not left"]),
];

impl Outcome {
    /// As kept in the store.
    pub fn number(self) -> i64 {
        entry(OUTCOMES, self).1
    }

    /// From the store.
    pub fn from_number(number: i64) -> Option<Self> {
        OUTCOMES.iter().find(|entry| entry.1 == number).map(|entry| entry.0)
    }

    /// From its stable code.
    pub fn from_code(code: &str) -> Option<Self> {
        OUTCOMES.iter().find(|entry| entry.2 == code).map(|entry| entry.0)
    }

    /// Its stable code.
    pub fn code(self) -> &'static str {
        entry(OUTCOMES, self).2
    }

    /// For a person; `language` is `es`, `pt` or anything else for English.
    pub fn text(self, language: &str) -> &'static str {
        pick(entry(OUTCOMES, self).3, language)
    }
}

impl Reason {
    /// As kept in the store.
    pub fn number(self) -> i64 {
        entry(REASONS, self).1
    }

    /// From the store.
    pub fn from_number(number: i64) -> Option<Self> {
        REASONS.iter().find(|entry| entry.1 == number).map(|entry| entry.0)
    }

    /// From its stable code.
    pub fn from_code(code: &str) -> Option<Self> {
        REASONS.iter().find(|entry| entry.2 == code).map(|entry| entry.0)
    }

    /// Its stable code.
    pub fn code(self) -> &'static str {
        entry(REASONS, self).2
    }

    /// For a person.
    pub fn text(self, language: &str) -> &'static str {
        pick(entry(REASONS, self).3, language)
    }

    /// Of core's answer, with the detail that goes with it: a day, or a hold's reason.
    pub fn of(why_not: WhyNot) -> (Self, Option<i64>) {
        let day = |day: recaudo_core::day::Day| i64::from(day.0);
        match why_not {
            WhyNot::NothingOwed => (Self::NothingOwed, None),
            WhyNot::NoStrategy => (Self::NoStrategy, None),
            WhyNot::Disputed => (Self::Disputed, None),
            WhyNot::CustomerOnHold { until, .. } => (Self::CustomerOnHold, until.map(day)),
            WhyNot::ItemsOnHold { until, .. } => (Self::ItemsOnHold, until.map(day)),
            WhyNot::BeforeFirstStep { next } => (Self::BeforeFirstStep, Some(day(next))),
            WhyNot::Finished => (Self::Finished, None),
            WhyNot::AlreadyDone { next } => (Self::AlreadyDone, Some(day(next))),
            WhyNot::Lapsed { next } => (Self::Lapsed, next.map(day)),
            WhyNot::Condition { .. } => (Self::Condition, None),
            WhyNot::BelowMinimum { .. } => (Self::BelowMinimum, None),
            WhyNot::NoChannel { .. } => (Self::NoAddress, None),
            WhyNot::Quiet { until, .. } => (Self::Quiet, Some(day(until))),
        }
    }
}

/// The text of a contact's state or of the reason it ended with; the code itself when it is a channel's own.
pub fn end_text<'a>(code: &'a str, language: &str) -> &'a str {
    ENDS.iter().find(|entry| entry.0 == code).map_or(code, |entry| pick(entry.1, language))
}

fn entry<T: Copy + PartialEq>(table: &'static [Entry<T>], value: T) -> &'static Entry<T> {
    table.iter().find(|entry| entry.0 == value).expect("every case has its row; a test looks")
}

fn pick(texts: [&'static str; 3], language: &str) -> &'static str {
    match language {
        "es" => texts[0],
        "pt" => texts[1],
        _ => texts[2],
    }
}

#[cfg(test)]
mod tests {
    use super::{OUTCOMES, Outcome, REASONS, Reason};

    #[test]
    fn codes_and_numbers_are_one_each_and_read_back() {
        for (place, (reason, number, code, _)) in REASONS.iter().enumerate() {
            assert_eq!((reason.number(), reason.code()), (*number, *code));
            assert_eq!(Reason::from_number(*number), Some(*reason));
            assert!(REASONS[..place].iter().all(|other| other.1 != *number && other.2 != *code));
        }
        for (outcome, number, code, _) in OUTCOMES {
            assert_eq!((Outcome::from_number(*number), outcome.code()), (Some(*outcome), *code));
        }
        assert_eq!(REASONS.len(), Reason::StrategistFailed as usize + 1, "every reason has its row");
        assert_eq!(OUTCOMES.len(), Outcome::Task as usize + 1, "every outcome has its row");
    }
}
