#include "llm/budget.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace toomai::llm {
namespace {

constexpr const char* kBudgetHint =
    "Wait for the next day (UTC), raise the limit in the configuration, or ask without a model.";

std::int64_t UtcDay() {
  using namespace std::chrono;
  return duration_cast<hours>(system_clock::now().time_since_epoch()).count() / 24;
}

}  // namespace

Budget::Budget(BudgetOptions options, std::function<std::int64_t()> today)
    : options_(options), today_(today ? std::move(today) : UtcDay) {}

Budget::Reservation& Budget::Reservation::operator=(Reservation&& other) noexcept {
  if (this == &other) return *this;
  Settle(0, 0);
  budget_ = std::exchange(other.budget_, nullptr);
  caller_ = std::move(other.caller_);
  day_ = other.day_;
  tokens_ = other.tokens_;
  cost_ = other.cost_;
  return *this;
}

void Budget::Reservation::Settle(std::int64_t tokens, double cost) {
  if (Budget* budget = std::exchange(budget_, nullptr)) budget->Add(caller_, day_, tokens - tokens_, cost - cost_);
}

bool Budget::limited() const {
  return options_.daily_tokens > 0 || options_.daily_tokens_per_caller > 0 || options_.daily_cost > 0;
}

Expected<Budget::Reservation> Budget::Reserve(const std::string& caller, std::int64_t tokens, double cost) {
  std::lock_guard lock(mutex_);
  Turn();
  Spent& mine = callers_[caller];
  const auto refuse = [](const std::string& whose, std::int64_t budget, std::int64_t spent, std::int64_t needed) {
    return Fail(ErrorCode::kRejected,
                whose + " budget of " + std::to_string(budget) + " model tokens a day has " +
                    std::to_string(std::max<std::int64_t>(0, budget - spent)) + " left, and this call may need " +
                    std::to_string(needed) + ".",
                kBudgetHint);
  };
  if (options_.daily_tokens > 0 && all_.tokens + tokens > options_.daily_tokens)
    return refuse("The", options_.daily_tokens, all_.tokens, tokens);
  if (options_.daily_tokens_per_caller > 0 && mine.tokens + tokens > options_.daily_tokens_per_caller)
    return refuse("This caller's", options_.daily_tokens_per_caller, mine.tokens, tokens);
  if (options_.daily_cost > 0 && all_.cost + cost > options_.daily_cost)
    return Fail(ErrorCode::kRejected, "What is left of the day's money for models does not pay for this call.",
                kBudgetHint);
  all_.tokens += tokens;
  all_.cost += cost;
  mine.tokens += tokens;
  mine.cost += cost;
  Reservation reservation;
  reservation.budget_ = this;
  reservation.caller_ = caller;
  reservation.day_ = day_;
  reservation.tokens_ = tokens;
  reservation.cost_ = cost;
  return reservation;
}

void Budget::Seed(const std::string& caller, std::int64_t tokens, double cost) {
  std::lock_guard lock(mutex_);
  Turn();
  all_.tokens += tokens;
  all_.cost += cost;
  callers_[caller].tokens += tokens;
  callers_[caller].cost += cost;
}

Budget::Spent Budget::Today(const std::string& caller) {
  std::lock_guard lock(mutex_);
  Turn();
  if (caller.empty()) return all_;
  auto found = callers_.find(caller);
  return found == callers_.end() ? Spent{} : found->second;
}

void Budget::Turn() {
  const std::int64_t today = today_();
  if (today == day_) return;
  day_ = today;
  all_ = {};
  callers_.clear();
}

void Budget::Add(const std::string& caller, std::int64_t day, std::int64_t tokens, double cost) {
  std::lock_guard lock(mutex_);
  Turn();
  if (day != day_) return;  // reserved yesterday: that account is closed
  all_.tokens += tokens;
  all_.cost += cost;
  callers_[caller].tokens += tokens;
  callers_[caller].cost += cost;
}

}  // namespace toomai::llm
