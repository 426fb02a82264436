//! What payers read, in their languages. A text that is missing in one of them does not compile.

/// The texts of one language.
pub(crate) struct Words {
    pub(crate) code: &'static str,
    /// What the language calls itself.
    pub(crate) own_name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) owed: &'static str,
    pub(crate) document: &'static str,
    pub(crate) due: &'static str,
    pub(crate) open: &'static str,
    pub(crate) total: &'static str,
    pub(crate) choose: &'static str,
    /// Before a gateway's name.
    pub(crate) pay_with: &'static str,
    pub(crate) nothing: &'static str,
    pub(crate) no_way: &'static str,
    pub(crate) contact: &'static str,
    pub(crate) recent: &'static str,
    pub(crate) paid: &'static str,
    pub(crate) on_its_way: &'static str,
    pub(crate) thanks: &'static str,
    pub(crate) when_confirmed: &'static str,
    pub(crate) back: &'static str,
    pub(crate) preparing: &'static str,
    pub(crate) wait: &'static str,
    pub(crate) failed: &'static str,
    pub(crate) try_later: &'static str,
    pub(crate) unknown: &'static str,
    pub(crate) unknown_what: &'static str,
    pub(crate) busy: &'static str,
}

pub(crate) const LANGUAGES: [&Words; 3] = [&ES, &PT, &EN];

const ES: Words = Words {
    code: "es",
    own_name: "Español",
    title: "Pagos",
    owed: "Saldo pendiente",
    document: "Documento",
    due: "Vence",
    open: "Pendiente",
    total: "Total",
    choose: "Marque lo que desea pagar.",
    pay_with: "Pagar con",
    nothing: "No hay nada pendiente. ¡Gracias!",
    no_way: "Por ahora no se puede pagar por aquí.",
    contact: "¿Dudas? Comuníquese con nosotros:",
    recent: "Pagos recientes",
    paid: "recibido",
    on_its_way: "en camino",
    thanks: "Gracias",
    when_confirmed: "Su pago aparecerá aquí cuando el banco o la pasarela lo confirme; puede tardar. No pague dos veces.",
    back: "Volver al saldo",
    preparing: "Estamos preparando su pago",
    wait: "Un momento: esta página sigue sola.",
    failed: "El pago no se pudo preparar",
    try_later: "No se cobró nada. Intente de nuevo más tarde.",
    unknown: "Este enlace no es válido",
    unknown_what: "Puede haber vencido. Pida uno nuevo a quien se lo envió.",
    busy: "Hay muchas personas pagando. Intente de nuevo en un momento.",
};

const PT: Words = Words {
    code: "pt",
    own_name: "Português",
    title: "Pagamentos",
    owed: "Valor em aberto",
    document: "Documento",
    due: "Vencimento",
    open: "Em aberto",
    total: "Total",
    choose: "Marque o que deseja pagar.",
    pay_with: "Pagar com",
    nothing: "Não há nada em aberto. Obrigado!",
    no_way: "No momento não é possível pagar por aqui.",
    contact: "Dúvidas? Fale conosco:",
    recent: "Pagamentos recentes",
    paid: "recebido",
    on_its_way: "a caminho",
    thanks: "Obrigado",
    when_confirmed: "Seu pagamento aparecerá aqui quando o banco ou a empresa de pagamentos confirmar; pode demorar. Não pague duas vezes.",
    back: "Voltar ao saldo",
    preparing: "Estamos preparando seu pagamento",
    wait: "Um momento: esta página continua sozinha.",
    failed: "Não foi possível preparar o pagamento",
    try_later: "Nada foi cobrado. Tente de novo mais tarde.",
    unknown: "Este link não é válido",
    unknown_what: "Ele pode ter vencido. Peça um novo a quem o enviou.",
    busy: "Há muitas pessoas pagando. Tente de novo em instantes.",
};

const EN: Words = Words {
    code: "en",
    own_name: "English",
    title: "Payments",
    owed: "Amount due",
    document: "Document",
    due: "Due",
    open: "Open",
    total: "Total",
    choose: "Tick what you want to pay.",
    pay_with: "Pay with",
    nothing: "Nothing is due. Thank you!",
    no_way: "For the time being one cannot pay here.",
    contact: "Questions? Get in touch:",
    recent: "Recent payments",
    paid: "received",
    on_its_way: "on its way",
    thanks: "Thank you",
    when_confirmed: "Your payment shows here once the bank or payment provider confirms it, which can take a while. Do not pay twice.",
    back: "Back to what is due",
    preparing: "We are preparing your payment",
    wait: "One moment: this page goes on by itself.",
    failed: "The payment could not be prepared",
    try_later: "Nothing was charged. Please try again later.",
    unknown: "This link is not valid",
    unknown_what: "It may have ended. Ask whoever sent it for a new one.",
    busy: "Many people are paying. Please try again in a moment.",
};

/// The language somebody asks for by link, else the customer's, else what the browser prefers, else English.
pub(crate) fn words(asked: Option<&str>, locale: &str, accepts: &str) -> &'static Words {
    asked.and_then(of_locale).or_else(|| of_locale(locale)).or_else(|| preferred(accepts)).unwrap_or(&EN)
}

fn of_locale(locale: &str) -> Option<&'static Words> {
    let language = locale.get(..2)?.to_ascii_lowercase();
    LANGUAGES.into_iter().find(|words| words.code == language)
}

/// Of `Accept-Language` (RFC 9110): the heaviest of ours, the first of equals.
fn preferred(accepts: &str) -> Option<&'static Words> {
    let mut best: Option<(u32, &'static Words)> = None;
    for range in accepts.split(',').take(20) {
        let (tag, weight) = range.split_once(';').unwrap_or((range, "q=1"));
        let weight = weight.trim().strip_prefix("q=").map_or(1_000, thousandths);
        if let Some(words) = of_locale(tag.trim())
            && weight > best.map_or(0, |(heaviest, _)| heaviest)
        {
            best = Some((weight, words));
        }
    }
    best.map(|(_, words)| words)
}

/// `0.85` is 850.
fn thousandths(weight: &str) -> u32 {
    let (whole, fraction) = weight.split_once('.').unwrap_or((weight, ""));
    let fraction: String = fraction.chars().chain("000".chars()).take(3).collect();
    format!("{whole}{fraction}").parse().unwrap_or(0)
}
