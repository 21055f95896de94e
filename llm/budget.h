// How many tokens and how much money may be spent in a day (UTC), in all and per caller. What a call will cost is not
// known before it ends, so an estimate is reserved first and replaced by the truth afterwards: concurrent calls cannot
// overspend together. Thread-safe. In memory; SeedOnce() takes over what was spent earlier today, before a restart.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "base/error.h"
#include "llm/options.h"

namespace toomai::llm {

class Budget {
 public:
  struct Spent {
    std::int64_t tokens = 0;
    double cost = 0;
  };
  // `today` gives the number of the day; replaced in tests.
  explicit Budget(BudgetOptions options, std::function<std::int64_t()> today = {});

  // A part of the budget, given back by Settle (with what was really spent) or, when forgotten, as unspent.
  class Reservation {
   public:
    Reservation() = default;
    Reservation(Reservation&& other) noexcept { *this = std::move(other); }
    Reservation& operator=(Reservation&& other) noexcept;
    Reservation(const Reservation&) = delete;
    Reservation& operator=(const Reservation&) = delete;
    ~Reservation() { Settle(0, 0); }
    void Settle(std::int64_t tokens, double cost);

   private:
    friend class Budget;
    Budget* budget_ = nullptr;
    std::string caller_;
    std::int64_t day_ = 0, tokens_ = 0;
    double cost_ = 0;
  };

  // kRejected when the estimate does not fit in what is left today.
  Expected<Reservation> Reserve(const std::string& caller, std::int64_t tokens, double cost);
  bool limited() const;
  // Calls `seed`, which calls Seed(), when there is a limit and nobody did; others wait for it.
  template <typename Function>
  void SeedOnce(Function seed) {
    if (limited()) std::call_once(seeded_, seed);
  }
  void Seed(const std::string& caller, std::int64_t tokens, double cost);
  Spent Today(const std::string& caller = {});  // empty: all callers

 private:
  void Turn();  // REQUIRES: mutex_. Begins a new day's account.
  void Add(const std::string& caller, std::int64_t day, std::int64_t tokens, double cost);

  const BudgetOptions options_;
  const std::function<std::int64_t()> today_;
  std::once_flag seeded_;
  std::mutex mutex_;
  std::int64_t day_ = -1;
  Spent all_;
  std::map<std::string, Spent> callers_;
};

}  // namespace toomai::llm
