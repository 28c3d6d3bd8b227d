// Streams on open descriptors: one after the other from wherever the descriptor stands (standard
// streams, pipes, terminals, devices), or at a position of their own (files).
#pragma once

#include <cstdint>
#include <memory>

#include "wasi/host/descriptor.h"
#include "wasi/host/interrupter.h"
#include "wasi/host/stream.h"

namespace airwasm::wasi::host {

// Several streams may share a descriptor. `waiter` outlives the stream.
std::shared_ptr<InputStream> SequentialInput(std::shared_ptr<Descriptor> d, const Waiter& waiter);
std::shared_ptr<OutputStream> SequentialOutput(std::shared_ptr<Descriptor> d, const Waiter& waiter);

// Of a regular file or block device. Its end is told each time it is reached: a file can grow.
std::shared_ptr<InputStream> FileInput(std::shared_ptr<Descriptor> d, uint64_t offset,
                                       const Waiter& waiter);
std::shared_ptr<OutputStream> FileOutput(std::shared_ptr<Descriptor> d, uint64_t offset,
                                         const Waiter& waiter);
// Each write goes to where the file ends at that moment.
std::shared_ptr<OutputStream> FileAppender(std::shared_ptr<Descriptor> d, const Waiter& waiter);

// At its end from the start; swallows everything.
std::shared_ptr<InputStream> EmptyInput();
std::shared_ptr<OutputStream> DiscardingOutput();

}  // namespace airwasm::wasi::host
