//! The one clock by which jobs fall due and leases end.

use std::time::SystemTime;

use domain::Timestamp;

use crate::Error;
use crate::connection::{Connection, Dialect};

/// Now, by a clock that all users of the database share.
///
/// That is the server's on Postgres; a file of `SQLite` is used by one machine, whose clock it is.
pub(crate) async fn now(connection: &mut Connection) -> Result<Timestamp, Error> {
    match Dialect::of(connection) {
        Dialect::Sqlite => Ok(SystemTime::now().into()),
        Dialect::Postgres => {
            let sql = "select cast(extract(epoch from clock_timestamp()) * 1000 as bigint)";
            let millis = sqlx::query_scalar(sql).fetch_one(connection).await?;
            Ok(Timestamp::from_millis(millis))
        }
    }
}
