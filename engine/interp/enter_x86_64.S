// Entry into register code on x86-64. See enter.h for what these do, cell.h for the registers of handlers: pc r12, fp r13, mem0 r14, ctx r15,
// acc rdi, facc xmm0.
//
// preserve_none handlers keep rsp and rbp only, so everything callee-saved is put away here. Activation::native_sp is at offset 8.
#if defined(__x86_64__) && defined(__ELF__)
    .text
    .globl airwasm_interp_enter
    .hidden airwasm_interp_enter
    .type airwasm_interp_enter, @function
airwasm_interp_enter:
    .cfi_startproc
    endbr64
    pushq %rbp
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbp, 0
    pushq %rbx
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbx, 0
    pushq %r12
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r12, 0
    pushq %r13
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r13, 0
    pushq %r14
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r14, 0
    pushq %r15
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r15, 0
    subq $8, %rsp
    .cfi_adjust_cfa_offset 8
    movq %rsp, 8(%r9)
    movq %rdi, %r12
    movq %rsi, %r13
    movq %rdx, %r14
    movq %rcx, %r15
    movq %r8, %rdi
    xorps %xmm0, %xmm0
    callq *(%r12)
.Lleave:
    addq $8, %rsp
    .cfi_adjust_cfa_offset -8
    popq %r15
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r15
    popq %r14
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r14
    popq %r13
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r13
    popq %r12
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r12
    popq %rbx
    .cfi_adjust_cfa_offset -8
    .cfi_restore %rbx
    popq %rbp
    .cfi_adjust_cfa_offset -8
    .cfi_restore %rbp
    retq
    .cfi_endproc
    .size airwasm_interp_enter, . - airwasm_interp_enter

    .globl airwasm_interp_landing
    .hidden airwasm_interp_landing
    .type airwasm_interp_landing, @function
airwasm_interp_landing:
    endbr64
    movq 8(%rdi), %rsp
    jmp .Lleave
    .size airwasm_interp_landing, . - airwasm_interp_landing

    .section .note.GNU-stack, "", @progbits
#endif
