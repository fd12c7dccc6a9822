#!/usr/bin/env bash
# From a fresh clone to an answered question on real digits: bash scripts/quickstart.sh [more overrides]
#
# Trains the classic autoencoder, then the flagship study at size=quick on two processes. Full MNIST when its files are
# there or can be fetched, else the 5,000 digits inside a Python package. A second call trains nothing twice.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
environment joblib

data=data=mnist suffix=
python -m narrows.app.fetch_command mnist || {
  echo "going on with the 5,000 digits of data=mnist5k" >&2
  data=data=mnist5k suffix=_mnist5k
}

run=outputs/quickstart$suffix study=outputs/bottleneck_activation_quick$suffix
if ! grep -qs '"status": "done"' "$run/record.json"; then
  echo "1 of 2: one autoencoder, 784-128-64-12-3 and back, about a minute"
  resume=$([ -e "$run/record.json" ] || [ -e "$run/last.ckpt" ] && echo true || echo false)
  narrows train $data run.resume="$resume" hydra.run.dir="$run"
fi
echo "2 of 2: the study bottleneck_activation, 36 autoencoders, about five minutes"
narrows train -m study=bottleneck_activation size=quick hydra.sweep.dir=$study $data "$@"

python - "$run" <<'END'
import sys
from pathlib import Path

from narrows.runs import record

run = Path(sys.argv[1])
print(f"\none autoencoder  {record.read(run).summary()}")
END
cat <<END
its checkpoint   $run/best.ckpt
its record       $run/record.json
the study        $study (report/report.html is the page)
look at them     source $NARROWS_VENV/bin/activate && narrows board outputs
END
