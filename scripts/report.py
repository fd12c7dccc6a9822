"""`narrows report`, from a checkout."""

import sys

from narrows.app.main import main

if __name__ == "__main__":
    main(["report", *sys.argv[1:]])
