"""The picture in the README: the hardest and the easiest images of a scored dataset in IDX files.

    curate score /usr/share/datasets/fashion-mnist --out scores.csv
    python docs/images/make_montage.py scores.csv /usr/share/datasets/fashion-mnist docs/images/hardest.png

Requirements: Python 3.9 or later with Pillow. Rows: hardest by EL2N, easiest by EL2N, hardest by forgetting; under each
image its label, and the prediction behind an arrow where it is another one.
"""

import csv
import gzip
import os
import sys

from PIL import Image, ImageDraw

NAMES = ["T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot"]
ACROSS, CELL, GAP, TEXT = 10, 84, 8, 30


def main():
    scores, data, out = sys.argv[1:4]
    with open(scores, newline="") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    with gzip.open(os.path.join(data, "train-images-idx3-ubyte.gz")) as file:
        pixels = file.read()[16:]
    by = {name: sorted(rows, key=lambda row: int(row[name])) for name in ("el2n_rank", "forgetting_rank")}
    lines = [
        ("hardest by EL2N", by["el2n_rank"][:ACROSS]),
        ("easiest by EL2N", by["el2n_rank"][::-1][:ACROSS]),
        ("hardest by forgetting", by["forgetting_rank"][:ACROSS]),
    ]
    width = ACROSS * (CELL + GAP) + GAP
    height = len(lines) * (CELL + TEXT + 30) + GAP
    picture = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(picture)
    for line, (title, chosen) in enumerate(lines):
        top = GAP + line * (CELL + TEXT + 30)
        draw.text((GAP, top), title, fill="black")
        for place, row in enumerate(chosen):
            index = int(row["index"])
            image = Image.frombytes("L", (28, 28), pixels[index * 784 : index * 784 + 784])
            left = GAP + place * (CELL + GAP)
            picture.paste(image.resize((CELL, CELL), Image.NEAREST), (left, top + 18))
            label, predicted = int(row["label"]), int(row["prediction"])
            draw.text((left, top + 20 + CELL), NAMES[label], fill="black")
            if predicted != label:
                draw.text((left, top + 32 + CELL), "-> " + NAMES[predicted], fill=(176, 0, 32))
    picture.save(out, optimize=True)


main()
