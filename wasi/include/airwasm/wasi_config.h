// What an embedder gives to a WASI guest. Nothing that is not said here is reachable: no directory,
// no variable, and streams that read nothing and swallow everything.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "airwasm/guard.h"
#include "airwasm/meter.h"
#include "airwasm/wasi_network.h"
#include "airwasm/wasi_stores.h"

namespace airwasm::wasi {

namespace host {
class Interrupter;
}
// Ends the guest's waits (wasi/host/interrupter.h). An embedder with an engine has
// Store::Interrupter, which does that too.
using Interrupter = host::Interrupter;

struct Stdio {
  enum class Kind {
    kNull,     // end of file for reading; writes vanish
    kInherit,  // the process's own stream
    kFd,       // an open descriptor of the host, which stays the embedder's
  };
  Kind kind = Kind::kNull;
  int fd = -1;

  static Stdio Null() { return {}; }
  static Stdio Inherit() { return {Kind::kInherit, -1}; }
  static Stdio Fd(int host_fd) { return {Kind::kFd, host_fd}; }
};

struct Preopen {
  std::string host_path;
  std::string guest_path;  // what the guest calls it; the same as host_path if empty
  bool read_only = false;
};

struct Config {
  std::vector<std::string> args;  // the program's name first
  std::vector<std::pair<std::string, std::string>> env;

  // Guest descriptors 3, 4, ... in this order; then the sockets.
  std::vector<Preopen> preopens;
  std::vector<int> sockets;  // host descriptors; a listening one can be accepted on

  Stdio stdin_stream;
  Stdio stdout_stream;
  Stdio stderr_stream;

  // Decides and records what the guest does with all of this; null: it may use what is given here.
  std::shared_ptr<security::Guard> guard;

  // Counts what the guest uses, and ends it when a quota is used up; null: nothing is counted. For
  // one store, as the guard is (MeterStore).
  std::shared_ptr<security::Meter> meter;

  // Ends the guest's waits from another thread. One is made if none is given.
  std::shared_ptr<Interrupter> interrupter;

  // How many descriptors the guest may have open at a time, the ones above included.
  size_t max_descriptors = 4096;

  // Sockets that the guest makes itself, and HTTP (WASI 0.2 and later).
  NetworkGrant network;
  HttpGrant http;

  // What wasi:config/store says, and the stores of wasi:keyvalue.
  std::vector<std::pair<std::string, std::string>> config_values;
  std::vector<KeyValueStore> key_value_stores;

  // How many resources of WASI 0.2 the guest may hold at a time, streams and pollables included.
  size_t max_resources = 100'000;

  // What programs of WASI 0.2 begin with as their working directory, if they ask.
  std::optional<std::string> initial_cwd;

  // Resolve paths in user space even where the kernel could do it (for tests, and `-S
  // resolver=walk`).
  bool force_fallback_resolver = false;

  void InheritStdio() { stdin_stream = stdout_stream = stderr_stream = Stdio::Inherit(); }
};

}  // namespace airwasm::wasi
