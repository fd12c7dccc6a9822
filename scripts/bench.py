"""`narrows bench`, from a checkout."""

import sys

from narrows.app.main import main

if __name__ == "__main__":
    main(["bench", *sys.argv[1:]])
