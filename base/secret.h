// A string that must not be shown: passwords, tokens, API keys. It has no stream operator, prints as "[hidden]", and is
// wiped when it goes.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace toomai {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept;
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  bool empty() const { return value_.empty(); }
  // The only way to the text. Search for this word to see who uses secrets.
  const std::string& Reveal() const { return value_; }
  // "[hidden]" or "" when empty.
  std::string_view Shown() const { return value_.empty() ? std::string_view() : std::string_view("[hidden]"); }
  // Compares in a time that depends on the length of `other` alone.
  bool Equals(std::string_view other) const;

 private:
  void Wipe();
  std::string value_;
};

}  // namespace toomai
