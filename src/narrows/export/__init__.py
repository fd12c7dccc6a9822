"""Trained autoencoders as files for other programs: ONNX, torch.export and safetensors."""
