// Workloads whose truth is known: what they do, how often, and what of it is still to come.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "profiles/learner.h"

namespace plimsoll::testing {

/// A word for each number: names made of them are no examples of one pattern.
inline std::string word_of(std::size_t number) {
  std::string out = std::to_string(number);
  for (char& c : out) c = static_cast<char>(c - '0' + 'g');
  return out;
}

/// One thing that a workload does. Times are minutes.
struct Habit {
  double every = 1;      ///< on average
  bool regular = false;  ///< at exact times instead of at random ones
  int lasts = 1;         ///< minutes in which it is seen, one after the other
  int things = 1;        ///< behaviours that come together
  double at_start = 0;   ///< above 0: not by time, but at a container's start, with this probability
};

struct Workload {
  std::string name;
  std::vector<Habit> habits;
  int replicas = 1;
  int life = 100'000;     ///< minutes that a container lives; then the next one starts
  int pause = 0;          ///< minutes between two of them: a job
  double fresh = 0;       ///< things a day that never come again: names that are drawn anew
  bool together = false;  ///< replicas do the same at the same time
};

/// A workload that runs, seen by a learner, on a virtual clock.
class Run {
 public:
  Run(const Workload&, unsigned seed);

  /// Goes on for so many minutes of the wall.
  void go_on(int minutes);
  [[nodiscard]] const Profile& profile() const { return profile_; }
  [[nodiscard]] WallNs now() const;

 private:
  struct Due {
    std::size_t habit = 0;
    int left = 0;  ///< minutes that it still lasts
    double next = 0;
  };
  struct Replica {
    int born = 0;
    int number = 0;  ///< of the container
    std::vector<Due> due;
  };
  void begin(Replica&);
  void minute(Replica&, std::size_t index);
  void see(const Replica&, const Behaviour&);

  Workload workload_;
  std::mt19937 random_;
  std::vector<Replica> replicas_;
  Learner learner_;
  Profile profile_;
  int minute_ = 0;
  int containers_ = 0;
  std::uint64_t drawn_ = 0;
};

}  // namespace plimsoll::testing
