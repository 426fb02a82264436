//! Every template in every language, on every sample, in strict mode.

use super::{From, Letter, Line, Templates};

fn line(number: &str, days_past_due: i32) -> Line {
    Line {
        kind: "Factura".into(),
        number: number.into(),
        due: "04/03/2026".into(),
        amount: "1.500,50 COP".into(),
        days_past_due,
    }
}

fn sample() -> Letter {
    Letter {
        from: From {
            name: "Acme & Hijos".into(),
            contact: "601 555 0000".into(),
            pay_at: "https://pago.acme.example".into(),
            opt_out: "baja@acme.example".into(),
        },
        customer: "Ana <Gómez>".into(),
        items: vec![line("F-1", 12), line("F-2", 1), line("F-3", -2)],
        total: "4.501,50 COP".into(),
        disputed: vec![line("F-9", 40)],
        oldest_days: 12,
        today: "16/03/2026".into(),
        pay_url: "https://cobros.acme.example/pay/0123".into(),
    }
}

/// The least a message can be about.
fn bare() -> Letter {
    let from =
        From { contact: String::new(), pay_at: String::new(), opt_out: String::new(), ..sample().from };
    let pay_url = String::new();
    Letter { from, items: vec![line("F-1", 1)], disputed: Vec::new(), pay_url, ..sample() }
}

#[test]
fn every_template_renders_in_every_language() {
    let templates = Templates::new(&[]).unwrap();
    assert_eq!(templates.names(), ["agreement", "friendly", "heads_up", "second", "statement", "third"]);
    for name in templates.names() {
        for language in ["es", "pt", "en"] {
            for letter in [sample(), bare()] {
                let message = templates.render(name, language, &letter).unwrap();
                assert!(message.subject.starts_with("Acme & Hijos: "), "{}", message.subject);
                assert!(
                    message.text.contains("Ana <Gómez>") && !message.text.contains("&lt;"),
                    "{}",
                    message.text
                );
                assert!(
                    message.html.contains("Ana &lt;Gómez&gt;") && message.html.contains("Acme &amp; Hijos")
                );
                for body in [&message.text, &message.html] {
                    assert!(
                        body.contains("F-1")
                            && body.contains("1.500,50 COP")
                            && body.contains("4.501,50 COP")
                    );
                    assert_eq!(
                        body.contains("F-9"),
                        !letter.disputed.is_empty(),
                        "disputed items are shown apart"
                    );
                    assert_eq!(body.contains("baja@acme.example"), !letter.from.opt_out.is_empty());
                    assert_eq!(body.contains("0123"), !letter.pay_url.is_empty());
                    for rude in
                        ["judicial", "jurídic", "embargo", "demanda", "court", "lawsuit", "por qué no"]
                    {
                        assert!(!body.contains(rude), "{name} {language} speaks of {rude}");
                    }
                }
                assert!(!message.text.contains("\n\n\n"), "{name} {language}:\n{}", message.text);
            }
        }
    }
}

#[test]
fn a_message_reads_like_this() {
    let message = Templates::new(&[]).unwrap().render("friendly", "es", &sample()).unwrap();
    assert_eq!(message.subject, "Acme & Hijos: recordatorio de pago por 4.501,50 COP");
    let expected = "\
Hola, Ana <Gómez>:

Las siguientes facturas ya vencieron y aún no vemos su pago. Puede que los pagos se hayan cruzado con este mensaje; \
en ese caso, muchas gracias y no lo tenga en cuenta.

- Factura F-1: 1.500,50 COP, vence el 04/03/2026 (12 días de vencido)
- Factura F-2: 1.500,50 COP, vence el 04/03/2026 (1 día de vencido)
- Factura F-3: 1.500,50 COP, vence el 04/03/2026
Total: 4.501,50 COP

En revisión, no incluido en el total:
- Factura F-9: 1.500,50 COP

Para ver su saldo y pagar en línea: https://cobros.acme.example/pay/0123

Puede pagar en: https://pago.acme.example

Si necesita una copia de la factura o ve alguna diferencia, respóndanos y le ayudamos.

Acme & Hijos
Para hablar con una persona: 601 555 0000
--
Si no desea recibir estos mensajes, indíquelo en baja@acme.example
";
    assert_eq!(message.text, expected);
}

#[test]
fn a_homes_own_template_goes_over_the_built_in_one_and_mistakes_name_the_file() {
    let own = |file: &str, text: &str| Templates::new(&[(file.to_owned(), text.to_owned())]);
    let text =
        "{% extends layout %}{% block subject %}Hi{% endblock %}{% block intro %}{{ nope }}{% endblock %}";
    let templates = own("friendly.es.j2", text).unwrap();
    let error = templates.render("friendly", "es", &sample()).unwrap_err().to_string();
    assert!(error.contains("\"friendly\" in \"es\"") && error.contains("nope"), "{error}");
    assert!(own("visit.es.j2", text).unwrap().has("visit"));
    assert_eq!(own("visit.es.j2", text).unwrap().language("visit", "pt", "en"), Some("es"));
    assert!(
        own("friendly.es.j2", "{% if %}").unwrap_err().to_string().starts_with("templates/friendly.es.j2: ")
    );
    assert!(own("friendly.fr.j2", text).unwrap_err().to_string().contains("found \"fr\""));
    assert!(own("friendly.txt", text).unwrap_err().to_string().contains("friendly.es.j2"));
}

#[test]
fn a_customer_is_written_to_in_its_language() {
    let templates = Templates::new(&[]).unwrap();
    assert_eq!(templates.language("friendly", "pt", "es"), Some("pt"));
    assert_eq!(templates.language("friendly", "fr", "es"), Some("es"));
    assert_eq!(templates.language("nope", "es", "es"), None);
}
