//===- MemRefs.cpp - Arguments as compiled code takes them ----------------===//

#include "bptt/Runtime/MemRefs.h"

using namespace bptt;

void MemRefs::add(const void *data, llvm::ArrayRef<int64_t> shape) {
  size_t begin = words.size(), rank = shape.size();
  begins.push_back(begin);
  words.resize(begin + 3 + 2 * rank);
  words[begin] = words[begin + 1] = reinterpret_cast<intptr_t>(data);
  words[begin + 2] = 0;
  int64_t stride = 1;
  for (size_t dim = rank; dim-- > 0;) {
    words[begin + 3 + dim] = shape[dim];
    words[begin + 3 + rank + dim] = stride;
    stride *= shape[dim];
  }
}

llvm::ArrayRef<void *> MemRefs::pointers() {
  pointerStorage.clear();
  for (size_t begin : begins)
    pointerStorage.push_back(&words[begin]);
  return pointerStorage;
}
