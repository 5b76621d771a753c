#pragma once

#include "multipart_parser.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace gyre::http::detail::test {

// Shows pieces to a parser as they would arrive and writes down what it tells. Two runs went alike
// if their accounts are equal. Every call gets the bytes in memory of their exact size at a new
// address, so that a sanitizer sees a read beyond them and a view that was kept too long.
class MultipartDriver {
public:
    explicit MultipartDriver(std::string_view boundary, const MultipartLimits& limits = {})
        : parser{boundary, limits} {}

    // Returns false once the parser has failed.
    bool feed(std::string_view piece) {
        const std::unique_ptr<char[]> copy{new char[piece.size()]};
        std::copy(piece.begin(), piece.end(), copy.get());
        std::string_view rest{copy.get(), piece.size()};
        while (one_step(rest)) {
        }
        return parser.error() == MultipartError::none;
    }
    std::string finish() {
        end_data();
        account.append(parser.finish() == MultipartError::none ? "whole" : "not whole: ");
        if (parser.error() != MultipartError::none) account.append(describe(parser.error()));
        return account;
    }

    MultipartParser parser;
    PartHead head;
    std::string account;
    std::size_t data_events = 0;
    bool stuck = false;

private:
    bool one_step(std::string_view& rest) {
        const MultipartStep step = parser.step(rest, head);
        rest.remove_prefix(step.consumed);
        switch (step.event) {
            case MultipartEvent::need_more:
                stuck = stuck || !rest.empty();
                return false;
            case MultipartEvent::error:
                return false;
            case MultipartEvent::part:
                write_head();
                return true;
            case MultipartEvent::data:
                stuck = stuck || step.data.empty();
                ++data_events;
                data_.append(step.data);
                return true;
            case MultipartEvent::part_end:
                end_data();
                account += "part_end\n";
                return true;
            case MultipartEvent::end:
                account += "end\n";
                return true;
        }
        return false;
    }
    void write_head() {
        account.append("part ").append(head.name);
        if (head.filename) account.append(" file ").append(*head.filename);
        if (!head.content_type.empty()) account.append(" type ").append(head.content_type);
        account += " fields " + std::to_string(head.fields.size()) + "\n";
    }
    void end_data() {
        if (!data_.empty()) account += "data " + data_ + "\n";
        data_.clear();
    }

    std::string data_;
};

}  // namespace gyre::http::detail::test
