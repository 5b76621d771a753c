#pragma once

#include "http1_parser.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::http::detail::test {

// Plays a connection's receiving side: shows pieces to a parser as they would arrive and writes
// down what it tells. Two runs went alike if their accounts are equal. Every call gets the bytes in
// memory of their exact size at a new address, so that a sanitizer sees a read beyond them and a
// view that was kept too long.
template <class Parser>
class Http1Driver {
public:
    explicit Http1Driver(const Http1Limits& limits) : parser{limits} {}

    // Returns false once the parser has failed.
    bool feed(std::string_view piece) {
        pending_.append(piece);
        while (one_step()) {
        }
        return parser.error() == Http1Error::none;
    }

    void finish() {
        end_body();
        const Http1Eof eof = parser.finish_eof();
        account += eof == Http1Eof::clean      ? "eof clean\n"
                   : eof == Http1Eof::complete ? "eof complete\n"
                                               : "eof error\n";
        if (eof == Http1Eof::complete) ++completed;
        account += describe(parser.error());
    }

    Parser parser;
    MessageHead head;
    std::string account;
    // All bodies, one after the other.
    std::string body;
    int heads = 0;
    int completed = 0;

private:
    bool one_step() {
        const std::unique_ptr<char[]> copy{new char[pending_.size()]};
        std::copy(pending_.begin(), pending_.end(), copy.get());
        const Http1Step step = parser.parse({copy.get(), pending_.size()}, head);
        switch (step.event) {
            case Http1Event::head:
                write_head();
                break;
            case Http1Event::body:
                body.append(step.body);
                current_body_.append(step.body);
                break;
            case Http1Event::complete:
                write_end();
                break;
            case Http1Event::need_more:
            case Http1Event::error:
                pending_.erase(0, step.consumed);
                return false;
        }
        pending_.erase(0, step.consumed);
        return step.event != Http1Event::complete || !pending_.empty();
    }

    void write_head() {
        ++heads;
        std::string line = "head ";
        line.append(head.method).append(" ").append(head.target);
        line.append(" ").append(std::to_string(head.status)).append(" ").append(head.reason);
        line += " 1." + std::to_string(head.version_minor);
        line += " body " + std::to_string(static_cast<int>(head.body_kind));
        if (head.content_length) line += " length " + std::to_string(*head.content_length);
        if (head.chunked) line += " chunked";
        if (head.keep_alive) line += " keep-alive";
        if (head.upgrade) line += " upgrade";
        if (head.expect_continue) line += " expect";
        account += line + "\n";
        write_fields(head.fields);
    }

    void write_fields(const std::vector<Field>& fields) {
        for (const Field& field : fields)
            account.append("  ").append(field.name).append(": ").append(field.value).append("\n");
    }

    void write_end() {
        end_body();
        ++completed;
        account += "complete\n";
        write_fields(head.trailers);
        parser.reset();
    }

    void end_body() {
        if (!current_body_.empty()) account += "body " + current_body_ + "\n";
        current_body_.clear();
    }

    std::string pending_;
    std::string current_body_;
};

using RequestDriver = Http1Driver<RequestParser>;
using ResponseDriver = Http1Driver<ResponseParser>;

}  // namespace gyre::http::detail::test
