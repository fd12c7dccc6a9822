"""Every claim made about autoencoders that is measured here: a small module each, called by its number."""

#: Number to the module that tests it, which holds its `CLAIM`.
CLAIMS = {
    1: "pca",
    2: "memorisation",
    3: "activations",
    4: "stability",
    5: "architecture",
    6: "denoising",
    7: "anomaly",
    8: "few_labels",
    9: "features",
    10: "compression",
    11: "generation",
    12: "own_data",
}
