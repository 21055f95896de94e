// Which statements a session keeps prepared, by name: those that it has run before. Reading and planning a small
// statement costs the server more than running it (measured: SELECT 1 takes a third less of it). Only for sessions with
// one backend behind them; a reset forgets them all. Of one session: used by one thread at a time.
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <vector>

namespace toomai::engine::pg {

class PreparedStatements {
 public:
  static constexpr std::size_t kMost = 32;          // kept by a session
  static constexpr std::size_t kLongest = 8 << 10;  // bytes; longer ones are not kept

  struct Use {
    std::string name;      // "": run it unprepared
    bool prepare = false;  // it must be prepared under the name first
    std::string drop;      // this one must go for it; "": there is room
  };
  // How to run the statement now. From its second time on it is kept.
  Use For(std::string_view sql);
  // What For() said did not come to pass, or nobody knows; or the session was reset.
  void Clear();

 private:
  struct Kept {
    std::string sql, name;
  };
  std::list<Kept> kept_;             // the last used in front
  std::vector<std::uint64_t> seen_;  // hashes of what was run once, a ring
  std::size_t next_seen_ = 0;
  std::uint64_t last_name_ = 0;
};

}  // namespace toomai::engine::pg
