"""The work that makes a flat culture: positions, connectors, then edges a block of targets at a time.

The rules sit behind :class:`~livn_core.culture.wiring.Wiring`; this module only asks for edges and
turns them into synapses and file tables.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livn_core.components import Placement
from livn_core.culture.config import Culture2DConfig
from livn_core.culture.doubts import doubts
from livn_core.culture.estimate import Sample, sample_of
from livn_core.culture.files import files_of, own_files
from livn_core.culture.graph import culture_graph
from livn_core.culture.plan import plan
from livn_core.culture.positions import Placed, place_cells, region_drawing
from livn_core.culture.region import bounds_of
from livn_core.culture.scheme import scheme
from livn_core.culture.synapses import first_synapses, spread_constants, spread_distances
from livn_core.culture.transmitters import SynapseSite, synapse_site
from livn_core.culture.wiring import Wiring, wire
from livn_core.plugins.kernels import kernel_entry
from livn_core.plugins.registry import registry
from livn_core.program import Block, Column, Plan, PlannedProjection, Population, Table, Task
from livn_core.sampling.projection import Culture
from livn_core.sampling.sampler import load_compiled
from livn_core.system.selection import select_boxes
from livn_core.system.selection_files import graph_uuid
from livn_core.system.summary import cell_notes

__all__ = ["CultureProgram"]

#: Edges that a block is cut for, on average, at least and at most: large enough that vectorised work
#: is worth its overhead, small enough that a few blocks fit into the caches' neighbourhood and into
#: memory. In between, a population is cut into so many blocks, for the threads to share.
FEWEST_BLOCK_EDGES, BLOCK_EDGES, BLOCKS = 50_000, 1_000_000, 32
#: Cells below which threads are more work than they take over.
FEW_CELLS = 1000

EDGE_COLUMNS = (
    Column("Source Index", np.dtype(np.uint32)),
    Column("Connections/distance", np.dtype(np.float32)),
    Column("Synapses/syn_id", np.dtype(np.uint32), per_cell_counter=True),
)


class CultureProgram:
    """A flat culture as the engine runs it, of a validated configuration with its seed drawn.

    ``block_edges`` is for how many edges a block is cut, at most.
    """

    def __init__(self, config: Culture2DConfig, *, block_edges: int = BLOCK_EDGES) -> None:
        self.config = config
        self._most_block_edges = block_edges
        self.populations: Sequence[Population] = config.gid_ranges()
        self._by_name = {population.name: population for population in self.populations}
        self._placement: Placement = config.placement()
        self._placed = Placed({})
        self._culture: Culture | None = None
        self._jobs = 1
        #: Seconds until now for the cells' places and the connectors: a run takes them, too.
        self._prepared = 0.0
        #: What the plan looks at in place of all cells, where nothing will be drawn.
        self._sample: Sample | None = None
        self._wirings: dict[tuple[str, str], Wiring] = {}
        self._sites = {
            (pre.name, post.name): synapse_site(
                config.populations[pre.name].synapse_type,
                target_soma_only=config.populations[post.name].soma_only,
            )
            for pre in self.populations
            for post in self.populations
        }
        self._settings = {(p.source, p.target): p for p in config.projections()}
        self._sources = {
            population.name: tuple(
                source for source, target in self._settings if target == population.name
            )
            for population in self.populations
        }
        self.tables: Sequence[Table] = tuple(self._tables())

    # -- what is in the system -----------------------------------------------------------------

    def _tables(self) -> list[Table]:
        tables = []
        for post in self.populations:
            sources = self._sources[post.name]
            tables.append(
                Table(post.name, "attributes", "Synapse Attributes", self._synapse_columns(post))
            )
            tables.extend(Table(post.name, "projection", pre, EDGE_COLUMNS) for pre in sources)
        return tables

    def _synapse_columns(self, post: Population) -> tuple[Column, ...]:
        lands = [self._sites[pre, post.name] for pre in self._sources[post.name]]

        def column(name: str, dtype: type[np.generic]) -> Column:
            # One value for all projections: the file declares it and stores nothing.
            values = {getattr(land, name) for land in lands}
            return Column(name, np.dtype(dtype), values.pop() if len(values) == 1 else None)

        return (
            Column("syn_ids", np.dtype(np.uint32), per_cell_counter=True),
            column("syn_types", np.uint8),
            Column("syn_cdists", np.dtype(np.float32)),
            Column("syn_locs", np.dtype(np.float32), SynapseSite.location),
            column("syn_secs", np.int16),
            Column("syn_layers", np.dtype(np.uint8), SynapseSite.layer),
            column("swc_types", np.uint8),
        )

    # -- before the blocks ---------------------------------------------------------------------

    def culture(self) -> Culture:
        """Return the cells; places them at first."""
        if self._culture is None:
            began = time.perf_counter()
            self._placed = place_cells(self.config)
            self._culture = self.config.culture(self._placed.cells)
            self._prepared += time.perf_counter() - began
        return self._culture

    def _wire(self, *, draw: bool = False) -> None:
        culture = self.culture()
        missing = [pair for pair in self._settings if pair not in self._wirings]
        if not missing:
            return
        began = time.perf_counter()
        if self._jobs == 1 or sum(p.count for p in self.populations) < FEW_CELLS:
            made = [wire(self._settings[pair], culture) for pair in missing]
        else:
            # An amplitude is a second's work at a million cells, most of it outside the interpreter.
            with ThreadPoolExecutor(self._jobs) as pool:
                making = pool.map(lambda pair: wire(self._settings[pair], culture), missing)
                if draw:
                    rules = {pair: self._settings[pair].rule for pair in missing}
                    load_compiled(
                        sum(
                            (getattr(rule, "mean_degree", None) or 0.0) * self._by_name[post].count
                            for (_, post), rule in rules.items()
                        )
                    )
                made = list(making)
        self._wirings.update(zip(missing, made, strict=True))
        self._prepared += time.perf_counter() - began

    def _block_edges(self, expected: float) -> float:
        """Return the edges that a block is cut for, of so many onto its population."""
        return min(max(expected / BLOCKS, FEWEST_BLOCK_EDGES), self._most_block_edges)

    def plan(self) -> Plan:
        """Return what would be made; solves the amplitudes, draws no edge."""
        if self._sample is not None:
            return self.estimated(self._sample)
        self._wire()
        projections = [
            PlannedProjection(
                source,
                target,
                wiring.expected_edges,
                wiring.details,
                getattr(wiring.settings.rule, "mean_degree", None),
            )
            for (source, target), wiring in sorted(self._wirings.items())
        ]
        made = self._wirings.values()
        held = self.culture().nbytes + sum(wiring.memory for wiring in made)
        drawing = sum(wiring.expected_edges * wiring.connector.edge_seconds for wiring in made)
        seconds = self._prepared, drawing
        return self._plan(projections, held, seconds, self._warnings, self._notes(self._placed))

    def estimated(self, sample: Sample) -> Plan:
        """Return the plan as some of the cells show it."""
        some = CultureProgram(sample.config)
        some._jobs = self._jobs
        culture, began = some.culture(), time.perf_counter()
        found = [sample.wire(culture, *pair) for pair in sorted(self._settings)]
        preparing = (some._prepared + time.perf_counter() - began) * sample.each
        drawing = sum(
            planned.expected_edges * made.connector.edge_seconds for made, planned in found
        )
        wirings, projections = zip(*found, strict=True) if found else ((), ())
        held = (culture.nbytes + sum(wiring.memory for wiring in wirings)) * sample.each
        warnings = (
            *some._placed.warnings,
            *doubts(self.config, culture, self._placement),
            *(text for wiring in wirings for text in wiring.warnings),
        )
        notes = (sample.note, *self._notes(some._placed))
        return self._plan(projections, held, (preparing, drawing), warnings, notes)

    def _plan(
        self,
        projections: Sequence[PlannedProjection],
        held: float,
        seconds: tuple[float, float],
        warnings: tuple[str, ...],
        notes: Iterable[str],
    ) -> Plan:
        expected = dict.fromkeys(self._sources, 0.0)
        for projection in projections:
            expected[projection.target] += projection.expected_edges
        return plan(
            self.populations,
            self.tables,
            projections,
            block_edges=max(map(self._block_edges, expected.values())),
            threads=self._jobs,
            held=held,
            preparing=seconds[0],
            drawing=seconds[1],
            warnings=warnings,
            notes=tuple(notes),
            area=self._placement.area(),
            synapse_types={n: each.synapse_type for n, each in self.config.populations.items()},
        )

    @cached_property
    def _warnings(self) -> tuple[str, ...]:
        culture = self.culture()
        wired = (text for _, wiring in sorted(self._wirings.items()) for text in wiring.warnings)
        # What belongs to the cells is told by each of their projections.
        return (
            *self._placed.warnings,
            *doubts(self.config, culture, self._placement),
            *dict.fromkeys(wired),
        )

    def _module_counts(self) -> dict[str, dict[str, int]]:
        """Return the cells of each population in each module: population -> module -> count."""
        modules = self.config.modules
        if not modules:
            return {}
        numbers = region_drawing(self.config).cells_in_modules(self.config.counts())
        return {
            name: dict(zip(modules, counts, strict=True))
            for name, counts in zip(self.config.counts(), numbers.tolist(), strict=True)
        }

    def _notes(self, placed: Placed) -> Iterator[str]:
        """Yield how the positions were found, and the cells of each module."""
        details = placed.details
        if details:
            facts = [str(details["algorithm"])]
            facts += [f"{key} {details[key]}" for key in ("coverage", "sweeps") if key in details]
            yield f"placement: {', '.join(facts)}"
        yield from cell_notes(
            {
                **self._size(),
                "populations": [{"count": population.count} for population in self.populations],
                "module_counts": self._module_counts(),
            }
        )

    def _size(self) -> dict[str, float]:
        """Return the volume of a body that the cells fill, as provenance.json has it."""
        volume = self.config.volume
        return {} if volume is None else {"volume_um3": volume.volume()}

    def _distances(self) -> Iterator[str]:
        """Yield what distances are, where z does not count."""
        every = self._settings.values()
        along = [settings.name for settings in every if settings.distance == "path"]
        if along:
            yield f"distances of {', '.join(along)} are along axons, which grow in the plane"
        made = [settings for settings in every if settings.distance != "path"]
        flat = [settings.name for settings in made if settings.distance != "space"]
        if not made:
            return
        if not flat:
            yield "distances and connection probabilities are in space"
        elif len(flat) == len(made):
            yield "distances and connection probabilities are in the plane: z is stored and ignored"
        else:
            yield f"distances and connection probabilities of {', '.join(flat)} are in the plane"

    def prepare(self, jobs: int = 1, *, draw: bool = True) -> None:
        """Place the cells, and connect the rules; their tables are made when they first draw."""
        self._jobs = jobs
        self._sample = None if draw else sample_of(self.config)
        if self._sample is None:
            self._wire(draw=draw)

    def tasks(self) -> Sequence[Task]:
        """Cut each population into blocks of alike numbers of expected edges."""
        self._wire()
        tasks: list[Task] = []
        for population in self.populations:
            if not population.count:
                continue
            onto = [self._wirings[pre, population.name] for pre in self._sources[population.name]]
            expected = sum(wiring.expected_edges for wiring in onto)
            size = int(self._block_edges(expected) * population.count / max(expected, 1.0))
            size = min(max(size, 1), population.count, 1 << 20)
            tasks.extend(
                Task(population.name, start, min(start + size, population.count))
                for start in range(0, population.count, size)
            )
        return tasks

    # -- the blocks ----------------------------------------------------------------------------

    def run(self, task: Task) -> Block:
        """Draw the edges onto the task's cells and lay out their synapses."""
        block = Block(task)
        post = task.population
        sources = self._sources[post]
        if not sources:
            return block
        edges = [self._wirings[pre, post].edges(task.start, task.stop) for pre in sources]
        counts, first = first_synapses(edges)
        for pre, drawn, number in zip(sources, edges, first, strict=True):
            block.rows[f"projection/{post}/{pre}"] = (
                drawn.counts,
                {
                    "Source Index": drawn.sources,
                    "Connections/distance": drawn.distances,
                    "Synapses/syn_id": number.astype(np.uint32),
                },
            )
        values: dict[str, NDArray[Any]] = {
            "syn_ids": np.zeros(len(counts), np.uint32),
            "syn_cdists": spread_distances(edges, counts, first),
        }
        for column in self._synapse_columns(self._by_name[post]):
            if column.constant is None and column.name not in values:
                lands = [getattr(self._sites[pre, post], column.name) for pre in sources]
                values[column.name] = spread_constants(edges, lands, column.dtype)
        block.rows[f"attributes/{post}/Synapse Attributes"] = (counts, values)
        return block

    # -- beside the blocks ---------------------------------------------------------------------

    def cell_attributes(
        self, population: str
    ) -> Mapping[str, tuple[Mapping[str, NDArray[Any]], Mapping[str, float]]]:
        """Return the coordinates; U, V, L repeat x, y, z, as in every flat system."""
        x, y, z = self.culture().cells[population].positions.astype(np.float32).T
        columns = zip("XYZUVL", (x, y, z, x, y, z), strict=True)
        found: dict[str, tuple[Mapping[str, NDArray[Any]], Mapping[str, float]]] = {
            "Generated Coordinates": (
                {f"{axis} Coordinate": np.ascontiguousarray(values) for axis, values in columns},
                {},
            )
        }
        cells = self.culture().cells[population]
        own = {} if cells.modules is None else {"module": cells.modules}
        if own := {**own, **cells.attributes}:
            found["Culture"] = (own, {})
        return found

    def bounds(self) -> NDArray[np.float64]:
        """Return the configured ``[[x0, y0, z0], [x1, y1, z1]]``, um.

        A user's function that states no bounds is measured: the box of the drawn cells.
        """
        flat = bounds_of(self._placement)
        if flat is None:
            cells = self.culture().cells.values()
            drawn = np.concatenate([each.positions[:, :2] for each in cells])
            flat = np.stack([drawn.min(axis=0), drawn.max(axis=0)])
        return np.column_stack([flat, self.config.heights])

    def graph(self, edges: Mapping[tuple[str, str], int], digest: str) -> dict[str, Any]:
        """Return graph.json's content."""
        return culture_graph(self.config, self.bounds(), self._wirings, edges, digest)

    def extra_files(self, graph: Mapping[str, Any]) -> dict[str, Any]:
        """Return the selections that the configuration asks for: file -> content."""
        cells = self.culture().cells
        chosen = select_boxes(
            self.populations,
            {name: each.positions.astype(np.float32) for name, each in cells.items()},
            self.bounds(),
            self.config.selections,
            graph=graph_uuid(graph),
        )
        return {str(selection.path): selection.document() for selection in chosen}

    def inputs(self) -> tuple[Path, ...]:
        """Return the files that the configuration names, less those that a placement resolves."""
        components: list[Any] = [settings.rule for settings in self._settings.values()]
        if self._placement.resolved() is None:
            components.insert(0, self._placement)
        named = [path for each in components for path in files_of(each)]
        return tuple(dict.fromkeys([*named, *own_files(self.config)]))

    def provenance(self) -> dict[str, Any]:
        """Return the configuration and the components that made it."""
        self._wire()
        made = self._settings.values()
        used = [registry().find("placement", self.config.area_name)]
        used += [registry().find("connectivity", p.rule_name) for p in made]
        used += [kernel_entry(p.kernel_name) for p in made if p.kernel_name is not None]
        entries = sorted(set(used), key=lambda entry: (entry.kind, entry.name))
        return {
            "scheme": scheme(self.config),
            "generator": "culture2d",
            "configuration": self.config.effective(),
            "seed": self.config.seed,
            "components": [
                {"kind": entry.kind, "name": entry.name, "provider": str(entry.provider)}
                for entry in entries
            ],
            "notes": list(self._distances()),
            "warnings": list(self._warnings),
            **({"placement": dict(self._placed.details)} if self._placed.details else {}),
            **({"modules": list(self.config.modules)} if self.config.modules else {}),
            **self._size(),
            **({"module_counts": counts} if (counts := self._module_counts()) else {}),
        }
