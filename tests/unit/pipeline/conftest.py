"""The repository's root on the path, so that these tests reach the local monitor also when they are run alone."""

import sys
from pathlib import Path

ROOT = str(Path(__file__).resolve().parents[3])
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)
