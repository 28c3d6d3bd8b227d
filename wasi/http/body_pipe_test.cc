#include "wasi/http/body_pipe.h"

#include <gtest/gtest.h>

#include "wasi/http/body_framer.h"
#include "wasi/http/body_stream.h"

namespace airwasm::wasi::http {
namespace {

std::string ReadSome(BodyPipe& pipe, size_t most, BodyPipe::State* state) {
  std::string text(most, '\0');
  size_t count = 0;
  *state = pipe.Read({reinterpret_cast<uint8_t*>(text.data()), most}, &count);
  text.resize(count);
  return text;
}

TEST(BodyPipeTest, BytesThenTrailers) {
  BodyPipe pipe;
  BodyPipe::State state;
  EXPECT_EQ(ReadSome(pipe, 9, &state), "");
  EXPECT_EQ(state, BodyPipe::State::kOpen);
  pipe.Write("hello");
  Fields trailers;
  trailers.Append("x", "1");
  pipe.Finish(trailers);
  pipe.Write("ignored");
  pipe.Fail({HttpErrorKind::kInternalError, "too late", {}});
  EXPECT_EQ(pipe.remaining(), 5u);
  EXPECT_EQ(ReadSome(pipe, 3, &state), "hel");
  EXPECT_EQ(ReadSome(pipe, 9, &state), "lo");
  EXPECT_EQ(ReadSome(pipe, 9, &state), "");
  EXPECT_EQ(state, BodyPipe::State::kFinished);
  EXPECT_EQ(pipe.trailers(), trailers);
}

TEST(BodyPipeTest, ListenersAreCalledOnceForEachWait) {
  BodyPipe pipe;
  int reader = 0;
  int writer = 0;
  pipe.SetReaderListener([&] { ++reader; });
  pipe.SetWriterListener([&] { ++writer; });
  pipe.Write("nobody waits");
  EXPECT_EQ(reader, 0);
  EXPECT_TRUE(pipe.Readable());
  uint64_t skipped = 0;
  pipe.Skip(100, &skipped);
  EXPECT_EQ(skipped, 12u);
  EXPECT_FALSE(pipe.Readable());
  pipe.Write("a");
  pipe.Write("b");
  EXPECT_EQ(reader, 1);

  pipe.Write(std::string(BodyPipe::kCapacityBytes, 'x'));
  EXPECT_EQ(pipe.Room(), 0u);
  pipe.Skip(1000, &skipped);
  EXPECT_EQ(writer, 0) << "woken for every byte";
  pipe.Skip(BodyPipe::kCapacityBytes / 2, &skipped);
  EXPECT_EQ(writer, 1);
  EXPECT_GE(pipe.Room(), BodyPipe::kCapacityBytes / 2);
}

TEST(BodyPipeTest, AClosedReaderStopsNobody) {
  BodyPipe pipe;
  int writer = 0;
  pipe.SetWriterListener([&] { ++writer; });
  pipe.Write(std::string(BodyPipe::kCapacityBytes, 'x'));
  EXPECT_EQ(pipe.Room(), 0u);
  pipe.Close();
  EXPECT_EQ(writer, 1);
  EXPECT_NE(pipe.Room(), 0u);
  pipe.Write("into nothing");
  EXPECT_EQ(pipe.available(), 0u);
}

TEST(BodyStreamTest, AFailureIsAnErrorOfHttp) {
  auto pipe = std::make_shared<BodyPipe>();
  BodyInput input(pipe);
  pipe->Fail({HttpErrorKind::kConnectionTerminated, {}, {}});
  uint8_t buffer[4];
  size_t count = 0;
  EXPECT_TRUE(input.Ready());
  const auto end = input.Read(buffer, &count);
  ASSERT_TRUE(end && !end->closed());
  const auto* const error = dynamic_cast<const HttpStreamError*>(end->error.get());
  ASSERT_NE(error, nullptr);
  EXPECT_EQ(error->error.kind, HttpErrorKind::kConnectionTerminated);
}

TEST(BodyStreamTest, TheEndIsFoundWithTheSizeThatIsHinted) {
  auto pipe = std::make_shared<BodyPipe>();
  pipe->Finish();
  BodyInput input(pipe);
  std::vector<uint8_t> buffer(input.SizeHint(1000));
  size_t count = 0;
  const auto end = input.Read(buffer, &count);
  ASSERT_TRUE(end);
  EXPECT_TRUE(end->closed());
}

TEST(BodyStreamTest, NoMoreThanWasAnnounced) {
  auto pipe = std::make_shared<BodyPipe>();
  BodyOutput output(pipe, 4, HttpErrorKind::kResponseBodySize);
  const uint8_t bytes[3] = {1, 2, 3};
  EXPECT_FALSE(output.Write(bytes));
  const auto end = output.Write(bytes);
  ASSERT_TRUE(end && !end->closed());
  EXPECT_EQ(pipe->error(), (HttpError{HttpErrorKind::kResponseBodySize, {}, 6}));
}

TEST(BodyFramerTest, Framings) {
  const struct {
    const char* name;
    Framing framing;
    const char* first;
    const char* last;
  } kCases[] = {
      {"length", Framing::kLength, "abc", "defg"},
      {"chunked", Framing::kChunked, "00000003\r\nabc\r\n",
       "00000004\r\ndefg\r\n0\r\nt: v\r\n\r\n"},
      {"until close", Framing::kUntilClose, "abc", "defg"},
      {"none", Framing::kNone, "", ""},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    auto pipe = std::make_shared<BodyPipe>();
    BodyFramer framer(c.framing, pipe);
    pipe->Write("abc");
    std::string out;
    const auto step = framer.Next(&out);
    EXPECT_EQ(out, c.first);
    EXPECT_EQ(step,
              c.framing == Framing::kNone ? BodyFramer::Step::kDone : BodyFramer::Step::kMore);
    if (c.framing == Framing::kNone) continue;
    pipe->Write("defg");
    Fields trailers;
    trailers.Append("t", "v");
    pipe->Finish(trailers);
    out.clear();
    EXPECT_EQ(framer.Next(&out), BodyFramer::Step::kDone);
    EXPECT_EQ(out, c.last);
  }
}

}  // namespace
}  // namespace airwasm::wasi::http
