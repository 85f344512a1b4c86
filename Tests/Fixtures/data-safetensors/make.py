"""Writes the safetensors files, and arrays of texts, that the readers are tested with.

Run in this directory; needs torch, safetensors and numpy.
"""

import numpy as np
import torch
from safetensors.torch import save_file

# Quarters from -3 to 2.75: every type of float holds them exactly.
rows = torch.arange(24, dtype=torch.float64).reshape(6, 4) / 4 - 3
labels = torch.tensor([0, 1, 2, 0, 1, 2])
ids = torch.tensor([10, 20, 30, 40, 50, 60])

for name, dtype in [("float16", torch.float16), ("bfloat16", torch.bfloat16), ("float32", torch.float32),
                    ("float64", torch.float64)]:
    save_file({"embeddings": rows.to(dtype), "labels": labels, "ids": ids, "logit_scale": torch.tensor(1.0)},
              f"{name}.safetensors")
whole = (rows * 4).to(torch.int64)
for name, dtype in [("int8", torch.int8), ("int16", torch.int16), ("int32", torch.int32), ("int64", torch.int64)]:
    save_file({"features": whole.to(dtype), "labels": labels.to(torch.int32)}, f"{name}.safetensors")
pixels = torch.arange(6 * 3 * 2 * 2, dtype=torch.uint8).reshape(6, 3, 2, 2)
save_file({"train_images": pixels, "train_labels": labels.to(torch.uint8), "test_images": pixels[:2] + 100,
           "test_labels": labels[:2].to(torch.uint8)}, "images.safetensors")

names = np.array(["früh", "b", "c/1", "日本語", "e", "longest of all"])
np.save("ids-characters.npy", names)
np.save("ids-bytes.npy", np.char.encode(names, "utf-8"))
np.save("labels-characters.npy", np.array(["dog", "cat", "dog", "owl", "cat", "dog"]))
np.save("ids-bigendian.npy", names.astype(">U14"))
