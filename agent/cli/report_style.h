// How a report's page looks: light, dark and on paper.
#pragma once

#include <string_view>

namespace plimsoll {

constexpr std::string_view kReportStyle = R"css(
:root { color-scheme: light dark; --back: #fff; --page: #f4f6f8; --text: #1b2530; --faint: #5b6875; --line: #d5dce3;
  --accent: #1f6feb; --good: #1a7f37; --warn: #9a6700; --bad: #cf222e; --code: #eef2f6; }
@media (prefers-color-scheme: dark) { :root { --back: #161c23; --page: #0e1318; --text: #dde5ec; --faint: #93a1af;
  --line: #2d3843; --accent: #6ea8fe; --good: #4ac26b; --warn: #e0b040; --bad: #ff7b72; --code: #212a33; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 80rem; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.5rem; overflow-wrap: anywhere; } h2 { margin: 0 0 .75rem; font-size: 1.1rem; }
h3 { display: inline; font-size: 1rem; }
section, header { margin: 0 0 1rem; padding: 1rem 1.25rem; background: var(--back); border: 1px solid var(--line);
  border-radius: .5rem; }
code { padding: 0 .25em; border-radius: .25em; background: var(--code); font: .92em ui-monospace, monospace;
  overflow-wrap: anywhere; unicode-bidi: isolate; }
.small, .count, .id { color: var(--faint); font-size: .85rem; } .id { font-family: ui-monospace, monospace; }
.key { color: var(--faint); } s { text-decoration-color: var(--bad); }
.state { display: inline-block; padding: .05rem .7rem; border-radius: 1rem; color: #fff; background: #656d76; font-weight: 600; }
.state.stable, .state.locked { background: #1a7f37; } .state.learning { background: #1f5fbf; }
.state.unstable, .state.too_large { background: #b3261e; } .state.stale { background: #8a5a00; }
progress { width: 100%; height: .6rem; margin: .6rem 0 0; accent-color: var(--accent); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .5rem 1.5rem; margin: 1rem 0 0; }
.tiles div { padding-top: .4rem; border-top: 2px solid var(--line); } .tiles b { display: block; font-size: 1.3rem; }
.scroll { overflow-x: auto; } table { width: 100%; border-collapse: collapse; }
th { text-align: left; color: var(--faint); font-weight: 600; font-size: .85rem; }
th, td { padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; } tr:last-child td { border-bottom: 0; }
meter { width: 5.5rem; height: .8rem; vertical-align: middle; }
summary { cursor: pointer; } summary::marker { color: var(--faint); }
.phase { margin: 0 0 .75rem; } .phase > summary { padding: .3rem 0; border-bottom: 1px solid var(--line); }
ul { margin: 0; padding: 0; list-style: none; } ul ul { margin-left: .35rem; padding-left: 1.1rem; border-left: 1px solid var(--line); }
.tree { padding-left: 1.1rem; } .tree li { position: relative; padding: .15rem 0; }
ul ul > li::before { content: ""; position: absolute; left: -1.1rem; top: .95rem; width: .8rem; border-top: 1px solid var(--line); }
.leaf { display: flex; gap: .6rem; break-inside: avoid; } .leaf > div { min-width: 0; overflow-wrap: anywhere; }
.often { flex: none; height: .55rem; margin-top: .55rem; border-radius: .3rem; background: var(--accent); opacity: .8; }
.w1 { width: 0.35rem; margin-right: 3.15rem; } .w2 { width: 0.70rem; margin-right: 2.80rem; } .w3 { width: 1.05rem; margin-right: 2.45rem; }
.w4 { width: 1.40rem; margin-right: 2.10rem; } .w5 { width: 1.75rem; margin-right: 1.75rem; } .w6 { width: 2.10rem; margin-right: 1.40rem; }
.w7 { width: 2.45rem; margin-right: 1.05rem; } .w8 { width: 2.80rem; margin-right: 0.70rem; } .w9 { width: 3.15rem; margin-right: 0.35rem; }
.w10 { width: 3.50rem; margin-right: 0.00rem; }
.actor { font-weight: 600; }
.action, .badge { display: inline-block; padding: 0 .5rem; border: 1px solid; border-radius: 1rem; font-size: .8rem; white-space: nowrap; }
.action { color: var(--accent); } .setid, .capset { color: var(--warn); } .mount, .ns { color: var(--bad); } .connect, .socket { color: var(--good); }
.badge.quarantined, .badge.refused { color: var(--warn); } .badge.allowed { color: var(--good); } .badge.removed { color: var(--bad); }
@media print { body { padding: 0; max-width: none; font-size: 11px; background: none; }
  section, header { border: 0; padding: 0; } summary { list-style: none; }
  details::details-content { content-visibility: visible; block-size: auto; }
  .often, .state { print-color-adjust: exact; } }
)css";

}  // namespace plimsoll
