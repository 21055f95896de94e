// How the sections of the configuration are walked: a section is described once, by a function that shows each of its
// fields to a visitor; visitors read a tree into the fields, list the keys, or list the values. Internal to
// app/config*.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "app/options.h"
#include "base/secret.h"

namespace toomai::app {

using StringList = std::vector<std::string>;
using StringMap = std::map<std::string, std::string>;

// A field by its type. The list in an optional is absent by default, which means "all".
using FieldRef = std::variant<bool*, int*, std::int64_t*, std::size_t*, std::uint16_t*, double*, std::string*,
                              std::chrono::milliseconds*, std::chrono::seconds*, StringList*,
                              std::optional<StringList>*, StringMap*, Secret*>;

struct KeySpec {
  const char* name;
  const char* doc;
  double least = 0, most = 1e15;  // of numbers and durations (in ms)
  const char* choices = "";       // "off|normal|full"
  const char* example = "";
  bool restart = false;
  bool bytes = false;       // a number of bytes: 64KB, 4MB
  bool path = false;        // a file: relative to the file that names it
  bool redact_url = false;  // may hold a password
  bool hidden = false;      // may hold secrets anywhere: of a map the names are shown, of a text nothing
};

class KeyVisitor {
 public:
  virtual ~KeyVisitor() = default;

  virtual void Visit(const KeySpec& spec, FieldRef field) = 0;
  virtual void BeginSection(const char* name, const char* doc) = 0;
  virtual void EndSection() = 0;
  // How many items the list shall have; each is then visited between BeginItem and EndItem.
  virtual std::size_t BeginList(const char* name, const char* doc, std::size_t size) = 0;
  virtual void BeginItem(std::size_t index) = 0;
  virtual void EndItem() = 0;
  virtual void EndList() = 0;

  template <typename Describe>
  void Section(const char* name, const char* doc, Describe describe) {
    BeginSection(name, doc);
    describe();
    EndSection();
  }

  template <typename T, typename Describe>
  void List(const char* name, const char* doc, std::vector<T>& items, const T& prototype, Describe describe) {
    items.resize(BeginList(name, doc, items.size()), prototype);
    for (std::size_t i = 0; i < items.size(); ++i) {
      BeginItem(i);
      describe(items[i]);
      EndItem();
    }
    EndList();
  }

  // An enumeration whose values are 0, 1, 2, … in the order of the choices.
  template <typename Enum>
  void Choice(KeySpec spec, Enum& value) {
    std::string word = WordAt(spec.choices, static_cast<int>(value));
    Visit(spec, &word);
    value = static_cast<Enum>(IndexOf(spec.choices, word));
  }

  // A libpq keyword: absent unless given.
  void Parameter(const KeySpec& spec, const char* keyword, StringMap& parameters) {
    std::string value = parameters.count(keyword) > 0 ? parameters[keyword] : std::string();
    Visit(spec, &value);
    if (!value.empty()) parameters[keyword] = value;
  }

 private:
  static std::string WordAt(const std::string& choices, int index);
  static int IndexOf(const std::string& choices, const std::string& word);
};

// The whole configuration. `environment` variables and files named by *_env_var and *_file keys are resolved elsewhere:
// the visitor of such a key sees only its text, kept in RawSecrets.
struct SecretSource {
  std::string env_var{}, file{};
};
struct RawSecrets {
  std::vector<SecretSource> databases{}, models{}, tokens{};
};
void DescribeConfig(KeyVisitor& visitor, AppOptions& options, RawSecrets& secrets);

}  // namespace toomai::app
