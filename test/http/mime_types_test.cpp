#include <gyre/http/mime_types.hpp>

#include <gtest/gtest.h>

namespace gyre::http {
namespace {

TEST(MimeTypesTest, TheLastExtensionCounts) {
    EXPECT_EQ(content_type_for("index.html"), "text/html; charset=utf-8");
    EXPECT_EQ(content_type_for("/a.b/main.min.js"), "text/javascript; charset=utf-8");
    EXPECT_EQ(content_type_for("data.tar.gz"), "application/gzip");
    EXPECT_EQ(content_type_for(".css"), "text/css; charset=utf-8");
}

TEST(MimeTypesTest, ItsCaseDoesNot) {
    EXPECT_EQ(content_type_for("PHOTO.JPG"), "image/jpeg");
    EXPECT_EQ(content_type_for("a.WebManifest"), "application/manifest+json");
}

TEST(MimeTypesTest, TheFirstAndTheLastOfTheTableAreFound) {
    EXPECT_EQ(content_type_for("a.3gp"), "video/3gpp");
    EXPECT_EQ(content_type_for("a.zst"), "application/zstd");
}

TEST(MimeTypesTest, WhatIsNotKnownIsBytes) {
    for (const char* name : {"", "a", "a.", "a.unknown", "a.html/b", "html", "a.htm l", "a.zzz"})
        EXPECT_EQ(content_type_for(name), "application/octet-stream") << name;
}

}  // namespace
}  // namespace gyre::http
