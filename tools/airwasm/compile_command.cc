// `airwasm compile`: a module with its compiled code in one file; or, for people, what the tiers
// make of its functions.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "airwasm/module.h"
#include "engine/api/engine_impl.h"
#include "engine/interp/dump.h"
#include "engine/tier/compiler_loader.h"
#include "tools/airwasm/command.h"
#include "tools/airwasm/component_commands.h"
#include "tools/airwasm/flags.h"

namespace airwasm::tools {
namespace {

struct CompileFlags {
  EngineFlags engine;
  std::string file;
  std::string output;
  std::string target = "native";
  std::string emit;
  std::string func;
};

// By its index, its name in the name section, or the name that it is exported by.
std::optional<uint32_t> FindFunction(const runtime::Module& module, const std::string& wanted) {
  const syntax::Module& syntax = module.syntax();
  if (uint32_t index = 0; absl::SimpleAtoi(wanted, &index))
    return index < syntax.funcs.size() ? std::optional(index) : std::nullopt;
  for (uint32_t i = 0; i < syntax.funcs.size(); ++i) {
    if (const std::string name = module.FuncName(i); name == wanted || name == "$" + wanted)
      return i;
  }
  const std::optional<uint32_t> found = module.FindExport(wanted);
  if (!found || syntax.exports[*found].kind != syntax::ExternKind::kFunc) return std::nullopt;
  return syntax.exports[*found].index;
}

absl::StatusOr<std::string> Text(runtime::Module& module, const std::vector<uint32_t>& functions,
                                 const CompileFlags& flags) {
  std::string text;
  if (flags.emit == "regcode") {
    for (const uint32_t func_index : functions)
      text += module.FuncName(func_index) + "\n" + interp::DumpFunction(module, func_index) + "\n";
    return text;
  }
  std::string why;
  tier::Compiler* const compiler = tier::LoadCompiler(&why);
  if (compiler == nullptr) return absl::FailedPreconditionError("there is no compiler: " + why);
  const tier::TextForm form = flags.emit == "ir"             ? tier::TextForm::kIr
                              : flags.emit == "optimized-ir" ? tier::TextForm::kOptimizedIr
                                                             : tier::TextForm::kAssembly;
  const tier::CompileRequest request{
      .module = &module,
      .functions = functions,
      .options = internal::CompileOptionsOf(flags.engine.engine),
  };
  text = compiler->Print(request, form);
  if (text.empty() && !functions.empty())
    return absl::FailedPreconditionError("the compiler leaves this to the interpreter: too large");
  return text;
}

int Emit(const CompileFlags& flags, const std::string& input) {
  EngineOptions options = flags.engine.engine;
  options.eager_validation = true;  // compilers take valid bodies only
  const Engine engine(options);
  const absl::StatusOr<Module> module = Module::Create(engine, input);
  if (!module.ok()) return Fail(flags.file, module.status());
  runtime::Module& impl = *module->impl();
  std::vector<uint32_t> functions;
  if (flags.func.empty()) {
    for (uint32_t i = impl.syntax().num_imported_funcs; i < impl.syntax().funcs.size(); ++i)
      functions.push_back(i);
  } else {
    const std::optional<uint32_t> found = FindFunction(impl, flags.func);
    if (!found) return Fail(absl::StrFormat("%s: it has no function '%s'", flags.file, flags.func));
    if (*found < impl.syntax().num_imported_funcs)
      return Fail(absl::StrFormat("%s: function '%s' is imported", flags.file, flags.func));
    functions.push_back(*found);
  }
  const absl::StatusOr<std::string> text = Text(impl, functions, flags);
  if (!text.ok()) return Fail(flags.file, text.status());
  const absl::Status written = WriteFile(flags.output.empty() ? "-" : flags.output, *text);
  return written.ok() ? kExitOk : Fail("", written);
}

int Compile(CompileFlags& flags) {
  if (PrintKeyHelp(flags.engine)) return kExitOk;
  if (absl::Status status = Apply(flags.engine); !status.ok()) return Fail("", status), kExitUsage;
  if (flags.file.empty()) return Fail("compile: which FILE?"), kExitUsage;
  if (!flags.func.empty() && flags.emit.empty())
    return Fail("--func goes with --emit: a .cwasm file holds the whole module"), kExitUsage;
  const absl::StatusOr<std::string> input = ReadFile(flags.file);
  if (!input.ok()) return Fail("", input.status());
  if (HoldsComponent(*input))
    return Fail(flags.file +
                ": components cannot be compiled ahead; `airwasm run --tier auto` keeps their "
                "compiled code in the cache");
  if (!flags.emit.empty()) return Emit(flags, *input);

  const Engine engine(flags.engine.engine);
  std::vector<std::string> left_out;
  const absl::StatusOr<std::string> compiled = Module::Precompile(engine, *input, &left_out);
  if (!compiled.ok()) return Fail(flags.file, compiled.status());
  for (const std::string& function : left_out)
    std::fprintf(stderr, "airwasm: note: %s: left to the interpreter: %s\n", flags.file.c_str(),
                 function.c_str());
  const std::string output = !flags.output.empty()
                                 ? flags.output
                                 : std::filesystem::path(flags.file).stem().string() + ".cwasm";
  const absl::Status written = WriteFile(output, *compiled);
  return written.ok() ? kExitOk : Fail("", written);
}

}  // namespace

void AddCompileCommand(CLI::App& app, int* exit_code) {
  auto flags = std::make_shared<CompileFlags>();
  CLI::App* const command = app.add_subcommand(
      "compile", "Compile a module ahead of time, into a file that runs without a compiler");
  command->add_option("FILE", flags->file, "a .wasm or .wat module; - is standard input");
  command->add_option("-o,--output", flags->output,
                      "Where to write; FILE's name with .cwasm in the current directory unless "
                      "given, and stdout with --emit");
  command
      ->add_option("--target", flags->target,
                   "native: this processor, with all its features; there is no other")
      ->check(CLI::IsMember({"native"}));
  command
      ->add_option("--emit", flags->emit,
                   "Print instead: regcode, what the interpreter runs; ir, what goes to LLVM; "
                   "optimized-ir, what comes out of its passes; asm, the machine code")
      ->check(CLI::IsMember({"regcode", "ir", "optimized-ir", "asm"}));
  command->add_option("--func", flags->func,
                      "With --emit: this function alone, by name, export or index");
  AddFamilies(*command, flags->engine);
  command->footer(
      "The file is for this build of airwasm, this processor and the same -W and -O. It is as "
      "powerful as a program: `airwasm run` takes it with --allow-precompiled only.\n\n"
      "Examples:\n"
      "  airwasm compile app.wasm -o app.cwasm && airwasm run --allow-precompiled app.cwasm\n"
      "  airwasm compile app.wasm --emit asm --func _start");
  command->callback([=] { *exit_code = Compile(*flags); });
}

}  // namespace airwasm::tools
