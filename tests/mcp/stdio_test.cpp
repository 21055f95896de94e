#include "mcp/stdio.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <fstream>

#include "tests/mcp/harness.h"
#include "tests/mcp/hostile.h"

namespace toomai::mcp {
namespace {

// A server on two pipes in a thread of its own.
class StdioServer {
 public:
  explicit StdioServer(ServerOptions options = {}, milliseconds write_patience = milliseconds(20'000))
      : harness(options) {
    EXPECT_EQ(pipe(in_), 0);
    EXPECT_EQ(pipe(out_), 0);
    thread_ = std::thread([this, write_patience] {
      StdioOptions stdio;
      stdio.input = in_[0];
      stdio.output = out_[1];
      stdio.handle_signals = false;
      stdio.write_patience = write_patience;
      ServeStdio(*harness.dispatcher, stdio);
      close(out_[1]);
    });
  }
  ~StdioServer() {
    CloseInput();
    if (thread_.joinable()) thread_.join();
    close(out_[0]);
    close(in_[0]);
  }
  void Write(const std::string& bytes) {
    for (std::size_t done = 0; done < bytes.size();) {
      const ssize_t written = write(in_[1], bytes.data() + done, bytes.size() - done);
      ASSERT_GT(written, 0);
      done += static_cast<std::size_t>(written);
    }
  }
  void WriteMessage(const Json& message) { Write(Dump(message) + "\n"); }
  // The next line, or empty after `patience`.
  std::string ReadLine(int patience_ms = 5000) {
    while (true) {
      const std::size_t end = buffer_.find('\n');
      if (end != std::string::npos) {
        const std::string line = buffer_.substr(0, end);
        buffer_.erase(0, end + 1);
        return line;
      }
      pollfd wait{out_[0], POLLIN, 0};
      if (poll(&wait, 1, patience_ms) <= 0) return {};
      char bytes[8192];
      const ssize_t got = read(out_[0], bytes, sizeof bytes);
      if (got <= 0) return {};
      buffer_.append(bytes, static_cast<std::size_t>(got));
    }
  }
  Json ReadMessage() { return Json::parse(ReadLine(), nullptr, false); }
  void CloseInput() {
    if (in_[1] >= 0) close(in_[1]);
    in_[1] = -1;
  }
  void Join() { thread_.join(); }

  Harness harness;

 private:
  int in_[2], out_[2];
  std::thread thread_;
  std::string buffer_;
};

TEST(Stdio, PingAndCancelWorkDuringAQuery) {
  StdioServer server;
  server.WriteMessage(Handshake(1, "tools/call", ToolCall("execute", {{"sql", "slow"}})));
  while (server.harness.engine.running == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  server.WriteMessage(Handshake(2, "ping"));
  EXPECT_EQ(server.ReadMessage()["id"], 2);
  server.WriteMessage(MakeNotification("notifications/cancelled", {{"requestId", 1}}));
  server.WriteMessage(Handshake(3, "tools/call", ToolCall("execute", {{"sql", "SELECT 1"}})));
  EXPECT_EQ(server.ReadMessage()["id"], 3);  // nothing for 1
  for (int i = 0; i < 500 && server.harness.engine.cancelled == 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(server.harness.engine.cancelled, 1);
}

TEST(Stdio, SomebodyReadsWhateverRuns) {
  StdioServer server;
  for (int id = 1; id <= 3; ++id) {
    server.WriteMessage(Handshake(id, "tools/call", ToolCall("execute", {{"sql", "slow"}})));
    while (server.harness.engine.running < id) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    server.WriteMessage(Handshake(10 + id, "ping"));
    EXPECT_EQ(server.ReadMessage()["id"], 10 + id);
  }
  // Calls that were read together, and one that comes in pieces.
  server.Write(Dump(Handshake(21, "tools/call", ToolCall("execute", {{"sql", "SELECT 1"}}))) + "\n" +
               Dump(Handshake(22, "tools/call", ToolCall("execute", {{"sql", "SELECT 1"}}))) + "\n");
  std::set<int> seen = {server.ReadMessage()["id"].get<int>(), server.ReadMessage()["id"].get<int>()};
  EXPECT_EQ(seen, (std::set<int>{21, 22}));
  const std::string line = Dump(Handshake(23, "tools/call", ToolCall("execute", {{"sql", "SELECT 1"}}))) + "\n";
  server.Write(line.substr(0, 20));
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  server.Write(line.substr(20));
  EXPECT_EQ(server.ReadMessage()["id"], 23);
}

TEST(Stdio, ACancellationBehindItsCallInOneWriteIsHeard) {
  StdioServer server;
  for (int round = 0; round < 20; ++round) {
    server.Write(Dump(Handshake(round, "tools/call", ToolCall("execute", {{"sql", "slow"}}))) + "\n" +
                 Dump(MakeNotification("notifications/cancelled", {{"requestId", round}})) + "\n");
  }
  server.WriteMessage(Handshake(100, "ping"));
  EXPECT_EQ(server.ReadMessage()["id"], 100);
  for (int i = 0; i < 500 && server.harness.dispatcher->in_flight() > 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(server.harness.dispatcher->in_flight(), 0u) << "none runs on";
}

TEST(Stdio, CallsThatTheEndCutsShortAreToldSo) {
  StdioServer server;
  for (int id = 0; id < 32; ++id)
    server.WriteMessage(Handshake(id, "tools/call", ToolCall("execute", {{"sql", id % 2 == 0 ? "slow" : "SELECT 1"}})));
  server.CloseInput();
  server.Join();
  std::set<int> answered, told;
  for (int i = 0; i < 32; ++i) {
    const Json message = server.ReadMessage();
    ASSERT_FALSE(message.is_discarded()) << i;
    if (message.contains("result")) answered.insert(message["id"].get<int>());
    if (message.contains("error")) {
      EXPECT_EQ(message["error"]["data"]["retryable"], true);
      told.insert(message["id"].get<int>());
    }
  }
  EXPECT_EQ(answered.size() + told.size(), 32u);
  for (int id = 0; id < 32; id += 2) EXPECT_EQ(told.count(id), 1u) << id;
}

TEST(Stdio, TheEndOfInputCancelsAndEndsPromptly) {
  StdioServer server;
  server.WriteMessage(Handshake(1, "tools/call", ToolCall("execute", {{"sql", "slow"}})));
  while (server.harness.engine.running == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  server.CloseInput();
  server.Join();
  EXPECT_EQ(server.harness.engine.cancelled, 1) << "it was not waited for until its end";
}

TEST(Stdio, AnswersToCallsThatAreNearlyDoneStillComeAfterTheEnd) {
  StdioServer server;
  server.WriteMessage(Handshake(1, "tools/call", ToolCall("execute", {{"sql", "SELECT 1"}})));
  server.CloseInput();
  EXPECT_EQ(server.ReadMessage()["id"], 1);
}

TEST(Stdio, PeopleWhoThinkHoldUpNobodyElse) {
  ServerOptions options;
  options.workers = 2;
  StdioServer server(options);
  const Json capabilities = {{"elicitation", Json::object()}};
  server.WriteMessage(Handshake(1, "initialize", {{"protocolVersion", "2025-06-18"}, {"capabilities", capabilities}}));
  EXPECT_EQ(server.ReadMessage()["id"], 1);
  std::vector<Json> questions;
  for (int id = 10; id < 20; ++id) {
    server.WriteMessage(Handshake(id, "tools/call", ToolCall("execute", {{"sql", "expensive"}})));
    questions.push_back(server.ReadMessage());
    ASSERT_EQ(questions.back()["method"], "elicitation/create");
  }
  server.WriteMessage(Handshake(2, "tools/call", ToolCall("execute", {{"sql", "SELECT 1"}})));
  EXPECT_EQ(server.ReadMessage()["id"], 2);
  for (const Json& question : questions) {
    const Json answer = {{"action", "accept"}, {"content", {{"confirm", true}}}};
    server.WriteMessage({{"jsonrpc", "2.0"}, {"id", question["id"]}, {"result", answer}});
    EXPECT_EQ(server.ReadMessage()["result"]["structuredContent"]["row_count"], 2);
  }
}

TEST(Stdio, AClientThatReadsNothingIsWaitedForAndThenLeft) {
  StdioServer server({}, milliseconds(300));
  const std::size_t before = ResidentKb();
  // More than the pipe holds; what does not fit is not asked for again and again.
  for (int i = 0; i < 100; ++i) server.WriteMessage(Handshake(i, "tools/list"));
  server.Join();
  EXPECT_LT(ResidentKb(), before + 10'000);
  // What was written was written whole, up to the last line.
  EXPECT_EQ(server.ReadMessage()["id"], 0);
}

TEST(Stdio, AClientThatReadsLateMissesNothing) {
  StdioServer server;
  std::thread writer([&] {
    for (int i = 0; i < 100; ++i) server.WriteMessage(Handshake(i, "tools/list"));
  });
  std::this_thread::sleep_for(milliseconds(150));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(server.ReadMessage()["id"], i);
  writer.join();
}

TEST(Stdio, LinesAtTheLimitPassAndLongerOnesAreToldOfOnce) {
  ServerOptions options;
  options.limits.bytes = 2000;
  StdioServer server(options);
  std::string message = R"({"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":")";
  message += std::string(2000 - message.size() - 3, 'a') + "\"}}";
  ASSERT_EQ(message.size(), 2000u);
  server.Write(message + "\n");
  EXPECT_EQ(server.ReadMessage()["id"], 1);
  server.Write(message + " \n");
  EXPECT_EQ(server.ReadMessage()["error"]["code"], kInvalidRequest);
  server.Write(std::string(100'000, 'x') + "\n");
  EXPECT_EQ(server.ReadMessage()["error"]["code"], kInvalidRequest);
  server.WriteMessage(Handshake(2, "ping"));
  EXPECT_EQ(server.ReadMessage()["id"], 2);
}

TEST(Stdio, ManyCallsAtOnceGiveWholeLines) {
  ServerOptions options;
  options.queue = 2000;
  StdioServer server(options);
  std::thread writer([&] {
    for (int i = 0; i < 500; ++i)
      server.WriteMessage(Handshake(i, "tools/call", ToolCall("execute", {{"sql", "many"}})));
  });
  std::set<int> seen;
  for (int i = 0; i < 500; ++i) {
    const Json message = server.ReadMessage();
    ASSERT_FALSE(message.is_discarded());
    seen.insert(message["id"].get<int>());
  }
  writer.join();
  EXPECT_EQ(seen.size(), 500u);
}

TEST(Stdio, TenThousandHostileLines) {
  StdioServer server;
  HostileInputs inputs(20261120);
  std::atomic<bool> done = false;
  std::size_t answers = 0;
  std::thread reader([&] {
    while (true) {
      const std::string line = server.ReadLine(500);
      if (line.empty()) {
        if (done) return;
        continue;
      }
      const Json message = Json::parse(line, nullptr, false);
      ASSERT_TRUE(message.is_object()) << line;
      ++answers;
      if (message.value("id", Json()) == "last") return;
    }
  });
  std::size_t before = 0;
  for (int i = 0; i < 10'000; ++i) {
    if (i == 1000) before = ResidentKb();
    server.Write(inputs.Next() + "\n");
  }
  server.WriteMessage(MakeRequest("last", "ping", Json::object()));
  done = true;
  reader.join();
  EXPECT_GT(answers, 5000u);
  EXPECT_LT(ResidentKb(), before + 20'000);
}

}  // namespace
}  // namespace toomai::mcp
