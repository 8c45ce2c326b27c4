//===- BPTTDialect.h - The bptt dialect -------------------------*- C++ -*-===//

#ifndef BPTT_DIALECT_BPTT_IR_BPTTDIALECT_H
#define BPTT_DIALECT_BPTT_IR_BPTTDIALECT_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "bptt/Dialect/BPTT/IR/BPTTDialect.h.inc"

#define GET_TYPEDEF_CLASSES
#include "bptt/Dialect/BPTT/IR/BPTTTypes.h.inc"

#define GET_ATTRDEF_CLASSES
#include "bptt/Dialect/BPTT/IR/BPTTAttrs.h.inc"

#include "bptt/Dialect/BPTT/IR/BPTTInterfaces.h.inc"

#define GET_OP_CLASSES
#include "bptt/Dialect/BPTT/IR/BPTTOps.h.inc"

#endif
