// The interfaces of wasi:sockets, as a guest of a test imports them.
#include "wasi/p2/test_guest.h"

namespace airwasm::wasi::p2 {

#define TCP "(param \"self\" (borrow $tcp-socket))"
#define UDP "(param \"self\" (borrow $udp-socket))"
#define NETWORK "(param \"network\" (borrow $network))"
#define UNIT_RESULT "(result (result (error $error-code)))"
#define ADDRESS_RESULT "(result (result $ip-socket-address (error $error-code)))"

std::vector<TestInterface> SocketInterfaces() {
  static const std::string codes = [] {
    std::string text = "(enum";
#define AIRWASM_NETWORK_ERROR(name, wit) text += " \"" wit "\"";
#include "wasi/net/network_errors.def"
#undef AIRWASM_NETWORK_ERROR
    return text + ")";
  }();
  return {
      {"wasi:sockets/network",
       {{"network", ""},
        {"error-code", codes},
        {"ip-address-family", "(enum \"ipv4\" \"ipv6\")"},
        {"ipv4-address", "(tuple u8 u8 u8 u8)"},
        {"ipv6-address", "(tuple u16 u16 u16 u16 u16 u16 u16 u16)"},
        {"ip-address", "(variant (case \"ipv4\" $ipv4-address) (case \"ipv6\" $ipv6-address))"},
        {"ipv4-socket-address", "(record (field \"port\" u16) (field \"address\" $ipv4-address))"},
        {"ipv6-socket-address",
         "(record (field \"port\" u16) (field \"flow-info\" u32) (field \"address\" "
         "$ipv6-address) (field \"scope-id\" u32))"},
        {"ip-socket-address",
         "(variant (case \"ipv4\" $ipv4-socket-address) (case \"ipv6\" $ipv6-socket-address))"}},
       {}},
      {"wasi:sockets/instance-network",
       {{"network", "use"}},
       {{"instance-network", "(result (own $network))", ":i"}}},
      {"wasi:sockets/ip-name-lookup",
       {{"network", "use"},
        {"error-code", "use"},
        {"ip-address", "use"},
        {"resolve-address-stream", ""}},
       {{"resolve-addresses",
         NETWORK "(param \"name\" string) (result (result (own $resolve-address-stream) (error "
                 "$error-code)))",
         "bii:r"},
        {"[method]resolve-address-stream.resolve-next-address",
         "(param \"self\" (borrow $resolve-address-stream)) (result (result (option $ip-address) "
         "(error $error-code)))",
         "b:r"}}},
      {"wasi:sockets/tcp",
       {{"network", "use"},
        {"error-code", "use"},
        {"ip-socket-address", "use"},
        {"pollable", "use"},
        {"input-stream", "use"},
        {"output-stream", "use"},
        {"tcp-socket", ""}},
       {{"[method]tcp-socket.start-bind",
         TCP NETWORK "(param \"local-address\" $ip-socket-address)" UNIT_RESULT,
         "bbiiiiiiiiiiii:r"},
        {"[method]tcp-socket.finish-bind", TCP UNIT_RESULT, "b:r"},
        {"[method]tcp-socket.start-listen", TCP UNIT_RESULT, "b:r"},
        {"[method]tcp-socket.finish-listen", TCP UNIT_RESULT, "b:r"},
        {"[method]tcp-socket.start-connect",
         TCP NETWORK "(param \"remote-address\" $ip-socket-address)" UNIT_RESULT,
         "bbiiiiiiiiiiii:r"},
        {"[method]tcp-socket.finish-connect",
         TCP "(result (result (tuple (own $input-stream) (own $output-stream)) (error "
             "$error-code)))",
         "b:r"},
        {"[method]tcp-socket.accept",
         TCP "(result (result (tuple (own $tcp-socket) (own $input-stream) (own $output-stream)) "
             "(error $error-code)))",
         "b:r"},
        {"[method]tcp-socket.local-address", TCP ADDRESS_RESULT, "b:r"},
        {"[method]tcp-socket.subscribe", TCP "(result (own $pollable))", "b:i"}}},
      {"wasi:sockets/tcp-create-socket",
       {{"ip-address-family", "use"}, {"error-code", "use"}, {"tcp-socket", "use"}},
       {{"create-tcp-socket",
         "(param \"address-family\" $ip-address-family) (result (result (own $tcp-socket) (error "
         "$error-code)))",
         "i:r"}}},
      {"wasi:sockets/udp",
       {{"network", "use"},
        {"error-code", "use"},
        {"ip-socket-address", "use"},
        {"udp-socket", ""},
        {"incoming-datagram-stream", ""},
        {"outgoing-datagram-stream", ""},
        {"outgoing-datagram",
         "(record (field \"data\" (list u8)) (field \"remote-address\" (option "
         "$ip-socket-address)))"}},
       {{"[method]udp-socket.start-bind",
         UDP NETWORK "(param \"local-address\" $ip-socket-address)" UNIT_RESULT,
         "bbiiiiiiiiiiii:r"},
        {"[method]udp-socket.finish-bind", UDP UNIT_RESULT, "b:r"},
        {"[method]udp-socket.local-address", UDP ADDRESS_RESULT, "b:r"},
        {"[method]udp-socket.stream",
         UDP "(param \"remote-address\" (option $ip-socket-address)) (result (result (tuple (own "
             "$incoming-datagram-stream) (own $outgoing-datagram-stream)) (error $error-code)))",
         "biiiiiiiiiiiii:r"},
        {"[method]outgoing-datagram-stream.check-send",
         "(param \"self\" (borrow $outgoing-datagram-stream)) (result (result u64 (error "
         "$error-code)))",
         "b:r"},
        {"[method]outgoing-datagram-stream.send",
         "(param \"self\" (borrow $outgoing-datagram-stream)) (param \"datagrams\" (list "
         "$outgoing-datagram)) (result (result u64 (error $error-code)))",
         "bii:r"}}},
      {"wasi:sockets/udp-create-socket",
       {{"ip-address-family", "use"}, {"error-code", "use"}, {"udp-socket", "use"}},
       {{"create-udp-socket",
         "(param \"address-family\" $ip-address-family) (result (result (own $udp-socket) (error "
         "$error-code)))",
         "i:r"}}},
  };
}

std::vector<TestInterface> With(std::vector<TestInterface> more) {
  std::vector<TestInterface> all;
  for (const TestInterface& interface : WasiInterfaces()) {
    if (interface.name.starts_with("wasi:io/")) all.push_back(interface);
  }
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace airwasm::wasi::p2
