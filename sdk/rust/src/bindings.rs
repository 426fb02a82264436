//! What `wit-bindgen` makes of the contract: one `generate!` for the shared types, one per exported
//! interface.
//!
//! Plugins do not name this module; [`crate::export!`] does.

/// Types every interface shares, and the logger.
pub mod types {
    wit_bindgen::generate!({
        path: [
            "../../wit/types", "../../wit/log", "../../wit/effects", "../../wit/erp", "../../wit/payments",
            "../../wit/messaging", "../../wit/scoring", "../../wit/policy", "../../wit/events", "../../wit/host",
        ],
        world: "recaudo:host/types",
        generate_all,
        additional_derives: [PartialEq, Clone],
    });
}

/// One exported interface: `interface!(module, "world", shared interfaces it uses)`. Each shared name becomes
/// a `with` pair, so that a `Context` is one Rust type whoever is called.
macro_rules! interface {
    ($module:ident, $world:literal, $($shared:ident)*) => { interface!(@ $module, $world, {}, $($shared)*); };
    (@ $m:ident, $w:literal, { $($with:tt)* }, values $($rest:ident)*) => {
        interface!(@ $m, $w, { $($with)*
            "recaudo:types/values@0.1.0": crate::bindings::types::recaudo::types::values,
        }, $($rest)*);
    };
    (@ $m:ident, $w:literal, { $($with:tt)* }, errors $($rest:ident)*) => {
        interface!(@ $m, $w, { $($with)*
            "recaudo:types/errors@0.1.0": crate::bindings::types::recaudo::types::errors,
        }, $($rest)*);
    };
    (@ $m:ident, $w:literal, { $($with:tt)* }, call $($rest:ident)*) => {
        interface!(@ $m, $w, { $($with)*
            "recaudo:types/call@0.1.0": crate::bindings::types::recaudo::types::call,
        }, $($rest)*);
    };
    (@ $m:ident, $w:literal, { $($with:tt)* }, http $($rest:ident)*) => {
        interface!(@ $m, $w, { $($with)*
            "recaudo:effects/http@0.1.0": crate::bindings::types::recaudo::effects::http,
        }, $($rest)*);
    };
    (@ $m:ident, $w:literal, { $($with:tt)* }, files $($rest:ident)*) => {
        interface!(@ $m, $w, { $($with)*
            "recaudo:effects/files@0.1.0": crate::bindings::types::recaudo::effects::files,
        }, $($rest)*);
    };
    (@ $m:ident, $w:literal, { $($with:tt)* }, io $($rest:ident)*) => {
        interface!(@ $m, $w, { $($with)*
            "recaudo:effects/io@0.1.0": crate::bindings::types::recaudo::effects::io,
        }, $($rest)*);
    };
    (@ $m:ident, $w:literal, { $($with:tt)* }, webhook $($rest:ident)*) => {
        interface!(@ $m, $w, { $($with)*
            "recaudo:effects/webhook@0.1.0": crate::bindings::types::recaudo::effects::webhook,
        }, $($rest)*);
    };
    (@ $m:ident, $w:literal, { $($with:tt)* }, erp_model $($rest:ident)*) => {
        interface!(@ $m, $w, { $($with)*
            "recaudo:erp/model@0.1.0": crate::bindings::types::recaudo::erp::model,
        }, $($rest)*);
    };
    (@ $m:ident, $w:literal, { $($with:tt)* }, payments_model $($rest:ident)*) => {
        interface!(@ $m, $w, { $($with)*
            "recaudo:payments/model@0.1.0": crate::bindings::types::recaudo::payments::model,
        }, $($rest)*);
    };
    (@ $m:ident, $w:literal, { $($with:tt)* }, messaging_model $($rest:ident)*) => {
        interface!(@ $m, $w, { $($with)*
            "recaudo:messaging/model@0.1.0": crate::bindings::types::recaudo::messaging::model,
        }, $($rest)*);
    };
    (@ $m:ident, $w:literal, { $($with:tt)* }, table $($rest:ident)*) => {
        interface!(@ $m, $w, { $($with)*
            "recaudo:scoring/table@0.1.0": crate::bindings::types::recaudo::scoring::table,
        }, $($rest)*);
    };
    (@ $module:ident, $world:literal, { $($with:tt)* },) => {
        pub mod $module {
            wit_bindgen::generate!({
                path: [
                    "../../wit/types", "../../wit/log", "../../wit/effects", "../../wit/erp", "../../wit/payments",
                    "../../wit/messaging", "../../wit/scoring", "../../wit/policy", "../../wit/events", "../../wit/host",
                ],
                world: $world,
                with: { $($with)* },
                generate_all,
                additional_derives: [PartialEq, Clone],
                pub_export_macro: true,
            });
        }
    };
}

interface!(importer, "recaudo:host/importer", values errors call http files io erp_model);
interface!(writeback, "recaudo:host/writeback", values errors call http files io erp_model);
interface!(agency, "recaudo:host/agency", values errors call http files io);
interface!(bureau, "recaudo:host/bureau", values errors call http files io);
interface!(gateway, "recaudo:host/gateway", values errors call http files io payments_model);
interface!(direct_debit, "recaudo:host/direct-debit", values errors call http files io payments_model);
interface!(payment_webhook, "recaudo:host/payment-webhook", values errors call http webhook payments_model);
interface!(settlement, "recaudo:host/settlement", values errors call http files io payments_model);
interface!(statement, "recaudo:host/statement", values errors call http files io);
interface!(channel, "recaudo:host/channel", values errors call http files messaging_model);
interface!(dialler, "recaudo:host/dialler", values errors call http files io messaging_model);
interface!(replier, "recaudo:host/replier", values errors call http webhook messaging_model);
interface!(message_webhook, "recaudo:host/message-webhook", values errors call http webhook messaging_model);
interface!(scorer, "recaudo:host/scorer", values errors call table);
interface!(forecaster, "recaudo:host/forecaster", values errors call table);
interface!(gate, "recaudo:host/gate", values errors call);
interface!(strategist, "recaudo:host/strategist", values errors call table);
interface!(segmenter, "recaudo:host/segmenter", values errors call table);
interface!(provisioner, "recaudo:host/provisioner", values errors call table);
interface!(distributor, "recaudo:host/distributor", values errors call table);
interface!(pricer, "recaudo:host/pricer", values errors call);
interface!(allocator, "recaudo:host/allocator", values errors call);
interface!(negotiator, "recaudo:host/negotiator", values errors call);
interface!(assessor, "recaudo:host/assessor", values errors call);
interface!(responder, "recaudo:host/responder", values errors call messaging_model);
interface!(listener, "recaudo:host/listener", values errors call http files io);
