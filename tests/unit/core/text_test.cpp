// Escaping: nothing that acts on a terminal or a log gets through, and nothing is lost.
#include "agent/core/text.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace plimsoll {
namespace {

TEST(Escape, LeavesPrintableTextAlone) {
  EXPECT_EQ(escape("/usr/sbin/nginx -g 'daemon off;'"), "/usr/sbin/nginx -g 'daemon off;'");
  EXPECT_EQ(escape("/srv/Grüße-\xe6\x97\xa5-\xf0\x9f\x9a\xa2"), "/srv/Grüße-\xe6\x97\xa5-\xf0\x9f\x9a\xa2");
  EXPECT_EQ(escape(""), "");
}

TEST(Escape, ControlCharactersAndBackslashes) {
  EXPECT_EQ(escape("a\nb\r\t\x1b[31m\x7f"), "a\\x0ab\\x0d\\x09\\x1b[31m\\x7f");
  EXPECT_EQ(escape("\\x41"), "\\x5cx41");
  EXPECT_EQ(escape(std::string_view("\0", 1)), "\\x00");
  EXPECT_EQ(escape("\xc2\x9b"), "\\xc2\\x9b");  // CSI of C1
}

TEST(Escape, WhatReordersOrHidesText) {
  EXPECT_EQ(escape("\xe2\x80\xae"), "\\xe2\\x80\\xae");           // right-to-left override
  EXPECT_EQ(escape("\xe2\x81\xa6"), "\\xe2\\x81\\xa6");           // left-to-right isolate
  EXPECT_EQ(escape("\xd8\x9c"), "\\xd8\\x9c");                    // arabic letter mark
  EXPECT_EQ(escape("\xe2\x80\x8b"), "\\xe2\\x80\\x8b");           // zero-width space
  EXPECT_EQ(escape("\xef\xbb\xbf"), "\\xef\\xbb\\xbf");           // byte order mark
  EXPECT_EQ(escape("\xe2\x80\xa8"), "\\xe2\\x80\\xa8");           // line separator
  EXPECT_EQ(escape("\xc2\xa0"), "\\xc2\\xa0");                    // no-break space
  EXPECT_EQ(escape("\xf3\xa0\x81\x81"), "\\xf3\\xa0\\x81\\x81");  // tag letter A
}

TEST(Escape, WhatIsNotUtf8) {
  EXPECT_EQ(escape("\xff"), "\\xff");
  EXPECT_EQ(escape("\x80x"), "\\x80x");
  EXPECT_EQ(escape("\xc0\xaf"), "\\xc0\\xaf");                    // overlong '/'
  EXPECT_EQ(escape("\xe0\x80\xaf"), "\\xe0\\x80\\xaf");           // overlong '/'
  EXPECT_EQ(escape("\xed\xa0\x80"), "\\xed\\xa0\\x80");           // surrogate
  EXPECT_EQ(escape("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");  // above U+10FFFF
  EXPECT_EQ(escape("\xe2\x82"), "\\xe2\\x82");                    // cut short
  EXPECT_EQ(escape("\xe2\x82/"), "\\xe2\\x82/");
}

TEST(Unescape, UndoesEscapeForAnyBytes) {
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes(random() % 24, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    const std::string text = escape(bytes);
    EXPECT_EQ(unescape(text), bytes);
    for (const char c : text) EXPECT_FALSE(static_cast<unsigned char>(c) < 0x20 || c == 0x7f);
  }
}

TEST(Unescape, IncompleteEscapesStay) {
  EXPECT_EQ(unescape("\\x4"), "\\x4");
  EXPECT_EQ(unescape("\\xg1"), "\\xg1");
  EXPECT_EQ(unescape("\\n"), "\\n");
  EXPECT_EQ(unescape("\\x41\\X41\\"), "A\\X41\\");
  EXPECT_EQ(unescape("\\xC3\\xa9"), "\xc3\xa9");
}

}  // namespace
}  // namespace plimsoll
