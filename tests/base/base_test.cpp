// The small values: error, deadline, secret, SHA-256.
#include <gtest/gtest.h>

#include <sstream>
#include <thread>
#include <type_traits>

#include "base/deadline.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/sha256.h"

namespace toomai {
namespace {

using std::chrono::milliseconds;

TEST(Error, CodesHaveTheirNamesAndRetryHints) {
  EXPECT_EQ(ToString(ErrorCode::kInvalidArgument), "invalid_argument");
  EXPECT_EQ(ToString(ErrorCode::kRejected), "rejected");
  EXPECT_EQ(ToString(ErrorCode::kNotFound), "not_found");
  EXPECT_EQ(ToString(ErrorCode::kDeadlineExceeded), "deadline_exceeded");
  EXPECT_EQ(ToString(ErrorCode::kCancelled), "cancelled");
  EXPECT_EQ(ToString(ErrorCode::kInternal), "internal");
  EXPECT_TRUE(Error(ErrorCode::kBusy, "x").retryable);
  EXPECT_TRUE(Error(ErrorCode::kUnavailable, "x").retryable);
  EXPECT_FALSE(Error(ErrorCode::kRejected, "x").retryable);
}

TEST(Error, TravelsInExpected) {
  const Expected<int> bad = Fail(ErrorCode::kNotFound, "no such table", "see toomai schema");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().message, "no such table");
  EXPECT_EQ(bad.error().hint, "see toomai schema");
}

TEST(Deadline, OnlyShrinks) {
  const Deadline second = Deadline::After(milliseconds(1000));
  EXPECT_LE(second.Within(milliseconds(10)).Remaining(), milliseconds(10));
  EXPECT_EQ(second.Within(milliseconds(60'000)).when(), second.when());
  EXPECT_TRUE(Deadline::Never().never());
  EXPECT_EQ(Deadline::Never().Remaining(milliseconds(7)), milliseconds(7));
  EXPECT_EQ(Deadline::After(milliseconds(-5)).Remaining(), milliseconds(0));
}

TEST(Deadline, SaysWhetherTimeOrTheCallerEndedIt) {
  const Deadline past = Deadline::After(milliseconds(-1));
  EXPECT_TRUE(past.over());
  EXPECT_EQ(past.ToError("waiting").code, ErrorCode::kDeadlineExceeded);
  std::stop_source stop;
  const Deadline live = Deadline::Never(stop.get_token());
  EXPECT_FALSE(live.over());
  stop.request_stop();
  EXPECT_TRUE(live.over());
  EXPECT_EQ(live.ToError("waiting").code, ErrorCode::kCancelled);
  EXPECT_EQ(live.ToError("waiting").message, "cancelled while waiting");
}

TEST(Deadline, SleepsNoLongerThanItMay) {
  EXPECT_TRUE(Deadline::Never().Sleep(milliseconds(1)));
  EXPECT_FALSE(Deadline::After(milliseconds(1)).Sleep(std::chrono::hours(1)));
  std::stop_source stop;
  std::thread other([&] { stop.request_stop(); });
  EXPECT_FALSE(Deadline::Never(stop.get_token()).Sleep(std::chrono::hours(1)));
  other.join();
}

template <typename T>
concept Streamable = requires(std::ostringstream& stream, const T& value) {
  stream << value;
};

TEST(Secret, IsNeverShown) {
  static_assert(!Streamable<Secret>);
  static_assert(!std::is_convertible_v<Secret, std::string>);
  const Secret secret("hunter2");
  EXPECT_EQ(secret.Shown(), "[hidden]");
  EXPECT_EQ(Secret().Shown(), "");
  EXPECT_EQ(secret.Reveal(), "hunter2");
}

TEST(Secret, ComparesAndMoves) {
  Secret secret("hunter2");
  EXPECT_TRUE(secret.Equals("hunter2"));
  EXPECT_FALSE(secret.Equals("hunter3"));
  EXPECT_FALSE(secret.Equals("hunter2hunter2"));
  EXPECT_FALSE(secret.Equals(""));
  EXPECT_FALSE(Secret().Equals(""));
  Secret moved(std::move(secret));
  EXPECT_TRUE(secret.empty());  // NOLINT: a moved-from secret is wiped, that is the point
  EXPECT_EQ(moved.Reveal(), "hunter2");
  secret = moved;
  EXPECT_EQ(secret.Reveal(), "hunter2");
  moved = Secret("other");
  EXPECT_EQ(moved.Reveal(), "other");
}

TEST(Sha256, KnownAnswers) {
  EXPECT_EQ(Sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256Hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(Sha256Hex(std::string(1'000'000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, PiecesGiveTheSameAsTheWhole) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += static_cast<char>(i);
  Sha256 pieces;
  for (std::size_t at = 0, size = 1; at < text.size(); at += size, ++size) pieces.Update(text.substr(at, size));
  Sha256 whole;
  whole.Update(text);
  EXPECT_EQ(pieces.Finish(), whole.Finish());
}

}  // namespace
}  // namespace toomai
