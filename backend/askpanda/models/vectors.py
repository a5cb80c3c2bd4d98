"""What makes a vector of a text, whoever runs the model."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

#: Questions whose vectors are kept, for one answer may search several times with the same words.
REMEMBERED = 256
#: Passages that are asked for together.
BATCH = 64


class Embedder(ABC):
    """One configured embedding model. May be shared by threads; what it holds open is made after a fork."""

    def __init__(self) -> None:
        self._remembered: OrderedDict[str, np.ndarray] = OrderedDict()
        self._lock = threading.Lock()

    @property
    @abstractmethod
    def name(self) -> str:
        """Recorded in the index and compared with it: two embedders of one name make the same vector of a text."""

    @property
    @abstractmethod
    def identity(self) -> tuple[str, str]:
        """Two embedders of the same identity are the same."""

    @abstractmethod
    def _ask(self, texts: Sequence[str], *, question: bool) -> np.ndarray:
        """Vectors of length 1, one a row. Raises ModelError."""

    def query(self, text: str) -> np.ndarray:
        """The vector of a question, of length 1. Raises ModelError."""
        with self._lock:
            if (known := self._remembered.get(text)) is not None:
                return known
        vector: np.ndarray = self._ask([text], question=True)[0]
        with self._lock:
            self._remembered[text] = vector
            while len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)
        return vector

    def passages(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors of passages, one a row, of length 1. Raises ModelError."""
        import numpy as np

        return np.concatenate([self._ask(texts[i : i + BATCH], question=False) for i in range(0, len(texts), BATCH)])


def unit_rows(vectors: np.ndarray) -> np.ndarray:
    """Each row with the length 1; a row of zeros stays."""
    import numpy as np

    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(length > 0, length, 1))
