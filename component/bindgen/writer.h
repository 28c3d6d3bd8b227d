// Lines of C++ text.
#pragma once

#include <string>
#include <string_view>

#include "component/wit/strings.h"

namespace airwasm::component::bindgen {

class Writer {
 public:
  template <typename... Parts>
  void Line(const Parts&... parts) {
    const size_t begin = text_.size();
    text_.append(2 * indent_, ' ');
    wit::Append(text_, parts...);
    if (text_.size() == begin + 2 * indent_) text_.resize(begin);
    text_ += '\n';
  }
  template <typename... Parts>
  void Open(const Parts&... parts) {
    Line(parts...);
    ++indent_;
  }
  template <typename... Parts>
  void Close(const Parts&... parts) {
    --indent_;
    Line(parts...);
  }
  // "public:" and the like.
  void Label(std::string_view label) {
    text_.append(2 * indent_ - 1, ' ');
    wit::Append(text_, label, "\n");
  }
  // Documentation as comments. Nothing in it can end the comment.
  void Docs(std::string_view docs) {
    if (docs.empty()) return;
    for (const std::string_view line : wit::Split(docs, '\n')) {
      std::string clean(wit::TrimRight(line));
      for (char& c : clean) {
        if (static_cast<unsigned char>(c) < 0x20) c = ' ';
      }
      while (clean.ends_with('\\') || clean.ends_with(' ') || clean.ends_with("?\?/"))
        clean.pop_back();
      Line("//", clean.empty() || clean.front() == ' ' ? "" : " ", clean);
    }
  }
  size_t size() const { return text_.size(); }
  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
  size_t indent_ = 0;
};

}  // namespace airwasm::component::bindgen
