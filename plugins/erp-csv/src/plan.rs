//! The configuration as feeds in the order they have to be pulled.

use recaudo_sdk::{Fail, Failure};
use serde_json::Value;

use crate::config::Node;
use crate::field::Columns;
use crate::format::Format;
use crate::map::Mapping;

/// What a snapshot's day is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SnapshotDay {
    BusinessDay,
    FileName,
    Modified,
}

/// One entry of `files`.
#[derive(Debug)]
pub(crate) struct Feed<'a> {
    pub(crate) name: String,
    /// A path, or a pattern with `*`.
    pub(crate) path: String,
    pub(crate) optional: bool,
    /// `None`: the file tells events.
    pub(crate) snapshot: Option<SnapshotDay>,
    pub(crate) format: Format,
    node: Node<'a>,
    scope: Common<'a>,
    rank: usize,
}

/// What all feeds share.
#[derive(Debug, Clone)]
struct Common<'a> {
    format: Option<Node<'a>>,
    defaults: Option<Node<'a>>,
    /// Some file has payments or allocations.
    payments: bool,
}

impl Feed<'_> {
    /// The sections with their columns found in `columns`.
    pub(crate) fn mapping(&self, columns: &mut Columns<'_>) -> Result<Mapping, Failure> {
        let balances = self.snapshot.is_some() || self.scope.payments;
        Mapping::read(&self.node, self.scope.defaults.clone(), balances, columns)
    }

    pub(crate) fn is_pattern(&self) -> bool {
        self.path.contains('*')
    }
}

/// JSON of the call.
pub(crate) fn parse(config: &[u8]) -> Result<Value, Failure> {
    serde_json::from_slice(config).map_err(|error| {
        Fail::invalid_config("invalid-config", format!("the configuration is no JSON: {error}"))
    })
}

/// Every feed, customers first, so that what a record refers to is there before it.
pub(crate) fn feeds(config: &Value) -> Result<Vec<Feed<'_>>, Failure> {
    let root = Node::root(config);
    root.object(&["files", "format", "defaults"])?;
    let list = root.get("files").ok_or_else(|| root.fail("`files` is needed: the list of files to read"))?;
    let nodes = list.list()?;
    let payments = nodes.iter().any(|node| node.get("payment").or_else(|| node.get("allocation")).is_some());
    let common = Common { format: root.get("format"), defaults: root.get("defaults"), payments };
    let mut feeds: Vec<Feed<'_>> = vec![];
    for node in nodes {
        let mut feed = feed(node, common.clone())?;
        let taken = |name: &str| feeds.iter().any(|other| other.name == name);
        if taken(&feed.name) {
            let free = (2..).map(|n| format!("{}-{n}", feed.name)).find(|name| !taken(name));
            feed.name = free.unwrap_or_default();
        }
        feeds.push(feed);
    }
    if feeds.is_empty() {
        return Err(list.fail("at least one file is needed here"));
    }
    feeds.sort_by_key(|feed| feed.rank);
    Ok(feeds)
}

fn feed<'a>(node: Node<'a>, scope: Common<'a>) -> Result<Feed<'a>, Failure> {
    let mut known = vec!["feed", "path", "optional", "mode", "snapshot_day", "format", "skip"];
    known.extend(Mapping::SECTIONS);
    node.object(&known)?;
    let present: Vec<usize> =
        (0..Mapping::SECTIONS.len()).filter(|i| node.get(Mapping::SECTIONS[*i]).is_some()).collect();
    let Some(&rank) = present.first() else {
        return Err(node.fail(&format!("at least one of {} is needed here", Mapping::SECTIONS.join(", "))));
    };
    let path = node
        .get("path")
        .ok_or_else(|| node.fail("`path` is needed: a file's name, or a pattern such as invoices-*.csv"))?;
    let format = Format::read(node.get("format").as_ref(), scope.format.as_ref())?;
    let own_name = node.get("feed").map(|name| name.text().map(str::to_owned)).transpose()?;
    let feed = Feed {
        name: own_name.unwrap_or_else(|| usual_name(&present).to_owned()),
        path: path.text()?.to_owned(),
        optional: node.get("optional").map_or(Ok(false), |flag| flag.flag())?,
        snapshot: snapshot(&node)?,
        format,
        scope,
        rank,
        node,
    };
    // Without a file at hand every column is taken for good; what is wrong with the rest shows here.
    feed.mapping(&mut Columns::new(None, feed.format.header))?;
    Ok(feed)
}

/// What a feed is called after the sections it has: customers with their contacts are still customers.
fn usual_name(sections: &[usize]) -> &'static str {
    match sections {
        [0] | [0, 1] => "customers",
        [1] => "contacts",
        [2] => "documents",
        [3] => "payments",
        [4] => "allocations",
        [5] => "consents",
        _ => "rows",
    }
}

fn snapshot(node: &Node<'_>) -> Result<Option<SnapshotDay>, Failure> {
    let Some(mode) = node.get("mode") else { return Ok(None) };
    match mode.text()? {
        "events" => return Ok(None),
        "snapshot" => {}
        _ => return Err(mode.fail("one of events, snapshot is needed here")),
    }
    let Some(day) = node.get("snapshot_day") else { return Ok(Some(SnapshotDay::BusinessDay)) };
    match day.text()? {
        "business-day" => Ok(Some(SnapshotDay::BusinessDay)),
        "file-name" => Ok(Some(SnapshotDay::FileName)),
        "modified" => Ok(Some(SnapshotDay::Modified)),
        _ => Err(day.fail("one of business-day, file-name, modified is needed here")),
    }
}
