#include "tests/support/fault_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <functional>
#include <limits>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace toomai::test {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t kMaxWaiting = 1u << 20;  // bytes held per direction before we stop reading
constexpr milliseconds kTick{5};
constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();

struct Faults {
  milliseconds delay{0};
  std::size_t drip_bytes = 0;
  milliseconds drip_every{0};
  bool frozen = false;
  bool refuse = false;
  std::size_t reset_after = kNever;
};

enum class Once { kNothing, kCut, kReset, kHalfClose, kDelayRequests };

struct Chunk {
  std::string bytes;
  Clock::time_point due;
};

// One way through the proxy.
struct Flow {
  int from = -1, to = -1;
  std::deque<Chunk> waiting;
  std::size_t waiting_bytes = 0;
  bool ended = false;   // `from` has no more
  bool closed = false;  // and `to` has been told
  Clock::time_point next_drip{};
  milliseconds delay{0};  // of this one alone
};

struct Connection {
  int client = -1, server = -1;
  Flow up, down;  // client to server, server to client
  bool dead = false;
};

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

void CloseWithReset(int fd) {
  linger now{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  ::close(fd);
}

}  // namespace

struct FaultProxy::State {
  int target = 0, listener = -1, port = 0;
  std::mutex mutex;  // guards the next six
  Faults faults;
  Once once = Once::kNothing;
  milliseconds requests_delay{0};  // for kDelayRequests
  std::uint64_t orders = 0, obeyed = 0;
  std::condition_variable has_obeyed;
  std::atomic<bool> stop{false};
  std::atomic<std::size_t> open{0}, accepted{0};
  std::atomic<std::uint64_t> from_client{0}, to_client{0};
  std::list<Connection> connections;  // the thread's own
  std::thread thread;

  void Listen();
  void Run();
  // Comes back when the change is in force: what a test does next must not meet the rules from before.
  void Order(const std::function<void(State&)>& change);
  void Accept(const Faults& rules);
  void Receive(Flow* flow, const Faults& rules, Connection* connection);
  void Send(Flow* flow, const Faults& rules, bool down, Connection* connection);
  void Apply(Once action, milliseconds delay);
  static void Close(Connection* connection, bool reset);
  std::size_t MayStillSend() {
    std::lock_guard lock(mutex);
    return faults.reset_after;
  }
  // What is left of ResetAfter() when `sent` more bytes went out.
  std::size_t CountDown(std::size_t sent) {
    std::lock_guard lock(mutex);
    if (faults.reset_after != kNever) faults.reset_after -= std::min(sent, faults.reset_after);
    return faults.reset_after;
  }
};

void FaultProxy::State::Listen() {
  listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof address;
  if (::bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener, 256) != 0 ||
      ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    std::abort();  // no loopback: nothing can be tested
  }
  port = ntohs(address.sin_port);
}

void FaultProxy::State::Accept(const Faults& rules) {
  for (int client; (client = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0;) {
    ++accepted;
    int server = rules.refuse ? -1 : ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = Loopback(target);
    if (server < 0 || ::connect(server, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      if (server >= 0) ::close(server);
      CloseWithReset(client);
      continue;
    }
    int yes = 1;
    for (int fd : {client, server}) ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    Connection& connection = connections.emplace_back();
    connection.client = client;
    connection.server = server;
    connection.up.from = connection.down.to = client;
    connection.up.to = connection.down.from = server;
    ++open;
  }
}

void FaultProxy::State::Close(Connection* connection, bool reset) {
  if (connection->dead) return;
  connection->dead = true;
  if (reset) {
    CloseWithReset(connection->client);
  } else {
    ::close(connection->client);
  }
  ::close(connection->server);
}

void FaultProxy::State::Receive(Flow* flow, const Faults& rules, Connection* connection) {
  char buffer[65536];
  ssize_t got = ::recv(flow->from, buffer, sizeof buffer, MSG_DONTWAIT);
  if (got > 0) {
    flow->waiting.push_back({std::string(buffer, got), Clock::now() + std::max(rules.delay, flow->delay)});
    flow->waiting_bytes += got;
    if (flow == &connection->up) from_client += got;
  } else if (got == 0) {
    flow->ended = true;
  } else if (errno != EAGAIN && errno != EINTR) {
    Close(connection, false);
  }
}

void FaultProxy::State::Send(Flow* flow, const Faults& rules, bool down, Connection* connection) {
  bool drip = down && rules.drip_bytes > 0;
  auto now = Clock::now();
  while (!flow->waiting.empty() && flow->waiting.front().due <= now && (!drip || flow->next_drip <= now)) {
    std::string& bytes = flow->waiting.front().bytes;
    std::size_t most = drip ? std::min(bytes.size(), rules.drip_bytes) : bytes.size();
    if (down) most = std::min(most, MayStillSend());
    if (most == 0) return Close(connection, true);
    ssize_t sent = ::send(flow->to, bytes.data(), most, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
      if (errno != EAGAIN && errno != EINTR) Close(connection, false);
      return;
    }
    flow->next_drip = now + rules.drip_every;
    flow->waiting_bytes -= sent;
    bytes.erase(0, sent);
    if (bytes.empty()) flow->waiting.pop_front();
    if (!down) continue;
    to_client += sent;
    if (CountDown(sent) == 0) return Close(connection, true);
  }
  if (flow->ended && flow->waiting.empty() && !flow->closed) {
    flow->closed = true;
    ::shutdown(flow->to, SHUT_WR);
    if (connection->up.closed && connection->down.closed) Close(connection, false);
  }
}

void FaultProxy::State::Apply(Once action, milliseconds delay) {
  for (Connection& connection : connections) {
    if (action == Once::kDelayRequests) connection.up.delay = delay;
    if (action == Once::kCut) Close(&connection, false);
    if (action == Once::kReset) Close(&connection, true);
    if (action == Once::kHalfClose && !connection.dead) {
      connection.down.waiting.clear();
      connection.down.ended = connection.down.closed = true;
      ::shutdown(connection.client, SHUT_WR);
    }
  }
}

void FaultProxy::State::Order(const std::function<void(State&)>& change) {
  std::unique_lock lock(mutex);
  change(*this);
  has_obeyed.wait(lock, [this, mine = ++orders] { return obeyed >= mine; });
}

void FaultProxy::State::Run() {
  while (!stop) {
    Faults now;
    Once action;
    milliseconds delay;
    std::uint64_t order;
    {
      std::lock_guard lock(mutex);
      order = orders;
      now = faults;
      action = std::exchange(once, Once::kNothing);
      delay = requests_delay;
    }
    Apply(action, delay);
    std::erase_if(connections, [&](const Connection& connection) { return connection.dead && (--open, true); });
    {
      std::lock_guard lock(mutex);
      obeyed = order;
    }
    has_obeyed.notify_all();

    std::vector<pollfd> polled = {{listener, POLLIN, 0}};
    auto watch = [&](const Flow& flow) {
      bool wanted = !now.frozen && !flow.ended && flow.waiting_bytes < kMaxWaiting;
      polled.push_back({wanted ? flow.from : -1, POLLIN, 0});
    };
    for (const Connection& connection : connections) {
      watch(connection.up);
      watch(connection.down);
    }
    ::poll(polled.data(), polled.size(), static_cast<int>(kTick.count()));

    std::size_t i = 1;
    for (Connection& connection : connections) {
      bool from_client = polled[i].revents != 0, from_server = polled[i + 1].revents != 0;
      i += 2;
      if (now.frozen) continue;
      if (from_client) Receive(&connection.up, now, &connection);
      if (from_server && !connection.dead) Receive(&connection.down, now, &connection);
      if (!connection.dead) Send(&connection.up, now, false, &connection);
      if (!connection.dead) Send(&connection.down, now, true, &connection);
    }
    if (polled[0].revents != 0) Accept(now);
  }
  for (Connection& connection : connections) Close(&connection, false);
}

FaultProxy::FaultProxy(int target_port) : state_(std::make_unique<State>()) {
  state_->target = target_port;
  state_->Listen();
  state_->thread = std::thread([state = state_.get()] { state->Run(); });
}

FaultProxy::~FaultProxy() {
  state_->stop = true;
  state_->thread.join();
  ::close(state_->listener);
}

int FaultProxy::port() const {
  return state_->port;
}

void FaultProxy::Delay(milliseconds each_chunk) {
  state_->Order([&](State& state) { state.faults.delay = each_chunk; });
}
void FaultProxy::Drip(std::size_t bytes, milliseconds every) {
  state_->Order([&](State& state) {
    state.faults.drip_bytes = bytes;
    state.faults.drip_every = every;
  });
}
void FaultProxy::Freeze() {
  state_->Order([](State& state) { state.faults.frozen = true; });
}
void FaultProxy::RefuseNew() {
  state_->Order([](State& state) { state.faults.refuse = true; });
}
void FaultProxy::ResetAfter(std::size_t bytes) {
  state_->Order([&](State& state) { state.faults.reset_after = bytes; });
}
void FaultProxy::Heal() {
  state_->Order([](State& state) { state.faults = Faults(); });
}
void FaultProxy::CutAll() {
  state_->Order([](State& state) { state.once = Once::kCut; });
}
void FaultProxy::ResetAll() {
  state_->Order([](State& state) { state.once = Once::kReset; });
}
void FaultProxy::HalfCloseAll() {
  state_->Order([](State& state) { state.once = Once::kHalfClose; });
}
void FaultProxy::DelayRequests(milliseconds each_chunk) {
  state_->Order([&](State& state) {
    state.requests_delay = each_chunk;
    state.once = Once::kDelayRequests;
  });
}

std::size_t FaultProxy::connections() const {
  return state_->open;
}
std::size_t FaultProxy::accepted() const {
  return state_->accepted;
}
std::uint64_t FaultProxy::bytes_from_client() const {
  return state_->from_client;
}
std::uint64_t FaultProxy::bytes_to_client() const {
  return state_->to_client;
}

}  // namespace toomai::test
