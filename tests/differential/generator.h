// Random statements from PostgreSQL's grammar for queries, most of them valid: what mutation of real statements seldom
// makes, such as every clause inside every other.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <random>
#include <string>

namespace toomai::differential {

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}
  std::string Statement() { return Query(4); }

 private:
  std::size_t Below(std::size_t n) { return static_cast<std::size_t>(random_() % n); }
  bool Chance(int percent) { return Below(100) < static_cast<std::size_t>(percent); }
  std::string One(std::initializer_list<const char*> words) { return *(words.begin() + Below(words.size())); }
  std::string Maybe(int percent, const std::string& text) { return Chance(percent) ? text : std::string(); }
  template <typename Make>
  std::string List(std::size_t most, Make make) {
    std::string text = make();
    for (std::size_t n = Below(most); n > 0; --n) text += ", " + make();
    return text;
  }

  std::string Name();
  std::string Literal();
  std::string Type();
  std::string Operator();
  std::string Expression(int depth);
  std::string Call(int depth);
  std::string Window(int depth);
  std::string Order(int depth);
  std::string Target(int depth);
  std::string FromItem(int depth);
  std::string Select(int depth);
  std::string Arm(int depth);
  std::string Query(int depth);
  std::string With(int depth);

  std::mt19937_64 random_;
};

}  // namespace toomai::differential
