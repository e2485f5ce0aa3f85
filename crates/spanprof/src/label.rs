use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::atomic::{AtomicPtr, AtomicU32, compiler_fence};
use std::task::{Context, Poll};

use crate::sampler;

/// The span that samples are to name. Clones are the same label, so that they share its hits.
#[derive(Clone, Debug)]
pub struct Label(Arc<Tag>);

/// What a sample takes from the label it hits.
#[derive(Debug)]
pub(crate) struct Tag {
    pub(crate) span: u64,
    pub(crate) hits: AtomicU32,
}

impl Label {
    /// A label that no sample has hit yet. Zero names no span.
    #[must_use]
    pub fn new(span: u64) -> Self {
        Self(Arc::new(Tag {
            span,
            hits: AtomicU32::new(0),
        }))
    }

    /// The label that the calling thread has now, to be handed to a thread that works for it.
    #[must_use]
    pub fn current() -> Option<Self> {
        let tag = sampler::label_cell()?.load(Relaxed);
        if tag.is_null() {
            return None;
        }
        // SAFETY: what the cell points to came from an `Arc`, which whoever set it keeps until it is reset.
        let tag = unsafe {
            Arc::increment_strong_count(tag);
            Arc::from_raw(tag)
        };
        Some(Self(tag))
    }

    /// The span that samples name.
    #[must_use]
    pub fn span(&self) -> u64 {
        self.0.span
    }

    /// How many samples hit this label so far.
    #[must_use]
    pub fn hits(&self) -> u32 {
        self.0.hits.load(Relaxed)
    }
}

/// Calls `f` with all CPU time of this thread under the label, nested ones excepted.
pub fn with_label<T>(label: &Label, f: impl FnOnce() -> T) -> T {
    let _held = Held::set(label);
    f()
}

/// A future whose CPU time is under the label, whichever threads poll it.
pub fn labelled<F: Future>(label: Label, future: F) -> Labelled<F> {
    Labelled {
        label,
        future: ManuallyDrop::new(future),
    }
}

/// A future with a label; see [`labelled`].
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Labelled<F> {
    label: Label,
    /// Dropped by hand, so that it is dropped under its label too.
    future: ManuallyDrop<F>,
}

impl<F: Future> Future for Labelled<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        // SAFETY: neither field is moved from here on, and the future is only lent out pinned.
        let this = unsafe { self.get_unchecked_mut() };
        let _held = Held::set(&this.label);
        // SAFETY: as above; it stays in place until `drop`, which does not move it either.
        unsafe { Pin::new_unchecked(&mut *this.future) }.poll(context)
    }
}

impl<F> Drop for Labelled<F> {
    fn drop(&mut self) {
        let _held = Held::set(&self.label);
        // SAFETY: this is the only drop, in place, and the future is not used afterwards.
        unsafe { ManuallyDrop::drop(&mut self.future) };
    }
}

/// A label set on the calling thread, until this is dropped.
struct Held {
    cell: Option<&'static AtomicPtr<Tag>>,
    outer: *mut Tag,
}

impl Held {
    /// The caller keeps the label for longer than this, and drops this on the same thread.
    fn set(label: &Label) -> Self {
        let Some(cell) = sampler::label_cell() else {
            return Self {
                cell: None,
                outer: ptr::null_mut(),
            };
        };
        let outer = cell.load(Relaxed);
        // Only this thread and its handler use the cell: the compiler's order is all the order there is.
        compiler_fence(SeqCst);
        cell.store(Arc::as_ptr(&label.0).cast_mut(), Relaxed);
        Self {
            cell: Some(cell),
            outer,
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(cell) = self.cell {
            cell.store(self.outer, Relaxed);
            compiler_fence(SeqCst);
        }
    }
}
