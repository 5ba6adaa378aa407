// What the agent answers on its control socket. Each command's request arguments, and the JSON lines it
// sends. "profile": repository, image id, prefix of the id, or image name with tag; "role"? narrows; more
// than one match is an error that names them. "container": id, prefix of the id, or name; none found: error.
//
//  version           {}                          one {"version"}
//  status            {"container"?}              one Status
//  events            {"container"?}              a stream of Event, until either side closes
//  alerts            {"most"? = 100, "id"?,      the latest alerts, oldest first: each line is the contract's
//                     "container"?}              alert JSON
//  profile.list      {}                          one {"profiles":[ProfileRow]}
//  profile.show      {"profile"}                 one
//  {"toml","path","profile":ProfileRow,"max_new_behaviours_per_day":N} profile.import    {"profiles":[TOML]}
//  one
//  {"imported":[{"repository","role","new":N,"known":N,
//                                                "path"}]}: of each, in order. All of them or an error
//  profile.lock      {"profile"}                 one Decided with "locked"; profile.unlock likewise
//  profile.allow     {"alert"} or                one Decided with "allowed" and "id" of the behaviour
//                    {"profile","behaviour"}     "behaviour": the id of one that is quarantined or was
//                    removed
//  profile.remove    {"profile","behaviour"}     one Decided with "removed" and "id" of the behaviour
//  profile.forget    {"since","host"?,           a Decided with "forgotten":N for each profile that had
//                     "profile"?}                something to forget. "since": seconds since 1970
//  learning.pause    {}                          one {"paused":BOOL}; learning.resume likewise
//  record            {}                          a stream of {"line"}, each a record of a capture
//                                                (agent/capture/records.h), until either side closes
//  rules             {}                          one {"rules":[RuleRow]}
//  hooks             {}                          one Hooks
//  config.show       {}                          one {"path","toml"}
//
//  Decided {"repository","role","path" (of the operator's file)}
//  Status
//  {"version","pid","started":RFC3339,"mode":"auto|learn|detect","learning_paused":BOOL,"config","state_dir","alerts_file",
//               "metrics","cgroups":{"hierarchy","mount_point"},"containers":[ContainerRow],"pending":N,
//               "held_events":N,"queue_depth":N,"unwatched_seconds":N (before this
//               start),"events":{"seen","known","emitted","lost"},
//               "alerts":{"active":N,"shadow":N},"profiles":{STATE:N},"blind":[HOOK],
//               "confinement":{"capabilities","unneeded","no_new_privs":BOOL,"calls_refused":BOOL},
//               "problems":[TEXT]}                 problems: sinks, store, hooks: what an operator should
//               mend
//  ContainerRow {"id","name","role","runtime","image","image_id","pod","namespace","task","started":RFC3339,
//               "running":BOOL,"unnamed":BOOL,"sandbox":BOOL,"state":STATE,"reason","progress":0..1,"behaviours":N,
//               "events":N (judged),"alerts":N,"lost_events":N,"lost":{REASON:N}}
//  ProfileRow
//  {"repository","role","image_id" and "tags":[] (of the newest image),"images":N,"state":STATE,"reason",
//               "progress":0..1,"hours_to_go":N|null,"predicted_new_behaviours_per_day":N|null,"days_observed":N,
//               "lifetimes":N,"quiet_seconds":N,"longest_period_seconds":N,"classes":{ACTION:{"behaviours":N,
//               "estimated_behaviours":N,"seen_once":N,"seen_twice":N,"seen_once_in_five_minutes":N,
//               "unseen_bound":N,"new_behaviours_per_day":N}},
//               "behaviours":N,"quarantined":N,"minutes":N (container-minutes
//               observed),"hosts":N,"lost_events":N,"path"}
//  Event {"time","container","container_id","image","hook","phase","actor","action","object":{},"outcome",
//               "verdict":"known|learned|alert|shadow|ignored","rules":[RULE],"pid","argv":[],"describe",
//               "dropped":N}      dropped: events this subscriber was too slow for, in all; strings are
//               escaped
//  RuleRow     {"id","kind":"hard|profile","severity" (as
//  configured),"default_severity","enabled","confidence",
//               "title","description","next_step","tactics":[],"techniques":[],"exclude":[{"image","namespace","role"}]}
//  Hooks       {"hooks":[{"hook","way","attached","silent","error","blind_to","passed_over","detached":N}],
//               "counters":{HOOK:{"seen","known","emitted","lost":{REASON:N}}}}
//
//  STATE: none learning stable locked unstable too_large stale. Absent texts are "", absent numbers null.
#pragma once

#include <cstdint>
#include <string>

#include "agent/control/control.h"

namespace plimsoll {

class Pipeline;

/// What only the assembler knows, for `status` and `config.show`.
struct ServeContext {
  std::string version;
  std::string config_path;
  std::uint64_t needed_capabilities = 0;  ///< of those that it was given
};

/// Registers the handlers. `pipeline` must outlive the server.
void register_handlers(ControlServer& server, Pipeline& pipeline, const ServeContext& context);
/// Those of "profile.*", which the above does too.
void register_profile_handlers(ControlServer& server, Pipeline& pipeline);
void register_import_handler(ControlServer& server, Pipeline& pipeline);
void register_record_handler(ControlServer& server, Pipeline& pipeline);

}  // namespace plimsoll
