// What a person at a terminal gets and a pipe does not: colours, width, progress, a pager.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace toomai::app {

bool StdoutIsTerminal();
bool StderrIsTerminal();
// Colours only on a terminal, never when NO_COLOR is set or TERM is dumb.
bool UseColour();
std::size_t TerminalWidth();  // 0 when stdout is not a terminal
std::size_t TerminalHeight();

// `code` is an SGR parameter such as "1" (bold), "2" (dim), "31" (red); the text as it is when colours are off.
std::string Styled(std::string_view text, std::string_view code);

// One line on stderr that is rewritten while something slow runs; silent when nobody watches. Appears after half a
// second.
class ProgressLine {
 public:
  ProgressLine();
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  void Update(std::string_view stage, double done = 0, double total = 0);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Whoever read our standard output reads no more (`| head`).
bool ReaderIsGone();

// Writes text to stdout, through $PAGER (default: less -FRSX) when it is taller than the terminal.
void Page(std::string_view text);

}  // namespace toomai::app
