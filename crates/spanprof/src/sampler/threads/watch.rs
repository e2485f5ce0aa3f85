//! The book of watched threads, behind its lock.

use std::ptr;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use super::{MAX_THREADS, RECORDS, ROOM, Record};
use crate::counters::TALLY;
use crate::sampler::timer::{self, Timer};

/// Marks our tickets among the values that timers of others may carry.
const MARK: usize = 0x5350 << 48;

pub(crate) struct Watch {
    /// None while nobody samples.
    period_ns: Option<u64>,
    /// By number of the record.
    entries: Vec<Option<Entry>>,
    issued: u32,
}

struct Entry {
    thread: libc::pid_t,
    /// None while nobody samples, or if the kernel refused.
    timer: Option<Timer>,
    /// Its thread holds the record, and may set its label.
    leased: bool,
}

impl Watch {
    pub(super) const fn new() -> Self {
        Self {
            period_ns: None,
            entries: Vec::new(),
            issued: 0,
        }
    }

    /// From here on there are timers, so the handler must be in place.
    pub(crate) fn begin(&mut self, period_ns: u64) {
        self.period_ns = Some(period_ns);
        ROOM.fetch_add(1, Relaxed);
        self.rearm(period_ns);
    }

    /// Records stay with their threads: a handler may be at work on one of them.
    pub(crate) fn end(&mut self) {
        self.period_ns = None;
        for (record, entry) in RECORDS.iter().zip(&mut self.entries) {
            record.ticket.store(0, Release);
            if let Some(entry) = entry {
                entry.timer = None;
            }
        }
    }

    /// Brings the book up to date with the threads that exist. Those that `are_new` had time to use CPU
    /// unwatched.
    pub(crate) fn update(&mut self, mut threads: Vec<libc::pid_t>, are_new: bool) {
        let Some(period_ns) = self.period_ns else {
            return;
        };
        self.release_dead();
        self.rearm(period_ns);

        let mut known: Vec<_> = self
            .entries
            .iter()
            .flatten()
            .map(|entry| entry.thread)
            .collect();
        known.sort_unstable();
        threads.retain(|thread| known.binary_search(thread).is_err());
        let mut unwatched = 0;
        for thread in threads {
            // Without a clock it is gone since it was listed.
            if let Some(used_ns) = timer::cpu_time_ns(thread) {
                match self.enter(thread) {
                    Some(_) if are_new => _ = TALLY.missed_ns.fetch_add(used_ns, Relaxed),
                    Some(_) => {}
                    None => unwatched += 1,
                }
            }
        }
        TALLY.threads_unwatched.store(unwatched, Relaxed);
    }

    /// The record of the calling thread, which gives it back when it ends.
    pub(super) fn lease(&mut self, thread: libc::pid_t) -> Option<&'static Record> {
        self.period_ns?;
        let index = match self.index_of(thread) {
            Some(index) => index,
            None => {
                let used_ns = timer::cpu_time_ns(thread).unwrap_or_default();
                let index = self.enter(thread)?;
                TALLY.missed_ns.fetch_add(used_ns, Relaxed);
                index
            }
        };
        self.entries[index].as_mut()?.leased = true;
        Some(&RECORDS[index])
    }

    pub(super) fn release(&mut self, record: &'static Record) {
        if let Some(index) = RECORDS.iter().position(|other| ptr::eq(other, record)) {
            self.vacate(index);
        }
    }

    /// Ticket, stack pointer and thread pointer of those whose stacks are asked for.
    pub(super) fn sightings(&self, retry: bool) -> Vec<(usize, usize, usize)> {
        let mut open = Vec::new();
        for record in &RECORDS[..self.entries.len()] {
            if let Some((sp, thread_pointer)) = record.sighting.open() {
                open.push((record.ticket.load(Acquire), sp, thread_pointer));
            } else if retry {
                record.sighting.retry();
            }
        }
        open
    }

    /// The entry of a thread that lives; that of a dead one with the same id is cleared away.
    fn index_of(&mut self, thread: libc::pid_t) -> Option<usize> {
        let is_its =
            |entry: &Option<Entry>| entry.as_ref().is_some_and(|entry| entry.thread == thread);
        let index = self.entries.iter().position(is_its)?;
        let timer = &self.entries[index].as_ref()?.timer;
        if timer.as_ref().is_some_and(Timer::is_alive) {
            return Some(index);
        }
        self.vacate(index);
        None
    }

    fn enter(&mut self, thread: libc::pid_t) -> Option<usize> {
        let period_ns = self.period_ns?;
        let index = self.vacancy()?;
        let record = &RECORDS[index];
        record.thread.store(thread.cast_unsigned(), Relaxed);
        record.stack.set(&(0..0));
        record.sighting.close(true);
        let timer = self.arm(index, thread, period_ns)?;
        self.entries[index] = Some(Entry {
            thread,
            timer: Some(timer),
            leased: false,
        });
        Some(index)
    }

    fn vacancy(&mut self) -> Option<usize> {
        if let Some(index) = self.entries.iter().position(Option::is_none) {
            return Some(index);
        }
        let index = self.entries.len();
        (index < MAX_THREADS).then(|| {
            self.entries.push(None);
            index
        })
    }

    fn vacate(&mut self, index: usize) {
        let record = &RECORDS[index];
        record.ticket.store(0, Release);
        record.label.store(ptr::null_mut(), Relaxed);
        self.entries[index] = None;
        ROOM.fetch_add(1, Relaxed);
    }

    fn arm(&mut self, index: usize, thread: libc::pid_t, period_ns: u64) -> Option<Timer> {
        self.issued = self.issued.wrapping_add(1);
        let ticket = MARK | (self.issued as usize) << 16 | index;
        let record = &RECORDS[index];
        record.ticket.store(ticket, Release);
        let timer = Timer::start(thread, ticket, period_ns).ok();
        if timer.is_none() {
            record.ticket.store(0, Release);
        }
        timer
    }

    fn release_dead(&mut self) {
        for index in 0..self.entries.len() {
            let timer = self.entries[index]
                .as_ref()
                .and_then(|entry| entry.timer.as_ref());
            if timer.is_some_and(|timer| !timer.is_alive()) {
                self.vacate(index);
            }
        }
    }

    /// Timers for threads that have a record and no timer. Who is refused one, and would not miss the
    /// record, loses it: most likely that thread is gone.
    fn rearm(&mut self, period_ns: u64) {
        for index in 0..self.entries.len() {
            let Some(Entry {
                thread,
                timer: None,
                leased,
            }) = self.entries[index]
            else {
                continue;
            };
            match self.arm(index, thread, period_ns) {
                None if leased => {}
                None => self.vacate(index),
                Some(timer) => {
                    if let Some(entry) = &mut self.entries[index] {
                        entry.timer = Some(timer);
                    }
                }
            }
        }
    }
}
