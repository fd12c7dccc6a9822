"""A trained autoencoder in Python: arrays in, arrays out."""
