"""MaxOne of MaxWell Biosystems: 26,400 electrodes, of which some 1,020 can be routed at a time.

Figures: 220 x 120 electrodes at 17.5 um, a sensing area of 3.85 x 2.10 mm and 1,024 channels
(MaxWell Biosystems, *MaxOne* product page; the chip is that of Mueller et al. 2015, Lab Chip 15,
2767, "High-resolution CMOS MEA platform to study neurons at subcellular, cellular, and network
levels"); electrodes of 9.3 x 5.45 um, as probeinterface's reader of the vendor's files has them.
Numbers and coordinates are those of the recordings: electrode 0 at (0, 0), along x first.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field, field_validator

from livn_core.components import FloatArray
from livn_core.sampling.streams import stream
from livn_plugins.mea.placed import PlacedLayout, split_numbers

COLUMNS, ROWS, PITCH = 220, 120, 17.5
ROUTABLE = 1020


class MaxOne(PlacedLayout):
    """A routed choice of MaxOne's 26,400 electrodes (MaxWell Biosystems, MaxOne product page).

    The vendor's router may refuse some of a choice, since electrodes share wires; no document says
    which, so that the number of electrodes is the only limit that is checked.
    """

    source: ClassVar[str] = "MaxWell Biosystems, MaxOne product page"
    contact_shape: ClassVar[str] = "rect"
    contact_size: ClassVar[dict[str, float]] = {"width": 5.45, "height": 9.3}

    pattern: Literal["sparse", "block", "random", "all"] = Field(
        "sparse",
        description="sparse: evenly over the array; block: dense around its centre; random: drawn "
        "by 'seed'; all: every electrode, more than can be recorded at a time",
    )
    count: int = Field(
        ROUTABLE, ge=1, le=ROUTABLE, description="largest number of electrodes to route"
    )
    seed: int = Field(0, ge=0, description="seed of the random pattern")
    selected: Annotated[tuple[int, ...] | None, BeforeValidator(split_numbers)] = Field(
        None,
        description="electrode numbers (0 to 26399) to route, in place of a pattern",
        json_schema_extra={"metavar": "N,N,..."},
    )

    @field_validator("selected")
    @classmethod
    def _known(cls, value: tuple[int, ...] | None) -> tuple[int, ...] | None:
        if value is None:
            return None
        if len(value) > ROUTABLE:
            raise ValueError(f"{len(value)} electrodes: at most {ROUTABLE} can be routed")
        wrong = [number for number in value if not 0 <= number < COLUMNS * ROWS]
        if wrong:
            raise ValueError(f"no electrode {wrong[0]}: they are 0 to {COLUMNS * ROWS - 1}")
        if len(set(value)) < len(value):
            twice = next(number for number in value if value.count(number) > 1)
            raise ValueError(f"electrode {twice} is there twice")
        return value

    def _numbers(self) -> NDArray[np.int64]:
        if self.selected is not None:
            return np.asarray(self.selected, dtype=np.int64)
        every = np.arange(COLUMNS * ROWS)
        if self.pattern == "all":
            return every
        if self.pattern == "random":
            drawn = stream(self.seed, "mea", "maxone").choice(every, self.count, replace=False)
            return np.sort(drawn)
        step = 1
        if self.pattern == "block":
            # The largest of the array's proportions.
            rows = max(1, int(np.sqrt(self.count * ROWS / COLUMNS)))
            columns = min(COLUMNS, self.count // rows)
        else:
            # The least step, both ways, that stays within the count.
            while (columns := -(-COLUMNS // step)) * (rows := -(-ROWS // step)) > self.count:
                step += 1
        x, y = step * np.arange(columns), step * np.arange(rows)
        # Centre what is chosen: the leftover margin is shared between both sides.
        x, y = x + (COLUMNS - 1 - x[-1]) // 2, y + (ROWS - 1 - y[-1]) // 2
        return (y[:, None] * COLUMNS + x).ravel()

    def sites(self) -> FloatArray:
        """Return the (n, 2) centres of the routed electrodes, um, in the chip's frame."""
        row, column = np.divmod(self._numbers(), COLUMNS)
        return np.column_stack([column * PITCH, row * PITCH])

    def labels(self) -> list[str]:
        """Return the electrode numbers of the vendor's recordings."""
        return [str(number) for number in self._numbers()]

    def _target(self, middle: FloatArray, bounds: FloatArray) -> FloatArray:
        # The chip is laid centred, not the choice: moving a choice must move it over the culture.
        chip = np.array([(COLUMNS - 1) * PITCH / 2, (ROWS - 1) * PITCH / 2])
        return np.asarray(super()._target(middle, bounds) + self._turned(middle - chip))
