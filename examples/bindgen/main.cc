// A shop with a plug-in: what the plug-in may call is written as C++ classes, and the plug-in
// itself is called like one. plugin.h is made of shop.wit by `airwasm bindgen` when this is built.
//
//   shop PLUGIN
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "plugin.h"

namespace catalog = plugin::demo::shop::catalog;
using catalog::Item;

namespace {

const std::vector<Item> kItems = {
    {.id = 1, .name = "bolt", .price = 30, .color = catalog::Color::kSeaGreen, .tags = {"small"}},
    {.id = 2, .name = "hammer", .price = 1500},
    {.id = 3, .name = "nail", .price = 5},
};
int carts_alive = 0;

class ShopCart : public catalog::Cart {
 public:
  ShopCart() { ++carts_alive; }
  ~ShopCart() override { --carts_alive; }
  absl::StatusOr<airwasm::WitResult<uint32_t, catalog::Failure>> Add(uint32_t item,
                                                                     uint32_t count) override {
    using Result = airwasm::WitResult<uint32_t, catalog::Failure>;
    if (item == 2) return Result::Err(catalog::Failure::Denied(catalog::Permissions::kWrite));
    const auto found =
        std::find_if(kItems.begin(), kItems.end(), [&](const Item& i) { return i.id == item; });
    if (found == kItems.end()) return Result::Err(catalog::Failure::NotFound());
    total += found->price * count;
    return Result::Ok(count_ += count);
  }
  absl::StatusOr<uint64_t> Total() override { return total; }

  uint64_t total = 0;

 private:
  uint32_t count_ = 0;
};

class Shop : public catalog::Host, public plugin::Imports {
 public:
  absl::StatusOr<std::unique_ptr<catalog::Cart>> NewCart(std::string_view owner) override {
    if (owner.empty()) return absl::InvalidArgumentError("a cart without an owner");
    return std::make_unique<ShopCart>();
  }
  absl::StatusOr<std::unique_ptr<catalog::Cart>> CartMerge(std::unique_ptr<catalog::Cart> a,
                                                           catalog::Cart& b) override {
    static_cast<ShopCart&>(*a).total += static_cast<ShopCart&>(b).total;
    return a;
  }
  absl::StatusOr<std::vector<Item>> Find(catalog::Filter filter) override {
    std::vector<Item> found;
    for (const Item& item : kItems) {
      const uint64_t* const limit = filter.cheaper_than();
      if (limit == nullptr || item.price < *limit) found.push_back(item);
    }
    return found;
  }
  absl::StatusOr<uint32_t> Checksum(std::span<const uint8_t> data) override {
    return static_cast<uint32_t>(data.size());
  }
  absl::Status Log(std::string_view line) override {
    std::printf("log: %.*s\n", static_cast<int>(line.size()), line.data());
    return absl::OkStatus();
  }
};

template <typename T>
T Must(absl::StatusOr<T> value) {
  if (value.ok()) return *std::move(value);
  std::fprintf(stderr, "%s\n", value.status().ToString().c_str());
  std::exit(1);
}
// What a call returned that did not trap.
template <typename T>
T Must(airwasm::Result<T> value) {
  if (value.ok()) return std::move(value).value();
  std::fprintf(stderr, "%s\n", value.trap().ToString().c_str());
  std::exit(1);
}

void Run(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  const airwasm::Engine engine;
  airwasm::ComponentLinker linker(engine);
  Shop shop;
  absl::Status defined = catalog::Define(linker, shop);
  defined.Update(plugin::Define(linker, shop));
  if (!defined.ok()) std::exit(1);

  airwasm::Store store(engine);
  const auto instance =
      Must(linker.Instantiate(store, Must(airwasm::Component::Create(engine, bytes))));
  const plugin::Plugin guest = Must(plugin::Plugin::Bind(instance));
  const auto& pricing = guest.pricing();
  std::printf("plug-in: %s\n", Must(guest.Name()).c_str());

  ShopCart cart;
  auto quote = Must(pricing.Price(cart, {}));
  std::printf("empty: %s\n", quote.error().c_str());
  cart.total = 200;
  {
    const auto discount = Must(pricing.NewDiscount(25));
    std::printf("discount: %d%%, of 40: %d\n", Must(discount.Percent()),
                static_cast<int>(Must(discount.Apply(40))));
    quote = Must(pricing.Price(cart, &discount));
    std::printf("price: %d\n", static_cast<int>(quote->total));
    for (const auto& [name, price] : quote->lines)
      std::printf("  %s %d\n", name.c_str(), static_cast<int>(price));
  }  // the guest's destructor runs

  using catalog::Permissions;
  const Permissions all = Permissions::kRead | Permissions::kWrite;
  for (const Item& item : kItems)
    std::printf("describe: %s\n", Must(pricing.Describe(item, all)).c_str());
  std::printf("describe: %s\n", Must(pricing.Describe(kItems[0], Permissions::kNone)).c_str());
  std::printf("carts: %d\n", carts_alive);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  Run(argv[1]);
}
