//===- Files.cpp - NumPy files, and text as tokens ------------------------===//

#include "bptt/Arrays/Array.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Regex.h"
#include "llvm/Support/raw_ostream.h"

#include <cstring>

using namespace bptt;
using llvm::StringRef;
using llvm::Twine;

static llvm::Error fail(StringRef path, const Twine &why) {
  return llvm::createStringError("'" + path + "': " + why);
}

static constexpr llvm::StringLiteral kMagic("\x93NUMPY");

static llvm::Expected<ElementType> parseDescription(StringRef path,
                                                    StringRef descr) {
  // NumPy has no bfloat16; ml_dtypes writes it as V2.
  std::optional<ElementType> element =
      llvm::StringSwitch<std::optional<ElementType>>(descr)
          .Case("<f2", ElementType::F16)
          .Case("<f4", ElementType::F32)
          .Case("<f8", ElementType::F64)
          .Case("|V2", ElementType::BF16)
          .Case("|b1", ElementType::I1)
          .Cases({"|i1", "|u1"}, ElementType::I8)
          .Cases({"<i2", "<u2"}, ElementType::I16)
          .Cases({"<i4", "<u4"}, ElementType::I32)
          .Cases({"<i8", "<u8"}, ElementType::I64)
          .Default(std::nullopt);
  if (!element)
    return fail(path, "element type '" + descr + "' is not supported");
  return *element;
}

static llvm::Expected<ArrayType> parseHeader(StringRef path, StringRef header) {
  llvm::SmallVector<StringRef> match;
  if (!llvm::Regex("'descr': *'([^']*)'").match(header, &match))
    return fail(path, "the header has no element type");
  llvm::Expected<ElementType> element = parseDescription(path, match[1]);
  if (!element)
    return element.takeError();
  if (!llvm::Regex("'fortran_order': *False").match(header))
    return fail(path, "the array is in Fortran order, expected C order");
  if (!llvm::Regex("'shape': *\\(([^)]*)\\)").match(header, &match))
    return fail(path, "the header has no shape");
  ArrayType type{*element, {}};
  llvm::SmallVector<StringRef> extents;
  match[1].split(extents, ',', -1, /*KeepEmpty=*/false);
  for (StringRef text : extents) {
    int64_t extent;
    if (text.trim().empty())
      continue;
    if (text.trim().getAsInteger(10, extent) || extent < 0)
      return fail(path, "the header has a malformed shape");
    type.shape.push_back(extent);
  }
  return type;
}

llvm::Expected<Array> bptt::readNpy(StringRef path) {
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                          /*RequiresNullTerminator=*/false);
  if (!file)
    return fail(path, file.getError().message());
  StringRef bytes = (*file)->getBuffer();
  if (!bytes.starts_with(kMagic) || bytes.size() < 12)
    return fail(path, "is not a NumPy file");
  int version = uint8_t(bytes[6]);
  if (version < 1 || version > 3)
    return fail(path, "has version " + Twine(version) +
                          " of NumPy's format, expected 1, 2 or 3");
  bool isLong = version >= 2;
  size_t begin = isLong ? 12 : 10;
  size_t length = isLong ? llvm::support::endian::read32le(bytes.data() + 8)
                         : llvm::support::endian::read16le(bytes.data() + 8);
  if (bytes.size() < begin + length)
    return fail(path, "is cut short in its header");
  llvm::Expected<ArrayType> type =
      parseHeader(path, bytes.substr(begin, length));
  if (!type)
    return type.takeError();
  StringRef data = bytes.drop_front(begin + length);
  std::optional<int64_t> expected = type->countBytes();
  if (!expected)
    return fail(path, "its header says " + type->str() +
                          ", more bytes than can be counted");
  if (int64_t(data.size()) != *expected)
    return fail(path, "holds " + Twine(data.size()) +
                          " bytes of data, its header says " +
                          Twine(*expected));
  auto array = Array::make(*type);
  if (!array)
    return fail(path, llvm::toString(array.takeError()));
  std::memcpy(array->data(), data.data(), data.size());
  // Compiled code takes a truth value to be 0 or 1, NumPy whatever is not 0.
  if (type->element == ElementType::I1)
    for (uint8_t &truth : array->as<uint8_t>())
      truth = truth != 0;
  return array;
}

void bptt::writeNpy(llvm::raw_ostream &file, const Array &array) {
  static constexpr llvm::StringLiteral descriptions[] = {
      "<f2", "|V2", "<f4", "<f8", "|b1", "|i1", "<i2", "<i4", "<i8"};
  std::string header;
  llvm::raw_string_ostream os(header);
  os << "{'descr': '" << descriptions[static_cast<int>(array.type().element)]
     << "', 'fortran_order': False, 'shape': (";
  for (int64_t extent : array.type().shape)
    os << extent << ", ";
  os << "), }";
  // Magic, version and length take 10 bytes; the data begins at a multiple
  // of 64.
  header.append(
      llvm::offsetToAlignment(10 + header.size() + 1, llvm::Align(64)), ' ');
  header.push_back('\n');

  char length[2];
  llvm::support::endian::write16le(length, header.size());
  file << kMagic << StringRef("\x01\x00", 2) << StringRef(length, 2) << header;
  file.write(array.data(), array.type().numBytes());
}

llvm::Expected<Array> bptt::readText(StringRef path, const ArrayType &type) {
  if (isFloat(type.element) || type.element == ElementType::I1 ||
      type.shape.size() != 2 || !type.isStatic())
    return fail(path, "text needs an argument of shape [time, streams] and "
                      "integer type, this one is " +
                          type.str());
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                          /*RequiresNullTerminator=*/false);
  if (!file)
    return fail(path, file.getError().message());
  StringRef text = (*file)->getBuffer();
  auto array = Array::make(type);
  if (!array)
    return array.takeError();
  int64_t time = type.shape[0], streams = type.shape[1];
  if (int64_t(text.size()) < time * streams)
    return fail(path, "has " + Twine(text.size()) + " characters, " +
                          Twine(streams) + " streams of " + Twine(time) +
                          " need " + Twine(time * streams));
  for (int64_t t = 0; t < time; ++t)
    for (int64_t b = 0; b < streams; ++b)
      array->set(t * streams + b, static_cast<uint8_t>(text[b * time + t]));
  return array;
}
