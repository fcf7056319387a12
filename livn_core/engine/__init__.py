"""The science that all components share: random streams, the kernel sampler, blocks of work."""
