//! Who takes parcels away: a stand-in that needs its time and fails when it is told to.

use std::time::Duration;

use domain::OrderId;
use service::faults::Switchboard;

/// The carrier, as this service reaches it.
#[derive(Clone, Debug)]
pub(crate) struct Carrier {
    pub(crate) takes: Duration,
    pub(crate) faults: Switchboard,
}

/// The carrier refused the parcel; it may take it later.
#[derive(Debug, thiserror::Error)]
#[error("the carrier refused the parcel")]
pub(crate) struct Refused;

impl Carrier {
    /// Hands over the parcel of `order`. Asked twice, the carrier knows the order and takes one parcel:
    /// its name for it is the same.
    #[tracing::instrument(skip_all, fields(order.id = order.get()))]
    pub(crate) async fn ship(&self, order: OrderId) -> Result<String, Refused> {
        let on = self.faults.on();
        let latency = on.millis("latency").unwrap_or(Duration::ZERO);
        tokio::time::sleep(self.takes + latency).await;
        if on.strikes("panics") {
            panic!("the fault `panics` is switched on");
        }
        if on.strikes("errors") {
            return Err(Refused);
        }
        Ok(format!("QT{:010}", order.get()))
    }
}
