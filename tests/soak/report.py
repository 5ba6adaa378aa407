"""What a soak has shown: a table by service, the rate of false alerts with its bound, and every alert."""

import collections
import math

import services


def poisson_bound(k):
    """Upper 95 % bound of a count of which `k` came: 3 where none did (rule of three), else by Wilson and Hilferty's
    approximation of the chi-squared quantile."""
    if k == 0:
        return 3.0
    return (k + 1) * (1 - 1 / (9 * (k + 1)) + 1.645 / (3 * math.sqrt(k + 1))) ** 3


class Figures:
    """Of the time of detection: taken at its beginning, in between, and at its end."""

    def __init__(self, rows, fleet):
        self.before, self.after, self.looks, self.not_stable = rows, {}, 0, collections.Counter()
        self._hours = {s.name: fleet.hours(s.name) for s in services.SERVICES}
        self._lives = {s.name: fleet.lives(s.name) for s in services.SERVICES}
        self.hours, self.lives = {}, {}

    def look(self, rows):
        self.looks += 1
        self.not_stable.update(name for name, row in rows.items() if row["state"] != "stable")

    def finish(self, fleet, rows):
        self.after = rows
        self.hours = {name: fleet.hours(name) - begun for name, begun in self._hours.items()}
        self.lives = {name: fleet.lives(name) - begun for name, begun in self._lives.items()}


def service_of(alert):
    return alert["container"]["image"].rsplit("/", 1)[1].split(":")[0]


def change_of(alert):
    """As in services.CHANGES."""
    behaviour = alert["behaviour"]
    what = behaviour["object"]
    name = what.get("path") or what.get("dest", "")
    return f"{last_part(behaviour['actor'])} {behaviour['action']} {what.get('port') or last_part(name)}"


def last_part(path):
    """"/usr/bin/python3.11:python3" -> "python3"."""
    return path.rsplit("/", 1)[-1].rsplit(":", 1)[-1]


def by_release(alert):
    """Whether it is what the new release does more, and so no false alert."""
    return alert["container"]["image"].endswith(":2") and change_of(alert) in services.CHANGES


def line_of(alert):
    b = alert["behaviour"]
    return (f"{service_of(alert):9} {alert['mode']:9} {alert['rule']:28} {b['phase']:8} {alert['message']} "
            f"[{alert['container']['name']}, actor {b['actor']}]")


def named_by(diff):
    """Of services.CHANGES those that `profile diff` names as new."""
    new = [row["behaviour"] for row in diff if row["change"] == "new"]

    def names(row, change):
        actor, action, what = change.split()
        words = row.split()
        return last_part(words[1]) == actor and words[2] == action and any(
            value in (what, f"port={what}") or last_part(value) == what for value in words[3:])

    return {change for change in services.CHANGES if any(names(row, change) for row in new)}


def print_report(figures, alerts, diff, lost):
    """Prints the report. 0: no false alert was active, and the new behaviours of the release were one alert and named by the diff."""
    alerts = list({alert["id"]: alert for alert in alerts}.values())  # of an alert and its repeats the latest
    release = [a for a in alerts if by_release(a)]
    as_release = [a for a in release if a["rule"] == "drift.release"]
    others = [a for a in alerts if not by_release(a)]
    false = [a for a in others if a["mode"] == "active"]
    print("TABLE")
    print(f"{'SERVICE':10}{'HOURS':>7}{'LIVES':>7}{'STATE':>10}{'NOT STABLE':>12}{'BEHAVIOURS':>12}{'NEW/DAY <=':>13}"
          f"{'CAME/DAY':>10}{'ACTIVE':>10}{'SHADOW':>10}")
    for service in services.SERVICES:
        name, hours = service.name, figures.hours[service.name]
        mine = [a for a in others if service_of(a) == name]
        came = len({a["fingerprint"] for a in mine})
        active = sum(a["mode"] == "active" for a in mine)
        print(f"{name:10}{hours:7.2f}{figures.lives[name]:7}{figures.after[name]['state']:>10}"
              f"{figures.not_stable[name]:6} of {figures.looks:<3}{figures.after[name]['behaviours']:11}"
              f"{figures.before[name]['predicted_new_behaviours_per_day']:13.1f}{24 * came / hours:10.1f}"
              f"{active:10}{len(mine) - active:10}")
    hours = sum(figures.hours.values())
    print(f"{len(false)} false alerts in {hours:.2f} container-hours; at 95 % at most {poisson_bound(len(false)) / hours:.3f}"
          f" in a container-hour; {lost} events lost")
    one_by_one = [a for a in release if a["mode"] == "active" and a not in as_release]
    print(f"release 2 of {services.BUMPED}: {len(as_release)} alerts as drift.release, {len(one_by_one)} one by one; of its "
          f"{len(services.CHANGES)} changes `profile diff` names {len(named_by(diff))}")
    print("END TABLE")
    print("HOURS: of containers; LIVES: begun; NEW/DAY <=: new behaviours that were predicted; CAME/DAY: those that were reported, "
          "by container-day")
    for title, listed in (("false alerts, active and shadow:", map(line_of, others)),
                          (f"what release 2 of {services.BUMPED} does more:", map(line_of, release)),
                          ("what `profile diff` names:", (f"{row['change']:5} {row['behaviour']}" for row in diff))):
        print(title, *(sorted(listed) or ["none"]), sep="\n   ")
    wrong = [f"{what}: {', '.join(sorted(names))}" for what, names in (
        ("not reported of release 2", services.CHANGES - {change_of(a) for a in release}),
        ("`profile diff` does not name", services.CHANGES - named_by(diff))) if names]
    if len(as_release) != 1 or one_by_one:
        wrong.append("a release must be reported once, as drift.release, and not one by one")
    for line in wrong:
        print(line)
    return 1 if false or wrong else 0
