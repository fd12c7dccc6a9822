"""Finds the anomalous rows, images or windows of new data by their reconstruction error, and what makes them so."""
