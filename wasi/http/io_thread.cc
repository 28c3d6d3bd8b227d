#include "wasi/http/io_thread.h"

#include <csignal>
#include <thread>

namespace airwasm::wasi::http {

IoThread& IoThread::Get() {
  static auto* const thread = new IoThread;  // never destroyed: it runs
  return *thread;
}

IoThread::IoThread() : context_(1), work_(context_.get_executor()) {
  // Signals to the process are for the embedder's threads.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP}) sigdelset(&all, fault);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread([this] { context_.run(); }).detach();
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace airwasm::wasi::http
