#include "httpbin/compression.hpp"
#include "httpbin/routes.hpp"

#include <cstdint>
#include <string>
#include <string_view>

#include <zlib.h>

// /image/png: a picture that is drawn here, so that nobody has to be asked for it.
namespace httpbin {
namespace {

constexpr int size = 100;

void append_number(std::string& out, std::uint32_t number) {
    for (const int shift : {24, 16, 8, 0})
        out += static_cast<char>(number >> shift & 0xff);
}

// Length, type, data and checksum: section 5.3 of the PNG specification.
void append_chunk(std::string& out, std::string_view type, std::string_view data) {
    const std::string checked = std::string{type} + std::string{data};
    append_number(out, static_cast<std::uint32_t>(data.size()));
    out += checked;
    append_number(
        out, static_cast<std::uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(checked.data()),
                                              static_cast<uInt>(checked.size()))));
}

// Rings around the middle; three bytes a pixel, and a zero (no filter) before each line.
std::string draw() {
    std::string pixels;
    for (int y = 0; y < size; ++y) {
        pixels += '\0';
        for (int x = 0; x < size; ++x) {
            const int dx = 2 * x - size;
            const int dy = 2 * y - size;
            const bool ring = (dx * dx + dy * dy) / 700 % 2 == 0;
            const char shade = static_cast<char>(ring ? 255 - y : 40);
            pixels += {shade, static_cast<char>(ring ? 80 + x : 60), static_cast<char>(90 + y)};
        }
    }
    return pixels;
}

std::string make_png() {
    std::string header;
    append_number(header, size);
    append_number(header, size);
    header += {8, 2, 0, 0, 0};  // 8 bits, RGB, and the only methods that there are
    std::string png = "\x89PNG\r\n\x1a\n";
    append_chunk(png, "IHDR", header);
    append_chunk(png, "IDAT", deflate(draw()));
    append_chunk(png, "IEND", "");
    return png;
}

}  // namespace

void add_image_routes(const Site& site) {
    site.server.get("/image/png",
                    [png = std::make_shared<const std::string>(make_png())](
                        const HTTPServerRequest&, const HTTPServerResponse& response) {
                        response.set_header("Content-Type", "image/png");
                        response.finish(png);
                    });
}

}  // namespace httpbin
