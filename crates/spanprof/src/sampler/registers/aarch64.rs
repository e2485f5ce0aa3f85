//! As the Procedure Call Standard for the Arm 64-bit Architecture has them. Unverified: it compiles.

use std::arch::asm;

pub(in crate::sampler) use crate::sampler::walk::AARCH64 as ABI;
use crate::sampler::walk::Registers;

pub(in crate::sampler) fn interrupted(context: &libc::ucontext_t) -> Registers {
    let at = &context.uc_mcontext;
    Registers {
        pc: at.pc as usize,
        sp: at.sp as usize,
        fp: at.regs[29] as usize,
    }
}

/// The thread's control block, which C libraries put on top of its stack.
pub(in crate::sampler) fn thread_pointer() -> usize {
    let pointer;
    // SAFETY: reads a register.
    unsafe {
        asm!("mrs {}, tpidr_el0", out(reg) pointer, options(nomem, nostack, preserves_flags))
    };
    pointer
}

#[inline(always)]
pub(in crate::sampler) fn stack_pointer() -> usize {
    let pointer;
    // SAFETY: reads a register.
    unsafe { asm!("mov {}, sp", out(reg) pointer, options(nomem, nostack, preserves_flags)) };
    pointer
}

#[inline(always)]
pub(in crate::sampler) fn frame_pointer() -> usize {
    let pointer;
    // SAFETY: reads a register.
    unsafe { asm!("mov {}, x29", out(reg) pointer, options(nomem, nostack, preserves_flags)) };
    pointer
}
