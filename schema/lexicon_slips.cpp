// Words that are no name but near one: misspelt, or glued to a mark or a short form in the schema.
#include <algorithm>
#include <tuple>
#include <unordered_set>

#include "base/text.h"
#include "schema/lexicon.h"
#include "schema/stem.h"

namespace toomai::schema {
namespace {

constexpr std::size_t kShortest = 4;  // letters of a word that is compared

// No word by itself: "dim", "tbl", "sbtx".
bool IsMark(const std::string& head) {
  constexpr std::size_t kShortestMark = 3;
  if (head == "dim" || head == "fact" || head == "ref") return true;
  return head.size() >= kShortestMark && head.find_first_of("aeiou") == std::string::npos;
}

bool Slip(const std::string& name, const std::string& said) {
  return name[0] == said[0] && name.size() + 1 >= said.size() && name.size() <= said.size() + 1 &&
         EditDistance(name, said, 1) <= 1;
}

}  // namespace

// The words of names as stems, and one-word names as they are spelled: "custmers" is near "customers", not its stem.
void Lexicon::AddSpellings(const Schema& schema) {
  std::unordered_set<std::string> stems;
  for (std::size_t t = 0; t < table_words_.size(); ++t) {
    stems.insert(table_words_[t].begin(), table_words_[t].end());
    for (const ColumnName& name : columns_[t]) stems.insert(name.words.begin(), name.words.end());
  }
  auto add = [&](const std::string& word, std::string stem) {
    if (word.size() >= kShortest && FindKey(stem) != nullptr) spellings_.push_back({word, std::move(stem)});
  };
  for (const std::string& stem : stems) add(stem, stem);
  for (const Table& table : schema.tables) {
    auto one_word = [&](const std::string& name) {
      const std::string spelled = Fold(name);
      if (spelled.find('_') == std::string::npos) add(spelled, Stem(spelled));
    };
    one_word(table.name);
    for (const Column& column : table.columns) one_word(column.name);
  }
  std::sort(spellings_.begin(), spellings_.end(),
            [](const Spelling& a, const Spelling& b) { return std::tie(a.word, a.stem) < std::tie(b.word, b.stem); });
  spellings_.erase(
      std::unique(spellings_.begin(), spellings_.end(),
                  [](const Spelling& a, const Spelling& b) { return a.word == b.word && a.stem == b.stem; }),
      spellings_.end());
}

std::string Lexicon::Nearest(const std::string& word, const std::string& stem) const {
  if (stem.size() < kShortest) return "";
  const std::string* found = nullptr;
  for (const Spelling& name : spellings_) {
    if (!Slip(name.stem, stem) && !Slip(name.word, word)) continue;
    if (found != nullptr && *found != name.stem) return "";  // two names are as near: no guess
    found = &name.stem;
  }
  if (found != nullptr) return *found;
  const std::string glued = GluedWith(word, stem);
  return glued.empty() ? ShortFormOf(stem) : glued;
}

// "battery" for batt_pct, "supervises" for supervisor_id: a name that is the word cut short, or who does it.
std::string Lexicon::ShortFormOf(const std::string& stem) const {
  constexpr std::size_t kShortestVerb = 5;
  static constexpr std::string_view kDoers[] = {"or", "er", "ee", "r"};
  const std::string* found = nullptr;
  for (const Spelling& name : spellings_) {
    const bool cut = stem.size() > name.stem.size() && stem.starts_with(name.stem) && !splitter_.Knows(name.stem);
    const bool doer =
        stem.size() >= kShortestVerb && name.stem.starts_with(stem) &&
        std::find(std::begin(kDoers), std::end(kDoers), name.stem.substr(stem.size())) != std::end(kDoers);
    if (!cut && !doer) continue;
    if (found != nullptr && *found != name.stem) return "";
    found = &name.stem;
  }
  return found == nullptr ? "" : *found;
}

// The one name that ends or begins with the word, glued to a short mark: "commission" of sbtxcommission, "blood" of
// bloodgrp.
std::string Lexicon::GluedWith(const std::string& word, const std::string& stem) const {
  constexpr std::size_t kLongestMark = 6;
  const std::string* found = nullptr;
  auto tail = [&](const std::string& name, const std::string& said) {
    return name.ends_with(said) && IsMark(name.substr(0, name.size() - said.size()));
  };
  for (const Spelling& name : spellings_) {
    if (word.size() < kShortest || name.word.size() <= word.size() || name.word.size() > word.size() + kLongestMark)
      continue;
    const bool head = name.word.starts_with(word) && splitter_.Knows(name.word.substr(word.size()));
    if (!head && !tail(name.word, word) && !tail(name.stem, stem)) continue;
    if (found != nullptr && *found != name.stem) return "";
    found = &name.stem;
  }
  return found == nullptr ? "" : *found;
}

}  // namespace toomai::schema
