//! How handlers that wait on purpose learn that the service stops.

use tokio::sync::watch;

/// The word that requests under way should end soon; handlers take it as `Data<Draining>`.
#[derive(Clone, Debug)]
pub struct Draining {
    begun: watch::Receiver<bool>,
}

/// Gives the word, once.
#[derive(Debug)]
pub(crate) struct Drain {
    begin: watch::Sender<bool>,
}

impl Draining {
    pub(crate) fn new() -> (Drain, Self) {
        let (begin, begun) = watch::channel(false);
        (Drain { begin }, Self { begun })
    }

    /// Waits until it begins; returns at once from then on.
    pub async fn begun(&self) {
        // A service whose end was not in order drains too.
        let mut begun = self.begun.clone();
        let _ended = begun.wait_for(|begun| *begun).await;
    }
}

impl Drain {
    pub(crate) fn begin(&self) {
        self.begin.send_replace(true);
    }
}
