//! What is wrong with a quarantined row, by its code, in Spanish and Portuguese. English is what the plugin said.

/// A short clause, or nothing for a code we do not know and for other languages: then the plugin's words stand.
pub fn reason(code: &str, language: &str) -> Option<&'static str> {
    let (_, es, pt) = REASONS.iter().find(|(known, ..)| *known == code)?;
    match language {
        "es" => Some(es),
        "pt" => Some(pt),
        _ => None,
    }
}

/// Code, Spanish, Portuguese; in the order of `wit/CODES.md`.
const REASONS: &[(&str, &str, &str)] = &[
    ("no-header", "el archivo no tiene fila de encabezados", "o arquivo não tem linha de cabeçalho"),
    ("missing-column", "falta una columna", "falta uma coluna"),
    ("duplicate-column", "una columna está dos veces", "uma coluna aparece duas vezes"),
    ("bad-encoding", "hay bytes que no son de esa codificación", "há bytes que não são dessa codificação"),
    ("truncated-file", "el archivo termina a la mitad", "o arquivo termina no meio"),
    (
        "no-snapshot-day",
        "no se sabe de qué día es la foto de saldos",
        "não se sabe de que dia é a posição de saldos",
    ),
    ("not-text", "el archivo no es texto", "o arquivo não é texto"),
    ("file-missing", "el archivo no está", "o arquivo não está lá"),
    ("file-gone", "el archivo desapareció durante la lectura", "o arquivo sumiu durante a leitura"),
    ("file-too-large", "el archivo es demasiado grande", "o arquivo é grande demais"),
    (
        "xml-doctype",
        "el XML trae una declaración DOCTYPE, que no se acepta",
        "o XML traz uma declaração DOCTYPE, que não se aceita",
    ),
    ("xml-entity", "el XML usa una entidad que no se acepta", "o XML usa uma entidade que não se aceita"),
    (
        "xml-limit",
        "el XML pasa de un límite de tamaño o profundidad",
        "o XML passa de um limite de tamanho ou profundidade",
    ),
    ("xml-syntax", "el XML está mal formado", "o XML está malformado"),
    ("xml-truncated", "el XML termina a la mitad", "o XML termina no meio"),
    ("short-row", "a la fila le faltan campos", "faltam campos na linha"),
    ("long-row", "a la fila le sobran campos", "sobram campos na linha"),
    ("row-too-long", "la fila es demasiado larga", "a linha é longa demais"),
    ("bad-quote", "hay comillas en medio de un valor", "há aspas no meio de um valor"),
    ("unclosed-quote", "unas comillas no se cierran", "há aspas que não se fecham"),
    ("nul-byte", "hay un byte nulo", "há um byte nulo"),
    ("totals-row", "es una fila de totales", "é uma linha de totais"),
    ("no-record", "no se sabe qué es esta fila", "não se sabe o que é esta linha"),
    (
        "rows-unaccounted",
        "el complemento no dio cuenta de todas las filas",
        "o plugin não prestou conta de todas as linhas",
    ),
    ("missing-field", "falta un dato obligatorio", "falta um dado obrigatório"),
    (
        "bad-date",
        "no es una fecha que exista o en una forma esperada",
        "não é uma data que exista ou na forma esperada",
    ),
    ("implausible-date", "la fecha no es creíble", "a data não é plausível"),
    ("due-before-issued", "vence antes de su emisión", "vence antes da emissão"),
    ("bad-amount", "no es un importe", "não é um valor"),
    ("bad-number", "no es un número", "não é um número"),
    ("amount-precision", "tiene más decimales que la moneda", "tem mais decimais que a moeda"),
    (
        "amount-separators",
        "los separadores no son los configurados",
        "os separadores não são os configurados",
    ),
    (
        "amount-scientific",
        "está en notación científica: perdió cifras",
        "está em notação científica: perdeu algarismos",
    ),
    ("amount-too-large", "el importe es demasiado grande", "o valor é grande demais"),
    ("negative-amount", "el importe es negativo", "o valor é negativo"),
    ("not-positive-amount", "el importe no es mayor que cero", "o valor não é maior que zero"),
    ("negative-total", "el total es negativo", "o total é negativo"),
    ("debit-and-credit", "trae débito y crédito a la vez", "traz débito e crédito ao mesmo tempo"),
    ("over-total", "el saldo pasa del total", "o saldo passa do total"),
    ("over-allocated", "se aplica más de lo que hay", "aplica-se mais do que há"),
    (
        "balance-in-events",
        "es un saldo, y el origen se lee por movimientos",
        "é um saldo, e a origem é lida por movimentos",
    ),
    ("settled-credit", "una nota de crédito no se paga", "uma nota de crédito não se paga"),
    ("bad-flag", "no es un sí o un no conocido", "não é um sim ou não conhecido"),
    ("bad-name", "no es un nombre", "não é um nome"),
    ("bad-tax-id", "no es una identificación tributaria válida", "não é um número fiscal válido"),
    ("bad-email", "no es una dirección de correo", "não é um endereço de e-mail"),
    ("bad-phone", "no es un número de teléfono", "não é um número de telefone"),
    ("too-long", "el texto es demasiado largo", "o texto é longo demais"),
    ("unknown-currency", "no es una moneda conocida", "não é uma moeda conhecida"),
    ("currency-changed", "la moneda no es la que tenía", "a moeda não é a que tinha"),
    ("two-currencies", "mezcla dos monedas", "mistura duas moedas"),
    ("unknown-country", "no es un país conocido", "não é um país conhecido"),
    ("unknown-kind", "no es una clase conocida", "não é um tipo conhecido"),
    ("unknown-status", "no es un estado conocido", "não é uma situação conhecida"),
    ("unknown-customer", "ese cliente no está", "esse cliente não existe aqui"),
    ("unknown-document", "ese documento no está", "esse documento não existe aqui"),
    ("unknown-payment", "ese pago no está", "esse pagamento não existe aqui"),
    (
        "conflicting-copy",
        "la misma identidad llega con datos distintos",
        "a mesma identidade chega com dados diferentes",
    ),
    ("identity-taken", "esa identidad ya es de otro registro", "essa identidade já é de outro registro"),
    ("other-customer", "es de otro cliente", "é de outro cliente"),
    ("conflict", "se contradice con otro registro", "contradiz outro registro"),
    ("duplicate", "está repetido", "está repetido"),
    ("orphan-payment", "el pago no dice de quién es", "o pagamento não diz de quem é"),
    ("not-stamped", "el comprobante no está timbrado", "o comprovante não está carimbado"),
    ("other-issuer", "lo emitió otro acreedor", "foi emitido por outro credor"),
    ("snapshot-incomplete", "la foto de saldos no está completa", "a posição de saldos não está completa"),
];

#[cfg(test)]
mod tests {
    use super::reason;

    #[test]
    fn a_person_reads_it_in_their_language_and_a_plugins_own_code_in_the_plugins_words() {
        assert_eq!(reason("unknown-customer", "es"), Some("ese cliente no está"));
        assert_eq!(reason("unknown-customer", "pt"), Some("esse cliente não existe aqui"));
        assert_eq!(reason("unknown-customer", "en"), None);
        assert_eq!(reason("my-own-code", "es"), None);
    }

    #[test]
    fn every_reject_the_contract_registers_has_its_words() {
        let codes = include_str!("../../../../wit/CODES.md");
        let table = codes.split("## Rejects").nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap();
        // A code with a point is a plugin's own.
        let codes = table.split('`').skip(1).step_by(2);
        let registered: Vec<&str> = codes.filter(|code| !code.contains(['/', '.'])).collect();
        assert!(registered.len() > 40, "{registered:?}");
        let silent: Vec<_> = registered.into_iter().filter(|code| reason(code, "es").is_none()).collect();
        assert!(silent.is_empty(), "{silent:?}");
    }
}
