#pragma once

#include "gyre/export.hpp"
#include "gyre/http/field.hpp"

#include <cstddef>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::http {

namespace detail {

using Fields = std::span<const HTTPField>;

GYRE_API const HTTPField* find_field(Fields fields, std::string_view name) noexcept;
GYRE_API std::vector<std::string_view> list_values(Fields fields, std::string_view name);
GYRE_API std::string join_values(Fields fields, std::string_view name);
GYRE_API bool same_fields(Fields left, Fields right);
GYRE_API std::ostream& print_fields(std::ostream& out, Fields fields);

/// The questions that HTTPHeaders and HTTPHeadersView both answer; Self offers fields().
/// Names compare without regard to the case of ASCII letters (RFC 9110 section 5.1); a look-up
/// takes time linear in the number of fields, so no name a peer chooses makes it slower.
template <class Self>
class HeaderQueries {
public:
    /// The value of the first field with this name.
    [[nodiscard]] std::optional<std::string_view> get(std::string_view name) const noexcept {
        const HTTPField* field = find_field(all(), name);
        return field ? std::optional{field->value} : std::nullopt;
    }

    /// The same, or `otherwise`, which must outlive the result.
    [[nodiscard]] std::string_view get(std::string_view name,
                                       std::string_view otherwise) const noexcept {
        const HTTPField* field = find_field(all(), name);
        return field ? field->value : otherwise;
    }

    /// The values of every field with this name, in order; a value is not split at its commas.
    [[nodiscard]] std::vector<std::string_view> get_list(std::string_view name) const {
        return list_values(all(), name);
    }

    /// The values of every field with this name joined by ", ", which means the same for fields
    /// that are lists (RFC 9110 section 5.3). Not for Set-Cookie. Empty when there is none.
    [[nodiscard]] std::string get_joined(std::string_view name) const {
        return join_values(all(), name);
    }

    [[nodiscard]] bool contains(std::string_view name) const noexcept {
        return find_field(all(), name) != nullptr;
    }

    /// The number of field lines; a name that comes twice counts twice.
    [[nodiscard]] std::size_t size() const noexcept { return all().size(); }
    [[nodiscard]] bool empty() const noexcept { return all().empty(); }

    /// HTTPFields in the order in which they were added or received.
    [[nodiscard]] const HTTPField* begin() const noexcept { return all().data(); }
    [[nodiscard]] const HTTPField* end() const noexcept { return all().data() + all().size(); }

    /// Equal when both hold the same names and, name by name, the same values in the same order.
    /// The order between different names carries no meaning (RFC 9110 section 5.3).
    [[nodiscard]] friend bool operator==(const Self& left, const Self& right) {
        return same_fields(left.fields(), right.fields());
    }

    /// Writes "Name: value\n" for each field, with control bytes as \xNN.
    friend std::ostream& operator<<(std::ostream& out, const Self& headers) {
        return print_fields(out, headers.fields());
    }

private:
    friend Self;
    HeaderQueries() = default;

    Fields all() const noexcept { return static_cast<const Self&>(*this).fields(); }
};

}  // namespace detail

/// Fields that live elsewhere: those of a request that a server received are views into the block
/// that the request keeps alive. Valid as long as whatever it was taken from; copying is cheap.
class GYRE_API HTTPHeadersView : public detail::HeaderQueries<HTTPHeadersView> {
public:
    HTTPHeadersView() = default;
    explicit HTTPHeadersView(std::span<const HTTPField> fields) noexcept : fields_(fields) {}

    [[nodiscard]] std::span<const HTTPField> fields() const noexcept { return fields_; }

private:
    std::span<const HTTPField> fields_;
};

/// The fields of a message: ordered, with repeated names, owning their text (Tornado's
/// HTTPHeaders). It stores what it is given. Names and values are checked when the message is
/// sent: one that holds a line break or another control byte is refused as a whole, with an
/// error, and nothing of it is sent.
///
/// Every view that a query returns, and every iterator, is valid until the next change to the
/// object. A view into the object itself may be passed to add and set. Not thread-safe.
class GYRE_API HTTPHeaders : public detail::HeaderQueries<HTTPHeaders> {
public:
    HTTPHeaders() = default;
    HTTPHeaders(std::initializer_list<HTTPField> fields);
    /// A copy that outlives what was viewed.
    explicit HTTPHeaders(HTTPHeadersView view);
    HTTPHeaders(const HTTPHeaders& other);
    HTTPHeaders(HTTPHeaders&& other) noexcept;
    HTTPHeaders& operator=(const HTTPHeaders& other);
    HTTPHeaders& operator=(HTTPHeaders&& other) noexcept;
    ~HTTPHeaders() = default;

    /// Appends a field and keeps those of the same name.
    void add(std::string_view name, std::string_view value);

    /// Makes this the one field of that name: it takes the place of the first, the others go.
    void set(std::string_view name, std::string_view value);

    /// Removes every field of that name; tells how many there were.
    std::size_t erase(std::string_view name) noexcept;

    void clear() noexcept;

    [[nodiscard]] std::span<const HTTPField> fields() const noexcept { return fields_; }

    // Implicit, so that a function that reads headers takes an HTTPHeadersView of either kind.
    operator HTTPHeadersView() const noexcept { return HTTPHeadersView{fields_}; }

private:
    void assign(std::span<const HTTPField> fields);
    void swap(HTTPHeaders& other) noexcept;
    HTTPField store(std::string_view name, std::string_view value);
    HTTPField store_in_larger_text(std::string_view name, std::string_view value);

    // The views in fields_ point into text_. Replaced and erased text stays there until text_ has
    // to grow, which leaves it behind.
    std::vector<HTTPField> fields_;
    std::unique_ptr<char[]> text_;
    std::size_t used_ = 0;
    std::size_t capacity_ = 0;
};

}  // namespace gyre::http
