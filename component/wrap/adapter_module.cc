#include "component/wrap/adapter_module.h"

#include <deque>
#include <optional>
#include <string>

#include "engine/base/error_status.h"
#include "engine/base/status_macros.h"
#include "engine/binary/encoder.h"
#include "engine/instr/instr.h"

namespace airwasm::component::wrap {
namespace {

namespace core = airwasm::syntax;

constexpr uint32_t kStackBytes = 0x10000;  // of an adapter, as other tools give it

// Which functions can be reached; and, in a second walk, the bodies with functions renumbered.
class Pruner {
 public:
  Pruner(const core::Module& module, const std::function<bool(std::string_view)>& keep)
      : module_(module), keep_(keep), live_(module.funcs.size(), false) {}

  absl::StatusOr<std::vector<uint8_t>> Run() {
    RETURN_IF_ERROR(Mark());
    Number();
    core::Module out = Rest();
    RETURN_IF_ERROR(CopyFunctions(out));
    AddStack(out);
    return binary::Encode(out);
  }

 private:
  void Root(uint32_t func) {
    if (func >= live_.size() || live_[func]) return;
    live_[func] = true;
    work_.push_back(func);
  }

  // Calls `see` with each instruction that mentions a function.
  template <typename F>
  static absl::Status Walk(const core::Expr& expr, F see) {
    ByteReader reader(expr.bytes, expr.offset);
    while (!reader.AtEnd()) {
      Instr instr;
      ReadInstr(reader, instr);
      if (!reader.ok()) return ToStatus(reader.error());
      see(instr);
    }
    return absl::OkStatus();
  }

  absl::Status MarkIn(const core::Expr& expr) {
    return Walk(expr, [this](const Instr& instr) {
      if (instr.immediate == Immediate::kFunc) Root(instr.index);
      uses_tables_ |= instr.immediate == Immediate::kCallIndirect ||
                      instr.immediate == Immediate::kTable ||
                      instr.immediate == Immediate::kTableInit;
    });
  }

  absl::Status Mark() {
    for (const core::Export& entry : module_.exports) {
      if (entry.kind == core::ExternKind::kFunc && keep_(entry.name)) Root(entry.index);
    }
    if (module_.start) Root(*module_.start);
    for (const core::Global& global : module_.globals) RETURN_IF_ERROR(MarkIn(global.init));
    for (;;) {
      while (!work_.empty()) {
        const uint32_t func = work_.back();
        work_.pop_back();
        if (func >= module_.num_imported_funcs) {
          RETURN_IF_ERROR(MarkIn(module_.funcs[func].body));
        }
      }
      if (!uses_tables_ || elems_marked_) return absl::OkStatus();
      elems_marked_ = true;
      for (const core::ElemSegment& elem : module_.elems) {
        for (const uint32_t func : elem.funcs) Root(func);
        for (const core::Expr& expr : elem.exprs) RETURN_IF_ERROR(MarkIn(expr));
      }
    }
  }

  void Number() {
    numbers_.resize(live_.size());
    uint32_t next = 0;
    for (size_t i = 0; i < live_.size(); ++i) numbers_[i] = live_[i] ? next++ : 0;
  }

  absl::StatusOr<core::Expr> Renumbered(const core::Expr& expr, core::Module& out) {
    std::vector<uint8_t>& bytes = out.storage.emplace_back();
    const absl::Status walked = Walk(expr, [&](Instr& instr) {
      if (instr.immediate == Immediate::kFunc && instr.index < numbers_.size()) {
        instr.index = numbers_[instr.index];
      }
      WriteInstr(bytes, instr);
    });
    if (!walked.ok()) return walked;
    return core::Expr{bytes, 0};
  }

  // Everything but functions.
  core::Module Rest() {
    core::Module out;
    out.types = module_.types;
    out.rec_group_sizes = module_.rec_group_sizes;
    out.tables = module_.tables;
    out.memories = module_.memories;
    out.globals = module_.globals;
    out.tags = module_.tags;
    out.num_imported_tables = module_.num_imported_tables;
    out.num_imported_memories = module_.num_imported_memories;
    out.num_imported_globals = module_.num_imported_globals;
    out.num_imported_tags = module_.num_imported_tags;
    out.datas = module_.datas;
    out.data_count = module_.data_count;
    for (const core::Export& entry : module_.exports) {
      const bool is_func = entry.kind == core::ExternKind::kFunc;
      if (is_func && !keep_(entry.name)) continue;
      core::Export copy = entry;
      if (is_func) copy.index = numbers_[entry.index];
      out.exports.push_back(copy);
    }
    if (module_.start) out.start = numbers_[*module_.start];
    return out;
  }

  absl::Status CopyFunctions(core::Module& out) {
    uint32_t func = 0;
    for (const core::Import& import : module_.imports) {
      if (import.kind() == core::ExternKind::kFunc && !live_[func++]) continue;
      out.imports.push_back(import);
    }
    for (size_t i = 0; i < module_.funcs.size(); ++i) {
      if (!live_[i]) continue;
      core::Function copy = module_.funcs[i];
      if (i < module_.num_imported_funcs) {
        ++out.num_imported_funcs;
      } else {
        ASSIGN_OR_RETURN(copy.body, Renumbered(copy.body, out));
      }
      out.funcs.push_back(std::move(copy));
    }
    for (core::Global& global : out.globals) {
      if (&global - out.globals.data() < out.num_imported_globals) continue;
      ASSIGN_OR_RETURN(global.init, Renumbered(global.init, out));
    }
    if (!elems_marked_) return absl::OkStatus();
    for (core::ElemSegment elem : module_.elems) {
      for (uint32_t& f : elem.funcs) f = numbers_[f];
      for (core::Expr& expr : elem.exprs) {
        ASSIGN_OR_RETURN(expr, Renumbered(expr, out));
      }
      out.elems.push_back(std::move(elem));
    }
    return absl::OkStatus();
  }

  std::optional<uint32_t> GlobalNamed(std::string_view name) const {
    for (const auto& [index, text] : module_.names.globals) {
      const bool ours = index >= module_.num_imported_globals && index < module_.globals.size();
      if (text == name && ours && module_.globals[index].type.mut &&
          module_.globals[index].type.type == kI32) {
        return index;
      }
    }
    return std::nullopt;
  }

  // For the common kind of adapter. `allocation_state`, where the adapter has such a global, tells
  // it what has been allocated: 0 nothing, 1 the stack is being allocated, 2 it is there.
  void AddStack(core::Module& out) {
    const auto stack = GlobalNamed("__stack_pointer");
    if (!stack || !ImportsMemoryOfMain()) return;
    const auto state = GlobalNamed("allocation_state");
    const uint32_t realloc = AddReallocImport(out);
    const uint32_t flag = state ? *state : AddFlag(out);
    const auto func = static_cast<uint32_t>(out.funcs.size());
    std::vector<uint8_t>& body = out.storage.emplace_back();
    const auto write = [&](Op op) { WriteOp(body, op); };
    const auto constant = [&](int32_t value) {
      write(Op::I32Const);
      WriteVarS64(body, value);
    };
    const auto indexed = [&](Op op, uint32_t index) {
      write(op);
      WriteVarU32(body, index);
    };
    indexed(Op::GlobalGet, flag);
    write(Op::I32Eqz);
    write(Op::If);
    WriteBlockType(body, BlockType());
    constant(1);
    indexed(Op::GlobalSet, flag);
    for (const int32_t argument : {0, 0, 8}) constant(argument);
    constant(static_cast<int32_t>(kStackBytes));
    indexed(Op::Call, realloc);
    constant(static_cast<int32_t>(kStackBytes));
    write(Op::I32Add);
    indexed(Op::GlobalSet, *stack);
    constant(2);
    indexed(Op::GlobalSet, flag);
    write(Op::End);
    write(Op::End);
    core::Function allocate;
    allocate.type = AddType(out, {{}, {}});
    allocate.body = {body, 0};
    CallFirst(out, func);
    out.funcs.push_back(std::move(allocate));
  }

  bool ImportsMemoryOfMain() const { return module_.num_imported_memories == 1 && !UsesBridge(); }
  bool UsesBridge() const {
    for (const core::Import& import : module_.imports) {
      if (import.module == kBridge) return true;
    }
    return false;
  }

  static TypeIdx AddType(core::Module& out, airwasm::FuncType func) {
    SubType& type = out.types.emplace_back();
    type.func = std::move(func);
    out.rec_group_sizes.push_back(1);
    return static_cast<TypeIdx>(out.types.size() - 1);
  }
  static uint32_t AddFlag(core::Module& out) {
    std::vector<uint8_t>& init = out.storage.emplace_back();
    WriteOp(init, Op::I32Const);
    WriteVarS64(init, 0);
    WriteOp(init, Op::End);
    out.globals.push_back({{kI32, true}, {init, 0}});
    return static_cast<uint32_t>(out.globals.size() - 1);
  }

  // The import of the main module's cabi_realloc; it is made to stay in Mark if it is there.
  uint32_t AddReallocImport(core::Module& out) {
    uint32_t func = 0;
    for (const core::Import& import : out.imports) {
      if (import.kind() != core::ExternKind::kFunc) continue;
      if (import.module == kMainModule && import.name == "cabi_realloc") return func;
      ++func;
    }
    // None: every function behind the imports moves by one.
    const uint32_t at = out.num_imported_funcs;
    core::Import import;
    import.module = kMainModule;
    import.name = "cabi_realloc";
    import.type = AddType(out, {{kI32, kI32, kI32, kI32}, {kI32}});
    core::Function declared;
    declared.type = std::get<TypeIdx>(import.type);
    out.imports.push_back(import);
    out.funcs.insert(out.funcs.begin() + at, declared);
    ++out.num_imported_funcs;
    const auto moved = [at](uint32_t index) { return index < at ? index : index + 1; };
    for (core::Export& entry : out.exports) {
      if (entry.kind == core::ExternKind::kFunc) entry.index = moved(entry.index);
    }
    if (out.start) out.start = moved(*out.start);
    for (core::ElemSegment& elem : out.elems) {
      for (uint32_t& f : elem.funcs) f = moved(f);
      for (core::Expr& expr : elem.exprs) Shift(expr, moved, out);
    }
    for (uint32_t i = out.num_imported_globals; i < out.globals.size(); ++i) {
      Shift(out.globals[i].init, moved, out);
    }
    for (uint32_t i = out.num_imported_funcs; i < out.funcs.size(); ++i) {
      Shift(out.funcs[i].body, moved, out);
    }
    return at;
  }
  template <typename F>
  static void Shift(core::Expr& expr, F moved, core::Module& out) {
    std::vector<uint8_t>& bytes = out.storage.emplace_back();
    // It has been walked before.
    (void)Walk(expr, [&](Instr& instr) {
      if (instr.immediate == Immediate::kFunc) instr.index = moved(instr.index);
      WriteInstr(bytes, instr);
    });
    expr = {bytes, 0};
  }

  // Each exported function but the allocators, which `func` itself may lead to, begins with a call
  // of `func`.
  static void CallFirst(core::Module& out, uint32_t func) {
    std::vector<bool> done(out.funcs.size(), false);
    for (const core::Export& entry : out.exports) {
      if (entry.kind != core::ExternKind::kFunc || done[entry.index]) continue;
      if (entry.index < out.num_imported_funcs) continue;
      done[entry.index] = true;
      core::Function& exported = out.funcs[entry.index];
      std::vector<uint8_t>& bytes = out.storage.emplace_back();
      WriteOp(bytes, Op::Call);
      WriteVarU32(bytes, func);
      bytes.insert(bytes.end(), exported.body.bytes.begin(), exported.body.bytes.end());
      exported.body = {bytes, 0};
    }
  }

  const core::Module& module_;
  const std::function<bool(std::string_view)>& keep_;
  std::vector<bool> live_;
  std::vector<uint32_t> numbers_;
  std::vector<uint32_t> work_;
  bool uses_tables_ = false;
  bool elems_marked_ = false;
};

}  // namespace

absl::StatusOr<std::vector<uint8_t>> PruneAdapter(
    const core::Module& module, const std::function<bool(std::string_view)>& keep) {
  return Pruner(module, keep).Run();
}

}  // namespace airwasm::component::wrap
