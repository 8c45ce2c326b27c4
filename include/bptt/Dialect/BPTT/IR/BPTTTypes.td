//===- BPTTTypes.td - Types of the bptt dialect ------------*- tablegen -*-===//

#ifndef BPTT_DIALECT_BPTTTYPES_TD
#define BPTT_DIALECT_BPTTTYPES_TD

include "mlir/IR/AttrTypeBase.td"
include "bptt/Dialect/BPTT/IR/BPTTBase.td"

def BPTT_TapeType : TypeDef<BPTT_Dialect, "Tape"> {
  let mnemonic = "tape";
  let summary = "What the second sweep of a recurrence receives from the first";
  let description = [{
    Symbolic: which states and residuals it holds is decided by a plan, not by the type. Made by exactly one
    `bptt.forward`, consumed by exactly one `bptt.backward`, gone after `--bptt-materialize`, which turns it
    into a range of bytes in the arena.
  }];
}

#endif
