"""`narrows claims`, from a checkout."""

import sys

from narrows.app.main import main

if __name__ == "__main__":
    main(["claims", *sys.argv[1:]])
