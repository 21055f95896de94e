#include "llm/http.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <stop_token>

#include "base/text.h"

namespace toomai::llm {
namespace {

using Clock = Deadline::Clock;
using std::chrono::milliseconds;

constexpr std::size_t kMaxIdleSessions = 64;

// A multi handle per call in flight: its connection cache survives in the pool, and curl_multi_wakeup() reaches the one
// call that shall stop.
struct Session {
  Session() : multi(curl_multi_init()), easy(curl_easy_init()) {}
  ~Session() {
    if (easy) curl_easy_cleanup(easy);
    if (multi) curl_multi_cleanup(multi);
  }
  CURLM* multi;
  CURL* easy;
};

struct Transfer {
  const HttpRequest* request = nullptr;
  CURL* easy = nullptr;
  HttpResponse response;
  std::size_t received = 0;
  bool too_large = false;
  Clock::time_point last_data{};  // of the body; zero before it began
  std::array<char, CURL_ERROR_SIZE> trouble{};
};

std::size_t OnHeader(char* data, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::string_view line(data, size * count);
  if (line.rfind("HTTP/", 0) == 0) transfer.response.headers.clear();  // a new head: 100 Continue, proxy
  const std::size_t colon = line.find(':');
  if (colon != std::string_view::npos && transfer.response.headers.size() < 200) {
    transfer.response.headers[AsciiLower(line.substr(0, colon))] = std::string(Trim(line.substr(colon + 1)));
  }
  return size * count;
}

std::size_t OnBody(char* data, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::size_t bytes = size * count;
  transfer.last_data = Clock::now();
  transfer.received += bytes;
  if (transfer.received > transfer.request->max_bytes) {
    transfer.too_large = true;
    return 0;
  }
  long status = 0;
  curl_easy_getinfo(transfer.easy, CURLINFO_RESPONSE_CODE, &status);
  if (!transfer.request->on_event_data || status != 200 || !IsEventStream(transfer.response)) {
    transfer.response.body.append(data, bytes);
    return bytes;
  }
  if (transfer.request->on_event_data({data, bytes})) return bytes;
  transfer.response.ended_by_reader = true;
  return 0;
}

void Configure(CURL* easy, const HttpRequest& request, curl_slist* headers, Transfer* transfer) {
  curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout.count()));
  if (request.method == "POST") {
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  } else {
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
  }
  if (!request.proxy.empty()) curl_easy_setopt(easy, CURLOPT_PROXY, request.proxy.c_str());
  if (!request.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, request.ca_file.c_str());
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, request.tls_verify ? 1L : 0L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, request.tls_verify ? 2L : 0L);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->trouble.data());
}

std::string Seconds(milliseconds time) {
  if (time.count() % 1000 == 0) return std::to_string(time.count() / 1000) + " s";
  return std::to_string(time.count()) + " ms";
}

tl::unexpected<Error> Unavailable(std::string message, std::string hint = {}) {
  return Fail(ErrorCode::kUnavailable, std::move(message), std::move(hint));
}

}  // namespace

struct Http::Pool {
  std::mutex mutex;
  std::vector<std::unique_ptr<Session>> idle;

  std::unique_ptr<Session> Take() {
    // Loading certificates and the like costs milliseconds, which a start without a model call does not pay.
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
    {
      std::lock_guard lock(mutex);
      if (!idle.empty()) {
        auto session = std::move(idle.back());
        idle.pop_back();
        return session;
      }
    }
    return std::make_unique<Session>();
  }

  void Give(std::unique_ptr<Session> session) {
    std::lock_guard lock(mutex);
    if (idle.size() < kMaxIdleSessions) idle.push_back(std::move(session));
  }
};

Http::Http() : pool_(std::make_unique<Pool>()) {}
Http::~Http() = default;

Expected<HttpResponse> Http::Send(const Deadline& deadline, const HttpRequest& request) {
  const std::string host = HostOf(request.url);
  if (deadline.over()) return Fail(deadline.ToError("asking " + host));

  auto session = pool_->Take();
  if (!session->multi || !session->easy) return Fail(ErrorCode::kInternal, "libcurl could not be initialised.");
  Transfer transfer;
  transfer.easy = session->easy;
  transfer.request = &request;
  curl_slist* headers = nullptr;
  for (const std::string& header : request.headers) headers = curl_slist_append(headers, header.c_str());
  headers = curl_slist_append(headers, "Expect:");
  curl_easy_reset(session->easy);
  Configure(session->easy, request, headers, &transfer);
  curl_multi_add_handle(session->multi, session->easy);

  const Clock::time_point started = Clock::now();
  CURLcode code = CURLE_OK;
  enum class End { kDone, kDeadline, kTimeout, kStalled } end = End::kDone;
  {
    std::stop_callback wake(deadline.token(), [multi = session->multi] { curl_multi_wakeup(multi); });
    while (true) {
      int running = 0;
      if (curl_multi_perform(session->multi, &running) != CURLM_OK || running == 0) break;
      const Clock::time_point now = Clock::now();
      const Clock::time_point stalls = transfer.last_data == Clock::time_point{}
                                           ? Clock::time_point::max()
                                           : transfer.last_data + request.stall_timeout;
      if (deadline.over()) {
        end = End::kDeadline;
        break;
      }
      if (now >= started + request.timeout) {
        end = End::kTimeout;
        break;
      }
      if (now >= stalls) {
        end = End::kStalled;
        break;
      }
      const auto next = std::min({started + request.timeout, stalls, now + deadline.Remaining(milliseconds(60'000))});
      const auto wait = std::chrono::ceil<milliseconds>(next - now);
      curl_multi_poll(session->multi, nullptr, 0, static_cast<int>(std::max<long long>(1, wait.count())), nullptr);
    }
  }
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(session->multi, &left)) {
    if (message->msg == CURLMSG_DONE) code = message->data.result;
  }
  long status = 0;
  curl_easy_getinfo(session->easy, CURLINFO_RESPONSE_CODE, &status);
  curl_multi_remove_handle(session->multi, session->easy);
  curl_easy_setopt(session->easy, CURLOPT_ERRORBUFFER, nullptr);  // it ends before the session
  curl_slist_free_all(headers);
  if (end == End::kDone) pool_->Give(std::move(session));

  transfer.response.status = static_cast<int>(status);
  switch (end) {
    case End::kDeadline:
      return Fail(deadline.ToError("waiting for " + host));
    case End::kTimeout:
      return Unavailable(host + " did not answer within " + Seconds(request.timeout) + ".");
    case End::kStalled:
      return Unavailable(host + " stopped in the middle of its reply for " + Seconds(request.stall_timeout) + ".");
    case End::kDone:
      break;
  }
  if (transfer.too_large) {
    return Unavailable("The reply of " + host + " is larger than " + std::to_string(request.max_bytes) + " bytes.");
  }
  if (code != CURLE_OK && !transfer.response.ended_by_reader) {
    const bool certificate = code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE;
    const std::string by_way_of = request.proxy.empty() ? "" : " through the proxy " + HostOf(request.proxy);
    const std::string trouble = transfer.trouble[0] != '\0' ? transfer.trouble.data() : curl_easy_strerror(code);
    return Unavailable("No complete reply from " + host + by_way_of + ": " + trouble + ".",
                       certificate ? "Set ca_file to the authority that signed the server's certificate." : "");
  }
  return std::move(transfer.response);
}

bool IsEventStream(const HttpResponse& response) {
  const auto type = response.headers.find("content-type");
  return type != response.headers.end() && type->second.find("event-stream") != std::string::npos;
}

std::string HostOf(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  const std::size_t at = url.rfind('@');
  if (at != std::string_view::npos) url.remove_prefix(at + 1);
  return std::string(url);
}

long long ParseHttpDate(const std::string& text) {
  return static_cast<long long>(curl_getdate(text.c_str(), nullptr));
}

}  // namespace toomai::llm
