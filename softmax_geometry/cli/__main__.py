"""`python -m softmax_geometry.cli`."""

import sys

from softmax_geometry.cli import main

sys.exit(main())
