"""Autoencoders as estimators of scikit-learn."""
