// One request of the client, from the look-up of its host to the end of its response. Inside
// wasi/http only; on the network's thread.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>
#include <vector>

#include "wasi/http/body_framer.h"
#include "wasi/http/client.h"
#include "wasi/http/connection_pool.h"
#include "wasi/http/message_parser.h"
#include "wasi/http/transport.h"
#include "wasi/net/name_lookup.h"

namespace airwasm::wasi::http {

class ClientExchange : public std::enable_shared_from_this<ClientExchange> {
 public:
  ClientExchange(boost::asio::io_context& context, RequestHead request,
                 std::shared_ptr<BodyPipe> body, ClientOptions options,
                 std::weak_ptr<PendingResponse> pending);
  void Start();
  // Nobody wants the response any more.
  void GiveUp();

 private:
  // --- a connection ---
  void LookUp();
  void OnAddresses();
  void ConnectNext();
  void OnConnected();
  void UseConnection();
  void SetTimer(std::chrono::nanoseconds timeout, HttpErrorKind kind);

  // --- the request ---
  void ComposeHead();
  void Pump();
  void Write();

  // --- the response ---
  std::unique_ptr<MessageParser> NewParser() const;
  void Read();
  void OnRead(boost::system::error_code error, size_t count);
  void Process();
  bool OnHead();
  void Finish();
  void Fail(HttpError error);
  // Tries a new connection if the old one may have been closed before the request came.
  bool Retry();

  boost::asio::io_context& context_;
  const RequestHead request_;
  const std::shared_ptr<BodyPipe> request_body_;
  const ClientOptions options_;
  const std::weak_ptr<PendingResponse> pending_;

  bool tls_ = false;
  HostAndPort target_;
  std::string key_;
  std::shared_ptr<net::NameLookup> lookup_;
  std::vector<SocketAddress> addresses_;
  size_t next_address_ = 0;
  HttpError connect_error_;
  boost::asio::steady_timer timer_;
  uint64_t timer_round_ = 0;

  IdleConnection connection_;
  bool reused_ = false;
  BodyFramer framer_;
  std::string out_;
  std::string pending_out_;
  bool writing_ = false;
  bool all_framed_ = false;
  bool body_begun_ = false;  // some of it is gone, and can not be sent again

  std::unique_ptr<MessageParser> parser_;
  std::shared_ptr<BodyPipe> response_body_;
  std::string in_;
  size_t in_start_ = 0;
  bool reading_ = false;
  // Itself, while no operation that would hold it is under way: the guest has to read first.
  std::shared_ptr<ClientExchange> paused_;
  bool responded_ = false;
  bool ended_ = false;
};

}  // namespace airwasm::wasi::http
