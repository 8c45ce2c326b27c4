//===- KernelScheduler.cpp - Which operations share a kernel --------------===//

#include "KernelScheduler.h"

#include "KernelEmitters.h"
#include "PointEmitter.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace bptt;

/// In which a block does the pointwise part of a row.
constexpr int64_t kMaxRounds = 4;

//===----------------------------------------------------------------------===//
// Kernel
//===----------------------------------------------------------------------===//

std::optional<int64_t> Kernel::countRows() const {
  std::optional<int64_t> numRows = nodes.front().countRows();
  return llvm::all_of(nodes,
                      [&](const KernelNode &node) {
                        return node.countRows() == numRows;
                      })
             ? numRows
             : std::nullopt;
}

std::optional<int64_t> Kernel::countThreads() const {
  for (const KernelNode &node : nodes)
    if (node.kind == KernelKind::Reduction)
      return countReductionThreads(node);
  return std::nullopt;
}

bool Kernel::conflictsWith(const Kernel &other) const {
  return llvm::any_of(nodes, [&](const KernelNode &node) {
    return llvm::any_of(other.nodes, [&](const KernelNode &otherNode) {
      return node.conflictsWith(otherNode);
    });
  });
}

void Kernel::append(Kernel next) {
  if (parts.empty())
    parts.push_back(*this);
  llvm::append_range(nodes, next.nodes);
  if (next.parts.empty())
    parts.push_back(std::move(next));
  else
    llvm::append_range(parts, std::move(next.parts));
  kind = KernelKind::Reduction;
}

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

static bool haveRowsAlike(const Kernel &a, const Kernel &b) {
  std::optional<int64_t> some = a.countThreads(), others = b.countThreads();
  if (some && others && some != others)
    return false;
  int64_t bytes = 0;
  for (const Kernel *kernel : {&a, &b})
    for (const KernelNode &node : kernel->nodes) {
      bytes += node.countParameterBytes();
      // Rows are not longer than that a block does them in a few rounds.
      if (node.kind == KernelKind::Pointwise && (some || others) &&
          node.countRowVectors() > kMaxRounds * (some ? *some : *others))
        return false;
    }
  return bytes <= kMaxParameterBytes &&
         llvm::all_of(a.nodes, [&](const KernelNode &node) {
           return llvm::all_of(b.nodes, [&](const KernelNode &other) {
             return node.staysInRow(other);
           });
         });
}

/// Adds `kernel` to `gathered`: as a part of another one, if it reads what
/// that wrote, or overwrites what it read, and only row by row.
static void gather(Kernel kernel, std::vector<Kernel> &gathered) {
  auto other = llvm::find_if(llvm::reverse(gathered), [&](Kernel &each) {
    return kernel.conflictsWith(each);
  });
  if (other == gathered.rend() || !kernel.countRows() ||
      other->countRows() != kernel.countRows() ||
      !haveRowsAlike(kernel, *other)) {
    gathered.push_back(std::move(kernel));
    return;
  }
  // Nothing behind it is in the way of `kernel`. Both may be a part of what
  // is in front of them.
  auto at = std::prev(other.base());
  Kernel both = std::move(*at);
  both.append(std::move(kernel));
  std::vector<Kernel> behind(std::make_move_iterator(at + 1),
                             std::make_move_iterator(gathered.end()));
  gathered.erase(at, gathered.end());
  gather(std::move(both), gathered);
  llvm::append_range(gathered, std::move(behind));
}

void KernelScheduler::gatherRows() {
  std::vector<Kernel> gathered;
  for (Kernel &kernel : kernels)
    gather(std::move(kernel), gathered);
  kernels.clear();
  for (Kernel &kernel : gathered)
    if (kernel.parts.empty() || kernel.countThreads())
      kernels.push_back(std::move(kernel));
    else // threads of any block would do
      llvm::append_range(kernels, std::move(kernel.parts));
}

//===----------------------------------------------------------------------===//
// What is computed where it is needed
//===----------------------------------------------------------------------===//

/// Walks back over what may stay behind `node`, to the last node that is in
/// its way for one of `accesses`. Null if it is not the only one of its kind.
KernelNode *KernelScheduler::findLast(ArrayRef<MemoryAccess> accesses) {
  KernelNode probe;
  probe.accesses.assign(accesses.begin(), accesses.end());
  for (Kernel &kernel : llvm::reverse(kernels))
    for (KernelNode &other : llvm::reverse(kernel.nodes))
      if (probe.conflictsWith(other))
        return &other;
  return nullptr;
}

/// Whether nothing behind `first` writes what it reads.
bool KernelScheduler::canMoveDown(const KernelNode &first) {
  bool isBehind = false;
  for (const Kernel &kernel : kernels)
    for (const KernelNode &other : kernel.nodes) {
      if (&other == &first)
        isBehind = true;
      else if (isBehind && first.conflictsWith(other))
        return false;
    }
  return true;
}

void KernelScheduler::erase(const KernelNode *node) {
  for (Kernel &kernel : kernels)
    llvm::erase_if(kernel.nodes,
                   [&](const KernelNode &other) { return &other == node; });
  llvm::erase_if(kernels,
                 [](const Kernel &kernel) { return kernel.nodes.empty(); });
}

/// `map` from the loops of `start` in those of `node`, at the same element.
static AffineMap getMapAtResult(AffineMap map, const KernelNode &start,
                                const KernelNode &node) {
  SmallVector<AffineExpr> loops(map.getNumDims());
  for (auto [from, to] : llvm::zip_equal(start.getResult().map->getResults(),
                                         node.getResult().map->getResults()))
    loops[cast<AffineDimExpr>(from).getPosition()] = to;
  return map.replaceDimsAndSymbols(loops, {}, node.extents.size(), 0);
}

/// A result that starts from zero, a bias or a copy starts there directly.
void KernelScheduler::foldStart(KernelNode &node) {
  linalg::GenericOp op = node.op;
  if (op.getNumDpsInits() != 1 || op.getNumReductionLoops() == 0 ||
      hasMovingResults(op) ||
      !op.getMatchingIndexingMap(op.getDpsInitOperand(0))
           .isProjectedPermutation())
    return;
  KernelNode *last = findLast(node.getResult());
  if (!last || last->start || !isElementFunction(last->op) ||
      last->kind != KernelKind::Pointwise ||
      !last->getResult().region.isSameAs(node.getResult().region) ||
      !canMoveDown(*last))
    return;
  node.start = last->op;
  // What the start reads is read here now.
  for (MemoryAccess access : ArrayRef(last->accesses).drop_back()) {
    if (access.map)
      access.map = getMapAtResult(*access.map, *last, node);
    node.accesses.insert(node.accesses.begin(), access);
  }
  erase(last);
}

static bool haveSameTiles(KernelNode &a, KernelNode &b) {
  auto place = [](KernelNode &node, unsigned loop) {
    AffineMap map =
        node.op.getMatchingIndexingMap(node.op.getDpsInitOperand(0));
    return map.getResultPosition(getAffineDimExpr(loop, map.getContext()));
  };
  return a.product->outer.empty() && b.product->outer.empty() &&
         place(a, a.product->row) == place(b, b.product->row) &&
         place(a, a.product->column) == place(b, b.product->column);
}

/// A product that is added to the result of another.
void KernelScheduler::foldProduct(KernelNode &node) {
  KernelNode *last = findLast(node.getResult());
  // Which products meet in a kernel must not show in the result: it is not
  // rounded in between.
  bool isNarrow = getElementType(node).getIntOrFloatBitWidth() < 32;
  if (node.start || !last || last->kind != KernelKind::Product || isNarrow ||
      last->product->tensor.has_value() != node.product->tensor.has_value() ||
      last->product->inWarpgroups != node.product->inWarpgroups ||
      !last->getResult().region.isSameAs(node.getResult().region) ||
      !haveSameTiles(*last, node) || !canMoveDown(*last))
    return;
  node.accesses.insert(node.accesses.begin(), last->accesses.begin(),
                       last->accesses.end());
  node.before = std::move(last->before);
  last->before.clear();
  node.before.push_back(*last);
  erase(last);
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

static bool hasRoom(const Kernel &kernel, const KernelNode &node) {
  int64_t bytes = node.countParameterBytes();
  for (const KernelNode &other : kernel.nodes)
    bytes += other.countParameterBytes();
  return bytes <= kMaxParameterBytes;
}

void KernelScheduler::add(KernelNode node) {
  foldStart(node);
  if (node.kind == KernelKind::Product)
    foldProduct(node);
  size_t earliest = 0;
  for (auto [index, kernel] : llvm::enumerate(kernels))
    for (const KernelNode &other : kernel.nodes)
      if (node.conflictsWith(other))
        earliest =
            std::max(earliest, index + (node.staysInThread(other) ? 0 : 1));
  if (node.kind == KernelKind::Pointwise)
    for (Kernel &kernel : MutableArrayRef(kernels).drop_front(earliest))
      if (kernel.kind == KernelKind::Pointwise && hasRoom(kernel, node)) {
        kernel.nodes.push_back(std::move(node));
        return;
      }
  kernels.push_back({node.kind, {std::move(node)}, {}});
}

SmallVector<SmallVector<const Kernel *>> KernelScheduler::getLevels() const {
  SmallVector<SmallVector<const Kernel *>> levels;
  for (const Kernel &kernel : kernels) {
    size_t level = levels.size();
    while (level > 0 &&
           llvm::none_of(levels[level - 1], [&](const Kernel *other) {
             return kernel.conflictsWith(*other);
           }))
      --level;
    if (level == levels.size())
      levels.emplace_back();
    levels[level].push_back(&kernel);
  }
  return levels;
}
