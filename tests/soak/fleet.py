"""Replicas of the services, each with its clients, health checks, probes, log rotation and restarts, until stopped."""

import itertools
import threading
import time

from harness.host import wait_for

import services

# Seconds. Everything normal comes back within a few minutes, so that a short learning sees it.
CLIENT, PROBE, ROTATE, RESTART, HEALTH = 4, 30, 60, 240, 30


class Replica:
    """One container of a service, and those that take its place."""

    def __init__(self, fleet, service, number, phase):
        self.fleet, self.service, self.name, self.phase = fleet, service, f"{service.name}-{number}", phase
        self.container, self.release, self._begun, self._lived, self.lives, self.clients = None, "1", 0.0, 0.0, 0, 0
        self._probes, self._turns = itertools.cycle(service.probes), itertools.cycle((self.restart, self.replace))

    def start(self):
        s, self.release = self.service, self.fleet.release(self.service)
        options = ["--health-cmd", s.health, "--health-interval", f"{HEALTH}s", "-e", f"RELEASE={self.release}"]
        if s.volume:
            options += ["-v", f"{self.name}:{s.volume}"]
        image = self.fleet.images[s.name, self.release]
        self.container = self.fleet.docker.start(self.name, image, s.argv, user=s.user, options=options)
        self._begin()

    def _begin(self):
        self._begun, self.lives = time.monotonic(), self.lives + 1
        if self.service.port:
            wait_for(f"{self.name} to listen", lambda: self.container.listens(self.service.port), 60, 0.5)

    def _end(self):
        self._lived += time.monotonic() - self._begun

    def seconds(self):
        """Of container life so far; the present one's included."""
        return self._lived + time.monotonic() - self._begun

    def restart(self):
        self._end()
        self.fleet.docker.restart(self.container)
        self._begin()

    def replace(self):
        self._end()
        self.fleet.docker.docker("stop", "-t", "10", self.container.id)
        self.container.stop()
        self.start()

    def client(self):
        if self.service.client:
            self.container.in_network("chroot", self.fleet.root, *self.service.client)
            self.clients += 1

    def probe(self):
        self.container.exec(*next(self._probes))

    def rotate(self):
        if self.service.rotate:
            self.container.exec(*self.service.rotate)

    def live(self):
        """Its day, in turns; `phase`, from 0 to 1, keeps replicas from doing everything at once."""
        every = [(PROBE, self.probe), (ROTATE, self.rotate), (RESTART, lambda: next(self._turns)())]
        due = [time.monotonic() + period * self.phase for period, _ in every]
        while not self.fleet.stopping.wait(CLIENT * (0.5 + self.phase)):
            if self.release != self.fleet.release(self.service):
                self.replace()
            self.client()
            for i, (period, act) in enumerate(every):
                if time.monotonic() >= due[i]:
                    act()
                    due[i] += period


class Fleet:
    def __init__(self, docker, root, images, replicas):
        self.docker, self.root, self.images = docker, root, images
        self.stopping, self.errors, self._released, self._threads = threading.Event(), [], {}, []
        self.replicas = [Replica(self, service, n, (n - 0.5) / replicas)
                         for n in range(1, replicas + 1) for service in services.SERVICES]

    def release(self, service):
        return self._released.get(service.name, "1")

    def bump(self, name):
        """From now on its replicas are replaced by those of release 2, one after the other."""
        self._released[name] = "2"

    def start(self):
        for replica in self.replicas:
            replica.start()
        self._threads = [threading.Thread(target=self._live, args=(r,), name=r.name) for r in self.replicas]
        for thread in self._threads:
            thread.start()

    def _live(self, replica):
        try:
            replica.live()
        except Exception as error:  # whatever it is, the run is not what it should be: reported at the end
            self.errors.append(f"{replica.name}: {error}")

    def stop(self):
        self.stopping.set()
        for thread in self._threads:
            thread.join()

    def hours(self, name=None):
        """Container-hours so far, of one service or of all."""
        return sum(r.seconds() for r in self.replicas if name in (None, r.service.name)) / 3600

    def lives(self, name):
        return sum(r.lives for r in self.replicas if r.service.name == name)
