"""`python -m perilune_rig.cli`, the same as `perilune`."""

import sys

from perilune_rig.cli import main

sys.exit(main())
