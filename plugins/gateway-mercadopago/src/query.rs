//! What became of an operation, by reading alone. Searches may lag behind, so nothing found proves nothing;
//! sending again is safe, because it goes with the same key.

use recaudo_sdk::call::Operation;
use recaudo_sdk::gateway::Vendor as _;
use recaudo_sdk::payments::{Action, Intent, Kind, Status, Transaction};
use recaudo_sdk::url::segment;
use recaudo_sdk::{Ctx, Stop};

use crate::GatewayMercadopago;
use crate::config::Config;
use crate::execute::{is_direct, is_payment, of_preference};
use crate::objects::{Payment, Payments, Preference, Preferences};
use crate::transaction::{of_payment, of_refund, reference};

pub(crate) fn query(
    ctx: &mut Ctx<GatewayMercadopago>,
    original: &Operation,
    intent: &Intent,
    gateway_id: Option<String>,
) -> Result<Transaction, Stop> {
    let config = Config::read(ctx)?;
    let id = gateway_id.filter(|id| !id.is_empty());
    let mut found = match intent.action {
        Action::CreateLink => link(ctx, &config, original, intent, id)?,
        Action::Refund => refunded(ctx, &config, intent, id)?,
        Action::Cancel => cancelled(ctx, &config, intent)?,
        Action::CreateReference | Action::CreateMandate | Action::ChargeSaved => {
            return Err(intent.unsupported("gateway-mercadopago").into());
        }
    };
    found.operation_id = Some(original.id.clone());
    Ok(found)
}

fn link(
    ctx: &mut Ctx<GatewayMercadopago>,
    config: &Config,
    original: &Operation,
    intent: &Intent,
    id: Option<String>,
) -> Result<Transaction, Stop> {
    if let Some(number) = id.as_deref().filter(|id| is_payment(id)) {
        let payment = payment(ctx, config, number)?;
        // A notification names a payment and, unsigned, an operation: the payment itself has to agree.
        let own = |p: &Payment| p.external_reference.as_deref() == Some(&reference(original));
        return Ok(match payment {
            Some(payment) if own(&payment) => of_payment(&payment),
            Some(_) => Transaction {
                code: "gateway-mercadopago.other-operation".into(),
                ..Transaction::new(Kind::Payment, Status::Unknown, "")
            },
            None => Transaction::not_found(Kind::Payment),
        });
    }
    let asked = segment(&reference(original));
    let url = format!(
        "{}/v1/payments/search?external_reference={asked}&sort=date_created&criteria=desc&limit=50",
        config.base_url
    );
    let found: Payments = GatewayMercadopago::get(ctx, url, "mercado pago: looking for a payment")?;
    // A payer may have tried twice: what went through counts, then what is on its way.
    let rank = |payment: &Payment| match of_payment(payment).status {
        Status::Succeeded => 3,
        Status::Pending => 2,
        Status::RequiresAction => 1,
        _ => 0,
    };
    let direct = is_direct(config, intent);
    let best = found.results.iter().max_by_key(|payment| rank(payment));
    if let Some(payment) = best.filter(|payment| direct || rank(payment) > 0) {
        return Ok(of_payment(payment));
    }
    if direct {
        return Ok(cannot_tell(Kind::Payment));
    }
    let id = match id {
        Some(id) => Some(id),
        None => preference(ctx, config, original)?,
    };
    let Some(id) = id else { return Ok(cannot_tell(Kind::Payment)) };
    let url = format!("{}/checkout/preferences/{}", config.base_url, segment(&id));
    let made: Option<Preference> =
        GatewayMercadopago::find(ctx, url, "mercado pago: asking for a payment link")?;
    let now = ctx.call().now.seconds;
    let own = |made: &Preference| made.external_reference.as_deref() == Some(&reference(original));
    Ok(made
        .filter(own)
        .map_or_else(|| Transaction::not_found(Kind::Payment), |made| of_preference(made, now)))
}

fn preference(
    ctx: &mut Ctx<GatewayMercadopago>,
    config: &Config,
    original: &Operation,
) -> Result<Option<String>, Stop> {
    let wanted = reference(original);
    let url =
        format!("{}/checkout/preferences/search?external_reference={}", config.base_url, segment(&wanted));
    let found: Preferences = GatewayMercadopago::get(ctx, url, "mercado pago: looking for a payment link")?;
    let own = |made: &crate::objects::Found| made.external_reference.as_deref() == Some(&wanted);
    Ok(found.elements.into_iter().find(own).map(|made| made.id))
}

fn payment(ctx: &mut Ctx<GatewayMercadopago>, config: &Config, id: &str) -> Result<Option<Payment>, Stop> {
    let url = format!("{}/v1/payments/{}", config.base_url, segment(id));
    GatewayMercadopago::find(ctx, url, "mercado pago: asking for a payment")
}

/// Refunds carry nothing of ours: without an id only one that gave back everything tells.
fn refunded(
    ctx: &mut Ctx<GatewayMercadopago>,
    config: &Config,
    intent: &Intent,
    id: Option<String>,
) -> Result<Transaction, Stop> {
    let number = intent.about(GatewayMercadopago::NAME)?.to_owned();
    let Some(payment) = payment(ctx, config, &number)? else {
        return Ok(Transaction { original: Some(number), ..Transaction::not_found(Kind::Refund) });
    };
    let named = id.and_then(|id| payment.refunds.iter().find(|refund| refund.id.to_string() == id));
    let only = match payment.refunds.as_slice() {
        [one] if payment.status == "refunded" => Some(one),
        _ => None,
    };
    let made = match named.or(only) {
        Some(refund) => of_refund(refund, &number, &payment.currency_id),
        None => cannot_tell(Kind::Refund),
    };
    Ok(Transaction { original: Some(number), ..made })
}

fn cancelled(
    ctx: &mut Ctx<GatewayMercadopago>,
    config: &Config,
    intent: &Intent,
) -> Result<Transaction, Stop> {
    let id = intent.about(GatewayMercadopago::NAME)?.to_owned();
    let known = if is_payment(&id) {
        payment(ctx, config, &id)?.map(|payment| of_payment(&payment).status)
    } else {
        let url = format!("{}/checkout/preferences/{}", config.base_url, segment(&id));
        let made: Option<Preference> =
            GatewayMercadopago::find(ctx, url, "mercado pago: asking for a payment link")?;
        let now = ctx.call().now.seconds;
        made.map(|made| of_preference(made, now).status)
    };
    Ok(Transaction::withdrawal(id, known))
}

fn cannot_tell(kind: Kind) -> Transaction {
    Transaction::unknown(kind, "gateway-mercadopago.cannot-tell")
}
