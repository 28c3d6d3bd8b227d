// Reads policy files into sections, with all that is wrong and where. What the sections mean
// together is Policy's matter.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "airwasm/policy.h"
#include "security/policy/toml_document.h"

namespace airwasm::security {

inline constexpr size_t kMaxIncludeDepth = 16;
inline constexpr size_t kMaxPolicyFiles = 64;
inline constexpr size_t kMaxPolicyRules = 10'000;  // of a policy with all that it includes

// Reads a file of at most kMaxTomlBytes. Errors: NOT_FOUND, PERMISSION_DENIED, ... with the path in
// the message.
absl::StatusOr<std::string> ReadTomlFile(const std::string& path);

class PolicyReader {
 public:
  // Goes on behind what is wrong, so that all of it is found.
  void ReadFile(const std::string& path);
  void ReadText(std::string_view text, const std::string& file, bool may_include);

  // Empty if all went well. When the first file could not be read at all, the status says so.
  const std::vector<Diagnostic>& errors() const { return errors_; }
  const absl::Status& file_status() const { return file_status_; }
  Policy TakePolicy();

 private:
  using Section = Policy::Section;

  struct Place {
    uint32_t line = 0;
    uint32_t column = 0;
  };
  static Place At(const TomlValue& value) { return {value.line, value.column}; }

  void Fail(Place place, std::string message);
  void FailKind(const TomlValue& value, std::string_view what, std::string_view expected);

  void ReadDocument(const TomlValue& document, bool may_include);
  void ReadIncludes(const TomlValue& value);
  void Include(const TomlValue& path);
  void ReadComponents(const TomlValue& table);
  // The keys that the file as a whole and components have in common. False: it is none of them.
  bool ReadSectionKey(const TomlValue::Member& member, Section& section,
                      std::optional<absl::Time> expires);
  std::optional<absl::Time> ReadExpires(const TomlValue& table);
  // [[grant]], [[deny]]: a table, or an array of tables; `key` is what their rules stand under.
  void ReadRuleTables(const TomlValue& value, std::string_view key, Section& section,
                      std::optional<absl::Time> expires);
  // A string, or an array of strings and tables.
  void ReadRules(const TomlValue& value, std::string_view key, Section& section,
                 std::optional<absl::Time> expires);
  void ReadRule(const TomlValue& value, bool allow, Section& section,
                std::optional<absl::Time> expires);
  void ReadQuota(const TomlValue& value, Quota& quota);
  void ReadSigners(const TomlValue& value, Section& section);

  std::string file_;                // that is being read
  std::vector<std::string> stack_;  // canonical paths, the including ones first
  std::vector<std::string> seen_;
  size_t num_rules_ = 0;
  std::vector<Diagnostic> errors_;
  absl::Status file_status_;
  Policy policy_;
};

}  // namespace airwasm::security
