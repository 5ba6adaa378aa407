"""The agent as the DaemonSet and the ECS service run it: in a container, not privileged, its root read-only."""

import re

from harness import rootfs
from harness.agent import Agent
from harness.case import MAIN_ARGV, Case
from harness.host import PROJECT, run, wait_for
from harness.runtimes import Docker, Runc


class InAContainer(Case):
    def agent_image(self):
        """What deploy/Dockerfile puts into its last stage: the binary and the libraries that it is linked with."""
        root = self.space.directory("agent-root")
        for name in ("tmp", "proc", "sys", "run", "var/lib/plimsoll"):
            (root / name).mkdir(parents=True)
        libraries = re.findall(r"/\S+", run("ldd", Agent.binary).stdout)
        run("cp", "--parents", "-L", *sorted(set(libraries)), root)
        rootfs.add_files(root, {"/usr/bin/plimsoll": Agent.binary})
        return rootfs.Image("docker.io/test/plimsoll:1", root, self.space.path / "plimsoll.tar")

    def test_with_the_daemonsets_privileges(self):
        manifest = (PROJECT / "deploy" / "kubernetes" / "daemonset.yaml").read_text()
        capabilities = re.search(r"add: \[(.*)\]", manifest)[1].split(", ")
        docker, runtime, web = Docker(self.space), Runc(self.space), self.web_image()
        agent_image = self.agent_image()
        docker.load(agent_image)
        runtime.load(web)
        agent = self.watch(Agent(self.space, [runtime]))
        agent.configure("learn")
        watcher = docker.start(
            "plimsoll", agent_image, ["/usr/bin/plimsoll", "run", "--config", agent.config],
            mounts=[("/sys/fs/cgroup", "/sys/fs/cgroup:ro"), (f"{self.space.path}", f"{self.space.path}:ro"),
                    (agent.home, agent.home)],
            options=["--env=NODE_NAME=node-1", "--pid=host", "--read-only", "--cap-drop=ALL", *(f"--cap-add={c}" for c in capabilities),
                     "--security-opt=no-new-privileges"])

        def logs():
            return docker.docker("logs", watcher.id, check=False).stderr[-3000:]

        ready = ("curl", "-sf", "-o", "/dev/null", f"http://127.0.0.1:{agent.port}/readyz")
        wait_for(f"the agent in its container to be ready: {logs()}",
                 lambda: watcher.in_network(*ready, check=False).returncode == 0, 30, 0.5)
        container = runtime.start("web", web, MAIN_ARGV)
        row = agent.wait_for_row(container, "something learned", lambda row: row["behaviours"] > 3)
        self.assert_identity(row, container)
        self.assertEqual(agent.json("status")["blind"], [])
        self.assertEqual({alert["host"]["name"] for alert in agent.alerts()}, {"node-1"})
        docker.docker("stop", "-t", "15", watcher.id)
        self.assertEqual(docker.docker("inspect", "-f", "{{.State.ExitCode}}", watcher.id).stdout.strip(), "0", logs())
