// C++ with the standard library: strings, maps, sorting, smart pointers, virtual calls, streams.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <iomanip>
#include <iostream>
#include <map>
#include <memory>
#include <numeric>
#include <sstream>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

struct Shape {
  virtual ~Shape() = default;
  virtual double Area() const = 0;
  virtual std::string Name() const = 0;
};
struct Square : Shape {
  explicit Square(double side) : side(side) {}
  double Area() const override { return side * side; }
  std::string Name() const override { return "square"; }
  double side;
};
struct Circle : Shape {
  explicit Circle(double radius) : radius(radius) {}
  double Area() const override { return 3.14159265358979 * radius * radius; }
  std::string Name() const override { return "circle"; }
  double radius;
};

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::unique_ptr<Shape>> shapes;
  for (int i = 1; i <= 500; ++i) {
    if (i % 3 == 0) {
      shapes.push_back(std::make_unique<Square>(i * 0.5));
    } else {
      shapes.push_back(std::make_unique<Circle>(i * 0.25));
    }
  }
  std::stable_sort(shapes.begin(), shapes.end(),
                   [](const auto& a, const auto& b) { return a->Area() > b->Area(); });
  std::map<std::string, double> totals;
  for (const auto& shape : shapes) totals[shape->Name()] += shape->Area();
  for (const auto& [name, area] : totals)
    std::cout << std::setw(8) << name << ' ' << std::fixed << std::setprecision(3) << area << '\n';

  std::unordered_map<uint64_t, std::string> cache;
  std::function<uint64_t(uint64_t)> steps = [&](uint64_t n) -> uint64_t {
    return n == 1 ? 0 : 1 + steps(n % 2 == 0 ? n / 2 : 3 * n + 1);
  };
  uint64_t longest = 0;
  for (uint64_t n = 1; n < 3000; ++n) {
    const uint64_t count = steps(n);
    std::ostringstream text;
    text << n << ':' << count;
    cache[n] = text.str();
    longest = std::max(longest, count);
  }
  std::string joined;
  for (uint64_t n = 2990; n < 3000; ++n) joined += cache.at(n) + ",";
  std::cout << joined << ' ' << longest << ' ' << argc;
  for (int i = 1; i < argc; ++i) std::cout << ' ' << argv[i];
  std::cout << std::endl;
  std::string line;
  while (std::getline(std::cin, line))
    std::cout << line.size() << ' ' << std::string(line.rbegin(), line.rend()) << '\n';
  return 7;
}
