-- Moments are milliseconds since 1970, money is cents. All numbers are bigint: the driver has no other in common with SQLite.
-- Sequences give no number twice, also not after a rollback or a crash.

create table items (
    id bigint generated always as identity primary key,
    name text not null check (length(name) between 1 and 200),
    price_cents bigint not null check (price_cents between 0 and 100000000),
    stock bigint not null check (stock between 0 and 1000000),
    created_at bigint not null,
    updated_at bigint not null,
    -- Set for an item that orders still refer to; readers skip it.
    removed_at bigint
);

create table orders (
    id bigint generated always as identity primary key,
    status text not null
        check (status in ('pending', 'processing', 'done', 'cancelled', 'failed')),
    shipping_cents bigint not null check (shipping_cents >= 0),
    shipping_source text not null,
    total_cents bigint not null check (total_cents >= 0),
    created_at bigint not null,
    updated_at bigint not null
);

create table order_lines (
    order_id bigint not null references orders (id),
    position bigint not null,
    item_id bigint not null references items (id),
    quantity bigint not null check (quantity between 1 and 1000),
    unit_price_cents bigint not null check (unit_price_cents >= 0),
    primary key (order_id, position),
    unique (order_id, item_id)
);

create index order_lines_item on order_lines (item_id);

create table jobs (
    id bigint generated always as identity primary key,
    order_id bigint not null unique references orders (id),
    state text not null
        check (state in ('ready', 'leased', 'done', 'dead', 'cancelled')),
    attempts bigint not null default 0,
    run_at bigint not null,
    leased_until bigint,
    -- Grows with each lease; a worker that lost its lease writes with an old one and changes nothing.
    fence bigint not null default 0,
    payload text not null,
    created_at bigint not null,
    updated_at bigint not null
);

create index jobs_due on jobs (state, run_at);

create table order_events (
    seq bigint generated always as identity primary key,
    order_id bigint not null references orders (id),
    status text not null,
    at bigint not null
);

create index order_events_order on order_events (order_id, seq);

create table idempotency_keys (
    id bigint generated always as identity primary key,
    caller text not null,
    key text not null,
    fingerprint bytea not null,
    expires_at bigint not null,
    -- The answer; absent while the first request is under way.
    status bigint,
    location text,
    body text,
    unique (caller, key)
);

create index idempotency_keys_expiry on idempotency_keys (expires_at);
