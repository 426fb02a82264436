//! One type that offers every interface and refuses every call: shows that each trait and export arm fits the
//! contract's shape, and that a component may offer several connectors at once.

use recaudo_sdk::{
    Context, Ctx, Fail, Failure, Kind, Stop, bench::Bench, call, erp, events, messaging, payments, policy,
    scoring, webhook,
};

struct Refuses;
struct Mute;

recaudo_sdk::export!(Refuses:
    Importer, Writeback, Agency, Bureau, Gateway, DirectDebit, Settlement, Statement, Dialler,
    Listener, PaymentWebhook, MessageWebhook, Replier, Scorer, Forecaster, Gate, Strategist,
    Segmenter, Provisioner, Distributor, Pricer, Allocator, Negotiator, Assessor, Responder
);
recaudo_sdk::export!(Mute: Channel);

fn refusal() -> Failure {
    Fail::new(Kind::Unsupported, "refuses", "this plugin does nothing")
}

impl recaudo_sdk::Importer for Refuses {
    fn check(_: &mut Ctx<Self>) -> Result<String, Stop> {
        Err(refusal().into())
    }
    fn discover(_: &mut Ctx<Self>) -> Result<Vec<erp::Feed>, Stop> {
        Err(refusal().into())
    }
    fn pull(_: &mut Ctx<Self>, _: erp::PullRequest) -> Result<erp::Page, Stop> {
        Err(refusal().into())
    }
}
impl recaudo_sdk::Writeback for Refuses {
    fn push(_: &mut Ctx<Self>, _: erp::writeback::Entry) -> Result<erp::writeback::Posting, Stop> {
        Err(refusal().into())
    }
    fn query(
        _: &mut Ctx<Self>,
        _: call::Operation,
        _: erp::writeback::Entry,
    ) -> Result<erp::writeback::Posting, Stop> {
        Err(refusal().into())
    }
}
impl recaudo_sdk::Agency for Refuses {
    fn place(_: &mut Ctx<Self>, _: Vec<erp::agency::Placement>) -> Result<Vec<erp::agency::Outcome>, Stop> {
        Err(refusal().into())
    }
    fn recall(_: &mut Ctx<Self>, _: Vec<erp::agency::Placement>) -> Result<Vec<erp::agency::Outcome>, Stop> {
        Err(refusal().into())
    }
    fn query(
        _: &mut Ctx<Self>,
        _: call::Operation,
        _: Vec<erp::agency::Placement>,
    ) -> Result<Vec<erp::agency::Outcome>, Stop> {
        Err(refusal().into())
    }
}
impl recaudo_sdk::Bureau for Refuses {
    fn inquire(_: &mut Ctx<Self>, _: erp::bureau::Inquiry) -> Result<recaudo_sdk::Ordered, Stop> {
        Err(refusal().into())
    }
    fn query(
        _: &mut Ctx<Self>,
        _: call::Operation,
        _: erp::bureau::Inquiry,
    ) -> Result<recaudo_sdk::Ordered, Stop> {
        Err(refusal().into())
    }
}
impl recaudo_sdk::Gateway for Refuses {
    fn execute(_: &mut Ctx<Self>, _: payments::Intent) -> Result<payments::Transaction, Stop> {
        Err(refusal().into())
    }
    fn query(
        _: &mut Ctx<Self>,
        _: call::Operation,
        _: payments::Intent,
        _: Option<String>,
    ) -> Result<payments::Transaction, Stop> {
        Err(refusal().into())
    }
}
impl recaudo_sdk::DirectDebit for Refuses {
    fn submit(
        _: &mut Ctx<Self>,
        _: Vec<payments::direct_debit::Order>,
    ) -> Result<Vec<payments::Transaction>, Stop> {
        Err(refusal().into())
    }
    fn query(
        _: &mut Ctx<Self>,
        _: call::Operation,
        _: Vec<payments::direct_debit::Order>,
    ) -> Result<Vec<payments::Transaction>, Stop> {
        Err(refusal().into())
    }
}
impl recaudo_sdk::Settlement for Refuses {
    fn pull(
        _: &mut Ctx<Self>,
        _: Option<recaudo_sdk::Checkpoint>,
    ) -> Result<payments::settlement::Page, Stop> {
        Err(refusal().into())
    }
}
impl recaudo_sdk::Statement for Refuses {
    fn read(
        _: &mut Ctx<Self>,
        _: String,
        _: String,
        _: Option<recaudo_sdk::Checkpoint>,
    ) -> Result<payments::statement::Page, Stop> {
        Err(refusal().into())
    }
}
impl recaudo_sdk::Channel for Mute {
    fn send(_: &mut Ctx<Self>, _: messaging::Message) -> Result<messaging::Receipt, Stop> {
        Err(refusal().into())
    }
    fn query(_: &mut Ctx<Self>, _: String, _: Option<String>) -> Result<messaging::Receipt, Stop> {
        Err(refusal().into())
    }
}
impl recaudo_sdk::Dialler for Refuses {
    fn dial(_: &mut Ctx<Self>, _: messaging::dialler::Order) -> Result<messaging::Receipt, Stop> {
        Err(refusal().into())
    }
    fn steer(
        _: &mut Ctx<Self>,
        _: String,
        _: messaging::dialler::Control,
    ) -> Result<messaging::Receipt, Stop> {
        Err(refusal().into())
    }
    fn query(_: &mut Ctx<Self>, _: call::Operation, _: Option<String>) -> Result<messaging::Receipt, Stop> {
        Err(refusal().into())
    }
}
impl recaudo_sdk::Listener for Refuses {
    fn on_events(_: &mut Ctx<Self>, _: Vec<events::Event>) -> Result<(), Stop> {
        Err(refusal().into())
    }
}
impl recaudo_sdk::PaymentWebhook for Refuses {
    fn authenticate(_: Context, _: webhook::Delivery) -> Result<webhook::Authentication, Failure> {
        Err(refusal())
    }
    fn parse(_: Context, _: webhook::Delivery) -> Result<Vec<payments::webhook::Event>, Failure> {
        Err(refusal())
    }
}
impl recaudo_sdk::MessageWebhook for Refuses {
    fn authenticate(_: Context, _: webhook::Delivery) -> Result<webhook::Authentication, Failure> {
        Err(refusal())
    }
    fn parse(_: Context, _: webhook::Delivery) -> Result<Vec<messaging::webhook::Event>, Failure> {
        Err(refusal())
    }
}
impl recaudo_sdk::Replier for Refuses {
    fn render(
        _: Context,
        _: webhook::Delivery,
        _: Vec<messaging::Move>,
    ) -> Result<messaging::replier::Reply, Failure> {
        Err(refusal())
    }
}
impl recaudo_sdk::Scorer for Refuses {
    fn reasons() -> Vec<scoring::Reason> {
        vec![]
    }
    fn columns(_: Context) -> Result<Vec<String>, Failure> {
        Err(refusal())
    }
    fn score(_: Context, _: scoring::Batch) -> Result<scoring::Scores, Failure> {
        Err(refusal())
    }
}
impl recaudo_sdk::Forecaster for Refuses {
    fn columns(_: Context) -> Result<Vec<String>, Failure> {
        Err(refusal())
    }
    fn forecast(_: Context, _: scoring::Batch, _: Vec<u16>) -> Result<scoring::Forecasts, Failure> {
        Err(refusal())
    }
}
impl recaudo_sdk::Gate for Refuses {
    fn review(_: Context, _: Vec<policy::gate::Proposal>) -> Result<Vec<policy::gate::Verdict>, Failure> {
        Err(refusal())
    }
}
impl recaudo_sdk::Strategist for Refuses {
    fn columns(_: Context) -> Result<Vec<String>, Failure> {
        Err(refusal())
    }
    fn decide(_: Context, _: scoring::Batch) -> Result<Vec<policy::strategist::Decision>, Failure> {
        Err(refusal())
    }
}
impl recaudo_sdk::Segmenter for Refuses {
    fn columns(_: Context) -> Result<Vec<String>, Failure> {
        Err(refusal())
    }
    fn assign(_: Context, _: scoring::Batch) -> Result<scoring::Codes, Failure> {
        Err(refusal())
    }
}
impl recaudo_sdk::Provisioner for Refuses {
    fn columns(_: Context) -> Result<Vec<String>, Failure> {
        Err(refusal())
    }
    fn provide(_: Context, _: scoring::Batch) -> Result<Vec<policy::provisioner::Provision>, Failure> {
        Err(refusal())
    }
}
impl recaudo_sdk::Distributor for Refuses {
    fn columns(_: Context) -> Result<Vec<String>, Failure> {
        Err(refusal())
    }
    fn distribute(
        _: Context,
        _: Vec<policy::distributor::Agent>,
        _: scoring::Batch,
    ) -> Result<Vec<policy::distributor::Assignment>, Failure> {
        Err(refusal())
    }
}
impl recaudo_sdk::Pricer for Refuses {
    fn price(
        _: Context,
        _: i32,
        _: Vec<policy::pricer::Series>,
        _: Vec<policy::pricer::Item>,
    ) -> Result<Vec<policy::pricer::Charge>, Failure> {
        Err(refusal())
    }
}
impl recaudo_sdk::Allocator for Refuses {
    fn allocate(
        _: Context,
        _: Vec<policy::allocator::Receipt>,
        _: Vec<policy::allocator::Item>,
    ) -> Result<policy::allocator::Suggestion, Failure> {
        Err(refusal())
    }
}
impl recaudo_sdk::Negotiator for Refuses {
    fn propose(
        _: Context,
        _: policy::negotiator::Situation,
    ) -> Result<Vec<policy::negotiator::Offer>, Failure> {
        Err(refusal())
    }
    fn review(
        _: Context,
        _: policy::negotiator::Situation,
        _: policy::negotiator::Offer,
    ) -> Result<policy::negotiator::Answer, Failure> {
        Err(refusal())
    }
}
impl recaudo_sdk::Assessor for Refuses {
    fn assess(
        _: Context,
        _: Vec<policy::assessor::Application>,
    ) -> Result<Vec<policy::assessor::Assessment>, Failure> {
        Err(refusal())
    }
}
impl recaudo_sdk::Responder for Refuses {
    fn reply(_: Context, _: policy::responder::Conversation) -> Result<policy::responder::Answer, Failure> {
        Err(refusal())
    }
}

#[test]
fn whatever_is_called_answers_with_its_own_failure() {
    let mut bench = Bench::new();
    let code = |result: Result<(), Failure>| result.expect_err("it refuses").code;
    let checked =
        bench.run(|ctx: &mut Ctx<Refuses>| <Refuses as recaudo_sdk::Importer>::check(ctx).map(|_| ()));
    let pulled =
        bench.run(|ctx: &mut Ctx<Refuses>| <Refuses as recaudo_sdk::Settlement>::pull(ctx, None).map(|_| ()));
    let sent = bench.send::<Mute>(&recaudo_sdk::bench::message("a@b.example", "s", "t"));
    let columns = <Refuses as recaudo_sdk::Scorer>::columns(bench.context.clone());
    let codes =
        [code(checked.result), code(pulled.result), code(sent.result.map(|_| ())), code(columns.map(|_| ()))];
    assert_eq!(codes, ["refuses"; 4]);
}
