"""`narrows board`, from a checkout."""

import sys

from narrows.app.main import main

if __name__ == "__main__":
    main(["board", *sys.argv[1:]])
