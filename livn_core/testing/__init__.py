"""What a component has to keep, as tests that a plugin inherits.

The whole test file of a plugin::

    from livn_core.testing import MEALayoutContract


    class TestHex(MEALayoutContract):
        name = "hex"
        examples = [{}, {"pitch": 30.0}]

Needs pytest. The component is looked up by its name, as a user's configuration would, so the
plugin has to be installed (``pip install -e .``), or stand within :func:`installed`.
"""

from __future__ import annotations

from pkgutil import iter_modules

import pytest

# The assertions below live in a library; without this, a failure would not show its values.
for _module in iter_modules(__path__, "livn_core.testing."):
    pytest.register_assert_rewrite(_module.name)

from livn_core.testing.backend import BackendContract
from livn_core.testing.command import CommandContract
from livn_core.testing.component import ComponentContract
from livn_core.testing.connectivity import ConnectivityContract, KernelContract
from livn_core.testing.entry import EntryContract
from livn_core.testing.exporter import ExporterContract
from livn_core.testing.generator import GeneratorContract
from livn_core.testing.installed import installed
from livn_core.testing.mea import MEALayoutContract
from livn_core.testing.placement import PlacementContract

__all__ = [
    "CONTRACTS",
    "BackendContract",
    "CommandContract",
    "ComponentContract",
    "ConnectivityContract",
    "EntryContract",
    "ExporterContract",
    "GeneratorContract",
    "KernelContract",
    "MEALayoutContract",
    "PlacementContract",
    "installed",
]

#: kind -> its contract.
CONTRACTS: dict[str, type[EntryContract]] = {
    contract.kind: contract
    for contract in (
        PlacementContract,
        ConnectivityContract,
        KernelContract,
        MEALayoutContract,
        GeneratorContract,
        BackendContract,
        ExporterContract,
        CommandContract,
    )
}
