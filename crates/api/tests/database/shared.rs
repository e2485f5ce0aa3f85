use std::collections::BTreeSet;
use std::thread;

use testbed::Service;

use crate::bench::{File, api, end, made, offer, order};

#[test]
fn two_services_share_a_database_from_the_first_moment() {
    let file = File::new();
    let url = file.url("rwc");
    let variables = [("DATABASE_URL", url.as_str())];
    let both = [0, 1].map(|_| Service::start_unready(api(), &variables));
    for api in &both {
        api.wait_until_ready();
    }

    let items: Vec<i64> = thread::scope(|scope| {
        let offers = both.each_ref().map(|api| {
            scope.spawn(move || -> Vec<i64> {
                let offers = (0..100).map(|_| made(&offer(api, "Bow")));
                offers.collect()
            })
        });
        offers
            .into_iter()
            .flat_map(|offers| offers.join().unwrap())
            .collect()
    });
    assert_eq!(items.iter().collect::<BTreeSet<_>>().len(), 200);
    for api in &both {
        for item in [items[0], items[199]] {
            assert_eq!(api.get(&format!("/api/items/{item}")).status, 200);
        }
    }

    let scarce = format!("/api/items/{}", items[0]);
    assert_eq!(
        both[0].json("PATCH", &scarce, r#"{"stock":30}"#).status,
        200
    );
    let statuses: Vec<u16> = thread::scope(|scope| {
        let item = items[0];
        let orders = both.each_ref().map(|api| {
            scope.spawn(move || (0..25).map(|_| order(api, item).status).collect::<Vec<_>>())
        });
        orders
            .into_iter()
            .flat_map(|orders| orders.join().unwrap())
            .collect()
    });
    let of = |status| statuses.iter().filter(|found| **found == status).count();
    assert_eq!((of(201), of(409)), (30, 20), "{statuses:?}");
    assert_eq!(both[1].get(&scarce).json()["stock"], 0);

    for api in &both {
        end(api);
    }
}
