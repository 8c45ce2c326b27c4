//===- EmulatedCopies.h - What a thread copies meanwhile --------*- C++ -*-===//

#ifndef BPTT_LIB_RUNTIME_EMULATEDCOPIES_H
#define BPTT_LIB_RUNTIME_EMULATEDCOPIES_H

#include "EmulatedShared.h"

#include <cstring>

namespace bptt {

/// The asynchronous copies of one thread, oldest first.
class CopyQueue {
public:
  void add(void *to, const void *from, int64_t bytes, int64_t readBytes) {
    if (size == kMaxCopies)
      failEmulation("more copies are in flight than are emulated");
    copies[size++] = {to, from, bytes, readBytes, group};
  }
  void commit() { ++group; }
  void wait(int64_t pending) {
    int64_t done = 0;
    for (; done < size && copies[done].group < group - pending; ++done)
      perform(copies[done]);
    size -= done;
    std::memmove(copies, copies + done, size * sizeof(Copy));
  }
  bool empty() const { return size == 0; }

  static void perform(void *to, const void *from, int64_t bytes,
                      int64_t readBytes) {
    std::memcpy(to, from, readBytes);
    std::memset(static_cast<char *>(to) + readBytes, 0, bytes - readBytes);
  }

private:
  struct Copy {
    void *to;
    const void *from;
    int64_t bytes, readBytes, group;
  };
  static void perform(const Copy &copy) {
    perform(copy.to, copy.from, copy.bytes, copy.readBytes);
  }

  static constexpr int64_t kMaxCopies = 64;
  Copy copies[kMaxCopies];
  int64_t size = 0, group = 0;
};

} // namespace bptt

#endif
