// JSON Web Tokens signed with RS256 or ES256, checked against the public keys of a JWKS document. Other algorithms,
// "none" above all, are refused. Pure functions over OpenSSL.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "mcp/json.h"

namespace toomai::mcp {

class JwkSet {
 public:
  JwkSet();
  ~JwkSet();
  JwkSet(JwkSet&&) noexcept;
  JwkSet& operator=(JwkSet&&) noexcept;

  // Keys of other types or uses are skipped; an error when none is left.
  static Expected<JwkSet> Parse(std::string_view json);
  // True when `signature` over `data` is by a key of this set; `key_id` may be empty.
  bool Verify(std::string_view algorithm, std::string_view key_id, std::string_view data,
              std::string_view signature) const;
  // True when a token that names `key_id` could be by a key of this set.
  bool Knows(std::string_view key_id) const;
  std::size_t size() const;

 private:
  struct Key;
  std::vector<Key> keys_;
};

// The claims of a token whose signature is good. Times, issuer and audience are for the caller to check. kNotFound when
// it is by a key that is not in the set: newer keys may help.
Expected<Json> VerifyJwt(std::string_view token, const JwkSet& keys);

}  // namespace toomai::mcp
