// The one thread of the process that HTTP connections live on, of the client and of servers.
// Inside wasi/http only.
//
// Started when it is first needed, and there until the process ends. Everything of a connection
// happens on it; guests' threads reach it through Post and BodyPipes.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <utility>

namespace airwasm::wasi::http {

class IoThread {
 public:
  static IoThread& Get();
  boost::asio::io_context& context() { return context_; }
  template <typename F>
  void Post(F f) {
    boost::asio::post(context_, std::move(f));
  }

 private:
  IoThread();
  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
};

}  // namespace airwasm::wasi::http
