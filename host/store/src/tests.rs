//! One suite for both engines: every story is told to SQLite and to PostgreSQL, and must end the same.

mod bulk;
mod contacts;
mod foundation;
mod gateways;
pub(crate) mod heard;
mod imports;
mod ledger;
mod money_in;
mod moved;
mod plans;
mod reads;
mod runs;
#[cfg(feature = "postgres")]
mod server;
mod tenants;
mod watched;
mod world;

use crate::Store;

/// A story: what happens in a tenant of a store.
type Story = fn(&Store, i64);

/// Stories of a module, by name, and each as a test on SQLite and one on PostgreSQL.
macro_rules! on_both_engines {
    ($($name:ident),+ $(,)?) => {
        pub(crate) const STORIES: &[(&str, crate::tests::Story)] = &[$((stringify!($name), $name)),+];

        mod on_sqlite {
            $(#[test]
            fn $name() {
                super::$name(&crate::Store::scratch().unwrap(), 1);
            })+
        }

        #[cfg(feature = "postgres")]
        mod on_postgres {
            $(#[test]
            fn $name() {
                if let Some(store) = crate::tests::on_postgres() {
                    super::$name(&store, 1);
                }
            })+
        }
    };
}
pub(crate) use on_both_engines;

/// Every story there is.
fn stories() -> impl Iterator<Item = &'static (&'static str, Story)> {
    let modules = [
        bulk::STORIES,
        contacts::STORIES,
        foundation::STORIES,
        gateways::STORIES,
        imports::STORIES,
        ledger::STORIES,
        money_in::STORIES,
        reads::STORIES,
        runs::STORIES,
        watched::STORIES,
    ];
    modules.into_iter().flatten()
}

/// An empty store in a database of its own; none where there is no server to be had.
#[cfg(feature = "postgres")]
pub(crate) fn on_postgres() -> Option<Store> {
    let server = recaudo_postgres_server::Server::shared()?;
    Some(Store::connect(&server.database().unwrap()).unwrap())
}
