"""`python -m narrows.data.fetch mnist`: have a data set's files in place before anything needs them."""

import sys

from narrows.data.sources import load
from narrows.errors import UserError
from narrows.paths import data_root

if __name__ == "__main__":
    try:
        load(sys.argv[1], data_root())
    except UserError as error:
        sys.exit(f"error: {error}")
