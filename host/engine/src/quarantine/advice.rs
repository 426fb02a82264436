//! What to do about a quarantined row, by its code, in the product's three languages.

/// One sentence a person can act on. A code we do not know is a plugin's own: its message says what is wrong.
pub fn advice(code: &str, language: &str) -> &'static str {
    let [en, es, pt] = sentences(code);
    match language {
        "es" => es,
        "pt" => pt,
        _ => en,
    }
}

fn sentences(code: &str) -> [&'static str; 3] {
    match code {
        "unknown-customer" => [
            "import the customer first, or correct the customer's id in this row, then import again",
            "importe primero al cliente, o corrija el código de cliente en esta fila, y vuelva a importar",
            "importe primeiro o cliente, ou corrija o código do cliente nesta linha, e importe de novo",
        ],
        "unknown-document" => [
            "import the document first, or correct its id in this row, then import again",
            "importe primero el documento, o corrija su código en esta fila, y vuelva a importar",
            "importe primeiro o documento, ou corrija o código dele nesta linha, e importe de novo",
        ],
        "unknown-payment" => [
            "import the payment first, or correct its id in this row, then import again",
            "importe primero el pago, o corrija su código en esta fila, y vuelva a importar",
            "importe primeiro o pagamento, ou corrija o código dele nesta linha, e importe de novo",
        ],
        "conflicting-copy" | "identity-taken" => [
            "decide which copy is right, remove the other from the source, then import again",
            "decida cuál copia es la correcta, quite la otra del origen y vuelva a importar",
            "decida qual cópia está certa, retire a outra da origem e importe de novo",
        ],
        "unknown-currency" | "currency-changed" | "two-currencies" => [
            "correct the currency in the source; write it as three letters such as COP",
            "corrija la moneda en el origen; escríbala con tres letras, como COP",
            "corrija a moeda na origem; escreva-a com três letras, como BRL",
        ],
        "amount-precision"
        | "amount-too-large"
        | "not-positive-amount"
        | "negative-total"
        | "over-allocated" => [
            "correct the amount in the source, then import again",
            "corrija el importe en el origen y vuelva a importar",
            "corrija o valor na origem e importe de novo",
        ],
        "implausible-date" | "due-before-issued" => [
            "correct the date in the source, then import again",
            "corrija la fecha en el origen y vuelva a importar",
            "corrija a data na origem e importe de novo",
        ],
        "bad-email" | "bad-phone" | "bad-tax-id" => [
            "correct it in the source; the rest of the record came in without it",
            "corríjalo en el origen; el resto del registro entró sin él",
            "corrija na origem; o resto do registro entrou sem ele",
        ],
        "missing-field" | "too-long" => [
            "fill in or shorten the field in the source, then import again",
            "complete o acorte el campo en el origen y vuelva a importar",
            "preencha ou encurte o campo na origem e importe de novo",
        ],
        "snapshot-incomplete" => [
            "repair the rows listed for this source, then import the snapshot again",
            "repare las filas listadas de este origen y vuelva a importar la foto de saldos",
            "repare as linhas listadas desta origem e importe de novo a posição de saldos",
        ],
        "rows-unaccounted" => [
            "report this to the plugin's author: it lost rows",
            "avise al autor del complemento: perdió filas",
            "avise o autor do plugin: ele perdeu linhas",
        ],
        _ => [
            "correct the row in the source or the source's configuration, then import again",
            "corrija la fila en el origen o la configuración del origen y vuelva a importar",
            "corrija a linha na origem ou a configuração da origem e importe de novo",
        ],
    }
}
