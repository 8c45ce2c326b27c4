//===- BPTTBase.td - The bptt dialect ----------------------*- tablegen -*-===//

#ifndef BPTT_DIALECT_BPTTBASE_TD
#define BPTT_DIALECT_BPTTBASE_TD

include "mlir/IR/OpBase.td"

def BPTT_Dialect : Dialect {
  let name = "bptt";
  let cppNamespace = "::bptt";
  let summary = "Recurrences, their gradients, and what is kept between the two sweeps";
  let description = [{
    A recurrence is a `bptt.scan` of a *cell*, an ordinary pure function on tensors:

    ```
    (step index, carry..., per-step inputs..., invariants...) -> (next carry..., per-step outputs...)
    ```

    `--bptt-differentiate` splits a scan into a first sweep, `bptt.forward`, and a second one,
    `bptt.backward`, joined by a symbolic `!bptt.tape`. `--bptt-plan` attaches a `#bptt.plan` that says what
    of the tape is kept in how many bytes, and `--bptt-materialize` makes storage appear. Each stage prints,
    parses and verifies on its own.
  }];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  let dependentDialects = ["::mlir::func::FuncDialect"];
}

class BPTT_Op<string mnemonic, list<Trait> traits = []> : Op<BPTT_Dialect, mnemonic, traits>;

#endif
