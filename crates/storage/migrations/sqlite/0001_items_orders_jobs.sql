-- Moments are milliseconds since 1970, money is cents.
-- AUTOINCREMENT: a number that was seen once never names another row.

create table items (
    id integer primary key autoincrement,
    name text not null check (length(name) between 1 and 200),
    price_cents integer not null check (price_cents between 0 and 100000000),
    stock integer not null check (stock between 0 and 1000000),
    created_at integer not null,
    updated_at integer not null,
    -- Set for an item that orders still refer to; readers skip it.
    removed_at integer
) strict;

create table orders (
    id integer primary key autoincrement,
    status text not null
        check (status in ('pending', 'processing', 'done', 'cancelled', 'failed')),
    shipping_cents integer not null check (shipping_cents >= 0),
    shipping_source text not null,
    total_cents integer not null check (total_cents >= 0),
    created_at integer not null,
    updated_at integer not null
) strict;

create table order_lines (
    order_id integer not null references orders (id),
    position integer not null,
    item_id integer not null references items (id),
    quantity integer not null check (quantity between 1 and 1000),
    unit_price_cents integer not null check (unit_price_cents >= 0),
    primary key (order_id, position),
    unique (order_id, item_id)
) strict, without rowid;

create index order_lines_item on order_lines (item_id);

create table jobs (
    id integer primary key autoincrement,
    order_id integer not null unique references orders (id),
    state text not null
        check (state in ('ready', 'leased', 'done', 'dead', 'cancelled')),
    attempts integer not null default 0,
    run_at integer not null,
    leased_until integer,
    -- Grows with each lease; a worker that lost its lease writes with an old one and changes nothing.
    fence integer not null default 0,
    payload text not null,
    created_at integer not null,
    updated_at integer not null
) strict;

create index jobs_due on jobs (state, run_at);

create table order_events (
    seq integer primary key autoincrement,
    order_id integer not null references orders (id),
    status text not null,
    at integer not null
) strict;

create index order_events_order on order_events (order_id, seq);

create table idempotency_keys (
    id integer primary key autoincrement,
    caller text not null,
    key text not null,
    fingerprint blob not null,
    expires_at integer not null,
    -- The answer; absent while the first request is under way.
    status integer,
    location text,
    body text,
    unique (caller, key)
) strict;

create index idempotency_keys_expiry on idempotency_keys (expires_at);
