//! Items as they travel.

use domain::{Item, ItemChange, ItemId, ItemName, NewItem, Page, Price, Rejection, Stock};
use serde::{Deserialize, Deserializer, Serialize};
use service::Problem;
use utoipa::{IntoParams, ToSchema};

use crate::problems;

/// An item on offer.
#[derive(Serialize, ToSchema)]
pub(crate) struct ItemBody {
    /// Its number.
    #[schema(minimum = 1, example = 7)]
    id: i64,
    /// What it is called.
    #[schema(example = "Violin strings")]
    name: String,
    /// What a piece costs, in cents.
    #[schema(minimum = 0, example = 4999)]
    price_cents: i64,
    /// How many pieces there are.
    #[schema(minimum = 0, example = 12)]
    stock: i64,
    /// When it was first offered, RFC 3339.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it was last changed, RFC 3339.
    #[schema(format = DateTime)]
    updated_at: String,
}

/// A page of items, by number.
#[derive(Serialize, ToSchema)]
pub(crate) struct ItemPage {
    /// The items of this page.
    items: Vec<ItemBody>,
    /// The `cursor` of the next page; null on the last.
    next_cursor: Option<String>,
}

/// Which page of a list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// How many entries, 20 by default.
    #[param(minimum = 1, maximum = 100)]
    pub(super) limit: Option<i64>,
    /// The `next_cursor` of the page before.
    pub(super) cursor: Option<String>,
}

/// A new item.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewItemBody {
    /// What it is called.
    name: Name,
    /// What a piece costs, in cents.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100_000_000, example = 4999)]
    price_cents: i64,
    /// How many pieces there are.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1_000_000, example = 12)]
    stock: i64,
}

/// All that can be said about an item.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplacedItemBody {
    /// What it is called.
    name: Name,
    /// What a piece costs, in cents.
    #[schema(minimum = 0, maximum = 100_000_000, example = 4999)]
    price_cents: i64,
    /// How many pieces there are.
    #[schema(minimum = 0, maximum = 1_000_000, example = 12)]
    stock: i64,
}

/// What is to change about an item; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ItemPatch {
    /// What it is called.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    name: Option<Name>,
    /// What a piece costs, in cents.
    #[serde(default, deserialize_with = "present")]
    #[schema(minimum = 0, maximum = 100_000_000, nullable = false)]
    price_cents: Option<i64>,
    /// How many pieces there are.
    #[serde(default, deserialize_with = "present")]
    #[schema(minimum = 0, maximum = 1_000_000, nullable = false)]
    stock: Option<i64>,
}

/// What an item is called: not blank, no control characters.
#[derive(Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(
    min_length = 1,
    max_length = 200,
    pattern = r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$",
    example = "Violin strings"
)]
struct Name(String);

/// A field that is there has a value: null is not the way to leave it out.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    field: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(field).map(Some)
}

impl NewItemBody {
    pub(super) fn parse(self) -> Result<NewItem, Problem> {
        new_item(self.name, self.price_cents, self.stock).map_err(problems::body)
    }
}

impl ReplacedItemBody {
    pub(super) fn parse(self) -> Result<NewItem, Problem> {
        new_item(self.name, self.price_cents, self.stock).map_err(problems::body)
    }
}

fn new_item(name: Name, price_cents: i64, stock: i64) -> Result<NewItem, Rejection> {
    Ok(NewItem {
        name: ItemName::parse(name.0)?,
        price: Price::parse(price_cents)?,
        stock: Stock::parse(stock)?,
    })
}

impl ItemPatch {
    pub(super) fn parse(self) -> Result<ItemChange, Problem> {
        Ok(ItemChange {
            name: self
                .name
                .map(|name| ItemName::parse(name.0))
                .transpose()
                .map_err(problems::body)?,
            price: self
                .price_cents
                .map(Price::parse)
                .transpose()
                .map_err(problems::body)?,
            stock: self
                .stock
                .map(Stock::parse)
                .transpose()
                .map_err(problems::body)?,
        })
    }
}

impl From<Item> for ItemBody {
    fn from(item: Item) -> Self {
        Self {
            id: item.id.get(),
            name: item.name.as_str().to_owned(),
            price_cents: item.price.cents().get(),
            stock: item.stock.get(),
            created_at: rfc_3339(item.created_at),
            updated_at: rfc_3339(item.updated_at),
        }
    }
}

impl From<Page<Item, ItemId>> for ItemPage {
    fn from(page: Page<Item, ItemId>) -> Self {
        Self {
            items: page.entries.into_iter().map(ItemBody::from).collect(),
            next_cursor: page.next.map(|cursor| cursor.to_string()),
        }
    }
}

/// A moment in RFC 3339, UTC, with milliseconds.
pub(crate) fn rfc_3339(moment: domain::Timestamp) -> String {
    let moment = jiff::Timestamp::from_millisecond(moment.millis()).unwrap_or_default();
    format!("{moment:.3}")
}
