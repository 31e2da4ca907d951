"""`python -m overt_verify`."""

import sys

from overt_verify import main

sys.exit(main())
