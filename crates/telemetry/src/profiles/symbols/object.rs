//! A file of code: the program, or a library it uses.

use std::ops::Range;
use std::path::{Path, PathBuf};

use addr2line::Loader;
use object::{Object as _, ObjectSegment, ReadCache};

/// A function, and where in it.
pub(super) struct Found {
    pub(super) name: String,
    pub(super) file: String,
    pub(super) line: u32,
}

/// A file whose symbols are read when first needed.
pub(super) struct Object {
    path: PathBuf,
    contents: Option<Contents>,
    was_read: bool,
}

struct Contents {
    loader: Loader,
    segments: Vec<Segment>,
}

/// Which part of the file stands for which addresses.
struct Segment {
    offsets: Range<u64>,
    address: u64,
}

impl Object {
    pub(super) fn at(path: PathBuf) -> Self {
        Self {
            path,
            contents: None,
            was_read: false,
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What stands at an offset of the file: inlined functions first, none if it has no names.
    pub(super) fn functions(&mut self, offset: u64) -> Vec<Found> {
        if !self.was_read {
            self.was_read = true;
            self.contents = Contents::read(&self.path);
        }
        let contents = self.contents.as_ref();
        contents.map_or_else(Vec::new, |contents| contents.functions(offset))
    }
}

impl Contents {
    fn read(path: &Path) -> Option<Self> {
        let file = ReadCache::new(std::fs::File::open(path).ok()?);
        let file = object::File::parse(&file).ok()?;
        let segments = file.segments().map(|segment| {
            let (offset, size) = segment.file_range();
            Segment {
                offsets: offset..offset + size,
                address: segment.address(),
            }
        });
        Some(Self {
            segments: segments.collect(),
            loader: Loader::new(path).ok()?,
        })
    }

    fn functions(&self, offset: u64) -> Vec<Found> {
        let segment = self.segments.iter();
        let segment = segment.into_iter().find(|at| at.offsets.contains(&offset));
        let Some(address) = segment.map(|at| at.address + (offset - at.offsets.start)) else {
            return Vec::new();
        };
        let mut functions = self.by_debug_info(address);
        let symbol = self.loader.find_symbol(address).map(demangled);
        match (functions.last_mut(), symbol) {
            // Line tables alone name functions without their path; the symbol has it.
            (Some(outermost), Some(name)) => outermost.name = name,
            (None, Some(name)) => functions.push(Found {
                name,
                file: String::new(),
                line: 0,
            }),
            (_, None) => {}
        }
        functions.retain(|function| !function.name.is_empty());
        functions
    }

    fn by_debug_info(&self, address: u64) -> Vec<Found> {
        let mut functions = Vec::new();
        let Ok(mut frames) = self.loader.find_frames(address) else {
            return functions;
        };
        while let Ok(Some(frame)) = frames.next() {
            let name = frame.function.as_ref();
            let name = name.and_then(|name| name.demangle().ok());
            let place = frame.location.as_ref();
            functions.push(Found {
                name: name.map(|name| name.into_owned()).unwrap_or_default(),
                file: place.and_then(|at| at.file).unwrap_or_default().to_owned(),
                line: place.and_then(|at| at.line).unwrap_or_default(),
            });
        }
        functions
    }
}

/// Without the hash that tells versions of a function apart.
fn demangled(symbol: &str) -> String {
    addr2line::demangle_auto(symbol.into(), None).into_owned()
}
