//===- NestedTables.cpp - Tables of recurrences inside steps --------------===//

#include "NestedTables.h"

#include "RecurrenceMemory.h"

#include "bptt/Dialect/BPTT/IR/Recurrence.h"
#include "bptt/Runtime/Table.h"
#include "bptt/Transforms/Arena.h"

using namespace mlir;
using namespace bptt;

Type bptt::getTableType(MLIRContext *context) {
  return MemRefType::get({ShapedType::kDynamic, kTableColumns},
                         IntegerType::get(context, 32));
}

Value bptt::addArgument(func::FuncOp function, Type type) {
  unsigned index = function.getNumArguments();
  (void)function.insertArgument(index, type, {}, function.getLoc());
  return function.getArgument(index);
}

static ArrayRef<int64_t> getTables(func::FuncOp function) {
  auto tables = function->getAttrOfType<DenseI64ArrayAttr>(kTablesAttr);
  return tables ? tables.asArrayRef() : ArrayRef<int64_t>();
}

void bptt::addTablePosition(func::FuncOp function, int64_t position) {
  SmallVector<int64_t> tables(getTables(function));
  tables.push_back(position);
  function->setAttr(kTablesAttr,
                    DenseI64ArrayAttr::get(function.getContext(), tables));
}

ArrayRef<Attribute> bptt::getNestedPlans(func::FuncOp function) {
  auto plans = function->getAttrOfType<ArrayAttr>(kNestedPlansAttr);
  return plans ? plans.getValue() : ArrayRef<Attribute>();
}

void bptt::collectNestedPlans(Operation *recurrence, NestedPlans &plans) {
  forEachCell(recurrence, [&](func::FuncOp cell) {
    plans.insert_range(getNestedPlans(cell));
  });
}

void bptt::addNestedTables(func::FuncOp function, const NestedPlans &plans) {
  if (plans.empty())
    return;
  for (size_t i = 0; i < plans.size(); ++i) {
    addTablePosition(function, function.getNumArguments());
    addArgument(function, getTableType(function.getContext()));
  }
  function->setAttr(kNestedPlansAttr,
                    ArrayAttr::get(function.getContext(), plans.getArrayRef()));
}

Value bptt::getNestedTable(func::FuncOp function, Attribute plan) {
  ArrayRef<Attribute> plans = getNestedPlans(function);
  const Attribute *found = llvm::find(plans, plan);
  assert(found != plans.end() && "addNestedTables comes first");
  ArrayRef<int64_t> tables = getTables(function).take_back(plans.size());
  return function.getArgument(tables[found - plans.begin()]);
}

unsigned bptt::getNumTrailingArguments(func::FuncOp cell) {
  return getNestedPlans(cell).size() + 1;
}
