"""`python -m host.cli`, the same as `perilune`."""

import sys

from host.cli import main

sys.exit(main())
