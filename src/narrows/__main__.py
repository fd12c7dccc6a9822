"""`python -m narrows` is the console script `narrows`."""

from narrows.app.main import main

if __name__ == "__main__":  # worker processes import this module again
    main()
