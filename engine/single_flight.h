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

#include "base/deadline.h"

namespace toomai::engine {

template <typename Result>
class SingleFlight {
 public:
  // Runs `work`, or waits for the twin that already does. When the twin fails to give anything (it ran out of its own
  // time), or our deadline comes first, nullopt: the caller then does the work itself or gives up.
  template <typename Work>
  std::optional<Result> Do(const Deadline& deadline, const std::string& key, Work work) {
    std::shared_ptr<Flight> flight;
    bool leader = false;
    {
      const std::lock_guard lock(mutex_);
      auto& slot = flights_[key];
      if (!slot) {
        slot = std::make_shared<Flight>();
        leader = true;
      }
      flight = slot;
    }
    if (!leader) {
      std::unique_lock lock(flight->mutex);
      while (!flight->done && !deadline.over()) {
        flight->changed.wait_for(lock, std::min(deadline.Remaining(), std::chrono::milliseconds(100)));
      }
      return flight->result;
    }
    std::optional<Result> result = work();
    {
      const std::lock_guard lock(mutex_);
      flights_.erase(key);
    }
    const std::lock_guard lock(flight->mutex);
    flight->result = result;
    flight->done = true;
    flight->changed.notify_all();
    return result;
  }

 private:
  struct Flight {
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
    std::optional<Result> result;
  };
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Flight>> flights_;
};

}  // namespace toomai::engine
