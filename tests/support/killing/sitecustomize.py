"""Python runs this file when it starts in a process whose PYTHONPATH has this folder: also in joblib's workers."""

from kill_hook import install

install()
