#!/usr/bin/env python3
"""Checks the Kubernetes and ECS files without their tools: what refers to something must find it, privileges stay small."""

import json
import pathlib
import sys

import yaml  # comes with yamllint

DEPLOY = pathlib.Path(__file__).resolve().parents[2] / "deploy"
CAPABILITIES = {"SYS_ADMIN", "SYS_PTRACE", "DAC_READ_SEARCH"}
problems = []


def expect(condition, what):
    if not condition:
        problems.append(what)


def check_kustomization(directory):
    kustomization = yaml.safe_load((directory / "kustomization.yaml").read_text())
    objects = []
    for name in kustomization["resources"]:
        objects += list(yaml.safe_load_all((directory / name).read_text()))
    for generator in kustomization["configMapGenerator"]:
        for file in generator["files"]:
            expect((directory / file).exists(), f"kustomization: {file} does not exist")
    for item in objects:
        expect({"apiVersion", "kind", "metadata"} <= set(item) and item["metadata"].get("name"), f"incomplete object: {item}")
    daemonsets = [item for item in objects if item["kind"] == "DaemonSet"]
    expect(len(daemonsets) == 1, "there must be one DaemonSet")
    configs = {generator["name"] for generator in kustomization["configMapGenerator"]}
    check_daemonset(daemonsets[0]["spec"], configs, {image["name"] for image in kustomization["images"]})


def check_daemonset(spec, configs, images):
    pod = spec["template"]["spec"]
    container = pod["containers"][0]
    labels = spec["template"]["metadata"]["labels"]
    expect(spec["selector"]["matchLabels"].items() <= labels.items(), "the selector does not match the pods' labels")
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    mounts = {mount["name"]: mount for mount in container["volumeMounts"]}
    expect(set(volumes) == set(mounts), f"volumes and mounts differ: {set(volumes) ^ set(mounts)}")
    expect(container["image"] in images, "the image is not one that kustomize sets")
    for name, volume in volumes.items():
        expect("configMap" not in volume or volume["configMap"]["name"] in configs, f"{name}: no such ConfigMap")
        if "hostPath" in volume and name not in ("state", "run"):
            expect(mounts[name].get("readOnly"), f"{name}: mounted writable")
    ports = {port["name"] for port in container["ports"]}
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        expect(container[probe]["httpGet"]["port"] in ports, f"{probe}: no such port")
    security = container["securityContext"]
    expect(pod["hostPID"] is True, "hostPID is needed")
    expect(security["privileged"] is False and security["allowPrivilegeEscalation"] is False, "must not be privileged")
    expect(security["readOnlyRootFilesystem"] is True, "the root file system must be read-only")
    capabilities = security["capabilities"]
    expect(capabilities["drop"] == ["ALL"] and set(capabilities["add"]) == CAPABILITIES, f"must be {CAPABILITIES}")


def check_ecs(directory):
    task = json.loads((directory / "task-definition.json").read_text())
    service = json.loads((directory / "service.json").read_text())
    container = task["containerDefinitions"][0]
    volumes = {volume["name"] for volume in task["volumes"]}
    expect({mount["sourceVolume"] for mount in container["mountPoints"]} == volumes, "ECS: volumes and mounts differ")
    capabilities = container["linuxParameters"]["capabilities"]
    expect(capabilities["drop"] == ["ALL"] and set(capabilities["add"]) == CAPABILITIES, f"ECS: must be {CAPABILITIES}")
    expect(task["pidMode"] == "host" and container["readonlyRootFilesystem"] and not container["privileged"],
           "ECS: host pids, read-only root, not privileged")
    expect(service["schedulingStrategy"] == "DAEMON" and service["taskDefinition"] == task["family"],
           "ECS: the service must be a DAEMON of the task definition's family")


check_kustomization(DEPLOY / "kubernetes")
check_ecs(DEPLOY / "ecs")
print("\n".join(problems) or "kubernetes and ECS files are consistent")
sys.exit(1 if problems else 0)
