-- The parcel of an order: the key is what makes it one.
create table shipments (
    order_id bigint primary key references orders (id),
    tracking text not null check (length(tracking) between 1 and 64),
    -- Which attempt, under which lease.
    attempt bigint not null check (attempt > 0),
    fence bigint not null,
    shipped_at bigint not null
);

-- Why the last attempt failed.
alter table jobs add column last_error text check (length(last_error) <= 1000);
-- When it became done, dead or cancelled.
alter table jobs add column ended_at bigint;
update jobs set ended_at = updated_at where state in ('done', 'dead', 'cancelled');

-- None over all states: SQLite would prefer it, and sort the whole queue for each job.
drop index jobs_due;
create index jobs_ready on jobs (run_at, id) where state = 'ready';
create index jobs_leased on jobs (leased_until, id) where state = 'leased';
create index jobs_dead on jobs (id) where state = 'dead';
create index jobs_ended on jobs (ended_at) where state in ('done', 'cancelled');

create index order_events_at on order_events (at);

-- One transaction at a time from its first event to its commit: numbers become visible in their order,
-- so that a reader who remembers the highest one misses none. Events are therefore written last.
create function order_events_in_turn() returns trigger language plpgsql as $$
begin
    perform pg_advisory_xact_lock('order_events'::regclass::oid::bigint);
    return null;
end
$$;

create trigger order_events_in_turn before insert on order_events
    for each statement execute function order_events_in_turn();

create function announce() returns trigger language plpgsql as $$
begin
    perform pg_notify(tg_argv[0], '');
    return null;
end
$$;

create trigger order_events_announced after insert on order_events
    for each statement execute function announce('quartet_events');

create trigger jobs_announced after insert or update of state on jobs
    for each row when (new.state = 'ready') execute function announce('quartet_jobs');
