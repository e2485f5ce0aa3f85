//! From addresses to functions, off the hot path and never twice while there is room.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use procfs::process::{MMPermissions, MMapPath, MemoryMap, Process};

use super::encode::Frame;
use object::Object;

mod object;

/// Addresses that are remembered; at about 300 bytes each this is 5 MB. A service is seen at a few thousand.
const MOST_KNOWN: usize = 16 * 1024;

/// Names of nested closures and generic types have no end of their own.
const LONGEST_NAME: usize = 512;

/// What the code of this process is called.
#[derive(Default)]
pub(super) struct Symbols {
    mapped: Vec<Mapped>,
    objects: Vec<Object>,
    known: HashMap<usize, Arc<[Frame]>>,
    texts: HashSet<Arc<str>>,
    is_stale: bool,
}

/// A stretch of memory that shows a stretch of a file.
struct Mapped {
    start: u64,
    end: u64,
    offset: u64,
    object: Option<usize>,
    name: String,
}

impl Symbols {
    /// The functions at each address of a stack, what was inlined before what it was inlined into.
    pub(super) fn of_stack(&mut self, pcs: &[usize]) -> Vec<Arc<[Frame]>> {
        pcs.iter().map(|pc| self.of_address(*pc)).collect()
    }

    /// Looks at memory anew once more: a library may have come since.
    pub(super) fn refresh(&mut self) {
        self.is_stale = true;
    }

    fn of_address(&mut self, pc: usize) -> Arc<[Frame]> {
        if let Some(frames) = self.known.get(&pc) {
            return frames.clone();
        }
        if MOST_KNOWN <= self.known.len() {
            self.known.clear();
            self.texts.clear();
        }
        let frames: Arc<[Frame]> = self.look_up(pc as u64).into();
        self.known.insert(pc, frames.clone());
        frames
    }

    fn look_up(&mut self, pc: u64) -> Vec<Frame> {
        let Some(at) = self.mapping(pc) else {
            return vec![self.frame("[unknown]", "", 0)];
        };
        let mapped = &self.mapped[at];
        let found = match mapped.object {
            Some(object) => self.objects[object].functions(pc - mapped.start + mapped.offset),
            None => Vec::new(),
        };
        if found.is_empty() {
            let name = mapped.name.clone();
            return vec![self.frame(&name, "", 0)];
        }
        let frames = found.into_iter();
        frames
            .map(|found| self.frame(&found.name, &found.file, found.line))
            .collect()
    }

    fn mapping(&mut self, pc: u64) -> Option<usize> {
        let found = find(&self.mapped, pc);
        if found.is_some() || !(self.is_stale || self.mapped.is_empty()) {
            return found;
        }
        self.is_stale = false;
        self.read_mappings();
        find(&self.mapped, pc)
    }

    fn read_mappings(&mut self) {
        let Ok(maps) = Process::myself().and_then(|process| process.maps()) else {
            return;
        };
        let executable = |map: &MemoryMap| map.perms.contains(MMPermissions::EXECUTE);
        let mut mapped = Vec::new();
        for map in maps.into_iter().filter(executable) {
            let (object, name) = match map.pathname {
                MMapPath::Path(path) => {
                    let name = path.file_name().unwrap_or_default().to_string_lossy();
                    (Some(self.object(&path)), format!("[{name}]"))
                }
                MMapPath::Vdso => (None, "[vdso]".to_owned()),
                _ => (None, "[unknown]".to_owned()),
            };
            mapped.push(Mapped {
                start: map.address.0,
                end: map.address.1,
                offset: map.offset,
                object,
                name,
            });
        }
        self.mapped = mapped;
    }

    fn object(&mut self, path: &Path) -> usize {
        // The program's own file can be read also after it was replaced on disk.
        const OWN: &str = "/proc/self/exe";
        let is_own = std::fs::read_link(OWN).is_ok_and(|own| own == path);
        let path = if is_own {
            PathBuf::from(OWN)
        } else {
            path.to_owned()
        };
        let known = self.objects.iter().position(|object| object.path() == path);
        known.unwrap_or_else(|| {
            self.objects.push(Object::at(path));
            self.objects.len() - 1
        })
    }

    fn frame(&mut self, function: &str, file: &str, line: u32) -> Frame {
        Frame {
            function: self.text(function),
            file: self.text(file),
            line,
        }
    }

    fn text(&mut self, text: &str) -> Arc<str> {
        let text = &text[..text.floor_char_boundary(LONGEST_NAME)];
        if let Some(known) = self.texts.get(text) {
            return known.clone();
        }
        let text: Arc<str> = text.into();
        self.texts.insert(text.clone());
        text
    }
}

fn find(mapped: &[Mapped], pc: u64) -> Option<usize> {
    mapped
        .iter()
        .position(|mapped| (mapped.start..mapped.end).contains(&pc))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A function with a path of its own.
    #[inline(never)]
    fn known_by_name() -> usize {
        std::hint::black_box(known_by_name as fn() -> usize as usize) + 1
    }

    #[test]
    fn an_address_within_a_function_has_its_full_path() {
        let frames = Symbols::default().of_address(known_by_name());

        let outermost = frames.last().unwrap();
        assert_eq!(
            &*outermost.function,
            "telemetry::profiles::symbols::tests::known_by_name"
        );
        assert!(outermost.file.ends_with("symbols.rs"), "{outermost:?}");
        assert!(0 < outermost.line);
    }

    #[test]
    fn what_has_no_name_is_called_by_where_it_is() {
        let mut symbols = Symbols::default();

        assert_eq!(&*symbols.of_address(1)[0].function, "[unknown]");
        symbols.read_mappings();
        let vdso = symbols.mapped.iter().find(|at| at.name == "[vdso]");
        let vdso = usize::try_from(vdso.unwrap().start).unwrap();
        assert_eq!(&*symbols.of_address(vdso)[0].function, "[vdso]");
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut symbols = Symbols::default();

        for pc in 1..3 * MOST_KNOWN {
            symbols.of_address(pc);
        }

        assert!(symbols.known.len() <= MOST_KNOWN);
        assert_eq!(symbols.text(&"é".repeat(LONGEST_NAME)).len(), LONGEST_NAME);
    }
}
