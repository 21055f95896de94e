// What must not be shown, taken out of text: one place for logs, errors and the history. Thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace toomai {

// Passwords in DSNs and key=value text, bearer tokens, API keys, and every registered secret become "[hidden]".
std::string Redact(std::string_view text);

// Text that must never be printed (a loaded password); short ones (under 4 bytes) are ignored.
void RegisterSecret(std::string_view value);

// The password in the URL of a database, however it was written: one that should have been percent-encoded is read
// wrongly by others, so that parts of it appear as a host or a port in their messages. Nothing happens for other text.
void RegisterUrlPassword(std::string_view url);

// Strings and numbers in SQL become ?; comments go. Quoted identifiers stay.
std::string RedactSqlLiterals(std::string_view sql);

}  // namespace toomai
