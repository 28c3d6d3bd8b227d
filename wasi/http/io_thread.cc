#include "wasi/http/io_thread.h"

#include "engine/base/background_thread.h"

namespace airwasm::wasi::http {

IoThread& IoThread::Get() {
  static auto* const thread = new IoThread;  // never destroyed: it runs
  return *thread;
}

IoThread::IoThread() : context_(1), work_(context_.get_executor()) {
  StartBackgroundThread([this] { context_.run(); }).detach();
}

}  // namespace airwasm::wasi::http
