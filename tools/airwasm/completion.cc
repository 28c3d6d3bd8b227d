// `airwasm completion SHELL`: a completion script, made from the commands themselves.
#include <CLI/CLI.hpp>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "tools/airwasm/command.h"

namespace airwasm::tools {
namespace {

std::vector<std::string> OptionsOf(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

std::vector<const CLI::App*> Subcommands(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

std::string Bash(const CLI::App& app) {
  std::vector<std::string> names;
  std::string cases;
  for (const CLI::App* command : Subcommands(app)) {
    names.push_back(command->get_name());
    cases += absl::StrFormat("    %s) options=\"%s\" ;;\n", command->get_name(),
                             absl::StrJoin(OptionsOf(*command), " "));
  }
  return absl::StrFormat(
      "_airwasm() {\n"
      "  local current=\"${COMP_WORDS[COMP_CWORD]}\" options=\"\"\n"
      "  case \"${COMP_WORDS[1]}\" in\n%s  esac\n"
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then options=\"%s --help --version\"; fi\n"
      "  if [[ $current == -* || $COMP_CWORD -eq 1 ]]; then\n"
      "    COMPREPLY=($(compgen -W \"$options\" -- \"$current\"))\n"
      "  fi\n"
      "  COMPREPLY+=($(compgen -f -- \"$current\"))\n"
      "}\n"
      "complete -o filenames -F _airwasm airwasm\n",
      cases, absl::StrJoin(names, " "));
}

std::string Fish(const CLI::App& app) {
  std::string script;
  for (const CLI::App* command : Subcommands(app)) {
    script += absl::StrFormat("complete -c airwasm -n __fish_use_subcommand -a %s -d '%s'\n",
                              command->get_name(), command->get_description());
    for (const CLI::Option* option : command->get_options()) {
      for (const std::string& name : option->get_lnames()) {
        script += absl::StrFormat("complete -c airwasm -n '__fish_seen_subcommand_from %s' -l %s\n",
                                  command->get_name(), name);
      }
    }
  }
  return script;
}

}  // namespace

void AddCompletionCommand(CLI::App& app, int* exit_code) {
  auto shell = std::make_shared<std::string>();
  CLI::App* const command =
      app.add_subcommand("completion", "A completion script for bash, zsh or fish");
  command->add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->footer("Example:\n  source <(airwasm completion bash)");
  command->callback([&app, shell, exit_code] {
    const std::string prologue =
        *shell == "zsh" ? "autoload -U bashcompinit && bashcompinit\n" : "";
    std::printf("%s", (prologue + (*shell == "fish" ? Fish(app) : Bash(app))).c_str());
    *exit_code = kExitOk;
  });
}

}  // namespace airwasm::tools
