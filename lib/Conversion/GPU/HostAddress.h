//===- HostAddress.h - Device addresses that the host passes on -*- C++ -*-===//

#ifndef BPTT_LIB_CONVERSION_GPU_HOSTADDRESS_H
#define BPTT_LIB_CONVERSION_GPU_HOSTADDRESS_H

#include "mlir/IR/Builders.h"

namespace bptt {

/// The address of the first element of `memref`, as an index.
mlir::Value getHostAddress(mlir::OpBuilder &builder, mlir::Location loc,
                           mlir::Value memref);

} // namespace bptt

#endif
