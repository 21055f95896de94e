// The same work asked for by several at once is done by one; the others wait for its result. Nothing is kept
// afterwards.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "base/deadline.h"

namespace toomai::engine {

template <typename Result>
class SingleFlight {
 public:
  // Runs `work`, or waits for the twin that already does. nullopt when the work gave nothing or our deadline came
  // first. A twin that went away or ran out of its own time leaves the work to one of those who still have time.
  template <typename Work>
  std::optional<Result> Do(const Deadline& deadline, const std::string& key, Work work) {
    while (true) {
      const auto [flight, leader] = Board(key);
      if (leader) return Lead(deadline, key, *flight, work);
      std::unique_lock lock(flight->mutex);
      while (!flight->done && !deadline.over()) {
        flight->changed.wait_for(lock, std::min(deadline.Remaining(), std::chrono::milliseconds(100)));
      }
      if (!flight->abandoned || deadline.over()) return flight->result;
    }
  }

 private:
  struct Flight {
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false, abandoned = false;
    std::optional<Result> result;
  };

  std::pair<std::shared_ptr<Flight>, bool> Board(const std::string& key) {
    const std::lock_guard lock(mutex_);
    auto& slot = flights_[key];
    const bool leader = !slot;
    if (leader) slot = std::make_shared<Flight>();
    return {slot, leader};
  }

  template <typename Work>
  std::optional<Result> Lead(const Deadline& deadline, const std::string& key, Flight& flight, Work& work) {
    std::optional<Result> result = work();
    {
      const std::lock_guard lock(mutex_);
      flights_.erase(key);
    }
    const std::lock_guard lock(flight.mutex);
    flight.result = result;
    flight.abandoned = !result && deadline.over();
    flight.done = true;
    flight.changed.notify_all();
    return result;
  }

  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Flight>> flights_;
};

}  // namespace toomai::engine
