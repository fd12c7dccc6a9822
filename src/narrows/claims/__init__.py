"""The claims about autoencoders that are tested here, a module for each, by number."""

#: Number to the module that tests the claim and holds its `CLAIM`.
CLAIMS = {
    1: "beats_pca",
    2: "width_memorises",
    3: "activation_matters",
    4: "init_stabilises",
    5: "depth_improves",
    6: "removes_noise",
    7: "finds_anomalies",
    8: "needs_few_labels",
    9: "learns_features",
    10: "compresses",
    11: "generates_images",
    12: "fits_any_data",
}
