//! How far an order is, and where it may go from there.

use crate::Rejection;

/// How far an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OrderStatus {
    /// Accepted; it can still be cancelled.
    Pending,
    /// Somebody works on it.
    Processing,
    /// Shipped.
    Done,
    /// Taken back by whoever ordered.
    Cancelled,
    /// Given up by the shop, until somebody gives it another chance.
    Failed,
}

/// A step that the life of an order does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an order that is {} cannot become {}", .from.as_str(), .to.as_str())]
pub struct IllegalTransition {
    /// Where the order is.
    pub from: OrderStatus,
    /// Where it should have gone.
    pub to: OrderStatus,
}

impl OrderStatus {
    /// Every status, in the order of an order's life.
    pub const ALL: [Self; 5] = [
        Self::Pending,
        Self::Processing,
        Self::Done,
        Self::Cancelled,
        Self::Failed,
    ];

    /// Takes one of the five words.
    ///
    /// # Errors
    /// A [`Rejection`] of `status`.
    pub fn parse(word: &str) -> Result<Self, Rejection> {
        let known = Self::ALL.into_iter().find(|status| status.as_str() == word);
        known.ok_or_else(|| {
            let reason = "must be pending, processing, done, cancelled or failed";
            Rejection::new("status", "unknown", reason)
        })
    }

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Processing => "processing",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }

    /// The next status, if an order may go there from here.
    ///
    /// # Errors
    /// [`IllegalTransition`] with both ends.
    pub fn becoming(self, to: Self) -> Result<Self, IllegalTransition> {
        let legal = match self {
            Self::Pending => matches!(to, Self::Processing | Self::Cancelled | Self::Failed),
            Self::Processing => matches!(to, Self::Done | Self::Failed),
            Self::Failed => to == Self::Pending,
            Self::Done | Self::Cancelled => false,
        };
        match legal {
            true => Ok(to),
            false => Err(IllegalTransition { from: self, to }),
        }
    }

    /// Whether what was ordered goes back to the shelf.
    pub fn returns_stock(self) -> bool {
        matches!(self, Self::Cancelled | Self::Failed)
    }
}

#[cfg(test)]
mod tests {
    use super::OrderStatus::{self, Cancelled, Done, Failed, Pending, Processing};

    #[test]
    fn only_the_listed_steps_are_legal() {
        let legal = [
            (Pending, Processing),
            (Pending, Cancelled),
            (Pending, Failed),
            (Processing, Done),
            (Processing, Failed),
            (Failed, Pending),
        ];

        for from in OrderStatus::ALL {
            for to in OrderStatus::ALL {
                assert_eq!(
                    from.becoming(to).is_ok(),
                    legal.contains(&(from, to)),
                    "{from:?} {to:?}"
                );
            }
        }
    }

    #[test]
    fn an_illegal_step_names_both_ends() {
        assert_eq!(
            Done.becoming(Pending).unwrap_err().to_string(),
            "an order that is done cannot become pending"
        );
    }

    #[test]
    fn every_word_leads_back_to_its_status() {
        for status in OrderStatus::ALL {
            assert_eq!(OrderStatus::parse(status.as_str()), Ok(status));
        }
        assert_eq!(OrderStatus::parse("Pending").unwrap_err().field, "status");
    }

    #[test]
    fn stock_comes_back_when_nothing_is_shipped() {
        let returning: Vec<_> = OrderStatus::ALL
            .into_iter()
            .filter(|status| status.returns_stock())
            .collect();

        assert_eq!(returning, [Cancelled, Failed]);
    }
}
