-- The parcel of an order: the key is what makes it one.
create table shipments (
    order_id integer primary key references orders (id),
    tracking text not null check (length(tracking) between 1 and 64),
    -- Which attempt, under which lease.
    attempt integer not null check (attempt > 0),
    fence integer not null,
    shipped_at integer not null
) strict;

-- Why the last attempt failed.
alter table jobs add column last_error text check (length(last_error) <= 1000);
-- When it became done, dead or cancelled.
alter table jobs add column ended_at integer;
update jobs set ended_at = updated_at where state in ('done', 'dead', 'cancelled');

-- None over all states: SQLite would prefer it, and sort the whole queue for each job.
drop index jobs_due;
create index jobs_ready on jobs (run_at, id) where state = 'ready';
create index jobs_leased on jobs (leased_until, id) where state = 'leased';
create index jobs_dead on jobs (id) where state = 'dead';
create index jobs_ended on jobs (ended_at) where state in ('done', 'cancelled');

create index order_events_at on order_events (at);
