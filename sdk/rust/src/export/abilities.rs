//! Which effects an exported type may ask for, and which macro exports each interface.

/// Implements [`crate::Ability`] once, by the first connector in the list; pure interfaces need none.
#[doc(hidden)]
#[macro_export]
macro_rules! __ability {
    ($plugin:ty;) => {};
    ($plugin:ty; Channel $($rest:ident)*) => {
        $crate::__ability!(@ $plugin, $crate::bindings::channel::exports::recaudo::messaging::channel);
    };
    ($plugin:ty; Importer $($rest:ident)*) => { $crate::__ability!(@ $plugin, $crate::io); };
    ($plugin:ty; Writeback $($rest:ident)*) => { $crate::__ability!(@ $plugin, $crate::io); };
    ($plugin:ty; Agency $($rest:ident)*) => { $crate::__ability!(@ $plugin, $crate::io); };
    ($plugin:ty; Bureau $($rest:ident)*) => { $crate::__ability!(@ $plugin, $crate::io); };
    ($plugin:ty; Gateway $($rest:ident)*) => { $crate::__ability!(@ $plugin, $crate::io); };
    ($plugin:ty; DirectDebit $($rest:ident)*) => { $crate::__ability!(@ $plugin, $crate::io); };
    ($plugin:ty; Settlement $($rest:ident)*) => { $crate::__ability!(@ $plugin, $crate::io); };
    ($plugin:ty; Statement $($rest:ident)*) => { $crate::__ability!(@ $plugin, $crate::io); };
    ($plugin:ty; Dialler $($rest:ident)*) => { $crate::__ability!(@ $plugin, $crate::io); };
    ($plugin:ty; Listener $($rest:ident)*) => { $crate::__ability!(@ $plugin, $crate::io); };
    ($plugin:ty; $pure:ident $($rest:ident)*) => { $crate::__ability!($plugin; $($rest)*); };
    (@ $plugin:ty, $($vocabulary:tt)+) => {
        const _: () = {
            use $($vocabulary)+ as vocabulary;
            impl $crate::Ability for $plugin {
                type Effect = vocabulary::Effect;
                type Outcome = vocabulary::Outcome;
                type History = vocabulary::History;
                type Suspension = vocabulary::Suspension;
            }
        };
    };
}

/// One interface of [`crate::export!`]: which functions it has, and how a result becomes a step. A name that
/// is missing here is missing in the contract.
#[doc(hidden)]
#[macro_export]
macro_rules! __export_one {
    (Importer, $p:ty) => { $crate::__connector!($p, Importer, importer, erp::importer, {
        check() -> i::CheckStep, i::CheckStep::Ok;
        discover() -> i::DiscoverStep, i::DiscoverStep::Feeds;
        pull(request: i::PullRequest) -> i::PullStep, i::PullStep::Page;
    }); };
    (Writeback, $p:ty) => { $crate::__connector!($p, Writeback, writeback, erp::writeback, {
        push(entry: i::Entry) -> i::Step, i::Step::Done;
        query(original: $crate::call::Operation, entry: i::Entry) -> i::Step, i::Step::Done;
    }); };
    (Agency, $p:ty) => { $crate::__connector!($p, Agency, agency, erp::agency, {
        place(placements: Vec<i::Placement>) -> i::Step, i::Step::Done;
        recall(placements: Vec<i::Placement>) -> i::Step, i::Step::Done;
        query(original: $crate::call::Operation, placements: Vec<i::Placement>) -> i::Step, i::Step::Done;
    }); };
    (Bureau, $p:ty) => { $crate::__connector!($p, Bureau, bureau, erp::bureau, {
        inquire(inquiry: i::Inquiry) -> i::Step, |ordered| match ordered {
            $crate::Ordered::Later(at) => i::Step::Later(at),
            $crate::Ordered::Done(report) => i::Step::Done(report),
        };
        query(original: $crate::call::Operation, inquiry: i::Inquiry) -> i::Step, |ordered| match ordered {
            $crate::Ordered::Later(at) => i::Step::Later(at),
            $crate::Ordered::Done(report) => i::Step::Done(report),
        };
    }); };
    (Gateway, $p:ty) => { $crate::__connector!($p, Gateway, gateway, payments::gateway, {
        execute(intent: i::Intent) -> i::Step, i::Step::Done;
        query(original: $crate::call::Operation, intent: i::Intent, gateway_id: Option<String>) -> i::Step, i::Step::Done;
    }); };
    (DirectDebit, $p:ty) => { $crate::__connector!($p, DirectDebit, direct_debit, payments::direct_debit, {
        submit(orders: Vec<i::Order>) -> i::Step, i::Step::Done;
        query(original: $crate::call::Operation, orders: Vec<i::Order>) -> i::Step, i::Step::Done;
    }); };
    (Settlement, $p:ty) => { $crate::__connector!($p, Settlement, settlement, payments::settlement, {
        pull(since: Option<$crate::Checkpoint>) -> i::Step, i::Step::Page;
    }); };
    (Statement, $p:ty) => { $crate::__connector!($p, Statement, statement, payments::statement, {
        read(source: String, path: String, since: Option<$crate::Checkpoint>) -> i::Step, i::Step::Page;
    }); };
    (Channel, $p:ty) => { $crate::__connector!($p, Channel, channel, messaging::channel, {
        send(message: i::Message) -> i::Step, i::Step::Done;
        query(operation_id: String, provider_id: Option<String>) -> i::Step, i::Step::Done;
    }); };
    (Dialler, $p:ty) => { $crate::__connector!($p, Dialler, dialler, messaging::dialler, {
        dial(order: i::Order) -> i::Step, i::Step::Done;
        steer(provider_id: String, control: i::Control) -> i::Step, i::Step::Done;
        query(original: $crate::call::Operation, provider_id: Option<String>) -> i::Step, i::Step::Done;
    }); };
    (Listener, $p:ty) => { $crate::__connector!($p, Listener, listener, events::listener, {
        on_events(events: Vec<i::Event>) -> i::Step, |()| i::Step::Done;
    }); };
    (PaymentWebhook, $p:ty) => { $crate::__judge!($p, PaymentWebhook, payment_webhook, payments::webhook, {} {
        authenticate(delivery: i::Delivery) -> i::Authentication;
        parse(delivery: i::Delivery) -> Vec<i::Event>;
    }); };
    (MessageWebhook, $p:ty) => { $crate::__judge!($p, MessageWebhook, message_webhook, messaging::webhook, {} {
        authenticate(delivery: i::Delivery) -> i::Authentication;
        parse(delivery: i::Delivery) -> Vec<i::Event>;
    }); };
    (Replier, $p:ty) => { $crate::__judge!($p, Replier, replier, messaging::replier, {} {
        render(delivery: i::Delivery, moves: Vec<i::Move>) -> i::Reply;
    }); };
    (Scorer, $p:ty) => { $crate::__judge!($p, Scorer, scorer, scoring::scorer, { reasons() -> Vec<i::Reason>; } {
        columns() -> Vec<String>;
        score(batch: i::Batch) -> i::Scores;
    }); };
    (Forecaster, $p:ty) => { $crate::__judge!($p, Forecaster, forecaster, scoring::forecaster, {} {
        columns() -> Vec<String>;
        forecast(batch: i::Batch, horizons: Vec<u16>) -> i::Forecasts;
    }); };
    (Gate, $p:ty) => { $crate::__judge!($p, Gate, gate, policy::gate, {} {
        review(proposals: Vec<i::Proposal>) -> Vec<i::Verdict>;
    }); };
    (Strategist, $p:ty) => { $crate::__judge!($p, Strategist, strategist, policy::strategist, {} {
        columns() -> Vec<String>;
        decide(batch: i::Batch) -> Vec<i::Decision>;
    }); };
    (Segmenter, $p:ty) => { $crate::__judge!($p, Segmenter, segmenter, policy::segmenter, {} {
        columns() -> Vec<String>;
        assign(batch: i::Batch) -> i::Codes;
    }); };
    (Provisioner, $p:ty) => { $crate::__judge!($p, Provisioner, provisioner, policy::provisioner, {} {
        columns() -> Vec<String>;
        provide(batch: i::Batch) -> Vec<i::Provision>;
    }); };
    (Distributor, $p:ty) => { $crate::__judge!($p, Distributor, distributor, policy::distributor, {} {
        columns() -> Vec<String>;
        distribute(agents: Vec<i::Agent>, batch: i::Batch) -> Vec<i::Assignment>;
    }); };
    (Pricer, $p:ty) => { $crate::__judge!($p, Pricer, pricer, policy::pricer, {} {
        price(on: i32, rates: Vec<i::Series>, items: Vec<i::Item>) -> Vec<i::Charge>;
    }); };
    (Allocator, $p:ty) => { $crate::__judge!($p, Allocator, allocator, policy::allocator, {} {
        allocate(receipts: Vec<i::Receipt>, items: Vec<i::Item>) -> i::Suggestion;
    }); };
    (Negotiator, $p:ty) => { $crate::__judge!($p, Negotiator, negotiator, policy::negotiator, {} {
        propose(situation: i::Situation) -> Vec<i::Offer>;
        review(situation: i::Situation, offer: i::Offer) -> i::Answer;
    }); };
    (Assessor, $p:ty) => { $crate::__judge!($p, Assessor, assessor, policy::assessor, {} {
        assess(applications: Vec<i::Application>) -> Vec<i::Assessment>;
    }); };
    (Responder, $p:ty) => { $crate::__judge!($p, Responder, responder, policy::responder, {} {
        reply(conversation: i::Conversation) -> i::Answer;
    }); };
}
