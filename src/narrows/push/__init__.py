"""The finished runs of a study for trackers of experiments: MLflow and Weights & Biases."""
