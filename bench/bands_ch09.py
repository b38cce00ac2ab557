"""Do the claims of chapter 09 hold for other seeds? ``python bench/bands_ch09.py [--seeds 20] [--first 0]``.

As bench/bands.py does for chapter 01: runs the chapter's own cells with other seeds, and prints how often every assert
held and between which values its quantities lay. About 100 seconds of processor time a seed.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import bands

bands.SOURCE = Path(__file__).parents[1] / "solutions" / "09_saes_toy.py"

if __name__ == "__main__":
    bands.main()
