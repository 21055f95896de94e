// A TCP proxy on loopback that misbehaves on command: between a client under test and a real server.
//
//   FaultProxy proxy(cluster.port());
//   auto url = cluster.TcpUrl("ecommerce_small", "toomai_reader", proxy.port());
//   proxy.ResetAll();            // every connection dies with RST
//
// One thread of its own; every method may be called from any other thread, and what it asked for is in force
// when it comes back.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace toomai::test {

class FaultProxy {
 public:
  explicit FaultProxy(int target_port);
  ~FaultProxy();
  FaultProxy(const FaultProxy&) = delete;
  FaultProxy& operator=(const FaultProxy&) = delete;

  int port() const;

  // From now on, for every connection; Heal() puts an end to all of them.
  void Delay(std::chrono::milliseconds each_chunk);               // both ways
  void Drip(std::size_t bytes, std::chrono::milliseconds every);  // towards the client, that many bytes at a time
  void Freeze();                                                  // nothing moves, nothing closes: a dead network
  void RefuseNew();                                               // new connections are reset at once
  void ResetAfter(std::size_t bytes);                             // RST once this many more bytes went to the client
  void Heal();

  // Once, for the connections there are.
  void CutAll();        // an orderly close, both sides
  void ResetAll();      // RST to the client, the server's side closed
  void HalfCloseAll();  // the client reads end of stream; what it sends still arrives
  // What they send from now on reaches the server later; connections that come after this are quick: a cancel request
  // overtakes the statement it is meant for.
  void DelayRequests(std::chrono::milliseconds each_chunk);

  std::size_t connections() const;          // open now
  std::size_t accepted() const;             // ever
  std::uint64_t bytes_from_client() const;  // whether they have gone on to the server or not
  std::uint64_t bytes_to_client() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace toomai::test
