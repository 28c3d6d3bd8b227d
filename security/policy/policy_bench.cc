// What a decision costs, by kind of object.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "airwasm/grants.h"
#include "security/policy/object_text.h"

namespace airwasm::security {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

std::vector<Rule> Rules(const std::vector<std::string>& allows) {
  std::vector<Rule> rules;
  for (const std::string& text : allows) rules.push_back(*ParseRule(text, true, "bench"));
  return rules;
}

void Decide(benchmark::State& state, const Grants& grants, std::string_view action) {
  const absl::StatusOr<Action> parsed = ParseAction(action);
  if (!parsed.ok()) std::abort();
  for (auto _ : state)
    benchmark::DoNotOptimize(grants.Decide(parsed->capability, parsed->object.object(), kNow));
}

// Ten rules, of which the last one matches.
void BM_Path(benchmark::State& state) {
  const Grants grants(
      Rules({"fs.read:/etc/hosts", "fs.read:/etc/ssl/**", "fs.read:/usr/share/zoneinfo/**",
             "fs.read:/srv/a/*", "fs.read:/srv/b/**/*.txt", "fs.read:/srv/*/config.toml",
             "fs.read:/var/lib/app/**", "fs.read:/tmp/app/*", "fs.read:/srv/data-old/**",
             "fs.read:/srv/data/**"}));
  Decide(state, grants, "fs.read:/srv/data/2027/01/invoice-0001.pdf");
}
BENCHMARK(BM_Path);

void BM_Address(benchmark::State& state) {
  const Grants grants(Rules({"net.connect:10.0.0.0/8:443", "net.connect:*.example.org:443",
                             "net.connect:db.internal:5432"}));
  Decide(state, grants, "net.connect:db.internal:5432 (10.0.0.7)");
}
BENCHMARK(BM_Address);

void BM_Url(benchmark::State& state) {
  const Grants grants(Rules({"http.out:POST https://api.example.org/v1/orders",
                             "http.out:GET https://api.example.org/v1/**"}));
  Decide(state, grants, "http.out:GET https://api.example.org/v1/orders/%31234");
}
BENCHMARK(BM_Url);

void BM_Name(benchmark::State& state) {
  const Grants grants(Rules({"env.read:LC_*,LANG", "env.read:TZ"}));
  Decide(state, grants, "env.read:TZ");
}
BENCHMARK(BM_Name);

// What a guest can make of it: a path of 4096 bytes, a thousand rules.
void BM_ThousandRulesLongPath(benchmark::State& state) {
  std::vector<std::string> texts;
  for (int i = 0; i < 1000; ++i)
    texts.push_back("fs.read:/srv/tenant" + std::to_string(i) + "/**/*.txt");
  const Grants grants(Rules(texts));
  Decide(state, grants, "fs.read:/srv/tenant999/" + std::string(4060, 'a') + "/x");
}
BENCHMARK(BM_ThousandRulesLongPath);

// The same with rules that cannot be told apart by how they begin.
void BM_ThousandWildcardsLongPath(benchmark::State& state) {
  std::vector<std::string> texts;
  for (int i = 0; i < 1000; ++i) texts.push_back("fs.read:/srv/**/*a*b" + std::to_string(i));
  const Grants grants(Rules(texts));
  Decide(state, grants, "fs.read:/srv/" + std::string(4060, 'a') + "/x");
}
BENCHMARK(BM_ThousandWildcardsLongPath);

}  // namespace
}  // namespace airwasm::security
