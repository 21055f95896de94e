// Lines of a batch, as they come: from a file, a pipe or a terminal. Waiting for the next one ends when the command is
// told to stop. Not thread-safe.
#pragma once

#include <stop_token>
#include <string>

namespace toomai::app {

class InputLines {
 public:
  explicit InputLines(int descriptor) : descriptor_(descriptor) {}

  // False at the end of the input, and when told to stop. The last line may lack its end.
  bool Next(const std::stop_token& stop, std::string* line);

 private:
  bool ReadMore(const std::stop_token& stop);

  const int descriptor_;
  std::string read_;
  std::size_t taken_ = 0, searched_ = 0;
  bool ended_ = false;
};

}  // namespace toomai::app
