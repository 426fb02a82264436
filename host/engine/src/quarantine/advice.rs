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
        "bad-date" => [
            "correct the date in the source, or add its way of writing to the source's configuration",
            "corrija la fecha en el origen, o agregue su forma de escribirla a la configuración del origen",
            "corrija a data na origem, ou acrescente sua forma de escrita à configuração da origem",
        ],
        "bad-amount" | "amount-separators" | "amount-scientific" => [
            "correct the amount in the source, or set decimals and thousands in the source's configuration",
            "corrija el importe en el origen, o indique decimales y miles en la configuración del origen",
            "corrija o valor na origem, ou indique decimais e milhares na configuração da origem",
        ],
        "negative-amount" | "debit-and-credit" | "over-total" => [
            "correct the amount in the source, or say in its configuration what the sign means",
            "corrija el importe en el origen, o indique en su configuración qué significa el signo",
            "corrija o valor na origem, ou indique na configuração o que o sinal significa",
        ],
        "balance-in-events" | "settled-credit" => [
            "bring the payments along, with their day, or read the file as a snapshot",
            "traiga también los pagos, con su fecha, o lea el archivo como foto de saldos",
            "traga também os pagamentos, com a data, ou leia o arquivo como posição de saldos",
        ],
        "missing-column" | "duplicate-column" | "no-header" => [
            "correct the column's name in the source's configuration or in the file, then import again",
            "corrija el nombre de la columna en la configuración del origen o en el archivo, y vuelva a \
                importar",
            "corrija o nome da coluna na configuração da origem ou no arquivo, e importe de novo",
        ],
        "bad-encoding" | "nul-byte" => [
            "set the encoding the file is written in, often windows-1252, then import again",
            "indique la codificación en que está escrito el archivo, a menudo windows-1252, y vuelva a \
                importar",
            "indique a codificação em que o arquivo está escrito, muitas vezes windows-1252, e importe de \
                novo",
        ],
        "truncated-file" | "file-missing" | "file-gone" | "not-text" | "no-snapshot-day" => [
            "export the file again, whole and as CSV, under the name the configuration gives",
            "exporte de nuevo el archivo, completo y como CSV, con el nombre que da la configuración",
            "exporte o arquivo de novo, inteiro e como CSV, com o nome que a configuração dá",
        ],
        "short-row" | "long-row" | "row-too-long" | "bad-quote" | "unclosed-quote" => [
            "put quotes around values that hold the delimiter, and double quotes inside; then import again",
            "encierre entre comillas los valores que llevan el separador y duplique las comillas internas; \
                vuelva a importar",
            "ponha entre aspas os valores que contêm o separador e duplique as aspas internas; importe de \
                novo",
        ],
        "totals-row" => [
            "nothing to do: it is a line of totals; leave it out of the export if it bothers",
            "no hay nada que hacer: es una línea de totales; quítela de la exportación si molesta",
            "nada a fazer: é uma linha de totais; retire-a da exportação se incomodar",
        ],
        "no-record" => [
            "say in the source's configuration what such a row is, or that it is to be skipped",
            "indique en la configuración del origen qué es esa fila, o que se omita",
            "indique na configuração da origem o que é essa linha, ou que seja ignorada",
        ],
        "unknown-country" | "unknown-kind" | "unknown-status" | "bad-flag" | "bad-number" => [
            "correct the word in the source, or translate it in the source's configuration",
            "corrija la palabra en el origen, o tradúzcala en la configuración del origen",
            "corrija a palavra na origem, ou traduza-a na configuração da origem",
        ],
        _ => [
            "correct the row in the source or the source's configuration, then import again",
            "corrija la fila en el origen o la configuración del origen y vuelva a importar",
            "corrija a linha na origem ou a configuração da origem e importe de novo",
        ],
    }
}
