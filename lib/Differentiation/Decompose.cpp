//===- Decompose.cpp - Element-wise operations, one by one ----------------===//

#include "Logistic.h"
#include "Normalize.h"
#include "bptt/Differentiation/Adjoint.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using linalg::GenericOp;

namespace {

/// Takes one linalg.generic apart.
class Decomposition {
public:
  explicit Decomposition(GenericOp op) : op(op), builder(op) {
    SmallVector<int64_t> ranges = op.getStaticLoopRanges();
    shape.assign(ranges.begin(), ranges.end());
    for (OpOperand *input : op.getDpsInputOperands())
      tensors[op.getMatchingBlockArgument(input)] = {
          input->get(), op.getMatchingIndexingMap(input)};
  }

  static bool applies(GenericOp op) {
    if (op.getNumLoops() != op.getNumParallelLoops() ||
        llvm::any_of(op.getStaticLoopRanges(), ShapedType::isDynamic))
      return false;
    for (OpOperand &init : op.getDpsInitsMutable())
      if (op.payloadUsesValueFromOperand(&init) ||
          !op.getMatchingIndexingMap(&init).isIdentity())
        return false;
    // A yielded argument is a movement of data, and stays what it is.
    return llvm::all_of(
        op.getBody()->getTerminator()->getOperands(), [&](Value value) {
          Operation *definition = value.getDefiningOp();
          return definition && definition->getBlock() == op.getBody() &&
                 isUnit(definition);
        });
  }

  void run() {
    llvm::DenseMap<Operation *, Operation *> memberOf = findLogistics();
    for (Operation &scalar : op.getBody()->without_terminator()) {
      auto unit = memberOf.find(&scalar);
      if (isUnit(&scalar) &&
          (unit == memberOf.end() || unit->second == &scalar))
        createUnit(&scalar);
    }
    for (auto [result, value] : llvm::zip(
             op.getResults(), op.getBody()->getTerminator()->getOperands()))
      result.replaceAllUsesWith(tensors.lookup(value).first);
    op.erase();
  }

private:
  /// Floats and comparisons of floats get tensors of their own; constants and
  /// integer work go along with what uses them.
  static bool isUnit(Operation *scalar) {
    if (scalar->getNumResults() != 1 || scalar->getNumOperands() == 0)
      return false;
    bool ofFloats =
        llvm::any_of(scalar->getOperandTypes(), llvm::IsaPred<FloatType>);
    Type type = scalar->getResult(0).getType();
    return isa<FloatType>(type) || (ofFloats && type.isIntOrIndex());
  }

  /// The quotient for each operation that is part of a logistic function and of
  /// nothing else.
  llvm::DenseMap<Operation *, Operation *> findLogistics() {
    llvm::DenseMap<Operation *, Operation *> memberOf;
    for (Operation &scalar : op.getBody()->without_terminator()) {
      std::optional<bptt::Logistic> logistic = bptt::matchLogistic(&scalar);
      if (!logistic)
        continue;
      logistics[&scalar] = logistic->operations;
      memberOf[&scalar] = &scalar;
      for (Operation *part : ArrayRef(logistic->operations).drop_back())
        if (part->hasOneUse())
          memberOf[part] = &scalar;
    }
    return memberOf;
  }

  /// What `unit` computes from: tensors by block argument or unit result.
  void collect(Value value, llvm::SetVector<Operation *> &body,
               llvm::SetVector<Value> &leaves,
               const llvm::DenseSet<Operation *> &members) {
    if (value.getParentBlock() != op.getBody())
      return;
    Operation *definition = value.getDefiningOp();
    if (!definition ||
        (tensors.count(value) && !members.contains(definition))) {
      leaves.insert(value);
      return;
    }
    for (Value used : bptt::getUsedValues(definition))
      collect(used, body, leaves, members);
    body.insert(definition);
  }

  void createUnit(Operation *unit) {
    llvm::SetVector<Operation *> body;
    llvm::SetVector<Value> leaves;
    llvm::DenseSet<Operation *> members;
    if (auto logistic = logistics.find(unit); logistic != logistics.end())
      members.insert(logistic->second.begin(), logistic->second.end());
    members.insert(unit);
    collect(unit->getResult(0), body, leaves, members);

    Location loc = unit->getLoc();
    Type type = unit->getResult(0).getType();
    AffineMap identity = builder.getMultiDimIdentityMap(shape.size());
    SmallVector<Value> inputs;
    SmallVector<AffineMap> maps;
    for (Value leaf : leaves) {
      inputs.push_back(tensors.lookup(leaf).first);
      maps.push_back(tensors.lookup(leaf).second);
    }
    maps.push_back(identity);
    Value empty = tensor::EmptyOp::create(builder, loc, shape, type);
    auto generic = GenericOp::create(
        builder, loc, empty.getType(), inputs, empty, maps,
        op.getIteratorTypesArray(),
        [&](OpBuilder &nested, Location nestedLoc, ValueRange arguments) {
          IRMapping mapping;
          for (auto [leaf, argument] : llvm::zip(leaves, arguments))
            mapping.map(leaf, argument);
          for (Operation *scalar : body)
            nested.clone(*scalar, mapping);
          linalg::YieldOp::create(nested, nestedLoc,
                                  mapping.lookup(unit->getResult(0)));
        });
    tensors[unit->getResult(0)] = {generic.getResult(0), identity};
  }

  GenericOp op;
  OpBuilder builder;
  SmallVector<int64_t> shape;
  llvm::DenseMap<Value, std::pair<Value, AffineMap>> tensors;
  llvm::DenseMap<Operation *, SmallVector<Operation *>> logistics;
};

} // namespace

void bptt::decomposeElementwise(func::FuncOp function) {
  SmallVector<GenericOp> operations(function.getOps<GenericOp>());
  for (GenericOp op : operations)
    if (Decomposition::applies(op))
      Decomposition(op).run();
}
