// `airwasm run --stats`: what the engine did, on stderr when the run ends.
#pragma once

#include <string>

#include "airwasm/engine.h"
#include "airwasm/store.h"

namespace airwasm::tools {

// Keys of the JSON object with their meanings, a line each.
std::string StatsHelp();

// Writes the report when it goes, however the run ended. Declared behind the store.
class StatsReport {
 public:
  // `format`: "text", "json", or "" for no report. `tier` as on the command line.
  StatsReport(std::string format, std::string tier, const Engine& engine, const Store& store)
      : format_(std::move(format)), tier_(std::move(tier)), engine_(engine), store_(store) {}
  ~StatsReport();
  StatsReport(const StatsReport&) = delete;
  StatsReport& operator=(const StatsReport&) = delete;

 private:
  const std::string format_;
  const std::string tier_;
  const Engine& engine_;
  const Store& store_;
};

}  // namespace airwasm::tools
