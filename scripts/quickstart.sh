#!/usr/bin/env bash
# From a fresh clone to a trained autoencoder on real digits: bash scripts/quickstart.sh [overrides of train.py]
#
# Full MNIST when its files are there or can be fetched, else the 5,000 digits inside a Python package.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
environment ""

data=mnist
python -m narrows.data.fetch mnist || { data=mnist5k && echo "going on with data=mnist5k" >&2; }
folder=outputs/quickstart/$(date +%Y-%m-%d_%H-%M-%S)
echo "training 784-128-64-12-3-12-64-128-784 on $data, about a minute"
python scripts/train.py data=$data hydra.run.dir="$folder" "$@"
cat <<END

checkpoint   $folder/best.ckpt      python scripts/evaluate.py checkpoint=$folder/best.ckpt
record       $folder/record.json
look at it   source $NARROWS_VENV/bin/activate && tensorboard --logdir $folder
END
