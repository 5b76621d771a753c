#include "gyre/http/headers.hpp"

#include "field_rules.hpp"

#include <algorithm>
#include <cstring>
#include <ostream>
#include <utility>

namespace gyre::http {

namespace detail {

namespace {

auto named(std::string_view name) {
    return [name](const HTTPField& field) { return iequals(field.name, name); };
}

// By name and, among those of one name, by position, which is what the addresses stand for.
std::vector<const HTTPField*> sorted_by_name(Fields fields) {
    std::vector<const HTTPField*> sorted;
    sorted.reserve(fields.size());
    for (const HTTPField& field : fields)
        sorted.push_back(&field);
    std::sort(sorted.begin(), sorted.end(), [](const HTTPField* left, const HTTPField* right) {
        const int order = icompare(left->name, right->name);
        return order != 0 ? order < 0 : left < right;
    });
    return sorted;
}

void print_escaped(std::ostream& out, std::string_view text) {
    constexpr char hex[] = "0123456789abcdef";
    for (const char byte : text) {
        const auto code = static_cast<unsigned char>(byte);
        if ((code < 0x20 && byte != '\t') || code == 0x7f)
            out << "\\x" << hex[code >> 4] << hex[code & 15];
        else
            out << byte;
    }
}

}  // namespace

const HTTPField* find_field(Fields fields, std::string_view name) noexcept {
    const auto found = std::find_if(fields.begin(), fields.end(), named(name));
    return found == fields.end() ? nullptr : &*found;
}

std::vector<std::string_view> list_values(Fields fields, std::string_view name) {
    std::vector<std::string_view> values;
    for (const HTTPField& field : fields) {
        if (iequals(field.name, name)) values.push_back(field.value);
    }
    return values;
}

std::string join_values(Fields fields, std::string_view name) {
    std::string joined;
    bool first = true;
    for (const HTTPField& field : fields) {
        if (!iequals(field.name, name)) continue;
        if (!std::exchange(first, false)) joined += ", ";
        joined += field.value;
    }
    return joined;
}

bool same_fields(Fields left, Fields right) {
    if (left.size() != right.size()) return false;
    const auto a = sorted_by_name(left);
    const auto b = sorted_by_name(right);
    return std::equal(a.begin(), a.end(), b.begin(), [](const HTTPField* x, const HTTPField* y) {
        return iequals(x->name, y->name) && x->value == y->value;
    });
}

std::ostream& print_fields(std::ostream& out, Fields fields) {
    for (const HTTPField& field : fields) {
        print_escaped(out, field.name);
        out << ": ";
        print_escaped(out, field.value);
        out << '\n';
    }
    return out;
}

}  // namespace detail

namespace {

/// Copies one field behind `position` and moves that on. memcpy must not see the null pointer of
/// an empty view.
HTTPField copy_field(char*& position, std::string_view name, std::string_view value) noexcept {
    char* const start = position;
    if (!name.empty()) std::memcpy(start, name.data(), name.size());
    if (!value.empty()) std::memcpy(start + name.size(), value.data(), value.size());
    position = start + name.size() + value.size();
    return {{start, name.size()}, {start + name.size(), value.size()}};
}

std::size_t text_size(std::span<const HTTPField> fields) noexcept {
    std::size_t size = 0;
    for (const HTTPField& field : fields)
        size += field.name.size() + field.value.size();
    return size;
}

}  // namespace

HTTPHeaders::HTTPHeaders(std::initializer_list<HTTPField> fields) {
    assign({fields.begin(), fields.size()});
}

HTTPHeaders::HTTPHeaders(HTTPHeadersView view) { assign(view.fields()); }

HTTPHeaders::HTTPHeaders(const HTTPHeaders& other) : detail::HeaderQueries<HTTPHeaders>(other) {
    assign(other.fields_);
}

HTTPHeaders::HTTPHeaders(HTTPHeaders&& other) noexcept { swap(other); }

HTTPHeaders& HTTPHeaders::operator=(const HTTPHeaders& other) {
    HTTPHeaders copy(other);
    swap(copy);
    return *this;
}

HTTPHeaders& HTTPHeaders::operator=(HTTPHeaders&& other) noexcept {
    HTTPHeaders taken(std::move(other));
    swap(taken);
    return *this;
}

void HTTPHeaders::add(std::string_view name, std::string_view value) {
    const HTTPField field = store(name, value);
    fields_.push_back(field);
}

void HTTPHeaders::set(std::string_view name, std::string_view value) {
    // Stored before anything is removed: both may be views into this very object.
    const HTTPField field = store(name, value);
    const auto first = std::find_if(fields_.begin(), fields_.end(), detail::named(field.name));
    if (first == fields_.end()) {
        fields_.push_back(field);
        return;
    }
    *first = field;
    fields_.erase(std::remove_if(first + 1, fields_.end(), detail::named(field.name)),
                  fields_.end());
}

std::size_t HTTPHeaders::erase(std::string_view name) noexcept {
    return std::erase_if(fields_, detail::named(name));
}

void HTTPHeaders::clear() noexcept {
    fields_.clear();
    used_ = 0;
}

void HTTPHeaders::assign(std::span<const HTTPField> fields) {
    const std::size_t size = text_size(fields);
    fields_.reserve(fields.size());
    text_.reset(new char[size]);
    used_ = capacity_ = size;
    char* position = text_.get();
    for (const HTTPField& field : fields)
        fields_.push_back(copy_field(position, field.name, field.value));
}

void HTTPHeaders::swap(HTTPHeaders& other) noexcept {
    fields_.swap(other.fields_);
    text_.swap(other.text_);
    std::swap(used_, other.used_);
    std::swap(capacity_, other.capacity_);
}

HTTPField HTTPHeaders::store(std::string_view name, std::string_view value) {
    if (capacity_ - used_ < name.size() + value.size()) return store_in_larger_text(name, value);
    char* position = text_.get() + used_;
    used_ += name.size() + value.size();
    return copy_field(position, name, value);
}

HTTPField HTTPHeaders::store_in_larger_text(std::string_view name, std::string_view value) {
    const std::size_t needed = text_size(fields_) + name.size() + value.size();
    const std::size_t capacity = std::max<std::size_t>(256, needed * 2);
    std::unique_ptr<char[]> text(new char[capacity]);
    char* position = text.get();
    // The new field first: its parts may be views into fields_, which the loop below redirects.
    const HTTPField added = copy_field(position, name, value);
    for (HTTPField& field : fields_)
        field = copy_field(position, field.name, field.value);
    text_ = std::move(text);
    used_ = needed;
    capacity_ = capacity;
    return added;
}

}  // namespace gyre::http
