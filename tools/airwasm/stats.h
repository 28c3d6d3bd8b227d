// `airwasm run --stats`: what the engine did, on stderr when the run ends.
#pragma once

#include <string>

#include "airwasm/engine.h"
#include "airwasm/meter.h"
#include "airwasm/store.h"

namespace airwasm::tools {

// Keys of the JSON object with their meanings, a line each.
std::string StatsHelp();

// Writes the report when it goes, however the run ended. Declared behind the store.
class StatsReport {
 public:
  // `format`: "text", "json", or "" for no report. `tier` as on the command line.
  // `isolation`: what --isolate has put in force.
  StatsReport(std::string format, std::string tier, std::string isolation, const Engine& engine,
              const Store& store, const security::Meter* meter)
      : format_(std::move(format)),
        tier_(std::move(tier)),
        isolation_(std::move(isolation)),
        engine_(engine),
        store_(store),
        meter_(*meter) {}
  ~StatsReport();
  StatsReport(const StatsReport&) = delete;
  StatsReport& operator=(const StatsReport&) = delete;

 private:
  const std::string format_;
  const std::string tier_;
  const std::string isolation_;
  const Engine& engine_;
  const Store& store_;
  const security::Meter& meter_;
};

}  // namespace airwasm::tools
