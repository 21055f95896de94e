#include "engine/reply_text.h"

#include <algorithm>

#include "base/text.h"

namespace toomai::engine {
namespace {

struct Pair {
  std::string_view open, close;
};

constexpr Pair kReasoning[] = {
    {"<think>", "</think>"},         {"<thinking>", "</thinking>"},      {"[think]", "[/think]"},
    {"<reasoning>", "</reasoning>"}, {"<|channel|>analysis", "<|end|>"}, {"<|channel|>commentary", "<|end|>"}};

void ReplaceAll(std::string* text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text->find(from, at)) != std::string::npos; at += to.size())
    text->replace(at, from.size(), to);
}

// One pass, however many marks there are.
std::string Without(const Pair& pair, std::string_view text) {
  constexpr std::size_t kNone = std::string_view::npos;
  std::string out;
  std::size_t at = 0, open = 0, close = 0;
  bool first = true;
  while (true) {
    if (first || (open != kNone && open < at)) open = FindIgnoreCase(text, pair.open, at);
    if (first || (close != kNone && close < at)) close = FindIgnoreCase(text, pair.close, at);
    first = false;
    if (close != kNone && close < open) {  // the opener was part of the prompt
      out.clear();
    } else {
      out += text.substr(at, open == kNone ? kNone : open - at);
      if (open == kNone) return out;
      if (close == kNone) return out;
    }
    at = close + pair.close.size();
  }
}

// Full-width forms of Chinese and Japanese keyboards, whose code points run beside ASCII's.
char HalfWidth(char32_t c) {
  if (c >= 0xFF01 && c <= 0xFF5E) return static_cast<char>(c - 0xFEE0);
  if (c == 0x3000) return ' ';
  return c == 0x3001 ? ',' : 0;
}

std::string HalfWidthOutsideQuotes(std::string_view text) {
  std::string out;
  char quote = 0;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t begin = i;
    const char half = HalfWidth(NextCodePoint(text, &i));
    const char c = half ? half : text[begin];
    if (quote) {
      if (text[begin] == quote) quote = 0;
    } else if (text[begin] == '\'' || text[begin] == '"') {
      quote = text[begin];
    } else if (half) {
      out += c;
      continue;
    }
    out.append(text.substr(begin, i - begin));
  }
  return out;
}

}  // namespace

bool IsWordByte(char c) {
  return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
         (static_cast<unsigned char>(c) >= 0x80);
}

std::size_t FindIgnoreCase(std::string_view text, std::string_view lower_word, std::size_t from) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
  if (from >= text.size()) return std::string_view::npos;
  const auto found = std::search(text.begin() + static_cast<std::ptrdiff_t>(from), text.end(), lower_word.begin(),
                                 lower_word.end(), [&](char a, char b) { return lower(a) == b; });
  return found == text.end() ? std::string_view::npos : static_cast<std::size_t>(found - text.begin());
}

std::string WithoutReasoning(std::string_view given) {
  std::string text(given);
  // The answer of a harmony reply is what its last channel says.
  const std::size_t final_channel = text.rfind("<|channel|>final<|message|>");
  if (final_channel != std::string::npos) {
    text = text.substr(final_channel + std::string_view("<|channel|>final<|message|>").size());
    const std::size_t end = text.find("<|");
    if (end != std::string::npos) text.resize(end);
    return text;
  }
  for (const Pair& pair : kReasoning) text = Without(pair, text);
  return text;
}

std::string PlainTypography(std::string_view sql) {
  std::string text(sql);
  for (const char* escaped : {"\\_", "\\*", "\\[", "\\]", "\\<", "\\>", "\\#", "\\~", "\\(", "\\)"})
    ReplaceAll(&text, escaped, std::string_view(escaped).substr(1));
  for (const auto& [from, to] :
       {std::pair{"&lt;", "<"}, {"&gt;", ">"},          {"&quot;", "\""},       {"&#39;", "'"},
        {"&apos;", "'"},        {"&nbsp;", " "},        {"&amp;", "&"},         {"\xE2\x80\x98", "'"},
        {"\xE2\x80\x99", "'"},  {"\xE2\x80\x9C", "\""}, {"\xE2\x80\x9D", "\""}, {"\xE2\x80\x8B", ""},
        {"\xE2\x80\x8C", ""},   {"\xE2\x80\x8D", ""},   {"\xEF\xBB\xBF", ""},   {"\xC2\xA0", " "},
        {"\xE2\x80\xAF", " "},  {"\xE2\x89\xA0", "<>"}, {"\xE2\x89\xA4", "<="}, {"\xE2\x89\xA5", ">="}}) {
    ReplaceAll(&text, from, to);
  }
  return HalfWidthOutsideQuotes(text);
}

bool HasOddTypography(std::string_view text) {
  std::string rest;
  bool inside = false;
  for (char c : text) {
    if (c == '\'')
      inside = !inside;
    else if (!inside)
      rest += c;
  }
  return PlainTypography(rest) != rest;
}

bool SoundsLikeRefusal(std::string_view text) {
  static const char* const kPhrases[] = {"cannot",
                                         "can't",
                                         "can not",
                                         "unable to",
                                         "not possible",
                                         "not able",
                                         "sorry",
                                         "no column",
                                         "no table",
                                         "does not contain",
                                         "doesn't contain",
                                         "not available",
                                         "insufficient",
                                         "don't have",
                                         "do not have",
                                         "无法",
                                         "不能",
                                         "抱歉",
                                         "没有",
                                         "缺少",
                                         "不存在",
                                         "対応できません",
                                         "できません",
                                         "申し訳",
                                         "ありません",
                                         "わかりません",
                                         "no puedo",
                                         "no es posible",
                                         "lo siento",
                                         "ne peux pas",
                                         "impossible",
                                         "désolé",
                                         "leider",
                                         "nicht möglich",
                                         "kann nicht",
                                         "não é possível",
                                         "desculpe",
                                         "не могу",
                                         "невозможно",
                                         "сожалению",
                                         "죄송",
                                         "할 수 없",
                                         "없습니다"};
  const std::string lower = AsciiLower(text);
  return std::any_of(std::begin(kPhrases), std::end(kPhrases),
                     [&](const char* phrase) { return lower.find(phrase) != std::string::npos; });
}

}  // namespace toomai::engine
