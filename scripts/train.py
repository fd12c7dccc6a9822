"""`narrows train`, from a checkout."""

import sys

from narrows.app.main import main

if __name__ == "__main__":
    main(["train", *sys.argv[1:]])
