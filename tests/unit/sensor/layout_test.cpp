// The event ABI has one layout on both sides: what the BPF compiler made of wire.h, read from the object's
// BTF, is compared with what this compiler makes of it.
#include <bpf/btf.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <map>
#include <memory>
#include <string>

#include "agent/sensor/wire.h"

namespace {

struct BtfDeleter {
  void operator()(btf* b) const { btf__free(b); }
};

class Layout : public testing::Test {
 protected:
  void SetUp() override {
    btf_.reset(btf__parse_elf(PLIMSOLL_BPF_OBJECT, nullptr));
    ASSERT_TRUE(btf_) << "no BTF in " << PLIMSOLL_BPF_OBJECT;
  }

  const btf_type* type(const char* name) {
    const int id = btf__find_by_name_kind(btf_.get(), name, BTF_KIND_STRUCT);
    return id > 0 ? btf__type_by_id(btf_.get(), static_cast<__u32>(id)) : nullptr;
  }

  std::map<std::string, std::size_t> offsets(const char* name) {
    std::map<std::string, std::size_t> result;
    const btf_type* t = type(name);
    if (!t) return result;
    const btf_member* members = btf_members(t);
    for (__u32 i = 0; i < btf_vlen(t); i++)
      result[btf__name_by_offset(btf_.get(), members[i].name_off)] = btf_member_bit_offset(t, i) / 8;
    return result;
  }

  std::unique_ptr<btf, BtfDeleter> btf_;
};

#define EXPECT_SAME(struct_name, member) \
  EXPECT_EQ(offsets(#struct_name)[#member], offsetof(struct struct_name, member)) << #struct_name "." #member

#define EXPECT_SAME_SIZE(struct_name)                                  \
  ASSERT_NE(type(#struct_name), nullptr) << "not in the object's BTF"; \
  EXPECT_EQ(type(#struct_name)->size, sizeof(struct struct_name)) << #struct_name

TEST_F(Layout, Sizes) {
  EXPECT_SAME_SIZE(pl_activity);
  EXPECT_SAME_SIZE(pl_cgroup_event);
  EXPECT_SAME_SIZE(pl_exited);
  EXPECT_SAME_SIZE(pl_key);
  EXPECT_SAME_SIZE(pl_task);
  EXPECT_SAME_SIZE(pl_slot);
  EXPECT_SAME_SIZE(pl_startup);
  EXPECT_SAME_SIZE(pl_verdict);
  EXPECT_SAME_SIZE(pl_counters);
  EXPECT_SAME_SIZE(pl_config);
  EXPECT_SAME_SIZE(pl_adoption);
  EXPECT_SAME_SIZE(pl_key_call);
}

TEST_F(Layout, Activity) {
  EXPECT_SAME(pl_activity, key);
  EXPECT_SAME(pl_activity, since_start_ns);
  EXPECT_SAME(pl_activity, result);
  EXPECT_SAME(pl_activity, before);
  EXPECT_SAME(pl_activity, groups);
  EXPECT_SAME(pl_activity, ancestors);
  EXPECT_SAME(pl_activity, comm);
  EXPECT_SAME(pl_activity, text_bytes);
}

TEST_F(Layout, Key) {
  EXPECT_SAME(pl_key, phase);
  EXPECT_SAME(pl_key, facts);
  EXPECT_SAME(pl_key, actor);
  EXPECT_SAME(pl_key, object);
  EXPECT_EQ(sizeof(pl_key), 88U);
  // All objects but exec's and capset's must end where a short key does, or before.
  constexpr std::size_t kShort = 8U * PL_SHORT_KEY_WORDS;
  EXPECT_EQ(offsetof(pl_key, object) + sizeof(pl_setid_key), kShort);
  EXPECT_EQ(offsetof(pl_key, object) + sizeof(pl_mount_key), kShort);
  EXPECT_EQ(offsetof(pl_key, object) + sizeof(pl_connect_key), kShort);
}

TEST_F(Layout, CgroupEvent) {
  EXPECT_SAME(pl_cgroup_event, parent_slot);
  EXPECT_SAME(pl_cgroup_event, path);
  EXPECT_SAME(pl_cgroup_event, cwd);
}

}  // namespace
