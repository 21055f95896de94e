#include "app/input_lines.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

namespace toomai::app {
namespace {

struct Pipe {
  Pipe() { EXPECT_EQ(::pipe(ends), 0); }
  ~Pipe() {
    ::close(ends[0]);
    EndOfInput();
  }
  void Write(const std::string& text) const {
    EXPECT_EQ(::write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void EndOfInput() {
    if (ends[1] >= 0) ::close(ends[1]);
    ends[1] = -1;
  }
  int ends[2];
};

TEST(InputLines, AreWholeWhateverPiecesTheyComeIn) {
  Pipe pipe;
  InputLines lines(pipe.ends[0]);
  std::thread writer([&] {
    for (const char* piece : {"on", "e\ntwo\n\nth", "ree\n", "the last"}) pipe.Write(piece);
    pipe.EndOfInput();
  });
  std::vector<std::string> all;
  for (std::string line; lines.Next({}, &line);) all.push_back(line);
  writer.join();
  EXPECT_EQ(all, (std::vector<std::string>{"one", "two", "", "three", "the last"}));
}

TEST(InputLines, EndWhenToldToStopWhileTheyWait) {
  Pipe pipe;
  pipe.Write("one\nhalf a line");
  InputLines lines(pipe.ends[0]);
  std::stop_source source;
  std::string line;
  ASSERT_TRUE(lines.Next(source.get_token(), &line));
  std::thread stopper([&] { source.request_stop(); });
  EXPECT_FALSE(lines.Next(source.get_token(), &line)) << "the input has not ended: " << line;
  stopper.join();
}

}  // namespace
}  // namespace toomai::app
