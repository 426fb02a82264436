//! What `wit-bindgen` makes of the contract: one `generate!` for the shared types, one per exported interface.
//!
//! Plugins do not name this module; [`crate::export!`] does.
#![expect(missing_docs, unsafe_code, unreachable_pub, unused_qualifications, clippy::all, clippy::pedantic, clippy::allow_attributes, clippy::allow_attributes_without_reason, reason = "generated code")]

/// Types every interface shares, and the logger.
pub mod types {
    wit_bindgen::generate!({
        path: ["../../wit/types", "../../wit/log", "../../wit/effects", "../../wit/erp", "../../wit/payments", "../../wit/messaging", "../../wit/scoring", "../../wit/policy", "../../wit/events", "../../wit/host"],
        world: "recaudo:host/types",
        generate_all,
        additional_derives: [PartialEq, Clone],
    });
}

/// One exported interface: `interface!(module, "world", { the shared packages it uses })`.
macro_rules! interface {
    ($module:ident, $world:literal, { $($with:tt)* }) => {
        pub mod $module {
            wit_bindgen::generate!({
                path: ["../../wit/types", "../../wit/log", "../../wit/effects", "../../wit/erp", "../../wit/payments", "../../wit/messaging", "../../wit/scoring", "../../wit/policy", "../../wit/events", "../../wit/host"],
                world: $world,
                with: { $($with)* },
                generate_all,
                additional_derives: [PartialEq, Clone],
                pub_export_macro: true,
            });
        }
    };
}

interface!(importer, "recaudo:host/importer", {
    "recaudo:types/values@0.1.0": crate::bindings::types::recaudo::types::values,
    "recaudo:types/errors@0.1.0": crate::bindings::types::recaudo::types::errors,
    "recaudo:types/call@0.1.0": crate::bindings::types::recaudo::types::call,
    "recaudo:effects/http@0.1.0": crate::bindings::types::recaudo::effects::http,
    "recaudo:effects/files@0.1.0": crate::bindings::types::recaudo::effects::files,
    "recaudo:erp/model@0.1.0": crate::bindings::types::recaudo::erp::model,
});
interface!(writeback, "recaudo:host/writeback", {
    "recaudo:types/values@0.1.0": crate::bindings::types::recaudo::types::values,
    "recaudo:types/errors@0.1.0": crate::bindings::types::recaudo::types::errors,
    "recaudo:types/call@0.1.0": crate::bindings::types::recaudo::types::call,
    "recaudo:effects/http@0.1.0": crate::bindings::types::recaudo::effects::http,
});
interface!(gateway, "recaudo:host/gateway", {
    "recaudo:types/values@0.1.0": crate::bindings::types::recaudo::types::values,
    "recaudo:types/errors@0.1.0": crate::bindings::types::recaudo::types::errors,
    "recaudo:types/call@0.1.0": crate::bindings::types::recaudo::types::call,
    "recaudo:effects/http@0.1.0": crate::bindings::types::recaudo::effects::http,
    "recaudo:payments/model@0.1.0": crate::bindings::types::recaudo::payments::model,
});
interface!(payment_webhook, "recaudo:host/payment-webhook", {
    "recaudo:types/values@0.1.0": crate::bindings::types::recaudo::types::values,
    "recaudo:types/errors@0.1.0": crate::bindings::types::recaudo::types::errors,
    "recaudo:types/call@0.1.0": crate::bindings::types::recaudo::types::call,
    "recaudo:effects/http@0.1.0": crate::bindings::types::recaudo::effects::http,
    "recaudo:effects/webhook@0.1.0": crate::bindings::types::recaudo::effects::webhook,
    "recaudo:payments/model@0.1.0": crate::bindings::types::recaudo::payments::model,
});
interface!(settlement, "recaudo:host/settlement", {
    "recaudo:types/values@0.1.0": crate::bindings::types::recaudo::types::values,
    "recaudo:types/errors@0.1.0": crate::bindings::types::recaudo::types::errors,
    "recaudo:types/call@0.1.0": crate::bindings::types::recaudo::types::call,
    "recaudo:effects/http@0.1.0": crate::bindings::types::recaudo::effects::http,
    "recaudo:payments/model@0.1.0": crate::bindings::types::recaudo::payments::model,
});
interface!(statement, "recaudo:host/statement", {
    "recaudo:types/values@0.1.0": crate::bindings::types::recaudo::types::values,
    "recaudo:types/errors@0.1.0": crate::bindings::types::recaudo::types::errors,
    "recaudo:types/call@0.1.0": crate::bindings::types::recaudo::types::call,
    "recaudo:effects/files@0.1.0": crate::bindings::types::recaudo::effects::files,
});
interface!(channel, "recaudo:host/channel", {
    "recaudo:types/values@0.1.0": crate::bindings::types::recaudo::types::values,
    "recaudo:types/errors@0.1.0": crate::bindings::types::recaudo::types::errors,
    "recaudo:types/call@0.1.0": crate::bindings::types::recaudo::types::call,
    "recaudo:effects/http@0.1.0": crate::bindings::types::recaudo::effects::http,
    "recaudo:messaging/model@0.1.0": crate::bindings::types::recaudo::messaging::model,
});
interface!(message_webhook, "recaudo:host/message-webhook", {
    "recaudo:types/values@0.1.0": crate::bindings::types::recaudo::types::values,
    "recaudo:types/errors@0.1.0": crate::bindings::types::recaudo::types::errors,
    "recaudo:types/call@0.1.0": crate::bindings::types::recaudo::types::call,
    "recaudo:effects/http@0.1.0": crate::bindings::types::recaudo::effects::http,
    "recaudo:effects/webhook@0.1.0": crate::bindings::types::recaudo::effects::webhook,
    "recaudo:messaging/model@0.1.0": crate::bindings::types::recaudo::messaging::model,
});
interface!(scorer, "recaudo:host/scorer", {
    "recaudo:types/values@0.1.0": crate::bindings::types::recaudo::types::values,
    "recaudo:types/errors@0.1.0": crate::bindings::types::recaudo::types::errors,
    "recaudo:types/call@0.1.0": crate::bindings::types::recaudo::types::call,
    "recaudo:scoring/table@0.1.0": crate::bindings::types::recaudo::scoring::table,
});
interface!(gate, "recaudo:host/gate", {
    "recaudo:types/values@0.1.0": crate::bindings::types::recaudo::types::values,
    "recaudo:types/errors@0.1.0": crate::bindings::types::recaudo::types::errors,
    "recaudo:types/call@0.1.0": crate::bindings::types::recaudo::types::call,
});
interface!(strategist, "recaudo:host/strategist", {
    "recaudo:types/values@0.1.0": crate::bindings::types::recaudo::types::values,
    "recaudo:types/errors@0.1.0": crate::bindings::types::recaudo::types::errors,
    "recaudo:types/call@0.1.0": crate::bindings::types::recaudo::types::call,
    "recaudo:scoring/table@0.1.0": crate::bindings::types::recaudo::scoring::table,
});
interface!(pricer, "recaudo:host/pricer", {
    "recaudo:types/values@0.1.0": crate::bindings::types::recaudo::types::values,
    "recaudo:types/errors@0.1.0": crate::bindings::types::recaudo::types::errors,
    "recaudo:types/call@0.1.0": crate::bindings::types::recaudo::types::call,
});
interface!(negotiator, "recaudo:host/negotiator", {
    "recaudo:types/values@0.1.0": crate::bindings::types::recaudo::types::values,
    "recaudo:types/errors@0.1.0": crate::bindings::types::recaudo::types::errors,
    "recaudo:types/call@0.1.0": crate::bindings::types::recaudo::types::call,
});
interface!(allocator, "recaudo:host/allocator", {
    "recaudo:types/values@0.1.0": crate::bindings::types::recaudo::types::values,
    "recaudo:types/errors@0.1.0": crate::bindings::types::recaudo::types::errors,
    "recaudo:types/call@0.1.0": crate::bindings::types::recaudo::types::call,
});
interface!(assessor, "recaudo:host/assessor", {
    "recaudo:types/values@0.1.0": crate::bindings::types::recaudo::types::values,
    "recaudo:types/errors@0.1.0": crate::bindings::types::recaudo::types::errors,
    "recaudo:types/call@0.1.0": crate::bindings::types::recaudo::types::call,
});
interface!(responder, "recaudo:host/responder", {
    "recaudo:types/values@0.1.0": crate::bindings::types::recaudo::types::values,
    "recaudo:types/errors@0.1.0": crate::bindings::types::recaudo::types::errors,
    "recaudo:types/call@0.1.0": crate::bindings::types::recaudo::types::call,
});
interface!(listener, "recaudo:host/listener", {
    "recaudo:types/values@0.1.0": crate::bindings::types::recaudo::types::values,
    "recaudo:types/errors@0.1.0": crate::bindings::types::recaudo::types::errors,
    "recaudo:types/call@0.1.0": crate::bindings::types::recaudo::types::call,
    "recaudo:effects/http@0.1.0": crate::bindings::types::recaudo::effects::http,
});
