"""`narrows published`, from a checkout."""

import sys

from narrows.app.main import main

if __name__ == "__main__":
    main(["published", *sys.argv[1:]])
