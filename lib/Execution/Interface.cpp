//===- Interface.cpp - A program's interface in C -------------------------===//

#include "ArtifactImpl.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FormatVariadic.h"

using namespace bptt;
using llvm::StringRef;

static bool isIdentifier(StringRef name) {
  return !name.empty() && !llvm::isDigit(name.front()) &&
         llvm::all_of(name,
                      [](char c) { return llvm::isAlnum(c) || c == '_'; });
}

/// Words that C and C++ have other uses for, and the parameters of our own.
static bool isTaken(StringRef name) {
  static const llvm::StringSet<> words = {
      "alignas", "alignof",  "and",          "asm",       "auto",
      "bool",    "break",    "case",         "catch",     "char",
      "class",   "const",    "continue",     "default",   "delete",
      "do",      "double",   "else",         "enum",      "explicit",
      "export",  "extern",   "false",        "float",     "for",
      "friend",  "goto",     "if",           "inline",    "int",
      "long",    "mutable",  "namespace",    "new",       "not",
      "nullptr", "operator", "or",           "private",   "protected",
      "public",  "register", "requires",     "restrict",  "return",
      "short",   "signed",   "sizeof",       "static",    "struct",
      "switch",  "template", "this",         "throw",     "true",
      "try",     "typedef",  "typename",     "union",     "unsigned",
      "using",   "virtual",  "void",         "volatile",  "while",
      "xor",     "plan",     "budget_bytes", "workspace", "workspace_bytes",
      "stream",  "message"};
  return words.contains(name);
}

namespace {
/// Gives every array a name of its own.
class Names {
public:
  std::string pick(StringRef wanted, const llvm::Twine &otherwise) {
    std::string name = isIdentifier(wanted) ? wanted.str() : otherwise.str();
    while (isTaken(name) || !used.insert(name).second)
      name += '_';
    return name;
  }

private:
  llvm::StringSet<> used;
};
} // namespace

llvm::Expected<Interface>
bptt::makeInterface(const Program::Impl &program,
                    llvm::ArrayRef<std::string> wanted) {
  Interface interface;
  interface.name = program.name;
  if (!isIdentifier(program.name))
    return llvm::createStringError(
        "'" + program.name +
        "' cannot be the name of a function in C: rename the program's");
  Names names;
  for (auto [i, type] : llvm::enumerate(program.arguments)) {
    std::string name =
        names.pick(i < wanted.size() ? wanted[i] : "", "arg" + llvm::Twine(i));
    for (auto [dim, extent] : llvm::enumerate(type.shape))
      if (extent < 0)
        interface.extents.push_back(
            llvm::formatv("{0}_extent{1}", name, dim).str());
    interface.arguments.push_back({name, type, -1});
  }
  size_t numValues = llvm::count(program.gradientOf, -1);
  for (auto [i, type] : llvm::enumerate(program.results)) {
    int64_t gradientOf = program.gradientOf[i];
    std::string name =
        gradientOf < 0
            ? names.pick("", "value" + (numValues > 1 ? llvm::Twine(i) : ""))
            : names.pick("grad_" + interface.arguments[gradientOf].name, "");
    interface.results.push_back({name, type, gradientOf});
  }
  return interface;
}

static StringRef getCType(ElementType type) {
  switch (type) {
  case ElementType::F32:
    return "float";
  case ElementType::F64:
    return "double";
  case ElementType::F16:
  case ElementType::BF16:
    return "uint16_t";
  case ElementType::I1:
    return "uint8_t";
  case ElementType::I8:
    return "int8_t";
  case ElementType::I16:
    return "int16_t";
  case ElementType::I32:
    return "int32_t";
  case ElementType::I64:
    return "int64_t";
  }
  llvm_unreachable("unknown element type");
}

/// `{0}` is the name, `{1}` the version, `{2}` a line for each array, `{3}` the
/// parameters for extents and budget, `{4}` those for arrays, `{5}` the budget,
/// `{6}` where it runs.
static constexpr char kHeader[] = R"(/* Functions of @{0}, compiled by bptt-run.

   Plan once, then run as often as wanted, from any threads, each with a
   workspace of its own:

     {0}_plan(..., budget_bytes, &plan, &message)
     workspace_bytes = bptt_plan_workspace_bytes(plan)
     {0}_run(plan, ..., workspace, workspace_bytes, stream, &message)
     bptt_plan_destroy(plan)

   Every function returns BPTT_SUCCESS, or another status and, where message is
   not null, the reason in words. Sizes are bytes; the budget covers the whole
   workspace and may be BPTT_BUDGET_DEFAULT (here {5}) or
   BPTT_BUDGET_MAX. A workspace begins at a multiple of
   BPTT_WORKSPACE_ALIGNMENT bytes.

   {6}

{2}*/

#ifndef BPTT_GENERATED_{0}_H
#define BPTT_GENERATED_{0}_H

#include <bptt-c/runtime.h>

#if BPTT_ABI_VERSION != {1}
#error "this header was made for version {1} of bptt-c"
#endif

#ifdef __cplusplus
extern "C" {{
#endif

bptt_status {0}_plan({3}
    bptt_plan **plan, bptt_message *message);

/* What {0}_run would need; plans, and forgets the plan. */
bptt_status {0}_workspace_bytes({3}
    int64_t *workspace_bytes, bptt_message *message);

bptt_status {0}_run(
    const bptt_plan *plan{4},
    void *workspace, int64_t workspace_bytes, void *stream,
    bptt_message *message);

/* Names, types and shapes, for programs that serve any library. */
const bptt_program *{0}_program(void);

#ifdef __cplusplus
}
#endif

#endif
)";

static constexpr char kOnCPU[] =
    R"(   A run is over when the call returns; stream is null.
   Arrays are dense and row-major, each element aligned to its own size:)";

static constexpr char kOnGPU[] =
    R"(   A run only puts its work into stream, a CUstream of the context that is
   current to the caller (null: the default stream); results are there when the
   stream is done. Workspace and arrays lie in the GPU's memory. bptt-c/cuda.h
   has what programs need that bring no CUDA of their own.
   Arrays are dense and row-major, and begin at multiples of 16 bytes:)";

std::string bptt::writeHeader(const Interface &interface) {
  std::string lines, parameters, arrays;
  size_t width = 0;
  for (const auto *list : {&interface.arguments, &interface.results})
    for (const Interface::Array &array : *list)
      width = std::max(width, array.name.size());
  auto add = [&](const Interface::Array &array, StringRef qualifier) {
    lines += "     " + array.name +
             std::string(width + 2 - array.name.size(), ' ') + array.type.str();
    if (array.gradientOf >= 0)
      lines +=
          ", the gradient by " + interface.arguments[array.gradientOf].name;
    lines += '\n';
    arrays += (",\n    " + qualifier + getCType(array.type.element) + " *" +
               array.name)
                  .str();
  };
  for (const Interface::Array &array : interface.arguments)
    add(array, "const ");
  lines += "\n   and the results, which are written and read by nobody else "
           "meanwhile:\n\n";
  for (const Interface::Array &array : interface.results)
    add(array, "");
  for (const std::string &extent : interface.extents)
    parameters += "int64_t " + extent + ", ";
  parameters += "int64_t budget_bytes,";
  return llvm::formatv(kHeader, interface.name, BPTT_ABI_VERSION, lines,
                       parameters, arrays, interface.budget,
                       interface.isForGPU ? kOnGPU : kOnCPU)
      .str();
}
