// Framing: bytes as they come over stdin (lines, batches, several messages that depend on each other) or over an HTTP
// connection (heads, chunked bodies, pipelining, streams). Whatever comes in, stdout carries whole JSON lines and an
// HTTP answer begins with a status line. The first byte chooses the transport.
#include <arpa/inet.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <future>
#include <string>
#include <thread>

#include "mcp/http_serve.h"
#include "mcp/stdio.h"
#include "tests/fuzz/mcp_registry.h"

namespace {

using namespace toomai::mcp;

ServerOptions Options() {
  ServerOptions options;
  options.workers = 1;
  options.limits = {4096, 16, 500};
  options.http.port = 0;
  options.http.max_header_bytes = 2048;
  options.http.read_timeout = options.http.idle_timeout = milliseconds(200);
  options.http.keep_alive = milliseconds(50);
  options.question_timeout = milliseconds(20);
  return options;
}

// ---- stdio ----

void CheckLines(const std::string& output) {
  for (std::size_t begin = 0; begin < output.size();) {
    const std::size_t end = output.find('\n', begin);
    if (end == std::string::npos) std::abort();
    const Json message = Json::parse(output.substr(begin, end - begin), nullptr, false);
    if (!message.is_object() && !message.is_array()) std::abort();
    begin = end + 1;
  }
}

void OverStdio(std::string_view bytes) {
  static Dispatcher& dispatcher = *new Dispatcher(FuzzRegistry(), Options());
  StdioOptions stdio;
  stdio.handle_signals = false;
  stdio.grace = milliseconds(bytes.size() % 4);
  stdio.input = memfd_create("in", MFD_CLOEXEC);
  stdio.output = memfd_create("out", MFD_CLOEXEC);
  if (write(stdio.input, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) std::abort();
  lseek(stdio.input, 0, SEEK_SET);
  if (ServeStdio(dispatcher, stdio) != 0) std::abort();
  std::string output(static_cast<std::size_t>(lseek(stdio.output, 0, SEEK_END)), '\0');
  if (pread(stdio.output, output.data(), output.size(), 0) != static_cast<ssize_t>(output.size())) std::abort();
  CheckLines(output);
  close(stdio.input);
  close(stdio.output);
}

// ---- HTTP ----

// A server for the life of the process, on a port of its own.
int Port() {
  static const int port = [] {
    auto* options = new ServerOptions(Options());
    auto* authenticator = new Authenticator(options->http);
    auto* dispatcher = new Dispatcher(FuzzRegistry(), *options);
    std::promise<int> listening;
    std::thread([&listening, dispatcher, authenticator] {
      ServeHttp(*dispatcher, *authenticator, {}, false, [&listening](const std::string& url) {
        listening.set_value(std::atoi(url.c_str() + url.rfind(':') + 1));
      });
    }).detach();
    return listening.get_future().get();
  }();
  return port;
}

void OverHttp(std::string_view bytes) {
  const int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(Port()));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(connection, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) std::abort();
  // In two parts, so that every cut is met.
  const std::size_t cut = bytes.empty() ? 0 : static_cast<unsigned char>(bytes.back()) % (bytes.size() + 1);
  send(connection, bytes.data(), cut, MSG_NOSIGNAL);
  send(connection, bytes.data() + cut, bytes.size() - cut, MSG_NOSIGNAL);
  shutdown(connection, SHUT_WR);
  std::string answer;
  char part[4096];
  pollfd wait{connection, POLLIN, 0};
  while (answer.size() < 64 << 10 && poll(&wait, 1, 20) > 0) {
    const ssize_t got = recv(connection, part, sizeof part, 0);
    if (got <= 0) break;
    answer.append(part, static_cast<std::size_t>(got));
  }
  close(connection);
  if (!answer.empty() && answer.rfind("HTTP/1.", 0) != 0) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 0)
    OverStdio(bytes);
  else
    OverHttp(bytes);
  return 0;
}
