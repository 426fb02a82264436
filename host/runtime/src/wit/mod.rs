//! The contract as the host speaks it, and its conversion to the values of `recaudo-ports`.
//!
//! One `bindgen!` over one world makes every type once. A component exports some of the interfaces: the host loads each
//! by its own indices, so no plugin has to export them all.

mod channel;
mod common;
mod gate;
mod importer;
mod judges;
mod payments;
mod scorer;
mod strategist;
mod table;
mod webhook;
mod writeback;

pub(crate) use bindings::exports::recaudo as exports;
pub(crate) use bindings::recaudo::{effects, log, types};
pub(crate) use common::{context, failure};
pub(crate) use gate::{ProposalRef, proposals};
pub(crate) use table::{BatchRef, with_batch};

/// Each one converted.
pub(crate) fn all<A, B: From<A>>(from: impl IntoIterator<Item = A>) -> Vec<B> {
    from.into_iter().map(B::from).collect()
}

pub(crate) mod bindings {
    wasmtime::component::bindgen!({
        inline: "
            package recaudo:runtime@0.1.0;
            world plugin {
                import recaudo:log/logger@0.1.0;
                export recaudo:erp/importer@0.1.0;
                export recaudo:erp/writeback@0.1.0;
                export recaudo:payments/gateway@0.1.0;
                export recaudo:payments/webhook@0.1.0;
                export recaudo:payments/settlement@0.1.0;
                export recaudo:payments/statement@0.1.0;
                export recaudo:messaging/channel@0.1.0;
                export recaudo:scoring/scorer@0.1.0;
                export recaudo:policy/gate@0.1.0;
                export recaudo:policy/strategist@0.1.0;
                export recaudo:policy/allocator@0.1.0;
                export recaudo:policy/pricer@0.1.0;
            }
        ",
        path: [
            "../../wit/types", "../../wit/log", "../../wit/effects", "../../wit/erp", "../../wit/payments",
            "../../wit/messaging", "../../wit/scoring", "../../wit/policy",
        ],
        world: "recaudo:runtime/plugin",
        imports: { default: trappable },
    });
}
