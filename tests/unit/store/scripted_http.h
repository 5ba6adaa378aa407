// A server made of a list of answers, which keeps what it was asked.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "agent/store/http_client.h"

namespace plimsoll {

class ScriptedHttp final : public HttpClient {
 public:
  struct Asked {
    HttpRequest request;
    std::string body;
  };

  Result<HttpAnswer> send(const HttpRequest& request) override {
    asked.push_back({request, std::string(request.body)});
    if (answers.empty()) return fail("no more answers");
    auto next = std::move(answers.front());
    answers.pop_front();
    return next;
  }
  void answer(int status, std::string body = "", std::map<std::string, std::string> headers = {}) {
    answers.push_back(HttpAnswer{status, std::move(headers), std::move(body)});
  }

  std::deque<Result<HttpAnswer>> answers;
  std::vector<Asked> asked;
};

}  // namespace plimsoll
