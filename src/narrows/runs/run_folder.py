"""Names of the files in a run's folder. Imports nothing, so that a sweep looks into folders before torch is loaded."""

#: The checkpoints: after the last epoch, and after the one with the lowest validation loss.
LAST, BEST = "last.ckpt", "best.ckpt"

#: The event files of TensorBoard.
EVENTS = "events.out.tfevents.*"
