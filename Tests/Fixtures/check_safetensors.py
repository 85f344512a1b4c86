"""Loads a .safetensors file written by Curate in PyTorch, and compares logits. Used by hand, not by the tests.

    python3 -m venv .venv && .venv/bin/pip install torch numpy safetensors
    curate train DATA --network resnet20 --out model.safetensors
    .venv/bin/python Tests/Fixtures/check_safetensors.py model.safetensors --network resnet20 --shape 32,32,3 \\
        --classes 10

It loads the file with `strict=True` into the modules of `generate_golden.py` (for resnet18 and resnet50, those have
torchvision's names; `--stem imagenet` when the examples are large), so that a tensor that is missing, unexpected or of
another shape is an error, and prints the logits of a fixed batch.

To compare, give the logits that Curate computes with the same weights, as (examples, classes) in .npy, and the batch
they belong to, as (examples, height, width, channels) or (examples, features) in .npy, normalised as the network saw
it:

    .venv/bin/python Tests/Fixtures/check_safetensors.py model.safetensors --network resnet20 --shape 32,32,3 \\
        --classes 10 --inputs batch.npy --logits logits.npy

With `--fixture resnet8` the network, its shape, the batch and the logits are those of `golden-resnet8.json`; the file
must then hold the weights of that fixture, for instance `resnet8.safetensors` read and written again by Curate.

The exit code is 1 when the largest difference is more than 1e-4 of the largest logit.
"""

import argparse
import base64
import json
import pathlib
import sys

import numpy as np
import safetensors
import safetensors.torch
import torch

import generate_golden as golden


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=pathlib.Path, help="the .safetensors file")
    parser.add_argument("--fixture", choices=list(golden.CASES), help="take everything else from this golden fixture")
    parser.add_argument("--network", help="linear, mlp:256,128, resnet8, resnet18, ...")
    parser.add_argument("--shape", help="height,width,channels, or the number of features")
    parser.add_argument("--classes", type=int)
    parser.add_argument("--stem", choices=["cifar", "imagenet"], default="cifar", help="of resnet18 and resnet50")
    parser.add_argument("--inputs", type=pathlib.Path, help="the batch, NHWC, in .npy (default: uniform in [-1, 1))")
    parser.add_argument("--logits", type=pathlib.Path, help="Curate's logits of the batch, in .npy")
    options = parser.parse_args()
    if options.fixture is None and None in (options.network, options.shape, options.classes):
        parser.error("give --fixture, or --network, --shape and --classes")
    if options.logits and not options.inputs:
        parser.error("--logits needs the --inputs they belong to")
    return options


def question(options):
    """The case, the batch as PyTorch wants it, and the expected logits or None."""
    if options.fixture:
        case = golden.CASES[options.fixture]
        fixture = json.loads((golden.HERE / f"golden-{options.fixture}.json").read_text())
        logits = np.frombuffer(base64.b64decode(fixture["evaluation"]["logits"]), dtype="<f8")
        inputs, _ = golden.inputs_and_labels(case)
        return case, inputs, logits.reshape(case["batch"], case["classes"])
    shape = [int(extent) for extent in options.shape.split(",")]
    case = dict(
        network=options.network, stem=options.stem, shape=shape, classes=options.classes, batch=8, seed=1, full=False
    )
    if options.inputs is None:
        inputs, _ = golden.inputs_and_labels(case)
    else:
        inputs = torch.from_numpy(np.load(options.inputs).astype(np.float32))
        if inputs.ndim == 4:
            inputs = inputs.permute(0, 3, 1, 2).contiguous()
    return case, inputs, np.load(options.logits) if options.logits else None


def main():
    options = arguments()
    case, inputs, expected = question(options)
    with safetensors.safe_open(options.file, framework="pt") as file:
        print(f"metadata: {file.metadata()}")
    model = golden.build(case)
    # The counters num_batches_tracked are not written; PyTorch sets them to zero by itself.
    model.load_state_dict(safetensors.torch.load_file(options.file), strict=True)
    model = model.double().eval()
    with torch.no_grad():
        logits = model(inputs.double()).numpy()
    print(f"{len(model.state_dict())} tensors loaded; logits of the first example: {np.round(logits[0], 4).tolist()}")
    if expected is None:
        return 0
    difference = golden.relative(np.asarray(expected, dtype=np.float64), logits)
    print(f"largest difference over largest logit: {difference:.1e}")
    return 0 if difference <= 1e-4 else 1


if __name__ == "__main__":
    sys.exit(main())
