//===- MemoryExtentsTest.cpp - How far a program's views reach ------------===//

#include "bptt/Transforms/MemoryExtents.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Parser/Parser.h"

#include "gtest/gtest.h"

using namespace mlir;
using namespace bptt;

namespace {

struct MemoryExtentsTest : testing::Test {
  MemoryExtentsTest() {
    context.loadDialect<arith::ArithDialect, func::FuncDialect,
                        memref::MemRefDialect, scf::SCFDialect>();
  }

  /// Extents of @f, or the diagnostic.
  void measure(StringRef text, ArrayRef<MemoryArgument> arguments = {}) {
    auto module = parseSourceString<ModuleOp>(text, &context);
    ASSERT_TRUE(module);
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
      message = diagnostic.str();
      return success();
    });
    auto measured =
        measureExtents(module->lookupSymbol<func::FuncOp>("f"), arguments);
    if (succeeded(measured))
      extents.assign(measured->begin(), measured->end());
  }

  MLIRContext context;
  std::vector<int64_t> extents;
  std::string message;
};

TEST_F(MemoryExtentsTest, EndOfTheFarthestView) {
  measure(R"(
    func.func @f(%unused: memref<8xf32>, %arena: memref<?xi8>) {
      %c64 = arith.constant 64 : index
      %c192 = arith.constant 192 : index
      %a = memref.view %arena[%c192][] : memref<?xi8> to memref<4xf32>
      %b = memref.view %arena[%c64][] : memref<?xi8> to memref<2x8xf32>
      return
    })");
  EXPECT_EQ(extents, (std::vector<int64_t>{0, 208}));
}

TEST_F(MemoryExtentsTest, ViewsOfViewsAndCastsInLoops) {
  measure(R"(
    func.func @f(%arena: memref<?xi8>) {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c5 = arith.constant 5 : index
      %c64 = arith.constant 64 : index
      %fixed = memref.view %arena[%c64][] : memref<?xi8> to memref<512xi8>
      %cast = memref.cast %fixed : memref<512xi8> to memref<?xi8>
      %end = scf.for %i = %c0 to %c5 step %c1 iter_args(%offset = %c0) -> index {
        %a = memref.view %cast[%offset][] : memref<?xi8> to memref<4xf32>
        %next = arith.addi %offset, %c64 : index
        scf.yield %next : index
      }
      %b = memref.view %cast[%end][%c5] : memref<?xi8> to memref<?x100xf32>
      return
    })");
  EXPECT_EQ(extents, (std::vector<int64_t>{64 + 5 * 64 + 2000}));
}

TEST_F(MemoryExtentsTest, TablesDecide) {
  std::vector<int32_t> table{1, 640, 0, 64, 7, 6400};
  measure(R"(
    func.func @f(%table: memref<?x2xi32>, %arena: memref<?xi8>) {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %rows = memref.dim %table, %c0 : memref<?x2xi32>
      scf.for %i = %c0 to %rows step %c1 {
        %k32 = memref.load %table[%i, %c0] : memref<?x2xi32>
        %kind = arith.index_cast %k32 : i32 to index
        %o32 = memref.load %table[%i, %c1] : memref<?x2xi32>
        %offset = arith.index_cast %o32 : i32 to index
        scf.index_switch %kind
        case 0 {
          %a = memref.view %arena[%offset][] : memref<?xi8> to memref<f32>
          scf.yield
        }
        case 1 {
          %a = memref.view %arena[%offset][] : memref<?xi8> to memref<2xf32>
          scf.yield
        }
        default {
        }
      }
      return
    })",
          {{{3, 2}, table}, {}});
  EXPECT_EQ(extents, (std::vector<int64_t>{0, 648}));
}

TEST_F(MemoryExtentsTest, CalleesReachFromWhereTheirBufferBegins) {
  measure(R"(
    func.func private @cell(%i: index, %workspace: memref<?xi8>) {
      %c128 = arith.constant 128 : index
      %a = memref.view %workspace[%c128][] : memref<?xi8> to memref<f64>
      return
    }
    func.func @f(%arena: memref<?xi8>) {
      %c64 = arith.constant 64 : index
      %part = memref.view %arena[%c64][] : memref<?xi8> to memref<64xi8>
      %cast = memref.cast %part : memref<64xi8> to memref<?xi8>
      func.call @cell(%c64, %cast) : (index, memref<?xi8>) -> ()
      return
    })");
  EXPECT_EQ(extents, (std::vector<int64_t>{64 + 128 + 8}));
}

TEST_F(MemoryExtentsTest, RefusesAnAllocation) {
  measure(R"(
    func.func private @cell() {
      %a = memref.alloc() : memref<f64>
      return
    }
    func.func @f(%arena: memref<?xi8>) {
      func.call @cell() : () -> ()
      return
    })");
  EXPECT_EQ(message, "'memref.alloc' op allocates outside the arena");
}

TEST_F(MemoryExtentsTest, RefusesWhatDependsOnData) {
  measure(R"(
    func.func @f(%data: memref<index>, %arena: memref<?xi8>) {
      %offset = memref.load %data[] : memref<index>
      %a = memref.view %arena[%offset][] : memref<?xi8> to memref<f32>
      return
    })",
          {{}, {}});
  EXPECT_EQ(message,
            "'memref.view' op is of a place or size that is not known");
}

TEST_F(MemoryExtentsTest, AValueIsForgottenInTheNextIteration) {
  std::vector<int32_t> table{0};
  measure(R"(
    func.func @f(%table: memref<?xi32>, %arena: memref<?xi8>) {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c2 = arith.constant 2 : index
      scf.for %i = %c0 to %c2 step %c1 {
        %number = memref.load %table[%i] : memref<?xi32>
        %offset = arith.index_cast %number : i32 to index
        %a = memref.view %arena[%offset][] : memref<?xi8> to memref<f32>
      }
      return
    })",
          {{{1}, table}, {}});
  EXPECT_EQ(message,
            "'memref.view' op is of a place or size that is not known");
}

TEST_F(MemoryExtentsTest, RefusesAViewBeforeItsBuffer) {
  measure(R"(
    func.func @f(%arena: memref<?xi8>) {
      %offset = arith.constant -64 : index
      %a = memref.view %arena[%offset][] : memref<?xi8> to memref<f32>
      return
    })");
  EXPECT_EQ(message, "'memref.view' op begins 64 bytes before its buffer");
}

} // namespace
