//! Who is watched, and what the handler may know of each thread.
//!
//! The handler finds the record of its thread by the ticket that the timer's signal carries. It needs no
//! thread-local variable, whose first use may allocate. Threads that set labels lease their record: only
//! they touch its label, and nobody else is given it before they end.

use std::cell::Cell;
use std::sync::atomic::Ordering::{Acquire, Relaxed};
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicUsize};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::{fs, io, ptr};

use crate::label::Tag;
use crate::sampler::stack::{self, Bounds, Sighting};
use watch::Watch;

mod watch;

/// Bounds what the scanner does and what is kept; a service has a worker per core, and tokio's blocking
/// pool at most 512.
pub(super) const MAX_THREADS: usize = 1_024;

/// One thread, as its handler sees it. Never freed: a late signal may still look at it.
pub(super) struct Record {
    /// Names the one timer that speaks for this record, zero if none does.
    ticket: AtomicUsize,
    pub(super) thread: AtomicU32,
    pub(super) label: AtomicPtr<Tag>,
    pub(super) stack: Bounds,
    pub(super) sighting: Sighting,
}

impl Record {
    const fn vacant() -> Self {
        Self {
            ticket: AtomicUsize::new(0),
            thread: AtomicU32::new(0),
            label: AtomicPtr::new(ptr::null_mut()),
            stack: Bounds::unknown(),
            sighting: Sighting::none(),
        }
    }
}

static RECORDS: [Record; MAX_THREADS] = [const { Record::vacant() }; MAX_THREADS];

static WATCH: Mutex<Watch> = Mutex::new(Watch::new());

/// Changes when a thread that got no record may get one.
static ROOM: AtomicU32 = AtomicU32::new(0);

thread_local! {
    static MINE: Cell<Option<&'static Record>> = const { Cell::new(None) };
    static TRIED: Cell<u32> = const { Cell::new(0) };
    static LEASE: Lease = const { Lease };
}

/// Gives back the record of a thread that ends.
struct Lease;

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(record) = MINE.take() {
            watch().release(record);
        }
    }
}

pub(super) fn watch() -> MutexGuard<'static, Watch> {
    WATCH.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The record that a signal speaks of, unless its timer is gone. Called by the handler.
pub(super) fn by_ticket(ticket: usize) -> Option<&'static Record> {
    let record = RECORDS.get(ticket & 0xffff)?;
    (ticket != 0 && record.ticket.load(Acquire) == ticket).then_some(record)
}

/// Where the calling thread's label stands, if it is watched. It stays the thread's until its end.
pub(crate) fn label_cell() -> Option<&'static AtomicPtr<Tag>> {
    let record = MINE.get().or_else(lease)?;
    Some(&record.label)
}

#[cold]
fn lease() -> Option<&'static Record> {
    let room = ROOM.load(Relaxed);
    if TRIED.replace(room) == room {
        return None;
    }
    // Fails when the thread is about to end: then nobody would give the record back.
    LEASE.try_with(|_| ()).ok()?;
    let stack = stack::own();
    // SAFETY: no arguments.
    let thread = unsafe { libc::gettid() };
    let record = watch().lease(thread)?;
    if let Some(stack) = stack {
        record.stack.set(&stack);
    }
    MINE.set(Some(record));
    Some(record)
}

/// Looks up the stacks that handlers asked for, and gives those looked for in vain another chance.
pub(super) fn find_stacks(retry: bool) {
    let open = watch().sightings(retry);
    if open.is_empty() {
        return;
    }
    let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
    for (ticket, sp, thread_pointer) in open {
        let found = stack::around(&maps, sp, thread_pointer);
        // Under the lock, the record cannot pass to another thread.
        let _watch = watch();
        let Some(record) = by_ticket(ticket) else {
            continue;
        };
        if let Some(stack) = &found {
            record.stack.set(stack);
        }
        record.sighting.close(found.is_some());
    }
}

/// The ids of all threads of the process.
pub(super) fn listed() -> io::Result<Vec<libc::pid_t>> {
    let tasks = fs::read_dir("/proc/self/task")?;
    Ok(tasks
        .filter_map(|task| task.ok()?.file_name().to_str()?.parse().ok())
        .collect())
}

#[cfg(test)]
pub(super) fn own_ticket() -> Option<usize> {
    label_cell()?;
    MINE.get().map(|record| record.ticket.load(Acquire))
}
