//! As the System V ABI for AMD64 has them.

use std::arch::asm;

use crate::sampler::walk::Registers;
pub(in crate::sampler) use crate::sampler::walk::X86_64 as ABI;

pub(in crate::sampler) fn interrupted(context: &libc::ucontext_t) -> Registers {
    let of = |register: libc::c_int| context.uc_mcontext.gregs[register as usize] as usize;
    Registers {
        pc: of(libc::REG_RIP),
        sp: of(libc::REG_RSP),
        fp: of(libc::REG_RBP),
    }
}

/// The thread's control block, which C libraries put on top of its stack.
pub(in crate::sampler) fn thread_pointer() -> usize {
    let pointer;
    // SAFETY: on Linux the first word of the thread's block is its own address.
    unsafe { asm!("mov {}, fs:0", out(reg) pointer, options(nostack, preserves_flags, readonly)) };
    pointer
}

#[inline(always)]
pub(in crate::sampler) fn stack_pointer() -> usize {
    let pointer;
    // SAFETY: reads a register.
    unsafe { asm!("mov {}, rsp", out(reg) pointer, options(nomem, nostack, preserves_flags)) };
    pointer
}

#[inline(always)]
pub(in crate::sampler) fn frame_pointer() -> usize {
    let pointer;
    // SAFETY: reads a register.
    unsafe { asm!("mov {}, rbp", out(reg) pointer, options(nomem, nostack, preserves_flags)) };
    pointer
}
