"""What a projection puts into its target: mechanisms by transmitter, and where they lie.

The values are those of the livn simulator's own two-dimensional systems, which its backends read
from graph.json. The contacts and time constants of the cholinergic and glycinergic synapses are
those of motoneurons and Renshaw cells (Moore, Bhumbra, Foster & Beato 2015, J. Neurosci.
35:13673-13686).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

__all__ = ["TRANSMITTERS", "Mechanism", "SynapseSite", "Transmitter", "synapse_site"]


@dataclass(frozen=True, slots=True)
class Mechanism:
    """A two-exponential synapse.

    Parameters
    ----------
    name
        ``AMPA``, ``NMDA``, ``GABA_A``.
    e
        Reversal potential, mV.
    g_unit
        Conductance of one contact, uS.
    tau_rise, tau_decay
        Time constants, ms.
    """

    name: str
    e: float
    g_unit: float
    tau_rise: float
    tau_decay: float


@dataclass(frozen=True, slots=True)
class Transmitter:
    """A transmitter: the mechanisms of its synapses, and their contacts per connection."""

    name: str
    synapse_type: str
    contacts: int
    receptors: tuple[Mechanism, ...]

    def mechanisms(self) -> dict[str, dict[str, float]]:
        """Return graph.json's entry: mechanism -> parameters; the weight is the contacts."""
        return {
            receptor.name: {
                "e": receptor.e,
                "g_unit": receptor.g_unit,
                "tau_decay": receptor.tau_decay,
                "tau_rise": receptor.tau_rise,
                "weight": float(self.contacts),
            }
            for receptor in self.receptors
        }


#: Name -> transmitter. The first of each synapse type is that type's default.
TRANSMITTERS = {
    transmitter.name: transmitter
    for transmitter in (
        Transmitter(
            "glutamatergic",
            "excitatory",
            1,
            (
                Mechanism("AMPA", 0.0, 0.0005, 0.5, 3.0),
                Mechanism("NMDA", 0.0, 0.0005, 0.5, 80.0),
            ),
        ),
        Transmitter("cholinergic", "excitatory", 7, (Mechanism("AMPA", 0.0, 0.0005, 0.5, 7.0),)),
        Transmitter("gabaergic", "inhibitory", 1, (Mechanism("GABA_A", -60.0, 0.001, 0.3, 6.0),)),
        Transmitter(
            "glycinergic", "inhibitory", 5, (Mechanism("GABA_A", -70.0, 0.00025, 0.3, 5.0),)
        ),
    )
}


@dataclass(frozen=True, slots=True)
class SynapseSite:
    """Where a synapse sits on its target, and the numbers that the file stores for it.

    SWC types are 1 soma and 4 apical dendrite; synapse types 0 excitatory and 1 inhibitory.
    """

    section: str
    syn_secs: int
    swc_types: int
    syn_types: int

    #: Place along the section: its middle.
    location: ClassVar[float] = 0.5
    #: Cultures in the plane have one layer.
    layer: ClassVar[int] = 0


def synapse_site(synapse_type: str, *, target_soma_only: bool) -> SynapseSite:
    """Return where the synapses of a source of this type sit.

    On the soma, if they are inhibitory or the target's cells have no dendrites; else on the dendrite.
    """
    inhibitory = synapse_type == "inhibitory"
    if inhibitory or target_soma_only:
        return SynapseSite("soma", 0, 1, int(inhibitory))
    return SynapseSite("dend", 1, 4, int(inhibitory))
