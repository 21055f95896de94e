// What PostgreSQL said -> Error, chosen by what the caller can do about it. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace toomai::engine::pg {

// The fields of one ErrorResponse.
struct ServerMessage {
  std::string sqlstate;  // empty: the connection was lost before the server said anything
  std::string primary;
  std::string detail;
  std::string hint;
  int position = 0;  // 1-based character in the statement, 0 if none
};

Error ToError(const ServerMessage& message);

// Class 22 and others quote cells ('invalid input syntax for type integer: "ann@x.org"'): where columns are masked or
// denied, such texts must not travel. True when the message of this SQLSTATE speaks of names and limits only.
bool MessageIsFreeOfData(std::string_view sqlstate);
// The same error with the server's words replaced, unless they are free of data.
Error WithoutData(Error error);

// The connection itself failed (refused, reset, timed out, gone). Passwords are taken out.
Error ConnectionError(std::string_view doing, std::string_view libpq_message);

}  // namespace toomai::engine::pg
