"""What the end-to-end tests stand on: root file systems, runtimes on private roots, the agent, and cleaning up."""
