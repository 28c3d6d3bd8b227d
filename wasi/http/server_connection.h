// One connection of a server. Inside wasi/http only; on the network's thread.
//
// Requests are answered one after another; what comes behind a request is read as far as the buffer
// goes and waits. An answer may begin and end before the request's body has come.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "wasi/http/body_framer.h"
#include "wasi/http/message_parser.h"
#include "wasi/http/server_core.h"

namespace airwasm::wasi::http {

class ServerConnection : public std::enable_shared_from_this<ServerConnection> {
 public:
  ServerConnection(std::shared_ptr<ServerCore> core, boost::asio::ip::tcp::socket socket,
                   SocketAddress peer);
  void Start();
  // Ends what waited too long.
  void CheckDeadlines(std::chrono::steady_clock::time_point now);
  // Between two requests at once, else after the current one.
  void CloseWhenIdle();
  void Close();

 private:
  using Clock = std::chrono::steady_clock;

  // --- reading ---
  void Read();
  void OnRead(boost::system::error_code error, size_t count);
  void Process();
  bool ReadHead();  // true: there is more to do
  bool ReadBody();
  void BeginExchange();
  void BadRequest(const ParseProblem& problem);

  // --- writing ---
  void OnAnswer();
  void BeginAnswer(ServerExchange::Answer answer);
  void Pump();
  void Write();
  void OnWritten(boost::system::error_code error);
  void EndExchange(bool complete);
  void Linger();
  void Log(const ServerExchange& exchange, bool complete);

  const std::shared_ptr<ServerCore> core_;
  boost::asio::ip::tcp::socket socket_;
  const SocketAddress peer_;

  std::string in_;  // what was read and not yet parsed: in_start_ to in_size_
  size_t in_start_ = 0;
  size_t in_size_ = 0;
  std::unique_ptr<MessageParser> parser_;
  bool reading_ = false;
  bool closed_ = false;
  bool lingering_ = false;
  size_t lingered_bytes_ = 0;

  std::shared_ptr<ServerExchange> exchange_;
  bool request_done_ = true;
  bool answering_ = false;
  bool keep_alive_ = true;
  uint16_t status_ = 0;
  BodyFramer framer_;
  std::shared_ptr<BodyPipe> answer_body_;
  bool all_framed_ = false;
  bool body_failed_ = false;
  uint64_t body_bytes_ = 0;  // of the framed body, moved on to be written
  std::optional<uint64_t> announced_bytes_;
  std::string out_;      // being written
  std::string pending_;  // goes next
  bool writing_ = false;

  Clock::time_point progress_;  // the last read or write that did something, or a request's end
};

}  // namespace airwasm::wasi::http
