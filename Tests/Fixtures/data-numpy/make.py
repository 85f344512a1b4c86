"""Writes the NumPy files that the reader is tested with. Run in this directory; needs numpy only."""

import numpy as np

rows = np.arange(24, dtype=np.float32).reshape(6, 4) / 4
labels = np.array([0, 1, 2, 0, 1, 2])
pixels = np.arange(6 * 2 * 3 * 3, dtype=np.uint8).reshape(6, 2, 3, 3)

np.savez("stored.npz", x_train=rows, y_train=labels, x_test=rows[:2] + 100, y_test=labels[:2].astype(np.uint8))
np.savez_compressed("compressed.npz", train_images=pixels, train_labels=labels.reshape(-1, 1).astype(np.uint8),
                    val_images=pixels[:1], val_labels=labels[:1].reshape(-1, 1).astype(np.uint8))
np.save("float64.npy", rows.astype(np.float64))
np.save("float16.npy", rows.astype(np.float16))
np.save("fortran.npy", np.asfortranarray(rows))
np.save("bigendian.npy", rows.astype(">f4"))
np.save("objects.npy", np.array([{"a": 1}, None], dtype=object), allow_pickle=True)
np.save("records.npy", np.zeros(3, dtype=[("a", "<f4"), ("b", "<i4")]))
