//===- Library.cpp - A generated library, loaded --------------------------===//

#include "Library.h"

#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <cstring>
#include <dlfcn.h>

using namespace bptt;

llvm::Error bptt::toError(bptt_status status, const bptt_message &message) {
  if (status == BPTT_SUCCESS)
    return llvm::Error::success();
  return llvm::createStringError(message.text[0] ? message.text
                                                 : bptt_status_string(status));
}

/// Whether a library was copied in part only: its table of sections lies at the
/// end. The loader does not look, and dies of a bus error.
static bool isCutShort(const std::string &file) {
  llvm::ELF::Elf64_Ehdr header;
  auto start = llvm::MemoryBuffer::getFileSlice(file, sizeof(header), 0);
  uint64_t size;
  if (!start || llvm::sys::fs::file_size(file, size) || size < sizeof(header))
    return false;
  std::memcpy(&header, (*start)->getBufferStart(), sizeof(header));
  uint64_t table = uint64_t(header.e_shnum) * header.e_shentsize;
  return header.checkMagic() &&
         (header.e_shoff > size || table > size - header.e_shoff);
}

llvm::Expected<Library> Library::load(const std::string &path) {
  Library library;
  // A name without a slash would be searched for, and not here.
  std::string file = path.find('/') == std::string::npos ? "./" + path : path;
  if (isCutShort(file))
    return llvm::createStringError("cannot load '" + path +
                                   "': the file is not complete");
  library.handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library.handle)
    return llvm::createStringError("cannot load '" + path + "': " + dlerror());
  auto describe = reinterpret_cast<bptt_library_function>(
      library.find(BPTT_LIBRARY_SYMBOL));
  if (!describe)
    return llvm::createStringError("'" + path +
                                   "' is no library that bptt-run wrote: it "
                                   "has no " BPTT_LIBRARY_SYMBOL);
  library.description = describe();
  if (library.description->abi_version != BPTT_ABI_VERSION)
    return llvm::createStringError(
        "'" + path + "' has version " +
        llvm::Twine(library.description->abi_version) +
        " of the binary interface, this program has version " +
        llvm::Twine(BPTT_ABI_VERSION));
  return library;
}

void *Library::find(const char *name) const { return dlsym(handle, name); }

static ArrayType getType(const bptt_array &array) {
  ArrayType type;
  type.element = static_cast<ElementType>(array.element);
  type.shape.assign(array.shape, array.shape + array.rank);
  return type;
}

std::vector<ArrayType> Library::argumentTypes() const {
  std::vector<ArrayType> types;
  for (uint32_t i = 0; i < description->num_arguments; ++i)
    types.push_back(getType(description->arguments[i]));
  return types;
}

std::vector<ArrayType>
Library::resultTypes(llvm::ArrayRef<Array> arguments) const {
  std::vector<ArrayType> types;
  for (uint32_t i = 0; i < description->num_results; ++i) {
    const bptt_array &array = description->results[i];
    types.push_back(getType(array));
    if (array.gradient_of >= 0)
      types.back().shape = arguments[array.gradient_of].type().shape;
  }
  return types;
}

std::vector<int64_t> Library::extents(llvm::ArrayRef<Array> arguments) const {
  std::vector<int64_t> extents;
  for (uint32_t i = 0; i < description->num_arguments; ++i)
    for (int32_t dim = 0; dim < description->arguments[i].rank; ++dim)
      if (description->arguments[i].shape[dim] < 0)
        extents.push_back(arguments[i].type().shape[dim]);
  return extents;
}

void Library::describe(llvm::raw_ostream &os) const {
  os << '@' << description->name << ": for " << description->target << " ("
     << description->chip << "), policy " << description->policy << ", budget "
     << description->budget
     << (description->needs & BPTT_NEEDS_CUBLASLT ? ", needs cuBLASLt\n"
                                                  : "\n");
  for (uint32_t i = 0; i < description->num_arguments; ++i)
    os << "argument #" << i << "  " << description->arguments[i].name << ": "
       << getType(description->arguments[i]).str() << '\n';
  for (uint32_t i = 0; i < description->num_results; ++i)
    os << "result #" << i << "    " << description->results[i].name << ": "
       << getType(description->results[i]).str() << '\n';
}

static void writeArrays(llvm::json::OStream &json, llvm::StringRef key,
                        llvm::ArrayRef<bptt_array> arrays) {
  json.attributeArray(key, [&] {
    for (const bptt_array &array : arrays)
      json.object([&] {
        ArrayType type = getType(array);
        json.attribute("name", array.name);
        json.attribute("element", toString(type.element));
        json.attributeArray("shape", [&] {
          for (int64_t extent : type.shape)
            extent < 0 ? json.value(nullptr) : json.value(extent);
        });
        if (array.gradient_of >= 0)
          json.attribute("gradient_of", array.gradient_of);
      });
  });
}

void Library::describeJson(llvm::raw_ostream &os) const {
  llvm::json::OStream json(os, 2);
  json.object([&] {
    json.attribute("function", description->name);
    json.attribute("target", description->target);
    json.attribute("chip", description->chip);
    json.attribute("policy", description->policy);
    json.attribute("budget", description->budget);
    json.attributeArray("needs", [&] {
      if (description->needs & BPTT_NEEDS_CUBLASLT)
        json.value("cuBLASLt");
    });
    json.attribute("recurrences", int64_t(description->num_recurrences));
    writeArrays(json, "arguments",
                {description->arguments, description->num_arguments});
    writeArrays(json, "results",
                {description->results, description->num_results});
  });
  os << '\n';
}
