// Threads of our own that run beside an embedder's.
#pragma once

#include <signal.h>

#include <thread>
#include <utility>

namespace airwasm {

// A thread that runs `body` and gets none of the process's signals, which are for the embedder's
// threads; those of faults reach it, since a fault that is blocked ends the process unheard.
template <typename Body>
std::thread StartBackgroundThread(Body body) {
  sigset_t blocked;
  sigset_t before;
  sigfillset(&blocked);
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP}) sigdelset(&blocked, fault);
  pthread_sigmask(SIG_SETMASK, &blocked, &before);
  std::thread thread(std::move(body));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace airwasm
