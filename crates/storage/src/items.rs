//! Items.

use domain::{Cursor, Item, ItemChange, ItemId, NewItem, Page, PageSize, Timestamp};

use crate::connection::Connection;
use crate::lane::Held;
use crate::store::now;
use crate::{Error, Store, rows};

impl Store {
    /// Offers an item.
    ///
    /// # Errors
    /// [`Error`], if the database failed.
    pub async fn create_item(&self, new: &NewItem) -> Result<Item, Error> {
        let mut held = self.writer().acquire().await?;
        let outcome = self
            .call(&self.calls().insert_item, insert(&mut held, new, now()))
            .await;
        held.settle(outcome)
    }

    /// The item with that number, if it is offered.
    ///
    /// # Errors
    /// [`Error`], if the database failed.
    pub async fn find_item(&self, id: ItemId) -> Result<Option<Item>, Error> {
        let mut held = self.readers().acquire().await?;
        let outcome = self
            .call(&self.calls().select_items, find(&mut held, id))
            .await;
        held.settle(outcome)
    }

    /// A page of the items on offer, by number.
    ///
    /// # Errors
    /// [`Error`], if the database failed.
    pub async fn list_items(
        &self,
        size: PageSize,
        after: Option<Cursor<ItemId>>,
    ) -> Result<Page<Item, ItemId>, Error> {
        let mut held = self.readers().acquire().await?;
        let outcome = self
            .call(&self.calls().select_items, list(&mut held, size, after))
            .await;
        Ok(Page::cut(held.settle(outcome)?, size, |item| item.id))
    }

    /// Replaces all that can be said about an item; nothing, if it is not offered.
    ///
    /// # Errors
    /// [`Error`], if the database failed.
    pub async fn replace_item(&self, id: ItemId, new: NewItem) -> Result<Option<Item>, Error> {
        let all = ItemChange {
            name: Some(new.name),
            price: Some(new.price),
            stock: Some(new.stock),
        };
        self.change_item(id, &all).await
    }

    /// Changes parts of an item; nothing, if it is not offered.
    ///
    /// # Errors
    /// [`Error`], if the database failed.
    pub async fn change_item(
        &self,
        id: ItemId,
        change: &ItemChange,
    ) -> Result<Option<Item>, Error> {
        let mut held = self.writer().acquire().await?;
        let outcome = self
            .call(
                &self.calls().update_item,
                update(&mut held, id, change, now()),
            )
            .await;
        held.settle(outcome)
    }

    /// Withdraws an item; says whether it was offered. Orders that name it stay as they are.
    ///
    /// # Errors
    /// [`Error`], if the database failed.
    pub async fn remove_item(&self, id: ItemId) -> Result<bool, Error> {
        let mut held = self.writer().acquire().await?;
        let outcome = self
            .call(&self.calls().delete_item, remove(&mut held, id, now()))
            .await;
        held.settle(outcome)
    }
}

async fn insert(held: &mut Held, new: &NewItem, now: Timestamp) -> Result<Item, Error> {
    let mut transaction = held.begin().await?;
    let row = sqlx::query(
        "insert into items (name, price_cents, stock, created_at, updated_at)
         values ($1, $2, $3, $4, $4) returning *",
    )
    .bind(new.name.as_str())
    .bind(new.price.cents().get())
    .bind(new.stock.get())
    .bind(now.millis())
    .fetch_one(&mut *transaction)
    .await?;
    transaction.commit().await?;
    rows::item(&row)
}

async fn find(connection: &mut Connection, id: ItemId) -> Result<Option<Item>, Error> {
    let row = sqlx::query("select * from items where id = $1 and removed_at is null")
        .bind(id.get())
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(rows::item).transpose()
}

/// One more than a page, which shows whether there is a next one.
async fn list(
    connection: &mut Connection,
    size: PageSize,
    after: Option<Cursor<ItemId>>,
) -> Result<Vec<Item>, Error> {
    let rows = sqlx::query(
        "select * from items where removed_at is null and id > $1 order by id limit $2",
    )
    .bind(after.map_or(0, |cursor| cursor.last().get()))
    .bind(size.get() + 1)
    .fetch_all(connection)
    .await?;
    rows.iter().map(rows::item).collect()
}

async fn update(
    held: &mut Held,
    id: ItemId,
    change: &ItemChange,
    now: Timestamp,
) -> Result<Option<Item>, Error> {
    let mut transaction = held.begin().await?;
    let row = sqlx::query(
        "update items
         set name = coalesce($2, name), price_cents = coalesce($3, price_cents),
             stock = coalesce($4, stock), updated_at = $5
         where id = $1 and removed_at is null returning *",
    )
    .bind(id.get())
    .bind(change.name.as_ref().map(|name| name.as_str()))
    .bind(change.price.map(|price| price.cents().get()))
    .bind(change.stock.map(|stock| stock.get()))
    .bind(now.millis())
    .fetch_optional(&mut *transaction)
    .await?;
    transaction.commit().await?;
    row.as_ref().map(rows::item).transpose()
}

/// Hides it, and deletes it if nobody ordered it.
///
/// In this order: an order under way holds the row, and the deletion must see its lines.
async fn remove(held: &mut Held, id: ItemId, now: Timestamp) -> Result<bool, Error> {
    let mut transaction = held.begin().await?;
    let hidden = sqlx::query(
        "update items set removed_at = $2, updated_at = $2 where id = $1 and removed_at is null",
    )
    .bind(id.get())
    .bind(now.millis())
    .execute(&mut *transaction)
    .await?;
    if 0 < hidden.rows_affected() {
        sqlx::query(
            "delete from items where id = $1
             and not exists (select 1 from order_lines where item_id = $1)",
        )
        .bind(id.get())
        .execute(&mut *transaction)
        .await?;
    }
    transaction.commit().await?;
    Ok(0 < hidden.rows_affected())
}
